"""How models and extractors are called in what people read."""

from core.models.compared.methods import METHODS, Distance
from core.models.consensus import K_NEIGHBOURS, KNN
from core.models.finder.labels import garment_name
from core.models.names import FINDER
from core.models.prediction import percent_text
from core.retrieval.photograph.garment_part import GarmentChoice
from core.retrieval.verdicts.verdict_rules import Sureness

_DESCRIBED = {
    "vgg16": "VGG16: shape and style, learned",
    "vae": "VAE: overall impression, learned",
    "colour": "Colour: the garment's colours alone",
    "texture": "Texture: weave, stripes and prints",
    "shape": "Shape: outline and seams",
}


def extractor_title(extractor: str) -> str:
    """Say what an extractor looks at; one that is not known goes by its name."""
    if extractor not in _DESCRIBED and extractor in METHODS:
        return METHODS[extractor].title
    return _DESCRIBED.get(extractor, extractor)


DISTANCE_NAMES = {
    Distance.COSINE.value: "Cosine",
    Distance.EUCLIDEAN.value: "Euclidean distance",
    Distance.WEIGHTED.value: "Weighted distance (MPEG-7)",
    Distance.INTERSECTION.value: "Histogram intersection",
    Distance.JACCARD.value: "Jaccard distance",
    Distance.HAMMING.value: "Hamming distance",
}
"""What people read for each distance."""


def method_title(method: str) -> str:
    """Say what a method looks at, and by which distance if that is not the cosine.

    Examples
    --------
    >>> method_title("cld:weighted")
    'Colour Layout Descriptor · Weighted distance (MPEG-7)'
    """
    extractor, _, distance = method.partition(":")
    by = f" · {DISTANCE_NAMES.get(distance, distance)}" if distance else ""
    return extractor_title(extractor) + by


def method_name(method: str) -> str:
    """Name a method in a word or two, and the distance if it is not the cosine.

    Examples
    --------
    >>> method_name("vgg16"), method_name("no such")
    ('VGG16', 'no such')
    """
    title, by, distance = method_title(method).partition(" · ")
    return title.partition(":")[0] + by + distance


def engine_title(engine: str) -> str:
    """Name an engine that a catalogue is searched by."""
    return {"milvus": "Milvus", "local": "The local gallery"}.get(engine, engine)


DESCRIPTOR_NAMES = {"shape": "Shape", "colour": "Colour", "texture": "Texture"}
"""What people read for each handcrafted descriptor."""


JUDGE_SEES = {
    "vgg19": "16 convolutions; its word is the verdict",
    "vgg16": "13 convolutions",
    "vae": "The class head of the autoencoder",
    "rgb": "Pixel values alone, no convolution",
    FINDER: "What it took the garment for that is classified",
    KNN: f"What the {K_NEIGHBOURS} nearest products are",
}
"""What each judge goes by."""


SURENESS_NAMES = {Sureness.SURE: "Sure", Sureness.LIKELY: "Likely", Sureness.UNSURE: "Not sure"}
"""What people read for how sure a verdict is."""


def garment_choice_text(choice: GarmentChoice) -> str:
    """Say which garment of a picture is looked at: ``the shirt, the likeliest of 4 garments``."""
    garment, n = choice.garment, len(choice.garments)
    if garment is None:
        return "the whole picture"
    name = garment_name(garment.label, in_sentence=True)
    if n == 1:
        return f"the {name}, the only garment found"
    return f"the {name}, {'one' if choice.number > 1 else 'the likeliest'} of {n} garments"


def garment_title(choice: GarmentChoice, number: int) -> str:
    """Name a garment that can be chosen, 1 being the likeliest; 0 is the whole picture."""
    if not number:
        return "Whole picture"
    garment = choice.garments[number - 1]
    return f"{garment_name(garment.label)}, {percent_text(garment.certainty)}"
