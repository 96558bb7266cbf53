"""What is read back from JSON fits a schema before anybody uses it.

A schema is a `msgspec.Struct` or a `TypedDict`: `Manifest` here, `Card` in `core.models.card`, the report in
`core.reporting.report_schema`. Fields that a schema does not name pass, so that newer code may add some;
what it names has the type that is written there. What does not fit is named by its place in the document.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NotRequired, TypedDict, TypeVar

import msgspec

from core.errors import ArtifactError
from core.storage.naming import remedy, short_path

Schema = TypeVar("Schema")

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""A number of things; 2**53 is where JSON's readers stop telling whole numbers apart."""

Figure = Annotated[float, msgspec.Meta(ge=-1e15, le=1e15)]
"""A measured number: finite."""

_WORDS = {
    "object": "an object",
    "array": "a list",
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
}
_EVERY_KEY = "[...]"


class ManifestFile(TypedDict):
    """One file of a folder."""

    size: Count  # bytes
    sha256: str


class ManifestEmbeddings(TypedDict):
    """What made the embeddings of one extractor."""

    weights: str | None  # sha256 of the weights, or a handcrafted extractor's version
    dimension: NotRequired[Count]


class ManifestMap(TypedDict):
    """How far the maps of one extractor have moved away from those that t-SNE drew."""

    changed: Count  # products that came, changed or went since


class ManifestEngine(TypedDict):
    """The engine that a catalogue is searched by, where it is not in the serving process."""

    name: str
    uri: str  # an address, or a folder: absolute, or below the folder of everything kept
    side: str  # of the two that change places; see `core.gallery.milvus.collections`
    index: str  # such as FLAT
    collections: dict[str, str]  # extractor to the collection that is searched


class Manifest(TypedDict):
    """The fields of a folder's `manifest.json` that code relies on."""

    schema: int
    kind: str
    created: str  # UTC, as 2026-11-25T16:31:58Z
    files: dict[str, ManifestFile]
    embeddings: NotRequired[dict[str, ManifestEmbeddings]]
    source: NotRequired[str]
    preparation: NotRequired[Count]  # which way pictures were prepared before they were embedded
    made_from: NotRequired[dict[str, str]]  # product id to the sha256 of its source, where no copy is kept
    read: NotRequired[dict[str, Any]]  # what was wrong with the folder of products
    maps: NotRequired[dict[str, ManifestMap]]
    drawn: NotRequired[dict[str, Any]]
    engine: NotRequired[ManifestEngine]


def check_schema(document: Any, schema: type[Schema], *, path: Path) -> Schema:
    """Read a document by a schema.

    Parameters
    ----------
    document : object
        As from JSON.
    schema : type
        A `msgspec.Struct` or a `TypedDict`.
    path : Path
        Of the file, for the message.

    Returns
    -------
    object of type `schema`

    Raises
    ------
    ArtifactError
        Naming the file, the first field that does not fit, what was expected, and the command that mends it.

    Examples
    --------
    >>> path = Path("artifacts/models/vgg16/manifest.json")
    >>> check_schema({"size": "7", "sha256": ""}, ManifestFile, path=path)
    Traceback (most recent call last):
    core.errors.ArtifactError: models/vgg16/manifest.json, field size: expected a whole number, got text; \
restore it from git, or make it again with `python -m core train DATA --model vgg16 --force`
    """
    try:
        return msgspec.convert(document, schema)
    except msgspec.ValidationError as error:
        message = _explain(document, schema, str(error))
    raise ArtifactError(f"{short_path(path)}{message}; {remedy(path)}")


def _explain(document: Any, schema: type, error: str) -> str:
    """Say in words what msgspec found, as in "Expected `int`, got `str` - at `$.files[...].size`"."""
    problem, _, place = error.partition(" - at `$")
    steps = _resolve(document, schema, re.findall(r"\[[^\]]*\]|[^.\[\]`]+", place), error)
    if missing := re.fullmatch(r"Object missing required field `(.+)`", problem):
        return f" lacks the field {'.'.join([*steps, missing[1]])}, which this version needs"
    field = f", field {'.'.join(steps)}" if steps else ""
    problem = re.sub(r"`([^`]*)`", lambda kinds: _in_words(kinds[1]), problem)
    return f"{field}: {problem[:1].lower()}{problem[1:]}"


def _in_words(kinds: str) -> str:
    """Write "float | null" as "a number or null"."""
    return " or ".join(_WORDS.get(kind, kind) for kind in kinds.split(" | "))


def _resolve(document: Any, schema: type, steps: Sequence[str], error: str) -> list[str]:
    """Turn steps such as "files", "[...]", "[3]" into keys, finding which key "[...]" stands for."""
    path: list[Any] = []
    for step in steps:
        if step == _EVERY_KEY:
            mapping = _value_at(document, path)
            # The culprit is the key that gives the same complaint when it stands alone.
            key = next((k for k in mapping if _error(_alone(document, path, k), schema) == error), step)
            document = _alone(document, path, key) if key in mapping else document
            path.append(key)
        else:
            path.append(int(step[1:-1]) if step.startswith("[") else step)
    return [str(step)[:80] for step in path]


def _error(document: Any, schema: type) -> str:
    try:
        msgspec.convert(document, schema)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


def _value_at(document: Any, path: Sequence[Any]) -> Any:
    for step in path:
        document = document[step]
    return document


def _alone(document: Any, path: Sequence[Any], key: str) -> Any:
    """Copy a document in which the mapping at `path` holds one key only."""
    if not path:
        return {key: document[key]}
    copy = document.copy()
    copy[path[0]] = _alone(document[path[0]], path[1:], key)
    return copy
