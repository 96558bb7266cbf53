import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from core.catalogue.kaggle import COLUMNS, CatalogueReport, read_catalogue
from core.errors import CatalogueError
from tests.catalogue_folders import HEADER, names, row


def test_rows_pictures_and_types(make):
    folder = make(row("2"), row("1", name="Other", colour="NA"))
    catalogue = read_catalogue(folder)
    assert len(catalogue) == 2
    assert catalogue.ids == ("2", "1")
    assert tuple(catalogue.products.columns) == COLUMNS
    assert catalogue.image_paths == (folder / "images/2.jpg", folder / "images/1.jpg")
    assert catalogue.products.index.equals(pd.RangeIndex(2))
    assert catalogue.products.loc[1].drop("price").to_dict() == {
        "id": "1",
        "gender": "Men",
        "masterCategory": "Apparel",
        "subCategory": "Topwear",
        "articleType": "Shirts",
        "baseColour": "NA",
        "season": "Summer",
        "year": "2012",
        "usage": "Casual",
        "productDisplayName": "Other",
        "brandName": "",
    }
    assert catalogue.products["price"].dtype == float
    assert catalogue.products["price"].isna().all()
    assert not catalogue.products.drop(columns="price").isna().any(axis=None)


def test_a_clean_folder_says_one_sentence(make):
    report = read_catalogue(make(row("1"), images=["1.jpg"])).report
    assert report.summary() == ["Read 1 product from 1 row."]
    assert report == CatalogueReport(n_rows=1, n_products=1)


def test_unquoted_commas_in_the_name_are_joined_again(make):
    catalogue = read_catalogue(
        make(row("1", "Boss Men Perfume, After Shave"), row("2", "A,B,  C"), row("3", "Plain"))
    )
    assert names(catalogue) == ["Boss Men Perfume, After Shave", "A,B,  C", "Plain"]
    assert catalogue.report.rejoined_names == ("1", "2")
    assert any("2 rows kept, the name held an unquoted comma" in line for line in catalogue.report.summary())


def test_the_name_is_joined_where_it_stands_when_columns_follow(make):
    header = HEADER + ",price,brandName"
    catalogue = read_catalogue(
        make(row("1", "Perfume, After Shave") + ",450,Boss", row("2", "Perfume, Mild") + ",,", header=header)
    )
    assert names(catalogue) == ["Perfume, After Shave", "Perfume, Mild"]
    assert catalogue.products["price"].tolist()[0] == 450.0
    assert catalogue.products["brandName"].tolist() == ["Boss", ""]
    assert catalogue.report.rejoined_names == ("1", "2")


def test_empty_cells_behind_the_last_column_are_no_part_of_the_name(make):
    catalogue = read_catalogue(make(row("1") + ",,", row("2"), header=HEADER + ",,"))
    assert names(catalogue) == ["Plain Shirt", "Plain Shirt"]
    assert not catalogue.report.rejoined_names
    assert not catalogue.report.short_rows


def test_quoted_commas_quotes_and_line_breaks(make):
    catalogue = read_catalogue(
        make(row("1", '"Perfume, After Shave"'), row("2", '"3.5"" Short"'), row("3", '"Two\nlines"'))
    )
    assert names(catalogue) == ["Perfume, After Shave", '3.5" Short', "Two lines"]
    assert len(catalogue.report.summary()) == 1


def test_an_unpaired_quotation_mark_swallows_no_other_product(make):
    catalogue = read_catalogue(make(row("1", '"Open'), row("2", '3.5" Short'), row("3", "Last")))
    assert names(catalogue) == ['"Open', '3.5" Short', "Last"]
    assert catalogue.report.stray_quotes == ("1", "2")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_and_line_ends(make, end, encoding):
    text = end.join([HEADER, row("1", "Café"), row("2", "₹ Tee")])
    catalogue = read_catalogue(make(raw=text.encode(encoding), images=["1.jpg", "2.jpg"]))
    assert names(catalogue) == ["Café", "₹ Tee"]
    assert len(catalogue.report.summary()) == 1


def test_text_that_is_not_utf8_is_read_and_said(make):
    catalogue = read_catalogue(make(raw=f"{HEADER}\n{row('1', 'Café')}\n".encode("cp1252")))
    assert names(catalogue) == ["Café"]
    assert any("not UTF-8" in note for note in catalogue.report.notes)


def test_blank_lines_and_spaces_around_cells(make):
    catalogue = read_catalogue(make("", row(" 1 ", " Tee "), " ", ",,,,,,,,,", row("2")))
    assert catalogue.ids == ("1", "2")
    assert names(catalogue)[0] == "Tee"
    assert catalogue.report.n_rows == 2


@pytest.mark.parametrize(
    ("written", "read", "understood"),
    [
        ("2012", "2012", True),
        ("2012.0", "2012", True),
        ("", "", True),
        ("soon", "", False),
        ("NA", "", False),
    ],
)
def test_years(make, written, read, understood):
    catalogue = read_catalogue(make(row("1", year=written)))
    assert catalogue.products["year"].tolist() == [read]
    assert catalogue.report.unusable_years == (() if understood else ("1",))


@pytest.mark.parametrize(
    ("written", "read", "understood"),
    [
        ("1299", 1299.0, True),
        ('"1,299.50"', 1299.5, True),
        ("Rs. 450", 450.0, True),
        ("₹450", 450.0, True),
        ("", np.nan, True),
        ("NA", np.nan, True),
        ("-5", np.nan, False),
        ("inf", np.nan, False),
        ("dear", np.nan, False),
    ],
)
def test_prices(make, written, read, understood):
    catalogue = read_catalogue(make(row("1") + f",{written},Boss", header=HEADER + ",price,brandName"))
    np.testing.assert_array_equal(catalogue.products["price"], [read])
    assert catalogue.report.unusable_prices == (() if understood else ("1",))


def test_empty_cells_stay_empty_and_are_named_by_column(make):
    catalogue = read_catalogue(make(row("1", name=""), row("2", name="", year=""), row("3", colour="NA")))
    assert names(catalogue) == ["", "", "Plain Shirt"]
    assert catalogue.report.empty_cells == {"year": ("2",), "productDisplayName": ("1", "2")}
    assert "2 products with an empty productDisplayName: 1, 2." in catalogue.report.summary()


def test_missing_pictures_are_left_out_and_named(make):
    catalogue = read_catalogue(make(row("1"), row("77"), row("2"), images=["1.jpg", "2.jpg", "9.jpg"]))
    assert catalogue.ids == ("1", "2")
    assert [path.name for path in catalogue.image_paths] == ["1.jpg", "2.jpg"]
    assert catalogue.report.missing_images == ("77",)
    assert catalogue.report.unlisted_images == ("9",)
    assert "1 row left out, no picture in images/: 77." in catalogue.report.summary()
    assert "1 picture passed over, without a row: 9." in catalogue.report.summary()


def test_the_first_ten_ids_are_named(make):
    rows = [row(str(number)) for number in range(1, 14)]
    report = read_catalogue(make(*rows, images=["1.jpg"])).report
    assert report.summary()[1].endswith("images/: 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more.")


def test_pictures_by_suffix_and_case(make):
    images = ["1.JPG", "2.png", "2.jpeg", "sku.Jpeg", "3.txt"]
    catalogue = read_catalogue(make(row("1"), row("2"), row("SKU"), row("3"), images=images))
    assert catalogue.ids == ("1", "2", "SKU")
    assert [path.name for path in catalogue.image_paths] == ["1.JPG", "2.jpeg", "sku.Jpeg"]
    assert catalogue.report.unlisted_images == ()


def test_a_folder_named_like_a_picture_is_none(make):
    folder = make(row("1"), row("2"), images=["1.jpg"])
    (folder / "images" / "2.jpg").mkdir()
    assert read_catalogue(folder).report.missing_images == ("2",)


def test_the_first_of_duplicates_stays(make):
    catalogue = read_catalogue(make(row("1", "First"), row("2"), row("1", "Second")))
    assert names(catalogue)[0] == "First"
    assert catalogue.ids == ("1", "2")
    assert catalogue.report.duplicates == ("1",)


@pytest.mark.parametrize(
    "product_id", ["../x", "..", "a/b", "a\\b", "/etc/passwd", "C:x", ".hidden", "a\x1bb"]
)
def test_ids_that_are_no_plain_file_name_are_refused(make, product_id):
    folder = make(row(product_id), row("1"))
    (folder / "x.jpg").touch()
    report = read_catalogue(folder).report
    assert report.refused_ids == (product_id,)
    assert all(line.isprintable() for line in report.summary())


def test_short_rows_are_kept_where_id_and_type_are_there(make):
    catalogue = read_catalogue(make("1,Men,Apparel,Topwear,Shirts,Blue", "2,Men,Apparel", row("3")))
    assert catalogue.ids == ("1", "3")
    assert catalogue.products.loc[0, ["baseColour", "season", "year"]].tolist() == ["Blue", "", ""]
    assert catalogue.report.short_rows == ("1",)
    assert catalogue.report.unreadable_rows == ("2",)


def test_a_row_without_id_is_named_by_its_line(make):
    report = read_catalogue(make(row("1"), row(""), row("2"))).report
    assert report.unreadable_rows == ("line 3",)
    assert report.n_rows == 3


def test_every_row_is_accounted_for(make):
    rows = [row("1"), row("1"), row(""), row("../x"), row("88"), "9,Men", row("2", "a,b"), row("3", '"x')]
    report = read_catalogue(make(*rows)).report
    left_out = [report.duplicates, report.unreadable_rows, report.refused_ids, report.missing_images]
    assert report.n_rows == len(rows) == report.n_products + sum(len(ids) for ids in left_out)


def test_columns_in_another_order_case_and_number(make):
    catalogue = read_catalogue(make("Shirts,1,x", header="ArticleType, ID ,shelf"))
    assert catalogue.products.loc[0, ["id", "articleType", "season"]].tolist() == ["1", "Shirts", ""]
    assert "season" in catalogue.report.absent_columns
    assert catalogue.report.empty_cells == {}


def test_json_fills_empty_cells_and_no_others(make):
    folder = make(row("1", name="", year=""), row("2"), row("3"))
    (folder / "styles").mkdir()
    data = {
        "id": 1,
        "price": 1299,
        "discountedPrice": 899,
        "brandName": " Boss ",
        "productDisplayName": "From JSON",
        "year": 2011.0,
        "gender": "Women",
        "articleType": {"typeName": "Jeans"},
        "season": None,
    }
    (folder / "styles/1.json").write_text(json.dumps({"data": data}))
    (folder / "styles/2.json").write_text(json.dumps({"data": {"discountedPrice": 899.5}}))
    catalogue = read_catalogue(folder)
    first, second, third = catalogue.products.to_dict("records")
    assert (first["productDisplayName"], first["year"], first["brandName"]) == ("From JSON", "2011", "Boss")
    assert (first["gender"], first["articleType"], first["price"]) == ("Men", "Shirts", 1299.0)
    assert (second["price"], second["brandName"]) == (899.5, "")
    assert np.isnan(third["price"])
    assert catalogue.report.filled_cells == 5
    assert catalogue.report.empty_cells == {}
    assert catalogue.report.broken_json == ()


@pytest.mark.parametrize("text", ["{", "[]", '{"data": null}', '{"meta": 1}', "\udcff", "[" * 100_000])
def test_broken_json_is_counted_and_not_fatal(make, text):
    folder = make(row("1"), row("2"))
    (folder / "styles").mkdir()
    (folder / "styles/1.json").write_bytes(text.encode(errors="surrogateescape"))
    catalogue = read_catalogue(folder)
    assert len(catalogue) == 2
    assert catalogue.report.broken_json == ("1",)
    assert "1 file in styles/ could not be read as JSON: 1." in catalogue.report.summary()


@pytest.mark.parametrize(
    "text", ['"half \\ud800 a letter"', '"tab\\u0000and\\u001b more"', "1e400", "1" * 309]
)
def test_values_of_json_that_cannot_be_kept_are_mended(make, tmp_path, text):
    folder = make(row("1", name="", year=""))
    (folder / "styles").mkdir()
    data = f'{{"data": {{"productDisplayName": {text}, "price": {text}, "year": {text}}}}}'
    (folder / "styles/1.json").write_text(data)
    catalogue = read_catalogue(folder)
    catalogue.products.to_csv(tmp_path / "products.csv", index=False, encoding="utf-8")
    assert np.isnan(catalogue.products["price"]).all()
    assert catalogue.report.unusable_prices == ("1",)
    again = pd.read_csv(tmp_path / "products.csv", dtype=str, keep_default_na=False)
    assert again["productDisplayName"].tolist() == names(catalogue)


@pytest.mark.parametrize("what", ["pipe", "folder", "link to itself"])
def test_what_is_no_file_in_styles_is_not_waited_for(make, what):
    folder = make(row("1"))
    path = folder / "styles" / "1.json"
    path.parent.mkdir()
    {"pipe": os.mkfifo, "folder": os.mkdir, "link to itself": lambda path: os.symlink("1.json", path)}[what](
        path
    )
    assert read_catalogue(folder).report.broken_json == ("1",)


@pytest.mark.parametrize("name", ["styles.csv", "images.csv"])
def test_a_pipe_for_a_table_is_not_waited_for(make, name):
    folder = make(row("1"))
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    if name == "images.csv":
        assert read_catalogue(folder).ids == ("1",)
    else:
        assert read_catalogue(folder).report.n_pictures == 3


def test_a_table_of_products_in_cells_of_several_lines(make):
    related = '"Goes well with:\n1, 2, 3\nSee"'
    lines = [f"{number},Jeans,Name {number},{related}" for number in (1, 2, 3)]
    catalogue = read_catalogue(make(*lines, header="id,articleType,productDisplayName,related"))
    assert catalogue.ids == ("1", "2", "3")
    assert names(catalogue) == ["Name 1", "Name 2", "Name 3"]
    assert catalogue.report.n_rows == 3
    assert len(catalogue.report.summary()) == 2  # the second names columns that are not there


def test_images_csv_gives_addresses_of_missing_pictures(make):
    folder = make(row("1"), row("77"), row("78"))
    (folder / "images.csv").write_text("filename,link\n1.jpg,http://a/1\n77.jpg,http://a/77\n78.jpg,\n")
    report = read_catalogue(folder).report
    assert report.missing_links == {"77": "http://a/77"}
    assert any("An address is given for 1" in line for line in report.summary())


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n"])
def test_an_unusable_images_csv_is_passed_over_and_said(make, text):
    folder = make(row("1"))
    (folder / "images.csv").write_text(text)
    assert any("images.csv was passed over" in line for line in read_catalogue(folder).report.summary())


def test_one_level_down(make, tmp_path):
    make(row("1"), folder=tmp_path / "myntradataset")
    (tmp_path / "__MACOSX").mkdir()
    catalogue = read_catalogue(tmp_path)
    assert catalogue.folder == tmp_path / "myntradataset"
    assert any("one level down, in myntradataset" in note for note in catalogue.report.notes)


def test_the_folder_itself_goes_before_those_in_it(make, tmp_path):
    make(row("1", "Above"))
    make(row("1", "Below"), folder=tmp_path / "myntradataset")
    catalogue = read_catalogue(tmp_path)
    assert names(catalogue) == ["Above"]
    assert any("Passed over" in note and "myntradataset" in note for note in catalogue.report.notes)


def test_several_candidates_are_named(make, tmp_path):
    make(row("1"), folder=tmp_path / "a")
    make(row("1"), folder=tmp_path / "b")
    with pytest.raises(CatalogueError, match=r"several catalogues \(a, b\)"):
        read_catalogue(tmp_path)


def test_missing_empty_and_other_folders_get_one_line(make, tmp_path):
    def refusal(folder) -> str:
        with pytest.raises(CatalogueError) as caught:
            read_catalogue(folder)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    place = tmp_path / "data"
    assert "is not there" in refusal(place)
    place.mkdir()
    assert "is empty" in refusal(place)
    (place / "readme.txt").touch()
    assert "has no styles.csv" in refusal(place)
    assert "is a file" in refusal(place / "readme.txt")
    (place / "styles.csv").write_text(HEADER)
    assert "no folder images/" in refusal(place)
    make(folder=place, images=())
    assert "0 rows and no usable product" in refusal(place)
    make(row("1"), folder=place, images=())
    assert "images has no picture of any of the 1 products, expected 1.jpg" in refusal(place)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\n", "is empty"),
        (
            b"a,b,c\n1,2,3\n",
            "lacks the column id and articleType; it has the columns a, b, c: .*--map id=",
        ),
        (
            b"id,name\n1,x\n",
            "lacks the column articleType; it has the columns id, name: .*--map articleType=",
        ),
        (b"\x00\x01\xff\x02", "lacks the column"),
        (b"<!DOCTYPE html><html>", "is a web page"),
        (b'[{"id": 1}]', "is a web page, XML or JSON"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
    ],
)
def test_a_file_that_is_no_such_table_gets_one_line(make, raw, sentence):
    with pytest.raises(CatalogueError, match=sentence) as caught:
        read_catalogue(make(raw=raw))
    assert str(caught.value).isprintable()


def test_a_cell_of_any_length_is_read(make):
    catalogue = read_catalogue(make(row("1", '"' + "long, " * 50_000 + '"'), row("2")))
    assert catalogue.ids == ("1", "2")
    assert len(names(catalogue)[0]) > 250_000


@pytest.mark.parametrize(
    ("rows", "ids"),
    [
        ([2, 0], ("3", "1")),
        (np.array([True, False, True]), ("1", "3")),
        ([], ()),
        (range(1, 3), ("2", "3")),
        (pd.Series([False, True, False]), ("2",)),
    ],
)
def test_take_keeps_rows_and_pictures_together(make, rows, ids):
    taken = read_catalogue(make(row("1"), row("2"), row("3"))).take(rows)
    assert taken.ids == ids
    assert tuple(path.stem for path in taken.image_paths) == ids
    assert taken.products.index.equals(pd.RangeIndex(len(ids)))


def test_take_beyond_the_end_is_refused(make):
    with pytest.raises(IndexError):
        read_catalogue(make(row("1"))).take([5])


def test_the_report_is_plain_values(make):
    report = read_catalogue(make(row("1"), row("77"), row("2", ""))).report
    again = json.loads(json.dumps(report.to_dict()))
    assert again["missing_images"] == ["77"]
    assert again["empty_cells"] == {"productDisplayName": ["2"]}
    assert again["n_products"] == 2


def test_reading_a_catalogue_opens_no_picture():
    code = (
        "import sys; import core.catalogue.kaggle; "
        "print('PIL' in sys.modules, 'core.imaging.decode' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
