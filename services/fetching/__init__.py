"""Pages and feeds of others, fetched within limits, and the text in them."""
