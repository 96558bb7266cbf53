"""Pages of hits: near-duplicates folded, a class first, or grouped by class."""
