"""The measured table of what is quick and light, `benchmark.json` among the reports, from `make bench`."""

import msgspec
import pandas as pd

from core.errors import ArtifactError
from core.storage.artifacts import check_files, reports_dir
from core.storage.atomic import current_folder
from core.storage.readers import read_json
from core.storage.schema import Count, Figure, check_schema

BENCHMARK = "benchmark"
"""The report's name; every other one is of `evaluate`."""


class BenchmarkMachine(msgspec.Struct, frozen=True):
    """What it was measured on."""

    processor: str
    cores: Count
    python: str
    load_before: Figure  # processes that wanted to run in the minute before


class BenchmarkRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line: what was measured, what is aimed at, and the reference of the same run."""

    what: str
    value: Figure
    unit: str
    at_most: Figure | None = None
    reference: str = ""
    reference_value: Figure | None = None
    times_reference: Figure | None = None
    ratio: Figure | None = None
    reached: bool | None = None
    note: str = ""

    @property
    def reference_text(self) -> str:
        """What the reference measured; "" where there is none."""
        return "" if self.reference_value is None else f"{self.reference_value:.3g} {self.unit}"

    @property
    def aim(self) -> str:
        """What is aimed at, in words; "" where nothing is."""
        if self.times_reference is None:
            return "" if self.at_most is None else f"at most {self.at_most:g} {self.unit}"
        if self.times_reference < 1:
            return f"{1 / self.times_reference:g} times quicker than {self.reference}"
        return f"at most {self.times_reference:g} times {self.reference}"


class BenchmarkReport(msgspec.Struct, frozen=True, kw_only=True):
    """The whole table."""

    created: str  # ISO 8601
    catalogue: str
    machine: BenchmarkMachine
    rows: list[BenchmarkRow]
    note: str = ""

    def table(self) -> pd.DataFrame:
        """Give the rows as a table that people read, in their order.

        Examples
        --------
        >>> row = BenchmarkRow(what="a search", value=2.0, unit="ms", at_most=3.0, reached=True)
        >>> machine = BenchmarkMachine("a processor", 2, "3.12", 0.1)
        >>> report = BenchmarkReport(created="2026-01-01", catalogue="demo", machine=machine, rows=[row])
        >>> report.table().iloc[0].tolist()
        ['a search', '2 ms', 'at most 3 ms', '', '', 'reached', '']
        """
        return pd.DataFrame(
            [
                {
                    "What": row.what,
                    "Measured": f"{row.value:.3g} {row.unit}",
                    "Aim": row.aim,
                    "Reference": row.reference_text,
                    "Times the reference": "" if row.ratio is None else f"{row.ratio:.2f}",
                    "Reached": {True: "reached", False: "missed", None: ""}[row.reached],
                    "Note": row.note,
                }
                for row in self.rows
            ]
        )


def read_benchmark() -> BenchmarkReport | None:
    """Read the table; None where nothing was measured yet.

    Raises
    ------
    ArtifactError
        If it is changed, or does not fit `BenchmarkReport`.
    """
    path = current_folder(reports_dir()) / f"{BENCHMARK}.json"
    if not path.is_file():
        return None
    try:
        check_files(reports_dir(), (path.name,))
        return check_schema(read_json(path), BenchmarkReport, path=path)
    except ArtifactError as error:
        raise ArtifactError(f"{error}; measure again with `make bench`") from error
