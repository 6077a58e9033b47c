"""Bringing in what was said elsewhere, with its own times."""
