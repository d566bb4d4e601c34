"""What a claim says: its reading, interval, categories and voice."""
