"""What all engines of a gallery share: the table of products, and what they refuse."""
