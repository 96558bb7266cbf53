import io
import zipfile

import pytest

from core.catalogue.tables.workbook import read_workbook
from core.errors import CatalogueError
from tests.workbooks import make_workbook


def test_cells_become_text():
    rows = [
        ["id", "articleType", "price", "name"],
        [10023, "Shirts", 45.5, "Café"],
        ["0012", "Jeans", "", "<b>&"],
    ]
    records, notes = read_workbook(make_workbook({"Products": rows}), "styles.csv", bool)
    assert [record.cells for record in records] == [
        ["id", "articleType", "price", "name"],
        ["10023", "Shirts", "45.5", "Café"],
        ["0012", "Jeans", "", "<b>&"],
    ]
    assert notes == []


def test_the_first_sheet_with_anything_in_it_is_read():
    book = make_workbook({"Empty": [], "Stock": [["id"], ["1"]], "Old": [["id"], ["2"]]})
    for fits in (bool, lambda records: False):
        records, notes = read_workbook(book, "a.xlsx", fits)
        assert [record.cells for record in records] == [["id"], ["1"]]
        assert notes == ["a.xlsx: the sheet Stock was read, Old passed over."]


def test_a_sheet_that_fits_goes_before_others():
    book = make_workbook({"Notes": [["Prices of May"]], "Stock": [["id"], ["1"]], "Old": [["id"], ["2"]]})
    records, notes = read_workbook(book, "a.xlsx", lambda records: records[0].cells == ["id"])
    assert [record.cells for record in records] == [["id"], ["1"]]
    assert notes == ["a.xlsx: the sheet Stock was read, Notes, Old passed over."]


def archive() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("readme.txt", "no workbook")
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"PK\x03\x04 nothing of the kind", "cannot be read as a workbook"),
        (archive(), "cannot be read as a workbook"),
        (make_workbook({"A": [["id"]]})[:300], "cannot be read as a workbook"),
        (make_workbook({"A": []}), "no sheet with anything in it"),
    ],
    ids=["no archive", "another archive", "cut short", "empty"],
)
def test_what_is_no_workbook_gets_a_sentence(data, sentence):
    with pytest.raises(CatalogueError, match=sentence):
        read_workbook(data, "styles.xlsx", bool)
