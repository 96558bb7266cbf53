"""Which pictures belong to which product: by the file that its table names, or by its id, however spelled.

Spreadsheets spoil ids (`10023.0`, `="10023"`, lost zeros in front), file names cannot hold all of them
(`8779/10023/401`), and accents are composed in two ways. A spelling other than the file's counts only where
one file and one product fit.
"""

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from core.catalogue.picture_files import PictureFiles, folded, is_picture_name, letters_and_digits
from core.catalogue.tables.headers import COLUMNS
from core.catalogue.tables.product_table import ProductRow, clean_text

GENERIC_FOLDERS = frozenset(
    {
        "images",
        "image",
        "img",
        "imgs",
        "pictures",
        "pics",
        "photos",
        "data",
        "train",
        "test",
        "validation",
        "val",
    }
)
"""Folders whose name says nothing of what is in them."""

LONGEST_ID = 200
"""In bytes of UTF-8: a file of this name and a suffix fits any file system."""

# A plain file name on any system: no separator, no drive, no control character, not hidden.
_PLAIN_ID = re.compile(r"[^./\\:\x00-\x1f\x7f][^/\\:\x00-\x1f\x7f]*")
_PARTED_ID = re.compile(
    r"[^./\\:\x00-\x1f\x7f][^/\\:\x00-\x1f\x7f]*(?:[/\\:][^./\\:\x00-\x1f\x7f][^/\\:\x00-\x1f\x7f]*)+"
)
_FLOAT_ID = re.compile(r"(\d+)[.,]0+")
_GROUPED_ID = re.compile(r"\d{1,3}(?:[,.' \u00a0\u202f]\d{3})+")
_SCIENTIFIC_ID = re.compile(r"(\d)(?:[.,](\d+))?E\+?(\d\d?)", re.IGNORECASE)


@dataclass(frozen=True)
class MatchedProduct:
    """A product and its pictures.

    Attributes
    ----------
    product_id : str
        A plain file name.
    row : ProductRow
    pictures : tuple of str
        Paths below the pictures' folder, the product's own first.
    """

    product_id: str
    row: ProductRow
    pictures: tuple[str, ...]


@dataclass
class Matching:
    """What became of every row of a table.

    Attributes
    ----------
    products : list of MatchedProduct
        In the order of the rows.
    respelled : dict of str to str
        Ids as written to what they are kept as, where that differs.
    absent : list of str
        Pictures that the table names beside others of a product and that are not there, as ``ID: NAME``.
    missing, ambiguous, refused, duplicates : list of str
        Ids of rows left out: without a picture; with several pictures or products of one spelling; no plain
        file names; the same as another one, spelled otherwise.
    used : set of str
        The stems of all pictures that belong to a product.
    """

    products: list[MatchedProduct] = field(default_factory=list)
    respelled: dict[str, str] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    ambiguous: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)


def match_pictures(rows: Sequence[ProductRow], files: PictureFiles) -> Matching:
    """Find the pictures of every row.

    Parameters
    ----------
    rows : sequence of ProductRow
        No two with the same id.
    files : PictureFiles

    Returns
    -------
    Matching
    """
    return _Matcher(rows, files).match()


class _Matcher:
    def __init__(self, rows: Sequence[ProductRow], files: PictureFiles) -> None:
        self.rows = rows
        self.files = files
        self.found: dict[int, tuple[str, list[str]]] = {}  # row -> id to keep, pictures
        self.kept_ids: set[str] = set()
        self.row_ids = {folded(row.id) for row in rows}
        self.taken: dict[str, int] = {}  # stem -> the row whose id it is
        self.result = Matching()
        # A file or a folder that two rows could mean says nothing of either.

    def match(self) -> Matching:
        for number, row in enumerate(self.rows):
            if row.images:
                self._by_named_file(number, row)
        for number, row in enumerate(self.rows):
            if number not in self.found:
                self._by_exact_id(number, row)
        for number, row in enumerate(self.rows):
            if row.images and number not in self.found:
                self._by_address(number, row)
        left = [row for number, row in enumerate(self.rows) if number not in self.found]
        self.loose_ids = Counter(letters_and_digits(row.id) for row in left)
        self.unpadded_ids = Counter(row.id.lstrip("0") for row in left)
        unclear: set[int] = set()
        for number, row in enumerate(self.rows):
            if number not in self.found and self._by_other_spelling(number, row):
                unclear.add(number)
        self._collect(unclear)
        return self.result

    def _by_named_file(self, number: int, row: ProductRow) -> None:
        self._keep_referred(number, row, [image for image in row.images if "//" not in image])

    def _by_address(self, number: int, row: ProductRow) -> None:
        self._keep_referred(number, row, row.images)

    def _keep_referred(self, number: int, row: ProductRow, images: Sequence[str]) -> None:
        names = [self.files.referred(image) for image in images]
        if pictures := list(dict.fromkeys(name for name in names if name)):
            kept = clean_text(row.id)
            kept = kept if is_plain_id(kept) else _joined(kept)
            if is_plain_id(kept):
                self._set(number, kept, pictures)
                absent = (image for image, name in zip(images, names, strict=True) if not name)
                self.result.absent += [f"{kept}: {image}" for image in absent]

    def _by_exact_id(self, number: int, row: ProductRow) -> None:
        if not is_plain_id(row.id):
            return
        if stem := self._exact_stem(row.id):
            self._keep(number, row.id, stem)
        elif pictures := (self.files.in_folder(row.id) or self._further(row.id)):
            self._set(number, row.id, pictures)
        for other in row.other_ids if number not in self.found else ():
            if stem := self._exact_stem(other):
                self._keep(number, row.id, stem)
                return

    def _exact_stem(self, name: str) -> str | None:
        stems = self.files.named(name)
        return stems[0] if len(stems) == 1 or name in stems else None

    def _keep(self, number: int, product_id: str, stem: str) -> None:
        """Give a row the pictures of a stem, and those that are that and a number."""
        self.taken.setdefault(stem, number)
        names = self.files.stems[stem]
        if len(names) > 1:
            kind = folded(self.rows[number].cells["articleType"])
            names = sorted(names, key=lambda name: folded(PurePosixPath(name).parent.name) != kind)
        names = [*names, *self._further(stem)]
        names += [name for name in self.files.in_folder(stem) if name not in names]
        self._set(number, product_id, names)

    def _further(self, name: str) -> list[str]:
        """List the pictures that are a name and a number, but for those that are a product of their own."""
        stems = [stem for stem in self.files.further(name) if folded(stem) not in self.row_ids]
        return [picture for stem in stems for picture in self.files.stems[stem]]

    def _set(self, number: int, product_id: str, pictures: list[str]) -> None:
        self.found[number] = (product_id, pictures)
        self.kept_ids.add(product_id)

    def _by_other_spelling(self, number: int, row: ProductRow) -> bool:
        """Match a row whose id is spelled otherwise than the file; say whether several would fit."""
        plain = [spelling for spelling in plain_spellings(row.id) if is_plain_id(spelling)]
        if len({stem for spelling in plain if (stem := self._exact_stem(spelling))}) > 1:
            return True
        for spelling in plain:
            if stem := self._exact_stem(spelling):
                if stem in self.taken or spelling in self.kept_ids:
                    self.result.duplicates.append(row.id)
                    self.found[number] = ("", [])
                else:
                    self._keep(number, spelling, stem)
                return False
            if further := self._further(spelling):
                self._set(number, spelling, further)
                return False
        if is_picture_name(row.id) and (name := self.files.referred(row.id)):
            self._by_path(number, name)
            return False
        if _PARTED_ID.fullmatch(row.id) and (name := self.files.at(row.id.replace("\\", "/"))):
            self._set(number, _joined(row.id), [name])
            return False
        return self._loosely(number, row)

    def _by_path(self, number: int, name: str) -> None:
        """Give a row the picture whose path is its id."""
        path, stem = os.path.splitext(name)[0], PurePosixPath(name).stem
        alone = self.files.stems[stem] == [name]
        kept = stem if alone else _joined(path) or stem
        if kept in self.kept_ids or (alone and stem in self.taken):
            self.result.duplicates.append(self.rows[number].id)
            self.found[number] = ("", [])
        elif alone:
            self._keep(number, kept, stem)
        else:
            self._set(number, kept, [name])

    def _loosely(self, number: int, row: ProductRow) -> bool:
        if not (is_plain_id(row.id) or _PARTED_ID.fullmatch(row.id)):
            return False
        for spelling in (row.id, *plain_spellings(row.id)):
            alike = [stem for stem in self.files.spelled_alike(spelling) if stem not in self.taken]
            zeros = [stem for stem in self.files.without_zeros(spelling) if stem not in self.taken]
            for stems, others in (
                (alike, self.loose_ids[letters_and_digits(row.id)]),
                (zeros, self.unpadded_ids[spelling.lstrip("0")] if spelling == row.id else 1),
            ):
                if len(stems) == 1 and others == 1 and is_plain_id(stems[0]):
                    self._keep(number, stems[0], stems[0])
                    return False
                if stems:
                    return True
        return False

    def _collect(self, unclear: set[int]) -> None:
        result, seen = self.result, set[str]()
        for number, row in enumerate(self.rows):
            product_id, pictures = self.found.get(number, ("", []))
            if number in unclear:
                result.ambiguous.append(row.id)
            elif number not in self.found:
                (result.missing if is_plain_id(row.id) else result.refused).append(row.id[:80])
            elif product_id in seen:
                result.duplicates.append(row.id)
            elif pictures:
                seen.add(product_id)
                if product_id != row.id:
                    result.respelled[row.id] = product_id
                result.products.append(MatchedProduct(product_id, row, tuple(pictures)))
                result.used.update(os.path.splitext(picture)[0].rpartition("/")[2] for picture in pictures)


def is_plain_id(product_id: str) -> bool:
    """Whether an id is a plain file name on any system, and not too long for one.

    Examples
    --------
    >>> [is_plain_id(text) for text in ("10023", "SKU 7", "../x", "a/b", ".hidden", "x" * 300)]
    [True, True, False, False, False, False]
    """
    return (
        _PLAIN_ID.fullmatch(product_id) is not None
        and len(product_id.encode("utf-8", "replace")) <= LONGEST_ID
    )


def plain_spellings(product_id: str) -> list[str]:
    """Undo what spreadsheets and exports do to an id; the most likely first, without the id itself.

    Examples
    --------
    >>> [plain_spellings(text) for text in ("10023.0", '="10023"', "10023.jpg", "1.0023E+4", "1.1E+8")]
    [['10023'], ['10023'], ['10023'], ['10023'], []]
    >>> plain_spellings("10,023"), plain_spellings("10.000"), plain_spellings("1.00230000e+04")
    (['10023'], ['10000', '10'], ['10023'])
    """
    text = clean_text(product_id).strip("\"'` ")
    found = [text]
    if is_picture_name(text):
        text = text.rpartition(".")[0]
        found.append(text)
    if match := _FLOAT_ID.fullmatch(text):
        found.append(match[1])
    if _GROUPED_ID.fullmatch(text):
        found.append(re.sub(r"\D", "", text))
    if match := _SCIENTIFIC_ID.fullmatch(text):
        digits, exponent = match[1] + (match[2] or ""), int(match[3])
        if exponent < len(digits) and not digits[exponent + 1 :].strip("0"):  # else digits are lost
            found.append(digits[: exponent + 1])
    return [spelling for spelling in dict.fromkeys(reversed(found)) if spelling and spelling != product_id]


def is_scientific(product_id: str) -> bool:
    """Whether a spreadsheet has written an id as a rounded number, which loses digits.

    Examples
    --------
    >>> is_scientific("1.08775E+08"), is_scientific("10023")
    (True, False)
    """
    return _SCIENTIFIC_ID.fullmatch(product_id) is not None


def _joined(product_id: str) -> str:
    """Write an id in parts as a plain file name."""
    return re.sub(r"[/\\:]+", "-", product_id) if _PARTED_ID.fullmatch(product_id) else ""


def products_of_pictures(files: PictureFiles) -> Matching:
    """Make a product of every picture where there is no table: id from the file, class from the folder.

    A picture beside another whose name it continues (`10023.jpg`, `10023_1.jpg`) is a further one of it.

    Parameters
    ----------
    files : PictureFiles

    Returns
    -------
    Matching
    """
    result = Matching()
    further = {one for stem in files.stems for one in files.further(stem)}
    for stem, names in files.stems.items():
        if stem in further:
            continue
        for name in names:
            folder = PurePosixPath(name).parent
            own_id = stem if len(names) == 1 else "-".join((*folder.parts, stem))
            own_id = clean_text(own_id).replace(":", "-").replace("\\", "-").lstrip(".")
            if not is_plain_id(own_id):
                result.refused.append(own_id[:80])
                continue
            kind = "" if folder.name.casefold() in GENERIC_FOLDERS else folder.name
            cells = dict.fromkeys(COLUMNS, "") | {"id": own_id, "articleType": clean_text(kind)}
            more = [one for next_stem in files.further(stem) for one in files.stems[next_stem]]
            more = [one for one in more if PurePosixPath(one).parent == folder]
            result.products.append(MatchedProduct(own_id, ProductRow(0, cells), (name, *more)))
    result.used = set(files.stems)
    return result
