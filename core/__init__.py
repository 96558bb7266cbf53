"""Reverse image search for fashion, without a user interface.

Pictures become vectors (`core.models`, `core.descriptors`), vectors become a searchable catalogue
(`core.indexing`), and `core.retrieval` gives the nearest products to a picture. ARCHITECTURE.md shows the
way. Nothing in this package imports Streamlit, and only `core.cli` prints or ends the process.
"""

__version__ = "0.1.0"
