"""One run of the training: its options, its fingerprints, what it keeps until it ends and goes on from."""
