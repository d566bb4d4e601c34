"""The read models: folded from the log, stored in generations, rebuilt and compared."""
