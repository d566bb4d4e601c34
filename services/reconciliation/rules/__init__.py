"""The rules of reconciliation: one a file, each a straight function with the paragraph it carries out."""
