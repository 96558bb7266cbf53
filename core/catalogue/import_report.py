"""The account of everything that was wrong with a folder of products, in numbers, ids and plain sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class CatalogueReport:
    """What was found in a folder and what was wrong with it. Rows are named by product id.

    Attributes
    ----------
    n_rows, n_products : int
        Rows of the table that are not blank, and products that came of them.
    n_pictures : int
        Pictures that stand for products where there is no table.
    further_rows : int
        Rows that belong to a product above: variants, and further pictures.
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
        Rows left out because another one has their id, spelled the same or otherwise.
    missing_images : tuple of str
        Rows left out because there is no picture of theirs.
    missing_links : Mapping of str to str
        Of these, the addresses that the table or `images.csv` gives.
    ambiguous_ids : tuple of str
        Rows left out because their id is spelled otherwise than any picture, and several would fit.
    respelled_ids : Mapping of str to str
        Ids that a spreadsheet or a file name spells otherwise: as written to as kept.
    several_pictures : Mapping of str to int
        Products with more than one picture, and how many there are; the first stands for the product.
    absent_pictures : tuple of str
        Pictures that the table names beside others of a product and that are not there, as ``ID: NAME``.
    shared_pictures : tuple of (str, tuple of str)
        Pictures that several products share, which are placeholders more often than not, and these products.
    incomplete_pictures : tuple of str
        Products whose picture is a JPEG that lacks its last bytes.
    unlisted_images : tuple of str
        Pictures without a row.
    unreadable_places : tuple of str
        Files and folders below that of the pictures that could not be looked at.
    absent_columns : tuple of str
        Kaggle's columns that the table lacks.
    empty_cells : Mapping of str to tuple of str
        By column, the products whose cell is empty.
    unusable_years, unusable_prices : tuple of str
        Products whose year or price could not be understood and counts as unknown.
    guessed_prices : tuple of str
        Products with a price such as 1.299, read as 1299 because the whole column is written so.
    filled_cells : int
        Cells that `styles/ID.json` filled, prices and brands among them.
    broken_json : tuple of str
        Products whose `styles/ID.json` could not be read.
    notes : tuple of str
        Sentences on what concerns the folder as a whole.
    """

    n_rows: int = 0
    n_products: int = 0
    n_pictures: int = 0
    further_rows: int = 0
    rejoined_names: tuple[str, ...] = ()
    stray_quotes: tuple[str, ...] = ()
    short_rows: tuple[str, ...] = ()
    unreadable_rows: tuple[str, ...] = ()
    refused_ids: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    missing_images: tuple[str, ...] = ()
    missing_links: Mapping[str, str] = field(default_factory=dict)
    ambiguous_ids: tuple[str, ...] = ()
    respelled_ids: Mapping[str, str] = field(default_factory=dict)
    several_pictures: Mapping[str, int] = field(default_factory=dict)
    absent_pictures: tuple[str, ...] = ()
    shared_pictures: tuple[tuple[str, tuple[str, ...]], ...] = ()
    incomplete_pictures: tuple[str, ...] = ()
    unlisted_images: tuple[str, ...] = ()
    unreadable_places: tuple[str, ...] = ()
    absent_columns: tuple[str, ...] = ()
    empty_cells: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unusable_years: tuple[str, ...] = ()
    unusable_prices: tuple[str, ...] = ()
    guessed_prices: tuple[str, ...] = ()
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
            (self.duplicates, "left out, another row has the same id"),
            (self.ambiguous_ids, "left out, the id fits several pictures or several rows fit one"),
            (self.missing_images, "left out, no picture in images/"),
            (self.short_rows, "kept, though the row breaks off early"),
            (self.rejoined_names, "kept, the name held an unquoted comma and is joined again"),
            (self.stray_quotes, "kept, a quotation mark without its pair is read as written"),
            (self.unusable_years, "kept, the year could not be understood and counts as unknown"),
            (self.unusable_prices, "kept, the price could not be understood and counts as unknown"),
            (self.guessed_prices, "kept, a point in the price taken to part thousands, as in 1.299"),
        )
        read_from = (
            count_text(self.n_pictures, "picture") if self.n_pictures else count_text(self.n_rows, "row")
        )
        sentences = [f"Read {count_text(self.n_products, 'product')} from {read_from}."]
        sentences += self.notes
        sentences += [
            f"{count_text(len(ids), 'row')} {text}: {listed_ids(ids)}." for ids, text in kinds if ids
        ]
        sentences += self._picture_sentences()
        if self.missing_links:
            sentences.append(
                f"An address is given for {len(self.missing_links):,} of the missing pictures: "
                f"{listed_ids(tuple(self.missing_links))}."
            )
        if self.absent_columns:
            sentences.append(f"The table lacks these columns, left empty: {', '.join(self.absent_columns)}.")
        for column, ids in self.empty_cells.items():
            sentences.append(f"{count_text(len(ids), 'product')} with an empty {column}: {listed_ids(ids)}.")
        if self.filled_cells:
            sentences.append(f"{count_text(self.filled_cells, 'cell')} filled from styles/ID.json.")
        if self.broken_json:
            files = count_text(len(self.broken_json), "file")
            sentences.append(f"{files} in styles/ could not be read as JSON: {listed_ids(self.broken_json)}.")
        return sentences

    def _picture_sentences(self) -> list[str]:
        """Say what was odd about ids and pictures."""
        sentences = []
        if self.further_rows:
            rows = count_text(self.further_rows, "row")
            sentences.append(f"{rows} joined to a product above: variants and further pictures.")
        if self.respelled_ids:
            pairs = [f"{written} as {kept}" for written, kept in self.respelled_ids.items()]
            rows = count_text(len(pairs), "row")
            sentences.append(
                f"{rows} matched to a picture though the id is spelled otherwise: {listed_ids(pairs)}."
            )
        if self.several_pictures:
            n_pictures = sum(self.several_pictures.values())
            have = "product has" if len(self.several_pictures) == 1 else "products have"
            sentences.append(
                f"{len(self.several_pictures):,} {have} several pictures, {n_pictures:,} in all, and each is "
                f"found by the best of its own: {listed_ids(tuple(self.several_pictures))}."
            )
        if self.absent_pictures:
            pictures = count_text(len(self.absent_pictures), "picture is", "pictures are")
            sentences.append(
                f"{pictures} named by the table beside others of the product and not there: "
                f"{listed_ids(self.absent_pictures)}."
            )
        sentences += [
            f"{len(ids):,} products share one picture, {listed_ids([name])}, perhaps a placeholder: "
            f"{listed_ids(ids)}."
            for name, ids in self.shared_pictures[:10]
        ]
        if len(self.shared_pictures) > 10:
            sentences.append(
                f"{len(self.shared_pictures) - 10:,} more pictures are shared by several products."
            )
        if self.incomplete_pictures:
            pictures = count_text(len(self.incomplete_pictures), "picture lacks its", "pictures lack their")
            sentences.append(f"{pictures} last bytes: {listed_ids(self.incomplete_pictures)}.")
        if self.unreadable_places:
            places = count_text(len(self.unreadable_places), "file or folder", "files or folders")
            sentences.append(f"{places} could not be looked at: {listed_ids(self.unreadable_places)}.")
        if self.unlisted_images:
            pictures = count_text(len(self.unlisted_images), "picture")
            sentences.append(f"{pictures} passed over, without a row: {listed_ids(self.unlisted_images)}.")
        return sentences

    def to_dict(self) -> dict[str, object]:
        """Give every field as plain values that JSON can hold."""
        return asdict(self)


def count_text(number: int, noun: str, plural: str = "") -> str:
    """Write a number and its noun: "1 row", "2,000 rows"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {plural or noun + 's'}"


def listed_ids(ids: Sequence[str], most: int = 10) -> str:
    """List the first ids on one line, whatever characters an id holds.

    Examples
    --------
    >>> listed_ids(["7", "8", "9"], most=2)
    '7, 8 and 1 more'
    """
    first = ", ".join(one if one.isprintable() else ascii(one) for one in ids[:most])
    return f"{first} and {len(ids) - most:,} more" if len(ids) > most else first
