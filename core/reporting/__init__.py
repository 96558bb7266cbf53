"""Measured figures and model cards, read for the pages."""
