"""How models and extractors are called in what people read."""

CLASSIFIER = "vgg19"
"""The model that names a query's class."""

_DESCRIBED = {
    "vgg16": "VGG16: shape and style, learned",
    "vae": "VAE: overall impression, learned",
    "colour": "Colour: the garment's colours alone",
    "texture": "Texture: weave, stripes and prints",
    "shape": "Shape: outline and seams",
}


def described(extractor: str) -> str:
    """Say what an extractor looks at; one that is not described here goes by its name."""
    return _DESCRIBED.get(extractor, extractor)
