"""What became of a folder of products, in numbers and plain sentences."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.catalogue.import_report import CatalogueReport, count_text, listed_ids
from core.gallery.milvus.filling import FilledRows
from core.indexing.changes import Changes
from core.models.names import LEARNED_EXTRACTORS


@dataclass(frozen=True)
class PartReport:
    """What became of one part of a folder of products.

    Attributes
    ----------
    name : str
        Of the catalogue to be.
    part : tuple of int
        Which of how many.
    n_products : int
        Of this part.
    n_embedded : mapping of extractor to int
    unreadable : mapping of product id to str
    engine_rows : FilledRows or None
    """

    name: str
    part: tuple[int, int]
    n_products: int
    n_embedded: Mapping[str, int]
    unreadable: Mapping[str, str]
    engine_rows: FilledRows | None

    def summary(self) -> list[str]:
        """Say in plain sentences what was done, and what is next."""
        number, n_parts = self.part
        lines = _named(self.unreadable, "Left out, its picture cannot be read: {}", "Left out")
        lines += [self.engine_rows.sentence()] if self.engine_rows else []
        lines.append(
            f"Embedded part {number} of {n_parts} of {self.name}, {count_text(self.n_products, 'product')}. "
            "When all parts are, the same command without --part puts the catalogue together."
        )
        return lines

    def to_dict(self) -> dict[str, object]:
        """Give what a program reads."""
        return {
            "catalogue": self.name,
            "part": list(self.part),
            "n_products": self.n_products,
            "embedded": dict(self.n_embedded),
            "unreadable": dict(self.unreadable),
            "engine": vars(self.engine_rows) if self.engine_rows else None,
        }


@dataclass(frozen=True)
class IndexReport:
    """What became of a folder of products.

    Attributes
    ----------
    folder : Path
        Of the indexed catalogue.
    n_products : int
    extractors : tuple of str
    read : CatalogueReport
        What was wrong with the folder's table.
    unreadable : mapping of product id to str
        Products left out, and what their picture has.
    unreadable_further : mapping of str to str
        Pictures that were left out of products that have others, by product and number, and what they have.
    n_further : int
        Pictures beyond products' first that are searched too.
    kept_before : mapping of product id to str
        Products that stay as they were, since their picture cannot be read now, and what it has.
    kept_columns : mapping of column to int
        Columns that the table has lost, and how many products keep the value that they had.
    changes : Changes or None
        Against the catalogue that was replaced; None where there was none.
    n_embedded : mapping of extractor to int
        Pictures that were embedded; all others were before.
    n_resumed : int
        Pictures that a stopped run had embedded.
    maps : mapping of extractor to str
        "kept" or "drawn".
    trained : tuple of str
        Learned extractors at hand.
    engine_rows : FilledRows or None
        What was written to an engine beside this process.
    """

    folder: Path
    n_products: int
    extractors: tuple[str, ...]
    read: CatalogueReport
    unreadable: Mapping[str, str] = field(default_factory=dict)
    unreadable_further: Mapping[str, str] = field(default_factory=dict)
    n_further: int = 0
    kept_before: Mapping[str, str] = field(default_factory=dict)
    kept_columns: Mapping[str, int] = field(default_factory=dict)
    changes: Changes | None = None
    n_embedded: Mapping[str, int] = field(default_factory=dict)
    n_resumed: int = 0
    maps: Mapping[str, str] = field(default_factory=dict)
    trained: tuple[str, ...] = ()
    engine_rows: FilledRows | None = None

    def summary(self) -> list[str]:
        """Say in plain sentences what was read, what was wrong, and what was made of it."""
        lines = self.read.summary()
        lines += _named(self.unreadable, "Left out, its picture cannot be read: {}", "Left out")
        lines += _named(
            self.kept_before, "Kept as it was before, its picture cannot be read now: {}", "Kept as before"
        )
        lines += _named(
            self.unreadable_further,
            "Passed over, one of several pictures of a product cannot be read: {}",
            "Passed over",
        )
        for column, n_products in self.kept_columns.items():
            lines.append(
                f"The table has no {column} any more, {count_text(n_products, 'product')} keep theirs: "
                "mend its header, or index again with --allow-loss."
            )
        if not set(self.extractors) & set(LEARNED_EXTRACTORS):
            lines.append(self._without_models())
        if self.n_resumed:
            lines.append(f"Went on after a stop: {count_text(self.n_resumed, 'picture')} had been embedded.")
        if self.changes is not None:
            lines += [self.changes.summary(), self._embedded()]
            lines += [f"Maps by {name}: {what}." for name, what in self.maps.items()]
        lines += [self.engine_rows.sentence()] if self.engine_rows else []
        if self.engine_rows and self.n_further:
            lines.append(
                "Milvus finds products that have several pictures by their first alone, the local gallery "
                f"(`--engine local`) by {count_text(self.n_further, 'more', 'more')} too."
            )
        by = ", ".join(self.extractors) or "no extractor"
        lines.append(f"Indexed {count_text(self.n_products, 'product')} by {by}: {self.folder}")
        return lines

    def to_dict(self) -> dict[str, object]:
        """Give what a program reads, as plain values but for the path."""
        return {
            "catalogue": self.folder.name,
            "folder": self.folder,
            "n_products": self.n_products,
            "extractors": self.extractors,
            "changes": None if self.changes is None else self.changes.counts(),
            "embedded": dict(self.n_embedded),
            "resumed": self.n_resumed,
            "maps": dict(self.maps),
            "unreadable": self.unreadable,
            "unreadable_further": dict(self.unreadable_further),
            "further_pictures": self.n_further,
            "kept_before": self.kept_before,
            "kept_columns": dict(self.kept_columns),
            "engine": vars(self.engine_rows) if self.engine_rows else None,
            "read": self.read.to_dict(),
        }

    def _without_models(self) -> str:
        if self.trained:
            return (
                "No learned extractor was chosen, which finds better than descriptors do: index again with "
                f"--force and without --extractor for {', '.join(self.trained)}."
            )
        return (
            "No model is trained yet, which finds better than descriptors do: train some with "
            "`python -m core train DATA`, and index again with --force."
        )

    def _embedded(self) -> str:
        counts = [f"{count_text(n, 'picture')} by {name}" for name, n in self.n_embedded.items() if n]
        return f"Embedded {', '.join(counts)}." if counts else "No picture had to be embedded."


@dataclass(frozen=True)
class EditReport:
    """What became of single products.

    Attributes
    ----------
    folder : Path
        Of the catalogue.
    n_products : int
        In it now.
    added, replaced, removed : tuple of str
        Product ids.
    unreadable : mapping of product id to str
        Pictures that were given and cannot be read, and what they have.
    maps_due : tuple of str
        Extractors whose maps should be drawn anew by now.
    """

    folder: Path
    n_products: int
    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unreadable: Mapping[str, str] = field(default_factory=dict)
    maps_due: tuple[str, ...] = ()

    def summary(self) -> list[str]:
        """Say in plain sentences what was done."""
        lines = [f"Not added, the picture cannot be read: {problem}" for problem in self.unreadable.values()]
        for ids, what in ((self.added, "Added"), (self.replaced, "Replaced"), (self.removed, "Removed")):
            if ids:
                lines.append(f"{what} {count_text(len(ids), 'product')}: {listed_ids(ids)}.")
        if self.maps_due:
            lines.append(
                f"Many products have changed since the maps by {', '.join(self.maps_due)} were drawn: index "
                "again to draw them anew."
            )
        lines.append(f"{self.folder.name} has {count_text(self.n_products, 'product')}: {self.folder}")
        return lines

    def to_dict(self) -> dict[str, object]:
        """Give what a program reads, as plain values but for the path."""
        return {"catalogue": self.folder.name, **vars(self)}


def _named(problems: Mapping[str, str], sentence: str, rest: str, most: int = 10) -> list[str]:
    lines = [sentence.format(problem) for problem in list(problems.values())[:most]]
    if len(problems) > most:
        ids = ", ".join(list(problems)[most:])
        lines.append(f"{rest} for the same reason, {len(problems) - most:,} more: {ids}.")
    return lines
