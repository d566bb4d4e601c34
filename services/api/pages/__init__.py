"""The pages: what the ledger says, for people, from the same views as the API."""
