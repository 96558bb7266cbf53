"""What measures models and extractors. Nothing here is loaded to serve."""
