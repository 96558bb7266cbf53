"""Every product's picture read once, kept small, and embedded where that has not been done before.

Threads read ahead while the extractors work. What is known of a picture goes by the content of its file: one
that was embedded before by the same weights, under whatever id, is not decoded again.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from core.catalogue.kaggle import Catalogue
from core.errors import ImageError, ModelError
from core.gallery.further.kept import FOLDER as FURTHER
from core.gallery.further.kept import NO_FURTHER_PICTURES, FurtherPictures
from core.imaging.decode import read_image
from core.indexing.checkpoint import Checkpoint
from core.indexing.pictures import KeptPicture, content_hash, link_or_copy, read_content, small_picture
from core.indexing.previous import PreviousCatalogue
from core.models.extractors import load_extractor
from core.protocols import Bar, Extractor, ProgressStep

CHUNK = 256
"""Pictures embedded at a time, and as many read ahead: 60 MB of them each."""

READERS = 4


@dataclass
class EmbeddedProducts:
    """What came of the pictures of a folder.

    Attributes
    ----------
    contents : dict of product id to content
        Of every product whose picture is kept, in the order of the folder: the SHA-256 of what it was made
        from.
    made_from : dict of product id to content
        Those of them whose kept picture is no copy of that.
    vectors : dict of extractor to float32 array (n, dimension)
        Row by row as `contents`.
    n_embedded : dict of extractor to int
        Pictures that were embedded now.
    n_resumed : int
        Pictures that a stopped run had embedded.
    unreadable : dict of product id to str
        Products left out, and what their picture has.
    kept_before : dict of product id to str
        Products that stay as they were, since their picture cannot be read now, and what it has.
    passed_over : dict of str to str
        First pictures that another of their product stands for, as `ID/1`, and what they have.
    """

    contents: dict[str, str] = field(default_factory=dict)
    made_from: dict[str, str] = field(default_factory=dict)
    vectors: dict[str, np.ndarray] = field(default_factory=dict)
    n_embedded: dict[str, int] = field(default_factory=dict)
    n_resumed: int = 0
    unreadable: dict[str, str] = field(default_factory=dict)
    kept_before: dict[str, str] = field(default_factory=dict)
    passed_over: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class _Read:
    """One product's picture after reading: what it was made from, and its pixels where they are needed."""

    content: str = ""
    own: str = ""  # SHA-256 of the kept picture
    pixels: np.ndarray | None = None
    problem: str = ""
    passed_over: str = ""  # what the first picture has that this one stands for


class ExtractorPool:
    """Extractors that are loaded when there is something to embed, and whose weights stay those at hand.

    Parameters
    ----------
    versions : dict of extractor to str or None
        Their weights. What is unknown is filled in when the extractor is loaded.
    """

    def __init__(self, versions: dict[str, str | None]) -> None:
        self.versions = versions
        self._loaded: dict[str, Extractor] = {}

    def load(self) -> None:
        """Load those that are not yet.

        Raises
        ------
        ModelError
            If a model was trained again since its weights were looked at.
        ArtifactError
            If a model is not trained, or torn.
        """
        for name, at_hand in self.versions.items():
            if name in self._loaded:
                continue
            model = load_extractor(name)
            loaded = getattr(model, "weights_sha256", None) or at_hand
            if at_hand is not None and loaded != at_hand:
                raise ModelError(f"{name} was trained again while products were indexed; index them again")
            self.versions[name], self._loaded[name] = loaded, model

    def vectors(self, name: str, pictures: Sequence[np.ndarray]) -> np.ndarray:
        """Embed pictures, float32 (n, dimension).

        Raises
        ------
        ModelError
            If the answer is not one finite row for each picture.
        """
        self.load()
        model = self._loaded[name]
        vectors = np.asarray(model.extract(pictures), np.float32)
        if vectors.shape != (len(pictures), model.dimension) or not np.isfinite(vectors).all():
            raise ModelError(
                f"{name} answered {len(pictures)} pictures with an array {vectors.shape}, expected finite "
                f"numbers ({len(pictures)}, {model.dimension}); train it again"
            )
        return vectors


def embed_products(
    pictures: Sequence[tuple[str, Path]],
    pool: ExtractorPool,
    images: Path,
    *,
    previous: PreviousCatalogue | None,
    checkpoint: Checkpoint,
    keep_before: bool,
    bar: Bar,
    further_paths: Mapping[str, Sequence[Path]] | None = None,
) -> EmbeddedProducts:
    """Put every product's picture into a folder, and describe it by every extractor.

    Parameters
    ----------
    pictures : sequence of (product id, Path)
    pool : ExtractorPool
    images : Path
        Folder that gets the small pictures, each ID.jpg.
    previous : PreviousCatalogue, optional
        What was embedded before.
    checkpoint : Checkpoint
        What a stopped run had embedded; it gets what is embedded now.
    keep_before : bool
        Whether a product whose picture cannot be read stays as it was in `previous`.
    bar : callable
        Makes a progress bar.
    further_paths : mapping of product id to sequence of Path, optional
        Further pictures of products, the first readable of which stands for one in `pictures` that is not.

    Returns
    -------
    EmbeddedProducts

    Raises
    ------
    ModelError
        If an extractor answers nonsense.
    """
    embedding = _Embedding(pool, images, previous, checkpoint, keep_before, further_paths or {})
    return embedding.run(pictures, bar)


@dataclass(frozen=True)
class EmbeddedFurther:
    """What came of products' pictures beyond the first.

    Attributes
    ----------
    pictures : FurtherPictures
        Those that are kept: of each product every content once, and not that of its first picture.
    vectors : dict of extractor to float32 array (f, dimension)
        Row by row as `pictures`; empty where there are none.
    n_embedded : dict of extractor to int
    unreadable : dict of str to str
        What each picture that was left out has, by product and number.
    """

    pictures: FurtherPictures = NO_FURTHER_PICTURES
    vectors: Mapping[str, np.ndarray] = field(default_factory=dict)
    n_embedded: Mapping[str, int] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)


def embed_further_pictures(
    catalogue: Catalogue,
    contents: Mapping[str, str],
    pool: ExtractorPool,
    work: Path,
    *,
    previous: PreviousCatalogue | None,
    checkpoint: Checkpoint,
    bar: Bar,
) -> EmbeddedFurther:
    """Do for products' pictures beyond the first what `embed_products` does for these.

    Parameters
    ----------
    catalogue : Catalogue
    contents : mapping of product id to content
        Of the first pictures that are kept; of other products nothing is.
    work : Path
        Folder of the catalogue, which gets the small pictures.
    pool, previous, checkpoint, bar
        As for `embed_products`.
    """
    places = {
        f"{product_id}/{number}": (product_id, number, path)
        for product_id in contents
        for number, path in enumerate(catalogue.further_paths.get(product_id, ()), start=2)
    }
    if not places:
        return EmbeddedFurther()
    images = work / FURTHER / "images"
    for product_id in {product_id for product_id, _, _ in places.values()}:
        (images / product_id).mkdir(parents=True)
    embedded = embed_products(
        [(place, path) for place, (_, _, path) in places.items()],
        pool,
        images,
        previous=previous,
        checkpoint=checkpoint,
        keep_before=False,
        bar=bar,
    )
    seen, rows, pictures = set(contents.items()), list[int](), FurtherPictures([], [], [])
    for row, (place, content) in enumerate(embedded.contents.items()):
        product_id, number, _ = places[place]
        if (product_id, content) in seen:
            (images / f"{place}.jpg").unlink()
            continue
        seen.add((product_id, content))
        rows.append(row)
        pictures.products.append(product_id)
        pictures.numbers.append(number)
        pictures.contents.append(content)
    for folder in images.iterdir():
        with suppress(OSError):  # not empty
            folder.rmdir()
    vectors = {name: of[rows] for name, of in embedded.vectors.items()} if rows else {}
    return EmbeddedFurther(pictures, vectors, embedded.n_embedded, embedded.unreadable)


class _Embedding:
    def __init__(
        self,
        pool: ExtractorPool,
        images: Path,
        previous: PreviousCatalogue | None,
        checkpoint: Checkpoint,
        keep_before: bool,
        further_paths: Mapping[str, Sequence[Path]],
    ) -> None:
        self._pool, self._images, self._checkpoint = pool, images, checkpoint
        self._previous, self._keep_before = previous, keep_before
        self._further_paths = further_paths
        self._names = tuple(pool.versions)
        self._known = {name: checkpoint.vectors[name] for name in self._names}
        self._resumed = checkpoint.resumed
        if previous is not None:
            before = {name: previous.vectors_by_content(name) for name in self._names}
            self._known = {name: before[name] | known for name, known in self._known.items()}
            self._resumed -= frozenset().union(*before.values())
        self._waiting: dict[str, np.ndarray] = {}  # content to pixels that are to be embedded
        self._found = EmbeddedProducts(n_embedded=dict.fromkeys(self._names, 0))

    def run(self, pictures: Sequence[tuple[str, Path]], bar: Bar) -> EmbeddedProducts:
        step = bar("indexing products", len(pictures))
        for (product_id, _), read in zip(pictures, _read_ahead(pictures, self._read), strict=True):
            n_before = len(self._waiting)
            self._take(product_id, read)
            if len(self._waiting) == n_before:
                step(1, None)
            elif len(self._waiting) == CHUNK:
                self._embed_waiting(step)
        self._embed_waiting(step)
        found = self._found
        found.n_resumed = len(self._resumed.intersection(found.contents.values()))
        for name in self._names if found.contents else ():
            found.vectors[name] = np.stack([self._known[name][one] for one in found.contents.values()])
        return found

    def _take(self, product_id: str, read: _Read) -> None:
        if not read.content:
            self._found.unreadable[product_id] = read.problem
            return
        if read.problem:
            self._found.kept_before[product_id] = read.problem
        if read.passed_over:
            self._found.passed_over[f"{product_id}/1"] = read.passed_over
        self._found.contents[product_id] = read.content
        if read.own != read.content:
            self._found.made_from[product_id] = read.content
        if read.pixels is not None and self._missing(read.content):
            self._waiting[read.content] = read.pixels

    def _embed_waiting(self, step: ProgressStep) -> None:
        for name in self._names:
            contents = [content for content in self._waiting if content not in self._known[name]]
            if contents:
                vectors = self._pool.vectors(name, [self._waiting[content] for content in contents])
                self._checkpoint.keep_vectors(name, contents, vectors)
                self._known[name].update(zip(contents, vectors, strict=True))
                self._found.n_embedded[name] += len(contents)
        step(len(self._waiting), None)
        self._waiting.clear()

    def _missing(self, content: str) -> bool:
        return any(content not in self._known[name] for name in self._names)

    def _read(self, product_id: str, path: Path) -> _Read:
        """Read a picture and put the small one in its place; in one of several threads."""
        try:
            return self._small(product_id, path)
        except ImageError as error:
            return self._kept(product_id, error) or self._instead(product_id, error)

    def _kept(self, product_id: str, error: ImageError) -> _Read | None:
        """Leave a product as it was before, unless one of the pictures it has now stood for it already."""
        before = self._previous.picture_of(product_id) if self._previous and self._keep_before else None
        if self._previous is None or before is None:
            return None
        made_from = self._previous.contents.get(product_id, before.sha256)
        for path in self._further_paths.get(product_id, ()):
            with suppress(ImageError):
                if content_hash(read_content(path)) == made_from:
                    return None
        pixels = read_image(before.path) if self._missing(made_from) else None
        link_or_copy(before.path, self._images / f"{product_id}.jpg")
        return _Read(made_from, before.sha256, pixels, f"{product_id}: {error}")

    def _instead(self, product_id: str, error: ImageError) -> _Read:
        """Have the next picture that can be read stand for a product."""
        for path in self._further_paths.get(product_id, ()):
            with suppress(ImageError):
                read = self._small(product_id, path)
                return replace(read, passed_over=f"{product_id}/1: {error} {path.name} stands for it.")
        return _Read(problem=f"{product_id}: {error}")

    def _small(self, product_id: str, path: Path) -> _Read:
        content = read_content(path)
        made_from = content_hash(content)
        kept: KeptPicture | None = self._checkpoint.picture(made_from)
        if kept is None and self._previous is not None:
            kept = self._previous.picture(made_from)
        pixels = None
        if kept is None or self._missing(made_from):
            small = small_picture(content, path.name)
            pixels = small.pixels
            own = made_from if small.jpeg is content else content_hash(small.jpeg)
            kept = kept or self._checkpoint.keep_picture(made_from, small.jpeg, own)
        link_or_copy(kept.path, self._images / f"{product_id}.jpg")
        return _Read(made_from, kept.sha256, pixels)


def _read_ahead(pictures: Sequence[tuple[str, Path]], read: Callable[[str, Path], _Read]) -> Iterator[_Read]:
    """Yield what each picture gives, in their order, while threads read the next `CHUNK`."""
    ahead: deque[Future[_Read]] = deque()
    with ThreadPoolExecutor(READERS) as readers:
        try:
            for product_id, path in pictures:
                ahead.append(readers.submit(read, product_id, path))
                if len(ahead) > CHUNK:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for left in ahead:
                left.cancel()
