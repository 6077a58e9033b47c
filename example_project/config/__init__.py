"""Settings, addresses and the ASGI application of the shop."""
