"""What the log says of each table of the read models, and the rows made of it."""
