"""Releases built by time: a worker that keeps one of every few days."""
