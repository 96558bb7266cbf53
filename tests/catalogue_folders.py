"""Folders of products as tests make them."""

from pathlib import Path

from core.catalogue.kaggle import Catalogue

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
