"""The parts of the Compare page: the query, rows of hits by method, the blind taste test."""
