"""Webhooks: changed figures sent to those who asked for them, signed, in order, at least once."""
