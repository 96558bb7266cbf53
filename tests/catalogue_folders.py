"""Folders of products as tests make them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.catalogue.kaggle import Catalogue
from core.storage import artifacts

HEADER = "id,gender,masterCategory,subCategory,articleType,baseColour,season,year,usage,productDisplayName"


def row(
    product_id: str = "1",
    name: str = "Plain Shirt",
    kind: str = "Shirts",
    colour: str = "Blue",
    year: str = "2012",
) -> str:
    """Write a line of Kaggle's table."""
    return f"{product_id},Men,Apparel,Topwear,{kind},{colour},Summer,{year},Casual,{name}"


def names(catalogue: Catalogue) -> list[str]:
    """Give the names of a catalogue's products."""
    return catalogue.products["productDisplayName"].tolist()


def put_pictures(folder: Path, *names: str) -> None:
    """Put empty files in a folder, in folders of their own where there is a slash."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


@contextmanager
def rewritten(folder: Path) -> Iterator[Path]:
    """Give a copy of a catalogue's folder to change, which takes its place with a manifest of its own."""
    with artifacts.write_folder(folder, force=True, manifest={"source": "toy garments"}) as work:
        shutil.copytree(folder, work, dirs_exist_ok=True, ignore=shutil.ignore_patterns("manifest.json"))
        yield work
