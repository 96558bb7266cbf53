"""Where a folder keeps its table of products and their pictures: in itself, or below, as zips nest."""

import os
from dataclasses import dataclass
from pathlib import Path

from core.catalogue.picture_files import is_picture_name
from core.catalogue.tables.headers import Header
from core.catalogue.tables.product_table import TableOptions, sniff_header
from core.errors import CatalogueError

TABLE_SUFFIXES = (".csv", ".tsv", ".tab", ".xlsx", ".xls", ".xlsb", ".ods")
"""What a table is called; a `.txt` is one if it has the columns."""

PICTURE_FOLDERS = ("images", "image", "img", "pictures", "photos")
"""What the folder of pictures is called, the first that is there."""

DEEPEST = 3
"""How many folders down a catalogue is looked for."""

# Beside the table, and no table of products: Kaggle's addresses of pictures.
_NO_PRODUCTS = frozenset({"images.csv"})
_STYLES = "styles"


@dataclass(frozen=True)
class FolderLayout:
    """Where a catalogue lies.

    Attributes
    ----------
    folder : Path
        What holds it.
    table : Path or None
        The table of products; None where there are pictures alone.
    pictures : Path
        The folder below which its pictures lie.
    notes : tuple of str
        Sentences on what was found elsewhere than expected, or passed over.
    """

    folder: Path
    table: Path | None
    pictures: Path
    notes: tuple[str, ...] = ()


def find_layout(data: Path, options: TableOptions) -> FolderLayout:
    """Find the table and the pictures of a catalogue.

    Parameters
    ----------
    data : Path
        A folder, or a table with its pictures beside it.
    options : TableOptions

    Returns
    -------
    FolderLayout

    Raises
    ------
    CatalogueError
        There is nothing of the kind, or several of them.
    """
    if data.is_file():
        return _beside_table(data)
    if not data.is_dir():
        raise CatalogueError(
            f"{data} is not there, expected a folder with styles.csv and images/: check the path."
        )
    level, bare = [data], None
    for depth in range(DEEPEST + 1):
        with_table = [place for place in level if _tables(place)]
        complete = [place for place in with_table if _pictures_folder(place)]
        if complete:
            return _chosen(data, depth, complete, options)
        bare = bare or (with_table[0] if with_table else None)
        level = [below for place in level for below in _folders(place)]
    if bare is not None:
        table = _tables(bare)[0].name
        raise CatalogueError(
            f"{bare} has {table} but no folder images/ and no picture beside it: "
            "put the pictures there, as ID.jpg."
        )
    return _pictures_alone(data)


def _beside_table(table: Path) -> FolderLayout:
    suffix = table.suffix.lower()
    if suffix not in TABLE_SUFFIXES and not _is_table_of_text(table):
        mend = "unpack it and give the folder" if suffix == ".zip" else f"give {table.parent}"
        raise CatalogueError(f"{table} is a file, expected a folder with styles.csv and images/: {mend}.")
    pictures = _pictures_folder(table.parent)
    if pictures is None:
        raise CatalogueError(
            f"{table} has no folder images/ beside it and no picture: put the pictures there, as ID.jpg."
        )
    return FolderLayout(table.parent, table, pictures)


def _chosen(data: Path, depth: int, complete: list[Path], options: TableOptions) -> FolderLayout:
    """Take the one catalogue of the highest level that has any."""
    if len(complete) > 1:
        names = ", ".join(place.relative_to(data).as_posix() for place in complete)
        raise CatalogueError(f"{data} holds several catalogues ({names}), expected one: give one of them.")
    folder = complete[0]
    table, passed_over = _product_table(folder, options)
    notes = []
    below = [place.name for place in _folders(folder) if _tables(place) and _pictures_folder(place)]
    if below:
        notes.append(f"Passed over, since {table.name} lies above: {', '.join(below)}.")
    if depth:
        levels = ("one level", "two levels", "three levels")[depth - 1]
        notes.append(f"{table.name} was found {levels} down, in {folder.relative_to(data).as_posix()}.")
    if passed_over:
        notes.append(f"Passed over, no tables of products: {', '.join(passed_over)}.")
    pictures = _pictures_folder(folder)
    assert pictures is not None
    return FolderLayout(folder, table, pictures, tuple(notes))


def _product_table(folder: Path, options: TableOptions) -> tuple[Path, list[str]]:
    """Choose the table of products by its name, or by its columns; give also the names of the others."""
    tables = _tables(folder)
    if tables[0].stem.lower() == _STYLES or len(tables) == 1:
        return tables[0], []
    headers = {table: sniff_header(table, options) for table in tables}
    whole = [table for table, header in headers.items() if header and not header.lacking]
    if len(whole) == 1:
        return whole[0], [table.name for table in tables if table != whole[0]]
    if whole:
        names = ", ".join(table.name for table in whole)
        raise CatalogueError(
            f"{folder} holds several tables of products ({names}), expected one: give one of them "
            "in place of the folder, or call it styles.csv."
        )
    return max(tables, key=lambda table: _n_known(headers[table])), []


def _n_known(header: Header | None) -> int:
    return len(header.present) if header else -1


def _tables(folder: Path) -> list[Path]:
    """List what may be a table of products, `styles.*` first."""
    found = []
    for name in _names(folder):
        suffix = os.path.splitext(name.lower())[1]
        if name.lower() in _NO_PRODUCTS or name.startswith((".", "~$")):
            continue
        path = folder / name
        if (suffix in TABLE_SUFFIXES and os.path.isfile(path)) or (
            os.path.isfile(path) and _is_table_of_text(path)
        ):
            found.append(path)
    return sorted(
        found, key=lambda path: (path.stem.lower() != _STYLES, path.suffix.lower() != ".csv", path.name)
    )


def _is_table_of_text(path: Path) -> bool:
    """Whether a `.txt` has the columns of a table of products: readmes and licences are called so too."""
    if path.suffix.lower() != ".txt":
        return False
    header = sniff_header(path, TableOptions())
    return header is not None and not header.lacking


def _pictures_folder(folder: Path) -> Path | None:
    """Find the folder of a catalogue's pictures: by its name, or itself where pictures lie in it or below."""
    names = {name.lower(): name for name in reversed(_names(folder))}
    for wanted in PICTURE_FOLDERS:
        if wanted in names and os.path.isdir(folder / names[wanted]):
            return folder / names[wanted]
    near = [folder, *(below := _folders(folder)), *(deeper for place in below for deeper in _folders(place))]
    return folder if any(map(_has_pictures, near)) else None


def _has_pictures(folder: Path) -> bool:
    return any(is_picture_name(name) for name in _names(folder))


def _folders(folder: Path) -> list[Path]:
    """List the folders in one that may hold a catalogue or its pictures."""
    passed_over = {*PICTURE_FOLDERS, _STYLES, "queries", "__macosx"}
    return [
        folder / name
        for name in _names(folder)
        if not name.startswith(".")
        and name.lower() not in passed_over
        and not is_picture_name(name)  # tens of thousands
        and os.path.isdir(folder / name)
    ]


def _names(folder: Path) -> list[str]:
    # os, since Path raises at a folder that may not be entered
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _pictures_alone(data: Path) -> FolderLayout:
    """Take a folder without a table as one of pictures."""
    try:
        names = os.listdir(data)
    except OSError as error:
        raise CatalogueError(f"{data} cannot be listed ({error.strerror}): check its permissions.") from error
    if not names:
        raise CatalogueError(f"{data} is empty, expected styles.csv and images/: unpack the data set there.")
    return FolderLayout(data, None, data)
