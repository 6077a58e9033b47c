"""Measures the chat's server beside a naive one, in the same run on the same machine."""
