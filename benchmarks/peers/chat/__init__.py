"""The chat, as its documentation tells to deploy it."""
