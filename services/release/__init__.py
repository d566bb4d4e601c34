"""Releases of the data set: what a ledger holds at one position, as files for people who have no server."""
