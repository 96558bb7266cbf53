import csv
import io
import random

import pytest

from core.catalogue.tables.delimited_text import read_records, split_separator_line


def cells(text: str, separator: str = ",") -> list[list[str]]:
    return [record.cells for record in read_records(text, separator)]


@pytest.mark.parametrize(
    "cell",
    [
        "Goes well with:\n10002, 10011, 10004, 10023\nSee",
        "10002,Jeans,Other,x\n10003,Jeans,Other,y",
        "<p>Soft, light, airy, cool</p>\n<ul><li>cotton, linen, silk, wool</li>\n</ul>",
        '24" wide, 30" long, 2" hem, 1" seam\n3, 4, 5, 6',
        "",
        '"',
        "\n\n",
    ],
)
def test_a_quoted_cell_that_closes_is_one_cell_whatever_it_holds(cell):
    text = (
        f'id,kind,name,related\n1,Jeans,Blue,"{cell.replace(chr(34), 2 * chr(34))}"\n2,Tshirts,White,plain\n'
    )
    assert cells(text)[1:] == [["1", "Jeans", "Blue", cell], ["2", "Tshirts", "White", "plain"]]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_whatever_the_csv_module_writes_is_read_the_same(separator):
    choose = random.Random(0)
    letters = ["a", " ", '"', '""', ",", ";", "\t", "|", "\n", "é", "1"]
    rows = [["".join(choose.choices(letters, k=choose.randrange(9))) for _ in range(4)] for _ in range(400)]
    written = io.StringIO()
    csv.writer(written, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    assert cells(written.getvalue(), separator) == rows


def test_an_unpaired_mark_swallows_no_record_below():
    text = 'id,kind,name\n1,Jeans,"Open\n2,Jeans,3.5" Short\n3,Jeans,"Fine, whole"\n4,Jeans,Last'
    records = list(read_records(text, ","))
    assert [record.cells[2] for record in records[1:]] == ['"Open', '3.5" Short', "Fine, whole", "Last"]
    assert [record.paired for record in records] == [True, False, False, True, True]
    assert [record.line for record in records] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"He said "hi", then left"', 'He said "hi", then left'),
        ('"<p class="a">Soft, light\nand airy</p>"', '<p class="a">Soft, light\nand airy</p>'),
        (' "Perfume, After Shave" ', "Perfume, After Shave"),
        ('6" by 4"', '6" by 4"'),
    ],
)
def test_marks_that_are_not_doubled_stay_in_their_cell(written, read):
    assert cells(f"id,kind,name\n1,{written},x\n2,b,c") == [
        ["id", "kind", "name"],
        ["1", read, "x"],
        ["2", "b", "c"],
    ]


def test_lines_are_counted_through_cells_of_several():
    records = list(read_records('a,b\n1,"x\n\ny"\n2,z\n', ",", first_line=3))
    assert [record.line for record in records] == [3, 4, 7]


@pytest.mark.parametrize(
    ("text", "separator", "rest"),
    [
        ("sep=;\nid;name", ";", "id;name"),
        ('"sep=,"\nid,name', ",", "id,name"),
        ("SEP=\t\nid\tname", "\t", "id\tname"),
        ("sep,id\n", None, "sep,id\n"),
        ("id,sep=;\n", None, "id,sep=;\n"),
    ],
)
def test_the_line_that_names_the_separator(text, separator, rest):
    assert split_separator_line(text) == (separator, rest)
