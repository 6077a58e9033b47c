"""What a reader may be told: the same for sockets and for REST."""
