"""The training set: sources and their labels, worn garments, augmentation, the view bank."""
