"""The picture files of a folder and of the folders in it, listed once and found by name.

A look at the disk for each of 40,000 products would take seconds.
"""

import hashlib
import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath

from core.errors import CatalogueError
from core.imaging.files.jpeg_end import EOI, SOI, lacks_end

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".jfif", ".png", ".webp", ".avif", ".heic", ".heif", ".gif", ".bmp")
"""What a picture may end in, all that a query may: the first one found in this order, in either case."""

SHARED_BY_MANY = 5
"""From how many products one picture is named as a likely placeholder; in a small catalogue from 3.
Of Kaggle's 39,984 products up to four have the same picture, and these are sold in several sizes."""

MAX_BYTES = 32 * 1024 * 1024
"""How much of a file is looked at: larger ones are no pictures that are read."""

_FURTHER = re.compile(
    r"(.+?)(?:[-_. ]+(\d{1,2}|[a-z]|front|back|side|main|model|detail|alt\d?)|\s*\((\d{1,2})\))", re.I
)
_NO_LETTER_OR_DIGIT = re.compile(r"[\W_]+")


def is_picture_name(name: str) -> bool:
    """Whether a file is a picture by its name.

    Examples
    --------
    >>> is_picture_name("1.HEIC"), is_picture_name("._1.jpg"), is_picture_name("1.txt")
    (True, False, False)
    """
    return os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES and not name.startswith(".")


def folded(text: str) -> str:
    """Reduce a name to what its spellings share: case, and how accents are composed."""
    return unicodedata.normalize("NFC", text).casefold()


def letters_and_digits(text: str) -> str:
    """Reduce a name to its letters and digits, parted by hyphens.

    Examples
    --------
    >>> letters_and_digits("8779/10023/401"), letters_and_digits("SKU_10 b")
    ('8779-10023-401', 'sku-10-b')
    """
    return _NO_LETTER_OR_DIGIT.sub("-", folded(text)).strip("-")


class PictureFiles:
    """The pictures below a folder.

    Parameters
    ----------
    root : Path
    names : iterable of str
        Paths below it, with "/" between folders.

    Attributes
    ----------
    stems : dict of str to list of str
        A file's name without its suffix to the paths that have it: one a folder, of the preferred suffix,
        those in `root` itself first.
    """

    def __init__(self, root: Path, names: Iterable[str]) -> None:
        self.root = root
        order = {suffix: rank for rank, suffix in enumerate(IMAGE_SUFFIXES)}
        best: dict[tuple[str, str], tuple[int, str]] = {}
        for name in sorted(names):
            path, suffix = os.path.splitext(name)
            folder, _, stem = path.rpartition("/")
            rank = order[suffix.lower()]
            if (folder, stem) not in best or rank < best[folder, stem][0]:
                best[folder, stem] = (rank, name)
        self.stems: dict[str, list[str]] = defaultdict(list)
        for (_, stem), (_, name) in sorted(best.items(), key=lambda item: (item[0][0].count("/"), item[0])):
            self.stems[stem].append(name)
        self._all = frozenset(names)
        self._by_path = {os.path.splitext(name)[0]: name for _, name in best.values()}
        self._reduced: dict[Callable[[str], str], dict[str, list[str]]] = {}
        self._folders: dict[str, list[str]] = defaultdict(list)
        for _, name in best.values():
            if "/" in name:
                self._folders[name.split("/")[-2]].append(name)
        self._further: dict[str, list[str]] = defaultdict(list)
        for stem in self.stems:
            if match := _FURTHER.fullmatch(stem):
                self._further[match[1]].append(stem)

    def __len__(self) -> int:
        """Count the pictures, those of several suffixes once."""
        return sum(len(names) for names in self.stems.values())

    def path(self, name: str) -> Path:
        """Give where a picture lies."""
        return self.root / name

    def named(self, name: str) -> list[str]:
        """Find the stems that a name is a spelling of: itself, in another case, or composed otherwise."""
        return [name] if name in self.stems else self._by(folded).get(folded(name), [])

    def spelled_alike(self, name: str) -> list[str]:
        """Find the stems with the same letters and digits, and those that lack or add zeros in front."""
        plain = letters_and_digits(name)
        return self._by(letters_and_digits).get(plain, []) if plain else []

    def without_zeros(self, name: str) -> list[str]:
        """Find the stems that differ in nothing but the zeros in front of a number."""
        key = _without_zeros(name)
        return self._by(_without_zeros).get(key, []) if key else []

    def _by(self, key: Callable[[str], str]) -> dict[str, list[str]]:
        """Give the stems by what a key reduces them to, worked out when it is first asked for."""
        if key not in self._reduced:
            self._reduced[key] = _keys(self.stems, key)
        return self._reduced[key]

    def at(self, path: str) -> str | None:
        """Find a picture by its path below `root`, without its suffix."""
        return self._by_path.get(path)

    def in_folder(self, name: str) -> list[str]:
        """List the pictures of the folder, or folders, of a name, in their natural order."""
        return sorted(self._folders[name], key=natural_order) if name in self._folders else []

    def further(self, name: str) -> list[str]:
        """List the stems that are a name and a number, or a side: ID_1, ID-back, ID (2)."""
        return sorted(self._further[name], key=natural_order) if name in self._further else []

    def referred(self, reference: str) -> str | None:
        """Find a picture by what a table calls it: a file's name, a path, or an address.

        Returns
        -------
        str or None
            Its path below `root`; None where there is none, or more than one.
        """
        path = _file_part(reference)
        for name in (path, *(path.split("/", 1)[1:])):  # "images/1.jpg" too, from the folder above
            if name in self._all:
                return name
        stem = os.path.splitext(PurePosixPath(path).name)[0] if is_picture_name(path) else path
        found = [name for one in self.named(PurePosixPath(stem).name) for name in self.stems[one]]
        return found[0] if len(found) == 1 else None


def list_pictures(root: Path) -> tuple[PictureFiles, tuple[str, ...]]:
    """List the pictures of a folder and of those in it.

    Links are followed, each folder is entered once, and what cannot be looked at stops nothing.

    Parameters
    ----------
    root : Path

    Returns
    -------
    files : PictureFiles
    problems : tuple of str
        Paths below `root` that could not be looked at.

    Raises
    ------
    CatalogueError
        The folder itself cannot be listed.
    """
    names: list[str] = []
    problems: list[str] = []
    entered: set[tuple[int, int]] = set()
    pending = [""]
    while pending:
        below = pending.pop()
        try:
            place = os.stat(root / below)
            if (place.st_dev, place.st_ino) in entered:
                continue
            entered.add((place.st_dev, place.st_ino))
            with os.scandir(root / below) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            if not below:
                raise CatalogueError(
                    f"{root} cannot be listed ({error.strerror}): check its permissions."
                ) from error
            problems.append(below)
            continue
        for entry in listed:
            name = f"{below}/{entry.name}" if below else entry.name
            try:
                if entry.is_dir():
                    if not _is_passed_over(entry.name):
                        pending.append(name)
                elif is_picture_name(entry.name) and entry.is_file():
                    names.append(name)
            except OSError:  # a link to itself
                problems.append(name)
    return PictureFiles(root, names), tuple(problems)


def shared_pictures(paths: Mapping[str, Path]) -> list[tuple[str, ...]]:
    """Find pictures that many products share, byte for byte: "no picture yet", or a logo.

    Parameters
    ----------
    paths : mapping of str to Path
        Product to its picture.

    Returns
    -------
    list of tuple of str
        The products of each such picture, the most first.
    """
    many = min(SHARED_BY_MANY, max(3, len(paths) // 4))
    by_size: dict[int, list[str]] = defaultdict(list)
    for product_id, path in paths.items():
        try:
            size = os.stat(path).st_size
        except OSError:  # it is said when the picture is to be read
            continue
        if size:
            by_size[size].append(product_id)
    shared: list[tuple[str, ...]] = []
    for ids in by_size.values():
        if len(ids) >= many:
            by_content: dict[bytes, list[str]] = defaultdict(list)
            for product_id in ids:
                by_content[_content_key(paths[product_id])].append(product_id)
            shared += [tuple(same) for key, same in by_content.items() if key and len(same) >= many]
    return sorted(shared, key=len, reverse=True)


def incomplete_pictures(paths: Mapping[str, Path]) -> tuple[str, ...]:
    """Find the products whose picture is a JPEG that lacks its end.

    Parameters
    ----------
    paths : mapping of str to Path
        Product to its picture. Of a file that ends as a JPEG does, nothing but its ends is read.

    Returns
    -------
    tuple of str
    """
    return tuple(product_id for product_id, path in paths.items() if _lacks_end(path))


def _lacks_end(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            if file.read(len(SOI)) != SOI:
                return False
            file.seek(-len(EOI), os.SEEK_END)
            if file.read() == EOI:
                return False
            file.seek(0)
            return lacks_end(file.read(MAX_BYTES))
    except OSError:  # it is said when the picture is to be read
        return False


def natural_order(name: str) -> tuple[object, ...]:
    """Give a key that sorts "a_2" before "a_10".

    Examples
    --------
    >>> sorted(["a_10", "a_2", "a"], key=natural_order)
    ['a', 'a_2', 'a_10']
    """
    return tuple(
        (1, int(part), "") if part.isdigit() else (0, 0, part)
        for part in re.split(r"(\d{1,18})", name.casefold())
    )


def _content_key(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return b""


def _file_part(reference: str) -> str:
    """Take from an address or path what may be a path below the pictures' folder."""
    from urllib.parse import unquote, urlsplit

    text = reference.strip().replace("\\", "/")
    if "://" in text or text.startswith("//"):
        try:
            text = unquote(urlsplit(text).path)
        except ValueError:  # an address that is none
            return ""
    return text.removeprefix("./").strip("/")


def _is_passed_over(folder: str) -> bool:
    return folder.startswith(".") or folder == "__MACOSX"


def _without_zeros(name: str) -> str:
    return name.lstrip("0") if name.isascii() and name.isdigit() else ""


def _keys(stems: Iterable[str], key: Callable[[str], str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for stem in stems:
        if reduced := key(stem):
            found[reduced].append(stem)
    return dict(found)
