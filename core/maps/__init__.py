"""The catalogue as a map: t-SNE, and where a query stands on it."""
