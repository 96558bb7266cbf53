import os
import unicodedata

import pytest

from core.catalogue.kaggle import IMAGE_SUFFIXES, read_catalogue
from core.catalogue.picture_files import list_pictures, shared_pictures
from core.imaging.decode import EXTENSIONS
from tests.catalogue_folders import HEADER, put_pictures, row


def pictures(catalogue) -> list[str]:
    return [path.relative_to(catalogue.folder / "images").as_posix() for path in catalogue.image_paths]


def test_every_format_that_a_query_may_have_is_looked_for(make):
    assert {suffix[1:] for suffix in IMAGE_SUFFIXES} == set(EXTENSIONS)
    images = [f"{number}{suffix.upper()}" for number, suffix in enumerate(IMAGE_SUFFIXES)]
    catalogue = read_catalogue(make(*(row(str(number)) for number in range(len(images))), images=images))
    assert pictures(catalogue) == images


@pytest.mark.parametrize(
    ("written", "image", "kept"),
    [
        ("10023.0", "10023.jpg", "10023"),
        ('="10023"', "10023.jpg", "10023"),
        ('"=""10023"""', "10023.jpg", "10023"),
        ("'10023", "10023.jpg", "10023"),
        ("10023.jpg", "10023.jpg", "10023"),
        ("10023.JPG", "10023.png", "10023"),
        ("1.0023E+04", "10023.jpg", "10023"),
        ("1.002300000000e4", "10023.jpg", "10023"),
        ('"10,023"', "10023.jpg", "10023"),
        ("10.023", "10023.jpg", "10023"),
        ("images/10023.jpg", "10023.jpg", "10023"),
        ("women/10023.jpg", "women/10023.jpg", "10023"),
        ("108775015", "0108775015.jpg", "0108775015"),
        ("0012", "12.jpg", "12"),
        ("8779/10023/401", "8779-10023-401.jpg", "8779-10023-401"),
        ("8779/10023/401", "8779_10023_401.jpg", "8779_10023_401"),
        ("8779/10023/401", "8779/10023/401.jpg", "8779-10023-401"),
        ("8779\\10023", "8779 10023.jpg", "8779 10023"),
        ("AB:12", "AB-12.jpg", "AB-12"),
        ("SKU_7", "sku-7.jpg", "sku-7"),
    ],
)
def test_ids_as_spreadsheets_and_file_names_spoil_them(make, written, image, kept):
    catalogue = read_catalogue(make(row(written), row("1"), images=["1.jpg", image]))
    assert catalogue.ids == (kept, "1")
    assert pictures(catalogue) == [image, "1.jpg"]
    (text,) = catalogue.report.respelled_ids
    assert catalogue.report.respelled_ids == {text: kept}
    assert f"1 row matched to a picture though the id is spelled otherwise: {text} as {kept}." in (
        catalogue.report.summary()
    )


@pytest.mark.parametrize(("table", "file"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_accents_composed_the_other_way(make, table, file):
    image = unicodedata.normalize(file, "Café-7.jpg")
    catalogue = read_catalogue(make(row(unicodedata.normalize(table, "Café-7")), images=[image]))
    assert pictures(catalogue) == [image]


def test_an_exact_name_goes_before_every_spelling(make):
    images = ["10023.jpg", "10023.0.jpg", "0012.jpg", "12.jpg"]
    catalogue = read_catalogue(make(row("10023.0"), row("10023"), row("12"), row("0012"), images=images))
    assert pictures(catalogue) == ["10023.0.jpg", "10023.jpg", "12.jpg", "0012.jpg"]
    assert not catalogue.report.respelled_ids


def test_what_fits_several_pictures_is_left_out_and_named(make):
    images = ["1.jpg", "0012.jpg", "00012.jpg", "a-b.jpg", "a_b.jpg"]
    report = read_catalogue(make(row("1"), row("12"), row("a/b"), images=images)).report
    assert report.ambiguous_ids == ("12", "a/b")
    assert report.n_products == 1


def test_a_path_as_an_id_tells_files_of_one_name_apart(make):
    images = ["women/1.jpg", "men/1.jpg", "men/2.jpg"]
    rows = [row("women/1.jpg"), row("images/men/1.jpg"), row("men/2.jpg"), row("2.jpg")]
    catalogue = read_catalogue(make(*rows, images=images))
    assert catalogue.ids == ("women-1", "men-1", "2")
    assert pictures(catalogue) == images
    assert catalogue.report.duplicates == ("2.jpg",)


def test_a_number_with_a_point_that_may_mean_two_is_nobodys(make):
    report = read_catalogue(make(row("10.000"), row("7"), images=["10.jpg", "10000.jpg", "7.jpg"])).report
    assert report.ambiguous_ids == ("10.000",)
    assert report.n_products == 1


def test_a_picture_that_several_rows_would_fit_is_nobodys(make):
    report = read_catalogue(make(row("1"), row("a/b"), row("a:b"), images=["1.jpg", "a_b.jpg"])).report
    assert report.ambiguous_ids == ("a/b", "a:b")
    assert report.unlisted_images == ("a_b",)


def test_one_id_in_two_spellings_is_one_product(make):
    report = read_catalogue(make(row("7.0"), row("7"), row("7.jpg"), images=["7.jpg"])).report
    assert report.n_products == 1
    assert report.duplicates == ("7.0", "7.jpg")


def test_ids_that_lost_digits_are_named(make):
    report = read_catalogue(make(row("1"), row("1.08775E+08"), images=["1.jpg", "108775015.jpg"])).report
    assert report.missing_images == ("1.08775E+08",)
    assert any("1 id lost digits to a spreadsheet, such as 1.08775E+08" in note for note in report.notes)


@pytest.mark.parametrize(
    ("column", "written"),
    [
        ("image", "10023.jpg"),
        ("Image Path", "images/10023.jpg"),
        ("filename", "sub\\10023.jpg"),
        ("picture", "10023"),
        ("photo", "./10023.JPG"),
        ("image_url", "https://cdn.example/a%20b/10023.jpg?width=600#x"),
        ("images", '"10023.jpg, 10024.jpg"'),
        ("images", "10023.jpg|10024.jpg"),
    ],
)
def test_a_column_that_names_the_file(make, column, written):
    header = f"id,articleType,{column}"
    folder = make(f"SKU-1,Shirts,{written}", header=header, images=["10023.jpg", "10024.jpg", "1.jpg"])
    catalogue = read_catalogue(folder)
    assert (catalogue.ids, pictures(catalogue)) == (("SKU-1",), ["10023.jpg"])


def test_a_named_file_goes_before_the_id_and_an_address_after_it(make):
    rows = ["1,Shirts,2.jpg", "3,Shirts,https://shop.example/products/1.jpg", "4,Jeans,gone.jpg"]
    folder = make(*rows, header="id,articleType,image", images=["1.jpg", "2.jpg", "3.jpg", "4.jpg"])
    assert pictures(read_catalogue(folder)) == ["2.jpg", "3.jpg", "4.jpg"]


def test_no_file_outside_the_pictures_folder_is_named(make):
    folder = make(
        "1,Shirts,../secret.jpg", "2,Shirts,/etc/2.jpg", header="id,articleType,image", images=["2.jpg"]
    )
    put_pictures(folder, "secret.jpg")
    catalogue = read_catalogue(folder)
    assert catalogue.ids == ("2",)
    assert catalogue.report.missing_images == ("1",)


def test_subfolders(make):
    images = [
        "Shirts/1.jpg",
        "Jeans/old/2.jpg",
        "Jeans/3.jpg",
        "Shirts/3.jpg",
        "__MACOSX/4.jpg",
        ".trash/5.jpg",
    ]
    rows = [row("1"), row("2"), row("3", kind="Shirts"), row("4"), row("5")]
    catalogue = read_catalogue(make(*rows, images=images))
    assert pictures(catalogue) == ["Shirts/1.jpg", "Jeans/old/2.jpg", "Shirts/3.jpg"]
    assert catalogue.report.missing_images == ("4", "5")


@pytest.mark.parametrize(
    "images",
    [
        ["7.jpg", "7_1.jpg", "7_2.jpg", "7_10.jpg"],
        ["7_1.jpg", "7_2.jpg", "7_3.jpg", "7_10.jpg"],
        ["7-front.jpg", "7-back.jpg", "7 (1).jpg", "7_b.jpg"],
        ["7/front.jpg", "7/back.jpg", "7/1.jpg", "7/2.jpg"],
    ],
)
def test_several_pictures_a_product(make, images):
    catalogue = read_catalogue(make(row("7"), row("70"), images=[*images, "70.jpg"]))
    assert catalogue.ids == ("7", "70")
    assert catalogue.report.several_pictures == {"7": 4}
    assert catalogue.report.unlisted_images == ()
    if images[0].startswith("7_1") or images[0] == "7.jpg":
        assert pictures(catalogue)[0] == images[0]
    assert "1 product has several pictures, 4 in all, and each is found by the best of its own: 7." in (
        catalogue.report.summary()
    )


def test_named_pictures_that_are_not_there_cost_themselves_alone_and_are_said(make):
    rows = ["1,Shirts,gone.jpg;a.jpg", "2,Shirts,b.jpg;https://cdn.example/c.jpg", "3,Jeans,none.jpg"]
    catalogue = read_catalogue(make(*rows, header="id,articleType,image", images=["a.jpg", "b.jpg", "3.jpg"]))
    assert catalogue.ids == ("1", "2", "3")
    assert pictures(catalogue) == ["a.jpg", "b.jpg", "3.jpg"]
    assert catalogue.report.absent_pictures == ("1: gone.jpg",)
    assert (
        "1 picture is named by the table beside others of the product and not there: 1: gone.jpg."
        in catalogue.report.summary()
    )


def test_a_product_of_its_own_is_no_further_picture(make):
    catalogue = read_catalogue(make(row("SKU"), row("SKU-1"), images=["SKU.jpg", "SKU-1.jpg"]))
    assert pictures(catalogue) == ["SKU.jpg", "SKU-1.jpg"]
    assert not catalogue.report.several_pictures


def test_a_picture_shared_by_many_is_named(make):
    folder = make(*(row(str(number)) for number in range(8)), images=[])
    for number in range(8):
        (folder / "images" / f"{number}.jpg").write_bytes(b"no picture yet" if number < 5 else b"x" * number)
    report = read_catalogue(folder).report
    assert report.shared_pictures == (("0.jpg", ("0", "1", "2", "3", "4")),)
    assert report.n_products == 8
    assert "5 products share one picture, 0.jpg, perhaps a placeholder: 0, 1, 2, 3, 4." in report.summary()


def test_one_file_that_a_column_names_for_many(make):
    rows = [f"{number},Shirts,placeholder.png" for number in range(6)]
    folder = make(*rows, header="id,articleType,image", images=[])
    (folder / "images" / "placeholder.png").write_bytes(b"logo")
    assert len(read_catalogue(folder).report.shared_pictures[0][1]) == 6


def test_a_large_catalogue_may_have_a_few_of_one_picture(tmp_path):
    paths = {str(number): tmp_path / f"{number}.jpg" for number in range(40)}
    for number, path in enumerate(paths.values()):
        path.write_bytes(b"same" if number < 4 else str(1000 + number).encode())
    assert shared_pictures(paths) == []


def test_a_jpeg_that_lacks_its_end_is_named(make):
    folder = make(row("1"), row("2"), images=[])
    whole = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xda\x00\x02pixels\xff\xd9"
    (folder / "images" / "1.jpg").write_bytes(whole)
    (folder / "images" / "2.jpg").write_bytes(whole[:-2])
    report = read_catalogue(folder).report
    assert report.incomplete_pictures == ("2",)
    assert "1 picture lacks its last bytes: 2." in report.summary()


def test_links_to_themselves_stop_nothing(make):
    folder = make(row("1"), row("2"), images=["1.jpg"])
    os.symlink("2.jpg", folder / "images" / "2.jpg")
    os.symlink(".", folder / "images" / "again")
    os.symlink(folder, folder / "images" / "up")
    catalogue = read_catalogue(folder)
    assert catalogue.ids == ("1",)
    assert catalogue.report.missing_images == ("2",)
    assert "1 file or folder could not be looked at: 2.jpg." in catalogue.report.summary()


def test_a_linked_folder_is_entered_once(tmp_path):
    put_pictures(tmp_path, "real/1.jpg")
    os.symlink(tmp_path / "real", tmp_path / "link")
    files, problems = list_pictures(tmp_path)
    assert (len(files), problems) == (1, ())


def test_file_names_of_any_bytes(make):
    folder = make(row("1"), images=["1.jpg"])
    with open(os.fsencode(folder / "images") + b"/\xff\xfe.jpg", "wb"):
        pass
    report = read_catalogue(folder).report
    assert "\\udcff\\udcfe" in report.unlisted_images
    for line in report.summary():
        line.encode("utf-8")


def test_ids_longer_than_a_file_name_are_refused(make):
    report = read_catalogue(make(row("1"), row("é" * 150), images=["1.jpg"])).report
    assert report.refused_ids == ("é" * 80,)


def test_pictures_alone(tmp_path):
    put_pictures(tmp_path, "Shirts/1.jpg", "Shirts/2.jpg", "Jeans/2.jpg", "images/5.heic", "6.png", "6_1.png")
    catalogue = read_catalogue(tmp_path)
    table = dict(zip(catalogue.ids, catalogue.products["articleType"], strict=True))
    assert table == {"6": "", "Jeans-2": "Jeans", "1": "Shirts", "Shirts-2": "Shirts", "5": ""}
    assert catalogue.report.several_pictures == {"6": 2}
    assert catalogue.report.summary()[0] == "Read 5 products from 6 pictures."
    assert any("its class the name of its folder" in note for note in catalogue.report.notes)


def test_a_flat_folder_of_pictures_has_no_classes(tmp_path):
    put_pictures(tmp_path, "images/IMG_1.jpg", "images/IMG_2.jpg")
    catalogue = read_catalogue(tmp_path)
    assert catalogue.ids == ("IMG_1", "IMG_2")
    assert catalogue.products["articleType"].tolist() == ["", ""]
    assert catalogue.report.empty_cells == {}
    assert len(catalogue.report.summary()) == 2


@pytest.mark.parametrize("levels", ["fashion-dataset/fashion-dataset", "a/b/c", "."])
def test_some_folders_down(make, tmp_path, levels):
    make(row("1"), folder=tmp_path / levels)
    put_pictures(tmp_path, "readme/preview.jpg")
    assert read_catalogue(tmp_path).ids == ("1",)


def test_kaggles_full_edition_holds_itself_once_more(make, tmp_path):
    make(row("1"), row("2"), folder=tmp_path / "fashion-dataset")
    make(row("1"), folder=tmp_path / "fashion-dataset" / "fashion-dataset")
    catalogue = read_catalogue(tmp_path)
    assert catalogue.ids == ("1", "2")
    assert "Passed over, since styles.csv lies above: fashion-dataset." in catalogue.report.notes


def test_a_table_of_other_columns_is_no_folder_of_pictures(tmp_path):
    put_pictures(tmp_path, "1.jpg")
    (tmp_path / "Export.csv").write_text(f"{HEADER.replace('articleType', 'Warengruppe')}\n")
    with pytest.raises(Exception, match=r"Export\.csv lacks the column articleType"):
        read_catalogue(tmp_path)
