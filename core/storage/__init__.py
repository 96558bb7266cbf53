"""Artefacts on disk: manifests, checksums, folders replaced whole."""
