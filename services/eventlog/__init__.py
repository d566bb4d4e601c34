"""The event log: append, read in order, keep checkpoints; on Redis, and in memory."""
