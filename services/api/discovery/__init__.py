"""How programs find the ledgers and follow them: feeds, catalogue, sitemap, robots."""
