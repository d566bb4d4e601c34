"""What strangers report and what editors decide of it: pure functions of both."""
