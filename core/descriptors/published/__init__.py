"""Descriptors that others have published, each as its source says it, to be compared with ours.

They look at the whole picture, ground and all, as their sources do.
"""
