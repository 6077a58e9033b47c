"""A market where makers sell to each other."""
