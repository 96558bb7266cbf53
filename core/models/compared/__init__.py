"""Extractors that are compared with ours: what each is, and those that are networks."""
