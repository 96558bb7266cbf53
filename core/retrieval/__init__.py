"""From a query to hits: requests, ranking, relevance feedback, folding, agreement."""
