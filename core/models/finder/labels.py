"""What the garment finder tells apart, and how that answers to the data set's article types."""

FINDER_LABELS: tuple[str, ...] = (
    "Tshirts",
    "Shirts",
    "Jeans",
    "Skirts",
    "Kurtas",
    "Tops",
    "Jackets",
    "Dresses",
    "Trousers",
    "Shorts",
    "Shoes",
    "Bags",
    "Hats",
)
"""In the order of the network's outputs; the five classes first, and as `core.labels.LABELS` spells them."""
