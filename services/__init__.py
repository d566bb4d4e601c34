"""The workers, the event log between them, and the command line that starts them."""
