"""The way out: events, the groups they go to, and one door that publishes them."""
