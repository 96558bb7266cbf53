"""The five classes, and the names that photographs of them go by."""

LABELS: tuple[str, ...] = ("Tshirts", "Shirts", "Jeans", "Skirts", "Kurtas")
"""The classes, by the data set's `articleType`, in the order of every probability row."""

PHOTO_LABELS: dict[str, str] = {
    "t-shirt": "Tshirts",
    "shirt": "Shirts",
    "jeans": "Jeans",
    "skirt": "Skirts",
}
"""Folder of the everyday photographs to class. Folders not named here have no label."""
