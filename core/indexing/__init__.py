"""A folder of products made searchable."""
