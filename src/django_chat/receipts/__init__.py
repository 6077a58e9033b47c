"""Who has received and read what."""
