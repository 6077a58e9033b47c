"""The chat as HTML pages that need no JavaScript."""
