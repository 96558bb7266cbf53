"""Every error this package raises on purpose.

A message says what happened, what was expected, and how to mend it, in one line: the command line
prints it and exits with 1, a page shows it and stops.

FashionSearchError
├── CatalogueError      a product folder that cannot be read
├── ImageError          a picture that cannot be read
├── ArtifactError       something kept that is missing, torn, changed, newer or stale
├── ModelError          a model or extractor that does not exist or does not fit
├── SearchError         a search that makes no sense
├── EngineError         an engine on another machine that cannot be reached, or holds something else
└── TrainingError       training or evaluation that cannot go on
"""


class FashionSearchError(Exception):
    """The root: catch this to catch every expected failure of `core`."""


class CatalogueError(FashionSearchError):
    """A product folder is missing or empty, or its table cannot be read."""


class ImageError(FashionSearchError):
    """A picture is too large, damaged, or of a kind that is not read."""


class ArtifactError(FashionSearchError):
    """A model, catalogue or report on disk is missing, torn, changed, newer than the code, or stale."""


class ModelError(FashionSearchError):
    """A model or extractor is unknown, or its weights do not fit its network."""


class SearchError(FashionSearchError):
    """A query, filter or option of a search is not one the catalogue can answer."""


class EngineError(FashionSearchError):
    """The engine of a gallery is not installed, refused, lost, slow, or holds other collections."""


class TrainingError(FashionSearchError):
    """Training or evaluation lacks data, or cannot go on from where it stopped."""
