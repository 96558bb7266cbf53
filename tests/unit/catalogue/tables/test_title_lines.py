"""Titles above a header, as exports write them: passed over and said, and no row taken for one."""

import pytest

from core.catalogue.kaggle import TableOptions, read_catalogue
from core.errors import CatalogueError
from tests.catalogue_folders import names, row
from tests.workbooks import make_workbook

TABLE = "id;articleType;productDisplayName\n1;Jeans;Blue jeans\n2;Shirts;White, plain\n"


@pytest.mark.parametrize(
    ("titles", "said"),
    [
        ("Product export\n", "1 line above the header passed over: Product export."),
        (
            "Stock list, autumn; winter;;\n26.11.2026\n\n",
            "2 lines above the header passed over: Stock list, autumn winter, 26.11.2026.",
        ),
        ('"Export\nof; two lines"\n', "1 line above the header passed over: Export of; two lines."),
        ("sep=;\nProducts;as of today\n", "1 line above the header passed over: Products as of today."),
        ("a\nb\nc\nd\ne\n", "5 lines above the header passed over: a, b, c, d, e."),
    ],
)
def test_titles_are_passed_over_and_said(make, titles, said):
    catalogue = read_catalogue(make(raw=(titles + TABLE).encode()))
    assert catalogue.ids == ("1", "2")
    assert names(catalogue) == ["Blue jeans", "White, plain"]
    assert f"styles.csv: {said}" in catalogue.report.summary()


def test_lines_are_counted_from_the_top_of_the_file(make):
    raw = "Title\n\nmore of it\n" + TABLE + ";Jeans;without an id\n"
    assert read_catalogue(make(raw=raw.encode())).report.unreadable_rows == ("line 7",)


def test_a_quote_that_does_not_close_swallows_no_row_below_a_title(make):
    raw = 'Export\nid,articleType,name\n1,Jeans,"Blue "denim" jeans\n2,Shirts,White\n3,Jeans,"Black"\n'
    catalogue = read_catalogue(make(raw=raw.encode()))
    assert catalogue.ids == ("1", "2", "3")


def test_titles_of_a_workbook(make):
    rows = [["Product export"], [], ["id", "articleType"], [1, "Jeans"], [2, "Shirts"]]
    catalogue = read_catalogue(make(raw=make_workbook({"Stock": rows}), table="stock.xlsx"))
    assert catalogue.ids == ("1", "2")
    assert "stock.xlsx: 1 line above the header passed over: Product export." in catalogue.report.summary()


def test_columns_that_are_named_by_hand_are_found_below_a_title(make):
    raw = "Products of the shop\nnumber,what,called\n1,Jeans,Blue\n2,Shirts,White\n"
    options = TableOptions(mapping={"id": "number", "articleType": "what"})
    catalogue = read_catalogue(make(raw=raw.encode(), table="shop.csv"), options)
    assert catalogue.products["articleType"].tolist() == ["Jeans", "Shirts"]


def test_what_is_missing_is_said_of_the_header_and_not_of_the_title(make):
    raw = "Products of the shop\nid,colour,productDisplayName\n1,Red,Blue jeans\n"
    with pytest.raises(CatalogueError, match="lacks the column articleType; it has the columns id, colour"):
        read_catalogue(make(raw=raw.encode()))


def test_a_table_without_titles_says_nothing_of_them(make):
    report = read_catalogue(make(row("1"), row("2"))).report
    assert not any("above the header" in line for line in report.summary())


def test_six_lines_above_are_no_titles(make):
    with pytest.raises(CatalogueError, match="lacks the column"):
        read_catalogue(make(raw=("a\n" * 6 + TABLE).encode()))
