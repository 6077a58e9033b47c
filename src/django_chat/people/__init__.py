"""People: how a user is shown, who may find whom, and who has blocked whom."""
