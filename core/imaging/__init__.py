"""Pictures: decoding, colour, foreground, near-duplicates."""
