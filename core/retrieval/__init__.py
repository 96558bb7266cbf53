"""From a query to hits: the index, the gallery, ranking, facets, feedback."""
