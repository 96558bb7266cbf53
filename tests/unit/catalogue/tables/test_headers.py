import pytest

from core.catalogue.tables.headers import KAGGLE_COLUMNS, read_header
from core.errors import CatalogueError

SHOPIFY = (
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,"
    "Variant SKU,Variant Price,Image Src,Image Position,Google Shopping / Gender,Variant Image,Status"
)
WOOCOMMERCE = "ID,Type,SKU,Name,Published,Description,Sale price,Regular price,Categories,Tags,Images,Parent"
GOOGLE = (
    "id,title,description,link,image_link,additional_image_link,availability,price,google_product_category,"
    "product_type,brand,color,gender,size,item_group_id"
)
HM = (
    "article_id,product_code,prod_name,product_type_no,product_type_name,product_group_name,"
    "graphical_appearance_name,colour_group_code,colour_group_name,index_group_name,detail_desc"
)


@pytest.mark.parametrize(
    ("header", "shop", "columns"),
    [
        (
            SHOPIFY,
            "Shopify",
            {
                "id": "Handle",
                "articleType": "Type",
                "productDisplayName": "Title",
                "brandName": "Vendor",
                "price": "Variant Price",
                "gender": "Google Shopping / Gender",
                "image": "Image Src",
            },
        ),
        (
            WOOCOMMERCE,
            "WooCommerce",
            {
                "id": "ID",
                "articleType": "Categories",
                "productDisplayName": "Name",
                "price": "Regular price",
                "image": "Images",
            },
        ),
        (
            GOOGLE,
            "Google Merchant",
            {
                "id": "id",
                "articleType": "product_type",
                "productDisplayName": "title",
                "brandName": "brand",
                "baseColour": "color",
                "price": "price",
                "gender": "gender",
                "image": "image_link",
            },
        ),
        (
            HM,
            "H&M",
            {
                "id": "article_id",
                "articleType": "product_type_name",
                "productDisplayName": "prod_name",
                "baseColour": "colour_group_name",
                "masterCategory": "index_group_name",
                "subCategory": "product_group_name",
            },
        ),
        ("SKU;Title;category".replace(";", ","), "", {"id": "SKU", "articleType": "category"}),
    ],
)
def test_headers_of_known_shops(header, shop, columns):
    read = read_header(header.split(","))
    assert read.shop == shop
    assert not read.lacking
    assert {column: read.cells[read.places[column][0]] for column in columns} == columns


def test_kaggles_own_names_go_before_all_others():
    header = read_header([*KAGGLE_COLUMNS, "type", "title", "sku"])
    assert header.places["articleType"] == (KAGGLE_COLUMNS.index("articleType"),)
    assert header.renamed() == {}


@pytest.mark.parametrize(
    "written", ["Article Type", "article_type", "ARTICLETYPE", "g:article-type", " articleType "]
)
def test_one_name_in_all_its_spellings(written):
    assert read_header(["id", written]).renamed() == {}


def test_a_mapping_goes_before_every_name():
    header = read_header(["id", "articleType", "what"], {"articleType": "What"})
    assert header.places["articleType"] == (2,)


def test_a_mapping_to_no_column_is_refused():
    with pytest.raises(CatalogueError, match="no column kind to take for articleType; it has id, what"):
        read_header(["id", "what"], {"articleType": "kind"})


def test_what_is_missing_is_told():
    assert read_header(["id", "name"]).lacking == ("articleType",)
    assert read_header(["name"]).lacking == ("id", "articleType")
    assert read_header([]).lacking == ("id", "articleType")
