"""The compared methods of a report as a table, and in Markdown."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.reporting.method_table import COLUMNS, method_markdown, method_table
from core.reporting.report_files import read_report
from core.storage import artifacts
from tests.reporting import compared

ROOT = Path(__file__).parents[3]


@pytest.fixture
def methods(kept):
    artifacts.write_report("compared", compared())
    return read_report("compared").methods


def test_each_method_and_distance_has_a_row_ours_first(methods):
    table = method_table(methods)
    assert list(zip(table["method"], table["distance"], table["same_order_as"], strict=True)) == [
        ("vgg16", "cosine", ""),
        ("vgg16", "euclidean", "cosine"),
        ("cld", "cosine", ""),
        ("cld", "weighted", ""),
    ]
    vgg16, *_, weighted = table.to_dict("records")
    assert (vgg16["title"], vgg16["is_learned"], vgg16["ms"]) == ("VGG16", True, 8.5)
    assert [vgg16[f"all_p_at_10{bound}"] for bound in ("", "_low", "_high")] == pytest.approx(
        [0.8, 0.75, 0.85]
    )
    assert [weighted["five_coarse_at_1"], weighted["colour_p_at_10"]] == pytest.approx([0.25, 0.4])
    assert (vgg16["photographs_p_at_10"], vgg16["photographs_p_at_10_low"]) == (0.6, 0.5)
    assert np.isnan(weighted["photographs_p_at_10"])
    assert all(column.key in table for column in COLUMNS)


def test_each_split_has_figures_of_its_own(methods):
    of_id, of_family = (method_table(methods, split) for split in ("by_id", "by_family"))
    assert of_family["all_p_at_10"].tolist() == pytest.approx((of_id["all_p_at_10"] - 0.1).tolist())
    assert of_family["photographs_p_at_10"].equals(of_id["photographs_p_at_10"])


def test_markdown_has_a_row_for_each_order_with_the_best_in_bold(methods):
    head, rule, *rows = method_markdown(methods).splitlines()
    assert head.startswith("| method | distance | five, type at 1 |")
    assert rule.count("|") == head.count("|")
    assert len(rows) == 3
    assert "| VGG16 | cosine | **0.750** |" in rows[0]
    assert "| Colour Layout Descriptor | weighted | 0.250 |" in rows[2]
    assert rows[0].endswith("| 8.5 |")
    assert " – |" in rows[2]
    assert "**0.800** (0.750–0.850)" in method_markdown(methods, with_intervals=True)


def test_a_report_of_methods_alone_is_whole(methods):
    report = read_report("compared")
    assert report.missing() == []
    assert any(line.startswith("Families: 12 of the products") for line in report.measured_on())
    assert "Gallery: 100 of fashion" in report.measured_on()


def test_the_script_prints_the_table_or_says_why_not(kept):
    artifacts.write_report("compared", compared())
    command = [sys.executable, str(ROOT / "scripts" / "method_table.py")]
    done = subprocess.run([*command, "compared"], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == method_markdown(read_report("compared").methods).splitlines()
    gone = subprocess.run([*command, "gone"], capture_output=True, text=True, check=False)
    assert (gone.returncode, gone.stdout) == (1, "")
    assert gone.stderr.startswith("error: report gone cannot be used")
