"""Near-duplicates of a catalogue, told once and brought up to date as its products come and go.

What is known goes by the content of the kept pictures. Two that were compared before are not compared again,
and one that is new is compared with the few that it is near to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from core.errors import ArtifactError, ImageError
from core.gallery.catalogue_files import CatalogueFiles
from core.gallery.near_duplicates import DEFINITION, FOLDER, PAIRS, ROUGH, KeptPairs
from core.imaging.decode import QUERY_SIDE, read_image
from core.imaging.duplicate_search import (
    ROUGH_NUMBERS,
    candidate_pairs,
    find_near_duplicates,
    rough_signature,
)
from core.imaging.near_duplicates import SmallGarment, small_garment
from core.indexing.pictures import content_hash
from core.indexing.previous import PreviousCatalogue
from core.protocols import Bar, no_progress
from core.storage.artifacts import write_json


@dataclass(frozen=True, eq=False)
class ToldDuplicates:
    """What is kept of near-duplicates: the pairs, and the rough signatures, row by row as the products."""

    kept: KeptPairs
    rough: np.ndarray

    def write(self, work: Path) -> None:
        """Write both into a catalogue's folder."""
        (work / FOLDER).mkdir(exist_ok=True)
        write_json(work / PAIRS, msgspec.to_builtins(self.kept))
        np.save(work / ROUGH, self.rough)


def tell_near_duplicates(
    images: Path,
    ids: Sequence[str],
    previous: PreviousCatalogue | None,
    *,
    bar: Bar = no_progress,
) -> ToldDuplicates:
    """Tell which products are near-duplicates.

    Parameters
    ----------
    images : Path
        The folder of the kept pictures, each ID.jpg.
    ids : sequence of str
        Of every product, row by row.
    previous : PreviousCatalogue, optional
        What was told before.
    bar : callable
        Makes a progress bar.

    Returns
    -------
    ToldDuplicates
    """
    contents = [_content_of(images / f"{product_id}.jpg") for product_id in ids]
    ids_of: dict[str, list[str]] = {}
    for product_id, content in zip(ids, contents, strict=True):
        ids_of.setdefault(content, []).append(product_id)
    ids_of.pop("", None)
    pictures = list(ids_of)
    known = _known_before(previous) if previous is not None else _Known({}, [])
    new = [place for place, content in enumerate(pictures) if content not in known.rough]
    garments = _Garments([images / f"{ids_of[content][0]}.jpg" for content in pictures])
    rough = np.full((len(pictures), ROUGH_NUMBERS), np.nan, np.float16)
    for place, content in enumerate(pictures):
        rough[place] = known.rough.get(content, np.nan)
    garments.look(new, rough, bar)
    place_of = {content: place for place, content in enumerate(pictures)}
    pairs = {
        (place_of[one], place_of[other]) for one, other in known.pairs if {one, other} <= place_of.keys()
    }
    pairs |= set(_compare(rough, new, garments, bar))
    named = sorted(tuple(ids_of[pictures[place]][0] for place in sorted(pair)) for pair in pairs)
    same = [ids for ids in ids_of.values() if len(ids) > 1]
    kept = KeptPairs(DEFINITION, same, [(one, other) for one, other in named])
    # The last row is that of a product without a picture.
    rows = np.vstack([rough, np.full(ROUGH_NUMBERS, np.nan, np.float16)])
    return ToldDuplicates(kept, rows[[place_of.get(content, -1) for content in contents]])


def told_before(previous: PreviousCatalogue) -> bool:
    """Whether a catalogue tells its near-duplicates, so that a few products more cost a moment."""
    return bool(_known_before(previous).rough)


def _content_of(path: Path) -> str:
    """Give the SHA-256 of a kept picture; "" where there is none."""
    try:
        return content_hash(path.read_bytes())
    except OSError:
        return ""


class _Garments:
    """Small garments of pictures: of new ones at hand, of others read when one is compared with them."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._at_hand: dict[int, SmallGarment | None] = {}

    def look(self, places: Sequence[int], rough: np.ndarray, bar: Bar) -> None:
        """Make pictures small, and fill in their rough signatures; one that cannot be read has none."""
        step = bar("looking for near-duplicates", len(places)) if places else no_progress("", 0)
        for place in places:
            garment = self.at(place)
            if garment is not None:
                rough[place] = rough_signature(garment)
            step(1, None)

    def at(self, place: int) -> SmallGarment | None:
        if place not in self._at_hand:
            try:
                picture = read_image(self._paths[place], max_side=QUERY_SIDE)
            except ImageError:
                self._at_hand[place] = None
            else:
                self._at_hand[place] = small_garment(picture)
        return self._at_hand[place]


def _compare(rough: np.ndarray, new: Sequence[int], garments: _Garments, bar: Bar) -> list[tuple[int, int]]:
    """Compare new pictures with those that they are near to; gives places of near-duplicates, rising."""
    asked = np.array(new, np.int64)
    pairs = candidate_pairs(rough, rough[asked])
    pairs = np.column_stack([asked[pairs[:, 0]], pairs[:, 1]])
    pairs = np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1), axis=0)
    step = bar("comparing pictures", len(pairs)) if len(pairs) else no_progress("", 0)
    return list(find_near_duplicates(pairs, garments.at, step=step))


@dataclass(frozen=True, eq=False)
class _Known:
    """What was told before, by content."""

    rough: Mapping[str, np.ndarray]
    pairs: Sequence[tuple[str, str]]


def _known_before(previous: PreviousCatalogue) -> _Known:
    """Read what a catalogue tells of its pictures; nothing where it is lost, or told otherwise."""
    files = CatalogueFiles(previous.folder.name, previous.folder, previous.manifest, {})
    try:
        kept = files.read_near_duplicates(previous.ids)
        rough = files.read_rough_signatures(len(previous.products)) if kept is not None else None
    except ArtifactError:
        return _Known({}, [])
    if kept is None or rough is None:
        return _Known({}, [])
    files_before = previous.manifest["files"]
    contents = {
        product_id: entry["sha256"]
        for product_id in previous.ids
        if (entry := files_before.get(f"images/{product_id}.jpg")) is not None
    }
    return _Known(
        {
            contents[product_id]: row
            for product_id, row in zip(previous.ids, rough, strict=True)
            if product_id in contents
        },
        [(contents[one], contents[other]) for one, other in kept.pairs if {one, other} <= contents.keys()],
    )
