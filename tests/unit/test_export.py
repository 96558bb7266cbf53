import csv
import io

import pandas as pd
import pytest

from core.export import safe_csv


def rows(table: pd.DataFrame) -> list[list[str]]:
    return list(csv.reader(io.StringIO(safe_csv(table).decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " ="])
def test_no_text_starts_as_a_formula(start):
    text = f"{start}cmd|' /C calc'!A0"
    assert rows(pd.DataFrame({"file": [text]}))[1] == [f"'{text}"]


def test_numbers_and_plain_text_stay_as_they_are():
    table = pd.DataFrame({"file": ["a, b-c=1.jpg"], "score": [-0.25]})
    assert rows(table) == [["file", "score"], ["a, b-c=1.jpg", "-0.25"]]


def test_column_names_are_safe_too():
    assert rows(pd.DataFrame({"=x": ["y"]}))[0] == ["'=x"]


def test_excel_is_told_the_encoding():
    assert safe_csv(pd.DataFrame({"file": ["é"]})).startswith(b"\xef\xbb\xbf")
