"""What crosses a process boundary or is stored: claims, events, views, a ledger's configuration."""
