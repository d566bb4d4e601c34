"""What is asked of the log and the views: other times, histories, replays, comparisons."""
