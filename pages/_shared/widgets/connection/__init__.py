"""What outlasts a connection that is cut and comes back."""
