"""The command line, one file a command group: every command asks, shows, and exits 0, 1, 2 or 3."""
