"""Products that have several pictures: what is kept of those beyond the first, and searching by the best."""
