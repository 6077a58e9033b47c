"""The verbs of a message: send, edit, delete, react, and how they are written."""
