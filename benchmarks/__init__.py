"""Timings of the search, as ratios against the plain way to do it."""
