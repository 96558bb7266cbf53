"""The garment finder: every garment in a picture, with its box, mask, label and probability."""
