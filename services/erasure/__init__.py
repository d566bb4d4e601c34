"""Erasing words that could identify somebody: what goes, where it stands, and what takes its place."""
