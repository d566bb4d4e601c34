"""The rules of reconciliation: one a file, each a straight function with the paragraph it carries out.

All of them in order, with the codes that each may give: `services.reconciliation.catalogue.RULES`.
"""
