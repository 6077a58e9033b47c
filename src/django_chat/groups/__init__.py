"""Opening, forming and changing conversations: who is in them and what they are called."""
