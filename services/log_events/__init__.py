"""The shapes of the log's events: decisions, facts, identities, their envelope."""
