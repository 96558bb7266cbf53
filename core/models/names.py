"""The names of the learned models, and the files that hold their weights."""

MODEL_NAMES: tuple[str, ...] = ("vgg16", "vgg19", "vae", "rgb")
"""Every model that serves, each of which classifies."""

LEARNED_EXTRACTORS: tuple[str, ...] = ("vgg16", "vae")
"""Those that extract too."""

SPLITTABLE_EXTRACTORS: tuple[str, ...] = ("vgg16",)
"""Extractors whose score can be split over places."""

COMPARED_MODELS: tuple[str, ...] = ("cnn",)
"""Those that are trained only when they are named, to be compared with: no page asks them for a class."""

DEFAULT_EXTRACTOR = "vgg16"
"""The one that a search looks by unless told otherwise."""

WEIGHTS, GRAPH, CARD = "model.weights.h5", "model.onnx", "card.json"

FINDER = "finder"
"""The model that finds garments in a picture."""

UPRIGHT_MODEL = "vgg16"
"""The model that says whether a picture is upright."""

GARMENT_NAMER = "vgg16"
"""The model that names the garments of a photograph together with the finder."""

CLASSIFIER = "vgg19"
"""The model that names a query's class."""
