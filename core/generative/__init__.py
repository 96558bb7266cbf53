"""What the variational autoencoder draws."""
