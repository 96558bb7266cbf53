"""Kept files damaged value by value, and everything that reads them asked for all it gives.

Shared by the tests of storage and by `make fuzz`: a damaged file is read, or refused by one of the project's
errors; no other error comes out.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import FashionSearchError
from core.gallery.catalogue_files import MAPS
from core.gallery.catalogue_list import (
    broken_catalogues,
    catalogue_fingerprint,
    list_catalogues,
    ready_made_queries,
)
from core.gallery.facets import facet_counts, filter_values, price_range
from core.gallery.near_duplicates import DEFINITION, PAIRS
from core.gallery.protocol import Filters, QueryVectors
from core.gallery.stored_catalogue import open_catalogue
from core.imaging.decode import read_image, read_info
from core.labels import LABELS
from core.maps.placement import close_up, colour_range, mean_preservation, place
from core.models.finder.labels import FINDER_LABELS
from core.reporting.evaluation_report import Report
from core.reporting.garment_tables import (
    garment_overlap,
    garment_table,
    photo_retrieval_by_garment,
    screenshot_table,
    worn_table,
)
from core.reporting.model_card import read_card, read_history
from core.reporting.report_files import list_reports, read_report
from core.storage import artifacts
from core.storage.checksums import sha256
from tests.reporting import report

DEEP = "[" * 3_000 + "]" * 3_000
"""JSON nested deeper than a parser goes; put in as it is."""

OTHERS: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    0.5,
    1e300,
    10**400,
    "",
    "text",
    "../up",
    "\x00",
    "\ud800",
    [],
    [None],
    [[1]],
    {},
    {"": None},
    {"a": {"b": 1}},
)
"""A value of every type of JSON, and some that only look like what is expected."""

CELLS = ("", "text", "inf", "nan", "1e400", "-5", "9" * 309, '"', ",", "\x00", "é" * 9_000, "../up", "=1+1")

CARD = {
    "names": [3, 4],
    "temperature": 0.7,
    "known_logit": 2.0,
    "name": "vgg19",
    "labels": list(LABELS),
    "created": "2026-11-25T00:06:19+00:00",
    "parameters": 20027462,
    "input": [80, 60],
    "init": "scratch",
    "schedule": {"seed": 7},
    "seconds": 120.0,
    "data": {"folder": "shop", "training_products": 99},
    "split": {"products": "by id"},
}
FINDER_CARD = CARD | {
    "logistic": [0.0, 1.0, 1.0, 1.0],
    "least_certainty": 0.5,
    "name": "finder",
    "labels": list(FINDER_LABELS),
}


def write_models_and_report() -> None:
    """Keep two models and a report beside the catalogue `demo`."""
    for name, card in (("vgg19", CARD), ("finder", FINDER_CARD)):
        with artifacts.write_folder(artifacts.model_dir(name)) as work:
            (work / "model.weights.h5").write_bytes(b"weights")
            (work / "card.json").write_text(json.dumps(card))
            (work / "history.csv").write_text("epoch,loss,accuracy\n1,0.9,0.5\n2,0.7,0.7\n")
            (work / "MODEL_CARD.md").write_text("# Card")
    artifacts.write_report("a", report())


def with_maps(catalogue: Path) -> None:
    """Add a handcrafted extractor and its maps, and near-duplicates, to the toy catalogue."""
    random = np.random.default_rng(0)
    content = {
        "embeddings/colour.npy": random.normal(size=(20, 6)),
        "maps/colour-2d.npy": random.normal(size=(20, 2)),
        "maps/colour-3d.npy": random.normal(size=(20, 3)),
        "maps/colour-trust.npy": random.random(20),
    }
    (catalogue / "maps").mkdir(exist_ok=True)
    for file, array in content.items():
        np.save(catalogue / file, array.astype(np.float32))
    manifest = json.loads((catalogue / "manifest.json").read_text())
    manifest["embeddings"] = {"colour": {"weights": "1", "dimension": 6}}
    manifest["drawn"] = {"seed": 7}
    manifest["files"] |= {file: {"sha256": "", "size": 0} for file in content}
    (catalogue / "manifest.json").write_text(json.dumps(manifest))
    pairs = {"definition": DEFINITION, "same": [["100", "101"]], "pairs": [["100", "110"], ["120", "121"]]}
    (catalogue / PAIRS).write_text(json.dumps(pairs))
    for file in (*content, PAIRS):
        trust(catalogue, file)


def trust(folder: Path, file: str) -> None:
    """Make the manifest say that a changed file is the one that was written."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"][file] = {"sha256": sha256(folder / file), "size": (folder / file).stat().st_size}
    path.write_text(json.dumps(manifest))


def places(part: Any, path: tuple = ()) -> Iterator[tuple]:
    """Every place of a document; of a list, and of an object of many like parts, only the first ones."""
    yield path
    if isinstance(part, list):
        part = dict(enumerate(part[:1]))
    if isinstance(part, dict):
        for key in list(part)[: 2 if path[-1:] == ("files",) else 24]:
            yield from places(part[key], (*path, key))


def changed(document: Any, path: tuple, value: Any) -> Any:
    """Copy a document with another value at a place."""
    if not path:
        return value
    part = document.copy()
    part[path[0]] = changed(document[path[0]], path[1:], value)
    return part


def without(document: Any, path: tuple) -> Any:
    """Copy a document with what stands at a place taken out."""
    part = document.copy()
    if len(path) == 1:
        del part[path[0]]
    else:
        part[path[0]] = without(document[path[0]], path[1:])
    return part


def damaged_documents(document: Any) -> Iterator[str]:
    """JSON of a document with every value, one after the other, replaced by every type, or taken out."""
    for path in places(document):
        for value in OTHERS:
            yield json.dumps(changed(document, path, value))
        yield json.dumps(changed(document, path, "HERE")).replace('"HERE"', DEEP)
        yield json.dumps(changed(document, path, "HERE")).replace('"HERE"', "NaN")
        if path:
            yield json.dumps(without(document, path))


def damaged_tables(text: str) -> Iterator[str]:
    """CSV with every cell of the header and of the first row replaced, and rows cut or made longer."""
    lines = text.splitlines()
    for row in (0, 1):
        cells = lines[row].split(",")
        for column in range(len(cells)):
            for cell in CELLS:
                other = [*cells[:column], cell, *cells[column + 1 :]]
                yield "\n".join([*lines[:row], ",".join(other), *lines[row + 1 :]]) + "\n"
        yield "\n".join([*lines[:row], ",".join(cells[:2]), *lines[row + 1 :]]) + "\n"
        yield "\n".join([*lines[:row], ",".join([*cells, "more"]), *lines[row + 1 :]]) + "\n"
    yield lines[0] + "\n"
    yield ""


def damaged_arrays(array: np.ndarray) -> Iterator[np.ndarray]:
    """An array in other types, shapes and values."""
    for kind in (
        np.float16,
        np.float64,
        np.longdouble,
        np.int64,
        np.uint8,
        bool,
        np.complex64,
        "U4",
        "M8[s]",
    ):
        with np.errstate(all="ignore"):
            yield array.astype(np.int64).astype(kind) if kind in ("U4", "M8[s]") else array.astype(kind)
    for shape in ((0,), (20,), (20, 0), (0, 20), (20, 1), (1, 20), (20, 2, 3), ()):
        yield np.zeros(shape, np.float32)
    for value in (np.nan, np.inf, -np.inf, 0.0, 3e38, 1e-45):
        with np.errstate(over="ignore"):
            yield np.full_like(array, value)
            one = array.copy()
            one[0] = value
        yield one
    yield np.asfortranarray(array)
    yield np.zeros(20, [("a", np.float32)])


def damaged_bytes(whole: bytes) -> Iterator[bytes]:
    """A file cut, turned round, emptied, and what other kinds of files begin with."""
    yield from (b"", whole[:1], whole[: len(whole) // 2], whole[:-1], whole[::-1], bytes(len(whole)))
    yield from (b"PK\x03\x04" + whole, b"\xff\xfe" + whole, b"[" * 100_000, b'{"a":' * 50_000)
    yield b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n"
    header = b"{'descr': '<f4', 'shape': (10**12, 16), 'fortran_order': False}"
    yield (b"\x93NUMPY\x01\x00v\x00" + header).ljust(400)


def read_catalogue(name: str = "demo") -> None:
    """Ask a catalogue for all that it gives."""
    list_catalogues(), broken_catalogues(), catalogue_fingerprint(name), ready_made_queries(name)
    catalogue = open_catalogue(name)
    products = catalogue.products
    filter_values(products), price_range(products), catalogue.problems, repr(catalogue)
    facet_counts(catalogue.gallery, filters=Filters())
    catalogue.types_of(products["id"][:3])
    for path in ready_made_queries(name):
        tolerate(read_info, path)
        tolerate(read_image, path, max_side=64)
    if catalogue.near_duplicates is not None:
        catalogue.near_duplicates.leaders(products["id"])
    tolerate(catalogue.rough_signatures)
    for extractor in catalogue.extractors:
        tolerate(_search, catalogue, extractor)
        tolerate(catalogue.stale, extractor)
        for kind in MAPS:
            tolerate(_look_at_map, catalogue, extractor, kind)


def _search(catalogue: Any, extractor: str) -> None:
    vectors = catalogue.embeddings(extractor)
    query = QueryVectors.of(extractor, vectors[0])
    for filters in (Filters(), Filters(price=(0, 1000))):
        tolerate(catalogue.gallery.search, query, 5, filters=filters)
    catalogue.gallery.count(query=query, threshold=0.5)
    catalogue.gallery.score_counts(query, np.linspace(-1, 1, 9))
    catalogue.score_threshold(extractor)


def _look_at_map(catalogue: Any, extractor: str, kind: str) -> None:
    positions = catalogue.map(extractor, kind)
    if positions is None:
        return
    if kind == "trust":
        mean_preservation(positions), colour_range(positions)
        return
    vectors = catalogue.embeddings(extractor)
    (nearest,) = catalogue.gallery.search(QueryVectors.of(extractor, vectors[0]), 10)
    close_up(positions, place(positions, nearest))


def tell_report(found: Report) -> list[Any]:
    """Ask a report for all that it can tell."""
    told: list[Any] = [found.measured_on(), found.missing(), found.stale(), found.summary()]
    told += [found.near_duplicates(), found.shop_and_photos(), found.photo_retrieval()]
    told += [
        found.retrieval(queries, near_duplicates=way) for queries in ("all", "five") for way in (True, False)
    ]
    for model in ("vgg16", "vgg19", "unheard-of"):
        told += [found.per_class(model), found.confusion(model), found.reliability(model)]
        told += [
            found.photo_classes(model),
            found.retrieval_by_class(model),
            found.photo_retrieval_by_class(model),
        ]
        told += [found.cell(model, "Shirts", "Jeans"), found.cell(model, "Shirts", "Shirts")]
        told += [found.none_of_these(model), worn_table(found.document, model)]
        told.append(photo_retrieval_by_garment(found.document, model))
    document = found.document
    return [*told, garment_table(document), garment_overlap(document), screenshot_table(document)]


def read_reports() -> None:
    """Ask for all reports, and each for all that it tells."""
    for name in {*list_reports()[0], "a"}:
        tell_report(read_report(name))


def read_models() -> None:
    """Ask for the history and the card of each model."""
    for model in ("vgg19", "finder"):
        tolerate(read_history, model)
        tolerate(lambda name: read_card(name).facts, model)


def verify(folder: Path) -> None:
    """Compare a folder with its manifest."""
    for problem in artifacts.verify_folder(folder):
        assert "\n" not in problem


def tolerate(ask: Any, *given: Any, **named: Any) -> str:
    """Ask; give the sentence of an expected error, and let any other pass."""
    try:
        ask(*given, **named)
    except FashionSearchError as error:
        sentence = str(error)
        assert "\n" not in sentence
        assert sentence
        return sentence
    return ""
