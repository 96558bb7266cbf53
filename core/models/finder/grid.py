"""The cells over a picture that the garment finder's network answers for."""

STRIDE, BOX_STRIDE = 4, 8
"""Pixels a side of a cell of the label map, and of the box map."""

MULTIPLE = 32
"""A picture's height and width must be multiples of this."""
