"""Measuring on photographs: the garments found in them, searches with them, pages of shops."""
