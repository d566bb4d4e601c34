"""Drafts of claims by rules or by a language model, of reports as they come in."""
