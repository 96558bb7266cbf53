import math

import pytest

from core.catalogue.tables.values import last_category, parse_prices


def price(text: str, *others: str) -> float:
    return parse_prices([text, *others])[0][0]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("45,00", 45.0),
        ("1.299,50", 1299.5),
        ("1,299.50", 1299.5),
        ("1'250.00", 1250.0),
        ("1’250,5", 1250.5),
        ("1 250,00", 1250.0),
        ("1\u202f250,00 €", 1250.0),
        ("19.99 EUR", 19.99),
        ("EUR 19.99", 19.99),
        ("19,99€", 19.99),
        ("€ 29,95", 29.95),
        ("$1,299", 1299.0),
        ("US$ 12.5", 12.5),
        ("Rs. 450/-", 450.0),
        ("₹1,29,999.00", 129_999.0),
        ("129 kr", 129.0),
        ("49,- Kč", 49.0),
        ("1.299.000 ₫", 1_299_000.0),
        ("?270.00", 270.0),
        ("0.129", 0.129),
        ("0,5", 0.5),
        ("1299.0", 1299.0),
        ("1234567", 1_234_567.0),
    ],
)
def test_prices_are_read_as_they_are_written_anywhere(written, read):
    assert price(written) == read


@pytest.mark.parametrize(
    "written", ["9" * 309, "9" * 13, "-5", "inf", "1e9", "12.34.56", "5,5,5", "dear", "1 29"]
)
def test_what_is_no_price_is_unknown(written):
    prices, understood, _ = parse_prices([written])
    assert math.isnan(prices[0])
    assert understood == [False]


def test_a_point_before_three_digits_is_told_by_the_rest_of_the_column():
    assert price("1.299", "45,00") == 1299.0
    assert price("1.299", "19.99") == 1.299
    assert price("1.299", "2.499", "999") == 1299.0
    assert price("KWD 1.299", "KWD 2.750") == 1.299
    assert price("1,299", "45.50") == 1299.0
    assert price("1,299", "999") == 1299.0


def test_a_point_that_had_to_be_guessed_is_told():
    assert parse_prices(["1.299", "2.499", ""])[2] == [0, 1]
    assert parse_prices(["1.299", "2.499", "45,00"])[2] == []
    assert parse_prices(["1.299", "2.49"])[2] == []


@pytest.mark.parametrize(
    ("text", "several", "kind"),
    [
        ("Shirts", False, "Shirts"),
        ("Apparel &amp; Accessories &gt; Clothing &gt; Shirts &amp; Tops", False, "Shirts & Tops"),
        ("Clothing > Shirts > ", False, "Shirts"),
        ("Sale, Clothing > Hoodies", True, "Hoodies"),
        ("Tops, Tees", False, "Tops, Tees"),
        ("", True, ""),
    ],
)
def test_the_narrowest_category_counts(text, several, kind):
    assert last_category(text, several=several) == kind
