"""The example project in real browsers: two people, a network, and a server to kill."""
