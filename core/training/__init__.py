"""What makes weights. Nothing here is loaded to serve."""
