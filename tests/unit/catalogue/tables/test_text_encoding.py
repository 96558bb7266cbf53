import pytest

from core.catalogue.tables.text_encoding import decode_text
from core.errors import CatalogueError

HEADER = "id,articleType,productDisplayName\n"


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp1252", "1,Shirts,Café Tee\n2,Jeans,Grüne Hose für Mädchen\n"),
        ("cp1252", "1,Shirts,Karohemd 45 €\n"),
        ("cp1250", "1,Shirts,Koszula męska żółta\n2,Jeans,Spodnie dżinsowe śliczne\n"),
        ("cp1251", "1,Shirts,Рубашка синяя мужская\n2,Jeans,Джинсы женские\n"),
        ("cp1253", "1,Shirts,Πουκάμισο μπλε\n2,Jeans,Τζιν παντελόνι\n"),
        ("cp1254", "1,Shirts,Erkek gömlek mavi çizgili\n2,Jeans,Kadın kot pantolon yırtık şık\n"),
        ("gbk", "1,Shirts,男士蓝色衬衫\n2,Jeans,女士牛仔裤修身\n"),
        ("big5", "1,Shirts,男士藍色襯衫\n2,Jeans,女士牛仔褲修身\n"),
        ("shift_jis", "1,Shirts,メンズ 青いシャツ\n2,Jeans,レディース ジーンズ\n"),
        ("euc_kr", "1,Shirts,남성 파란 셔츠\n2,Jeans,여성 청바지\n"),
        ("mac_roman", "1,Shirts,Café Tee\n2,Jeans,Grüne Hose für Mädchen\n"),
    ],
)
@pytest.mark.parametrize("plain_lines", [0, 2000])
def test_what_spreadsheets_write_is_guessed(encoding, names, plain_lines):
    text = HEADER + "9,Jeans,Plain\n" * plain_lines + names
    read, notes = decode_text(text.encode(encoding), "styles.csv")
    assert read == text
    assert "is not UTF-8" in notes[0]
    sample = next(cell for line in names.splitlines() for cell in line.split(",") if not cell.isascii())
    assert f'"{sample}"' in notes[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_told_without_a_guess(encoding):
    text = HEADER + "1,Shirts,Café ₹\n"
    assert decode_text(text.encode(encoding), "styles.csv") == (text, [])


def test_a_file_cut_within_a_letter_is_still_unicode():
    data = (HEADER + "1,Shirts,Café é é é é ₹").encode()[:-1]
    text, notes = decode_text(data, "styles.csv")
    assert text.endswith("é \ufffd")
    assert notes == ["styles.csv has 1 damaged character, read as \ufffd: export it again."]


def test_an_encoding_that_is_told_goes_before_every_guess():
    data = "Žluťoučký kůň".encode("cp1250")
    assert decode_text(data, "a.csv", "cp1250") == ("Žluťoučký kůň", [])
    assert decode_text("\ufeffid".encode(), "a.csv", "utf-8") == ("id", [])


@pytest.mark.parametrize(
    ("encoding", "sentence"),
    [
        ("klingon", "there is no encoding klingon"),
        ("rot13", "there is no encoding rot13"),
        ("utf-8", r"a\.csv is not in utf-8 at byte 3"),
        ("ascii", "is not in ascii"),
    ],
)
def test_an_encoding_that_does_not_fit_is_said(encoding, sentence):
    with pytest.raises(CatalogueError, match=sentence):
        decode_text("Café".encode("cp1252"), "a.csv", encoding)
