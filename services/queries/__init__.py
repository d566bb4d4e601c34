"""Queries on the log and the views: other times, histories, replays, comparisons."""
