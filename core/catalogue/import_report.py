"""The account of everything that was wrong with a folder of products, in numbers, ids and plain sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class CatalogueReport:
    """What was found in a folder and what was wrong with it. Rows are named by product id.

    Attributes
    ----------
    n_rows, n_products : int
        Rows of `styles.csv` that are not blank, and products that came of them.
    rejoined_names : tuple of str
        Rows with an unquoted comma in the product name, which is joined again.
    stray_quotes : tuple of str
        Rows with an unpaired quotation mark, read as written.
    short_rows : tuple of str
        Rows that break off early; what is missing counts as empty.
    unreadable_rows : tuple of str
        Rows left out: no id, or broken off before `articleType`. Those without an id are named "line 17".
    refused_ids : tuple of str
        Rows left out because their id is no plain file name ("../x").
    duplicates : tuple of str
        Rows left out because an earlier one has their id.
    missing_images : tuple of str
        Rows left out because `images/` has no picture of theirs.
    missing_links : Mapping of str to str
        Of these, the addresses that `images.csv` gives.
    unlisted_images : tuple of str
        Pictures in `images/` without a row.
    absent_columns : tuple of str
        Kaggle's columns that `styles.csv` lacks.
    empty_cells : Mapping of str to tuple of str
        By column, the products whose cell is empty.
    unusable_years, unusable_prices : tuple of str
        Products whose year or price could not be understood and counts as unknown.
    filled_cells : int
        Cells that `styles/ID.json` filled, prices and brands among them.
    broken_json : tuple of str
        Products whose `styles/ID.json` could not be read.
    notes : tuple of str
        Sentences on what concerns the folder as a whole.
    """

    n_rows: int = 0
    n_products: int = 0
    rejoined_names: tuple[str, ...] = ()
    stray_quotes: tuple[str, ...] = ()
    short_rows: tuple[str, ...] = ()
    unreadable_rows: tuple[str, ...] = ()
    refused_ids: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    missing_images: tuple[str, ...] = ()
    missing_links: Mapping[str, str] = field(default_factory=dict)
    unlisted_images: tuple[str, ...] = ()
    absent_columns: tuple[str, ...] = ()
    empty_cells: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unusable_years: tuple[str, ...] = ()
    unusable_prices: tuple[str, ...] = ()
    filled_cells: int = 0
    broken_json: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def summary(self) -> list[str]:
        """Say in plain sentences what was read and what was wrong, worst first.

        Returns
        -------
        list of str
            The first counts products and rows; a clean folder has no other. Of ids, the first ten are named.
        """
        kinds = (
            (self.unreadable_rows, "left out, no id or broken off before the article type"),
            (self.refused_ids, "left out, the id is no plain file name"),
            (self.duplicates, "left out, an earlier row has the same id"),
            (self.missing_images, "left out, no picture in images/"),
            (self.short_rows, "kept, though the row breaks off early"),
            (self.rejoined_names, "kept, the name held an unquoted comma and is joined again"),
            (self.stray_quotes, "kept, a quotation mark without its pair is read as written"),
            (self.unusable_years, "kept, the year could not be understood and counts as unknown"),
            (self.unusable_prices, "kept, the price could not be understood and counts as unknown"),
        )
        sentences = [f"Read {count_text(self.n_products, 'product')} from {count_text(self.n_rows, 'row')}."]
        sentences += self.notes
        sentences += [
            f"{count_text(len(ids), 'row')} {text}: {listed_ids(ids)}." for ids, text in kinds if ids
        ]
        if self.missing_links:
            sentences.append(
                f"images.csv gives an address for {len(self.missing_links):,} of the missing pictures: "
                f"{listed_ids(tuple(self.missing_links))}."
            )
        if self.absent_columns:
            sentences.append(f"styles.csv lacks these columns, left empty: {', '.join(self.absent_columns)}.")
        for column, ids in self.empty_cells.items():
            sentences.append(f"{count_text(len(ids), 'product')} with an empty {column}: {listed_ids(ids)}.")
        if self.filled_cells:
            sentences.append(f"{count_text(self.filled_cells, 'cell')} filled from styles/ID.json.")
        if self.broken_json:
            files = count_text(len(self.broken_json), "file")
            sentences.append(f"{files} in styles/ could not be read as JSON: {listed_ids(self.broken_json)}.")
        if self.unlisted_images:
            pictures = count_text(len(self.unlisted_images), "picture")
            sentences.append(
                f"{pictures} in images/ passed over, without a row: {listed_ids(self.unlisted_images)}."
            )
        return sentences

    def to_dict(self) -> dict[str, object]:
        """Give every field as plain values that JSON can hold."""
        return asdict(self)


def count_text(number: int, noun: str) -> str:
    """Write a number and its noun: "1 row", "2,000 rows"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed_ids(ids: Sequence[str], most: int = 10) -> str:
    """List the first ids on one line, whatever characters an id holds.

    Examples
    --------
    >>> listed_ids(["7", "8", "9"], most=2)
    '7, 8 and 1 more'
    """
    first = ", ".join(one if one.isprintable() else ascii(one) for one in ids[:most])
    return f"{first} and {len(ids) - most:,} more" if len(ids) > most else first
