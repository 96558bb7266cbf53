"""The garments: each module cuts one kind into panels, from the back to the front, in metres."""

from . import jeans, kurta, shirt, skirt, tshirt

BUILDERS = {
    "Tshirts": tshirt.build,
    "Shirts": shirt.build,
    "Jeans": jeans.build,
    "Skirts": skirt.build,
    "Kurtas": kurta.build,
}
"""Who cuts a product, by its `articleType`."""
