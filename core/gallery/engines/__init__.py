"""What all engines of a gallery share: the table of products, what they refuse, what they do with answers."""
