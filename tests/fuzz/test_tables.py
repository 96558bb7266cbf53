"""A shop's folder with a `styles.csv` of any content is read, or refused by one sentence."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.catalogue.kaggle import KAGGLE_COLUMNS, read_catalogue
from core.imaging.encode import encode_jpeg
from tests import damage
from tests.conftest import garment

CELLS = st.text(max_size=20) | st.sampled_from(damage.CELLS) | st.integers(0, 3).map(str)
ROWS = st.lists(st.lists(CELLS, max_size=12).map(",".join), max_size=5).map("\n".join)


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "images").mkdir()
    for number in range(3):
        (tmp_path / "images" / f"{number}.jpg").write_bytes(encode_jpeg(garment((9, 9, 9), 10)))
    return tmp_path


def test_any_rows_below_the_header(shop):
    @given(ROWS)
    @example("1,Men,Apparel,Topwear,Shirts,Blue,Fall,9" + "9" * 400 + ",Casual,A shirt")
    def read(rows):
        text = ",".join(KAGGLE_COLUMNS) + "\n" + rows
        (shop / "styles.csv").write_bytes(text.encode("utf-8", "surrogatepass"))
        damage.tolerate(read_catalogue, shop)

    read()


def test_any_bytes(shop):
    @given(st.binary(max_size=300))
    def read(data):
        (shop / "styles.csv").write_bytes(data)
        damage.tolerate(read_catalogue, shop)

    read()


def test_any_json_beside_a_product(shop):
    (shop / "styles.csv").write_text(
        ",".join(KAGGLE_COLUMNS) + "\n1" + "," * (len(KAGGLE_COLUMNS) - 1) + "\n"
    )
    (shop / "styles").mkdir()

    @given(st.binary(max_size=200) | st.sampled_from(damage.OTHERS).map(lambda value: repr(value).encode()))
    def read(data):
        (shop / "styles" / "1.json").write_bytes(data)
        damage.tolerate(read_catalogue, shop)

    read()
