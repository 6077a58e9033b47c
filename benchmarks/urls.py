"""Peers serve sockets only."""

urlpatterns: list[object] = []
