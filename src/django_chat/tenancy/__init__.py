"""Which tenant somebody acts in, and the actor that every service takes."""
