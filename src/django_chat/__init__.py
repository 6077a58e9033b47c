"""A reusable Django app for live, ordered, private chat."""

__version__ = "0.1.0"
