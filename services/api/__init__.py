"""The ledger over HTTP: read models, the log, publishing, and a stream of changes."""
