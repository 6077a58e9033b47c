"""Conversations, their members, their messages, and the numbers that order them."""
