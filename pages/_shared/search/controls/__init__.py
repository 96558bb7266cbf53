"""The controls beside a search: what the address says of them, their widgets, chips and words."""
