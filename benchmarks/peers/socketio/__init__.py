"""A chat on socket.io and Node, with a database of its own making."""
