"""The verbs of conversations: open and form, change, and who is in them."""
