"""From claims to figures: a pure function of the set of claims, the policy and two cut-off times."""
