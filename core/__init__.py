"""Reverse image search for fashion, without a user interface.

Pictures become vectors (`models`, `descriptors`), vectors become an `index`, and a `search` over it
gives the nearest products. Nothing in this package imports Streamlit, prints, or ends the process.
"""

__version__ = "0.1.0"
