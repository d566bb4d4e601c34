"""Pages on which people answer: submissions by anybody, and what editors decide."""
