"""Exports of shops as they come: the columns, the rows and the pictures' names that each of them has."""

import pytest

from core.catalogue.kaggle import TableOptions, read_catalogue
from core.errors import CatalogueError
from tests.catalogue_folders import names, put_pictures
from tests.workbooks import make_workbook


def column(catalogue, name: str) -> list:
    return catalogue.products[name].tolist()


def pictures(catalogue) -> list[str]:
    return [path.name for path in catalogue.image_paths]


SHOPIFY = """\
Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Option1 Name,Option1 Value,Variant SKU,\
Variant Price,Image Src,Image Position,Variant Image,Status
polka-shirt,Polka Shirt,"<p>Soft, light, airy</p>
<ul><li>cotton, linen, silk, wool, hemp, jute, a, b, c, d, e, f, g, h</li></ul>",Loom,\
Apparel & Accessories > Clothing > Shirts & Tops,Shirts,summer,Size,S,PS-S,45.00,\
https://cdn.shopify.com/s/files/1/polka-front.jpg?v=1700000000,1,,active
polka-shirt,,,,,,,,M,PS-M,45.00,https://cdn.shopify.com/s/files/1/polka-back.jpg?v=17,2,,active
polka-shirt,,,,,,,,L,PS-L,45.00,,,,active
skinny-jeans,Skinny Jeans,,Loom,Apparel & Accessories > Clothing > Pants > Jeans,,,Title,Default Title,SJ,\
"1,299.50",https://cdn.shopify.com/s/files/1/skinny.png?v=3,1,,active
"""


def test_shopify(make):
    folder = make(
        raw=SHOPIFY.encode(),
        table="products_export_1.csv",
        images=["polka-front.jpg", "polka-back.jpg", "skinny.png"],
    )
    catalogue = read_catalogue(folder)
    assert catalogue.ids == ("polka-shirt", "skinny-jeans")
    assert names(catalogue) == ["Polka Shirt", "Skinny Jeans"]
    assert column(catalogue, "articleType") == ["Shirts", "Jeans"]
    assert column(catalogue, "price") == [45.0, 1299.5]
    assert column(catalogue, "brandName") == ["Loom", "Loom"]
    assert pictures(catalogue) == ["polka-front.jpg", "skinny.png"]
    report = catalogue.report
    assert report.further_rows == 2
    assert report.several_pictures == {"polka-shirt": 2}
    assert not report.duplicates
    assert report.n_rows == report.n_products + report.further_rows
    summary = " ".join(report.summary())
    assert "is an export of Shopify" in summary
    assert "articleType from Type" in summary


@pytest.mark.parametrize("images", [["polka-shirt.jpg", "skinny-jeans.jpg"], ["PS-S.jpg", "SJ.webp"]])
def test_shopify_with_pictures_by_handle_or_by_stock_number(make, images):
    folder = make(raw=SHOPIFY.encode(), table="products.csv", images=images)
    assert pictures(read_catalogue(folder)) == images


def test_magento(make):
    head = "sku,attribute_set_code,product_type,categories,name,price,base_image,additional_images"
    rows = [
        'A1,Top,simple,"Default Category/Women/Tops",Tee,12.5,/a/1/a1.jpg,"/a/1/a1-back.jpg,/a/1/a1-x.jpg"',
        "A2,Bottom,configurable,,Jeans,40,/a/2/a2.jpg,",
    ]
    images = ["a1.jpg", "a1-back.jpg", "a1-x.jpg", "a2.jpg"]
    catalogue = read_catalogue(make(*rows, header=head, table="export_catalog_product.csv", images=images))
    assert column(catalogue, "articleType") == ["Tops", "Bottom"]
    assert pictures(catalogue) == ["a1.jpg", "a2.jpg"]
    assert catalogue.report.several_pictures == {"A1": 3}
    assert "is an export of Magento" in " ".join(catalogue.report.summary())


def test_googles_numbers_of_categories_are_names(make):
    text = (
        "id\ttitle\timage_link\tgoogle_product_category\n"
        "1\tTee\thttps://c.example/a.jpg\t212\n2\tHat\thttps://c.example/b.jpg\t99999\n"
    )
    catalogue = read_catalogue(make(raw=text.encode(), table="feed.txt", images=["a.jpg", "b.jpg"]))
    assert column(catalogue, "articleType") == ["Shirts & Tops", "99999"]


def test_a_colour_that_all_variants_share_is_the_products(make):
    head = "Handle,Title,Type,Option1 Name,Option1 Value,Option2 Name,Option2 Value"
    rows = [
        *("shirt,Shirt,Shirts,Size,S,Color,Red", "shirt,,,,M,,Red"),
        *("jeans,Jeans,Jeans,Colour,Blue,,", "jeans,,,,Black,,"),
        "skirt,Skirt,Skirts,Size,S,Material,Red cotton",
    ]
    folder = make(*rows, header=head, table="export.csv", images=["shirt.jpg", "jeans.jpg", "skirt.jpg"])
    catalogue = read_catalogue(folder)
    assert catalogue.ids == ("shirt", "jeans", "skirt")
    assert column(catalogue, "baseColour") == ["Red", "", ""]
    assert "baseColour" not in catalogue.report.absent_columns


def test_woocommerce_says_colours_as_attributes(make):
    head = "ID,Type,SKU,Name,Categories,Regular price,Parent,Attribute 1 name,Attribute 1 value(s)"
    rows = [
        "1,simple,a,Tee,Tshirts,9,,Color,White",
        '2,variable,b,Shirt,Shirts,,,Color,"Blue, Red"',
        "3,variation,b-blue,Shirt - Blue,,9,b,Color,Blue",
    ]
    catalogue = read_catalogue(make(*rows, header=head, table="wc.csv", images=["1.jpg", "2.jpg"]))
    assert column(catalogue, "baseColour") == ["White", ""]


WOOCOMMERCE = """\
\ufeffID,Type,SKU,Name,Published,"Short description","Sale price","Regular price",Categories,Tags,Images,\
Parent,Brands
44,variable,WOO-HOODIE,Hoodie,1,"Warm, soft",,,"Sale, Clothing > Hoodies",,\
"https://shop.example/wp-content/uploads/hoodie-2.jpg, https://shop.example/wp-content/uploads/hoodie-blue.jpg",,Loom
45,simple,WOO-TEE,T-Shirt,1,,16.2,18,Clothing > Tshirts,,https://shop.example/wp-content/uploads/tee.jpg,,
46,variation,WOO-HOODIE-RED,Hoodie - Red,1,,42,45,,,\
https://shop.example/wp-content/uploads/hoodie-red.jpg,id:44,
47,variation,WOO-HOODIE-BLUE,Hoodie - Blue,1,,,45,,,,WOO-HOODIE,
"""


def test_woocommerce(make):
    folder = make(
        raw=WOOCOMMERCE.encode(),
        table="wc-product-export-1-2-2026-1700000000.csv",
        images=["hoodie-2.jpg", "hoodie-blue.jpg", "hoodie-red.jpg", "tee.jpg"],
    )
    catalogue = read_catalogue(folder)
    assert catalogue.ids == ("44", "45")
    assert names(catalogue) == ["Hoodie", "T-Shirt"]
    assert column(catalogue, "articleType") == ["Hoodies", "Tshirts"]
    assert column(catalogue, "price") == [45.0, 18.0]
    assert column(catalogue, "brandName") == ["Loom", ""]
    assert pictures(catalogue) == ["hoodie-2.jpg", "tee.jpg"]
    assert catalogue.report.several_pictures == {"44": 3}
    assert catalogue.report.further_rows == 2
    assert not catalogue.report.unreadable_rows


GOOGLE = (
    "id\ttitle\tlink\timage_link\tprice\tsale_price\tgoogle_product_category\tproduct_type\tbrand\tcolor\t"
    "gender\n"
    "A-1\tBand Collar Shirt\thttps://s.example/1\thttps://s.example/img/900/a1.jpg\t19.99 EUR\t15.00 EUR\t"
    "212\tHome > Women > Shirts\tLoom\tOrange\tfemale\n"
    "A-2\tBlue 'Ranger' 32\" Jeans\thttps://s.example/2\thttps://s.example/img/900/a2.jpg\t29,95 EUR\t\t"
    "Apparel &amp; Accessories &gt; Clothing &gt; Pants &gt; Jeans\t\tLoom\tBlue\tmale\n"
)


@pytest.mark.parametrize("table", ["feed.txt", "feed.tsv", "products.csv"])
def test_google_merchant(make, table):
    folder = make(raw=GOOGLE.encode(), table=table, images=["a1.jpg", "A-2.jpg"])
    (folder / "README.txt").write_text("id of nothing, articleType of nothing")
    catalogue = read_catalogue(folder)
    assert catalogue.ids == ("A-1", "A-2")
    assert names(catalogue) == ["Band Collar Shirt", "Blue 'Ranger' 32\" Jeans"]
    assert column(catalogue, "articleType") == ["Shirts", "Jeans"]
    assert column(catalogue, "price") == [19.99, 29.95]
    assert column(catalogue, "baseColour") == ["Orange", "Blue"]
    assert column(catalogue, "gender") == ["female", "male"]
    assert pictures(catalogue) == ["a1.jpg", "A-2.jpg"]


HM = """\
article_id,product_code,prod_name,product_type_name,product_group_name,colour_group_name,index_group_name,detail_desc
{first},0108775,Strap top,Vest top,Garment Upper body,Black,Ladieswear,"Jersey top, narrow straps"
{second},0110065,OP T-shirt (Idro),T-shirt,Garment Upper body,White,Ladieswear,"A ""classic"" tee"
"""


@pytest.mark.parametrize(
    ("first", "second"),
    [("0108775015", "0110065001"), ("108775015", "110065001"), ("108775015.0", "110065001.0")],
)
def test_hm_with_and_without_the_zeros_that_a_spreadsheet_drops(make, first, second):
    folder = make(
        raw=HM.format(first=first, second=second).encode(),
        table="articles.csv",
        images=["010/0108775015.jpg", "011/0110065001.jpg"],
    )
    (folder / "customers.csv").write_text("customer_id,age\n1,30\n")
    (folder / "transactions_train.csv").write_text(
        "t_dat,customer_id,article_id,price\n2018-09-20,1,0108775015,0.05\n"
    )
    catalogue = read_catalogue(folder)
    assert catalogue.ids == ("0108775015", "0110065001")
    assert column(catalogue, "articleType") == ["Vest top", "T-shirt"]
    assert column(catalogue, "baseColour") == ["Black", "White"]
    assert column(catalogue, "masterCategory") == ["Ladieswear", "Ladieswear"]
    assert any("customers.csv, transactions_train.csv" in note for note in catalogue.report.notes)
    changed = first != "0108775015"
    assert catalogue.report.respelled_ids == ({first: "0108775015", second: "0110065001"} if changed else {})


def test_an_excel_file_of_a_european_shop(make):
    text = (
        'sep=;\r\nArtikel;Warengruppe;Bezeichnung;Preis;Bild\r\n7;Hemden;"Hemd; blau";"1.299,50 €";7a.jpg\r\n'
    )
    folder = make(raw=text.encode("cp1252"), table="Artikel.csv", images=["7a.jpg"])
    with pytest.raises(
        CatalogueError, match="lacks the column id and articleType; it has the columns Artikel"
    ):
        read_catalogue(folder)
    mapping = {
        "id": "Artikel",
        "articleType": "Warengruppe",
        "productDisplayName": "Bezeichnung",
        "price": "preis",
        "image": "Bild",
    }
    catalogue = read_catalogue(folder, TableOptions(mapping=mapping))
    assert (catalogue.ids, names(catalogue), column(catalogue, "price")) == (("7",), ["Hemd; blau"], [1299.5])
    assert pictures(catalogue) == ["7a.jpg"]


@pytest.mark.parametrize("table", ["styles.xlsx", "styles.csv", "Products 2026.xls"])
def test_a_workbook_by_its_content_whatever_its_name(make, table):
    rows = [
        ["SKU", "Type", "Title", "Price"],
        [10023, "Shirts", "Café", 45.5],
        ["0012", "Jeans", "Two", "1.299,50"],
    ]
    book = make_workbook({"Read me": [["Prices of May"]], "Stock": [["Our stock"], *rows]})
    folder = make(raw=book, table=table, images=["10023.jpg", "12.jpg"])
    catalogue = read_catalogue(folder)
    assert f"{table}: the sheet Stock was read, Read me passed over." in catalogue.report.summary()
    assert catalogue.ids == ("10023", "12")
    assert catalogue.report.respelled_ids == {"0012": "12"}
    assert names(catalogue) == ["Café", "Two"]
    assert column(catalogue, "price") == [45.5, 1299.5]


def test_semicolons_tabs_and_bars(make):
    for separator in ";\t|":
        text = "id,articleType,price,productDisplayName\n1,Shirts,x,Tee\n".replace(",", separator)
        folder = make(raw=text.replace("x", "45,00").encode("utf-8-sig"))
        catalogue = read_catalogue(folder)
        assert column(catalogue, "price") == [45.0]
        assert names(catalogue) == ["Tee"]


def test_a_name_with_the_separator_unquoted_is_joined_by_it(make):
    folder = make(raw=b"id;articleType;productDisplayName;price\n1;Shirts;Perfume; After Shave;45,00\n")
    catalogue = read_catalogue(folder)
    assert names(catalogue) == ["Perfume; After Shave"]
    assert column(catalogue, "price") == [45.0]
    assert catalogue.report.rejoined_names == ("1",)


def test_several_tables_of_products_are_named(make, tmp_path):
    for table in ("spring.csv", "summer.csv"):
        make(raw=b"id,articleType\n1,Shirts\n", table=table)
    with pytest.raises(CatalogueError, match=r"several tables of products \(spring\.csv, summer\.csv\)"):
        read_catalogue(tmp_path)
    assert read_catalogue(tmp_path / "summer.csv").ids == ("1",)


def test_addresses_of_missing_pictures_are_given(make):
    folder = make(raw=GOOGLE.encode(), table="feed.tsv", images=["a1.jpg"])
    report = read_catalogue(folder).report
    assert report.missing_links == {"A-2": "https://s.example/img/900/a2.jpg"}
    folder = make(raw=GOOGLE.encode(), table="feed.tsv", images=["other.jpg"], folder=folder / "none")
    with pytest.raises(CatalogueError, match="download those that the table gives addresses of"):
        read_catalogue(folder)


def test_pictures_beside_the_table(tmp_path):
    (tmp_path / "products.csv").write_text("sku,category\n1,Shirts\n2,Jeans\n")
    put_pictures(tmp_path, "1.jpg", "shop/Jeans/2.jpg", "queries/9.jpg")
    assert pictures(read_catalogue(tmp_path)) == ["1.jpg", "2.jpg"]
