"""Questions to a ledger that nobody foresaw: in SQL, and by assistants."""
