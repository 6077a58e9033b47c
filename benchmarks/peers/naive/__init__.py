"""A chat as one writes it on the first day: it works, and shows what that costs."""
