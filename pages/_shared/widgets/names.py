"""How models and extractors are called in what people read."""

from core.models.consensus import K_NEIGHBOURS, KNN

_DESCRIBED = {
    "vgg16": "VGG16: shape and style, learned",
    "vae": "VAE: overall impression, learned",
    "colour": "Colour: the garment's colours alone",
    "texture": "Texture: weave, stripes and prints",
    "shape": "Shape: outline and seams",
}


def extractor_title(extractor: str) -> str:
    """Say what an extractor looks at; one that is not described here goes by its name."""
    return _DESCRIBED.get(extractor, extractor)


DESCRIPTOR_NAMES = {"shape": "Shape", "colour": "Colour", "texture": "Texture"}
"""What people read for each handcrafted descriptor."""


JUDGE_NAMES = {"vgg19": "VGG19", "vgg16": "VGG16", "vae": "VAE", "rgb": "RGB", KNN: "Neighbours' vote"}
"""What people read for each judge."""


JUDGE_SEES = {
    "vgg19": "16 convolutions; its word is the verdict",
    "vgg16": "13 convolutions",
    "vae": "The class head of the autoencoder",
    "rgb": "Pixel values alone, no convolution",
    KNN: f"What the {K_NEIGHBOURS} nearest products are",
}
"""What each judge goes by."""
