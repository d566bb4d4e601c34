"""The command line, one file a command group; every command exits with 0, 1, 2 or 3."""
