"""The one verdict on what a query shows: the evidence, the rules, and what judges and scores are worth."""
