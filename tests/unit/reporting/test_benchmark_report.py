"""What `make bench` writes is read back, and what is changed or missing is said."""

import json

import pytest

from benchmarks.table.row import Row, as_text
from core.errors import ArtifactError
from core.reporting.benchmark_report import BENCHMARK, read_benchmark
from core.reporting.report_files import list_reports
from core.storage.artifacts import reports_dir, write_report


@pytest.fixture(autouse=True)
def empty_artifacts(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))


ROWS = [
    Row("a search", 2.0, "ms", reference="NumPy", reference_value=1.0, times_reference=3),
    Row("a photo", 50.0, "ms", reference="ResNet50", reference_value=100.0, times_reference=1 / 6),
    Row("memory", 500.0, "MB", at_most=450),
    Row("another photo", 0.2, "s"),
]


def document():
    machine = {"processor": "one", "cores": 2, "python": "3.12", "load_before": 0.1}
    rows = [row.as_dict() for row in ROWS]
    return {"created": "2026-01-01T00:00", "catalogue": "demo", "machine": machine, "rows": rows, "note": ""}


def test_what_is_aimed_at_is_reached_or_missed():
    assert [row.reached for row in ROWS] == [True, False, False, None]
    text = as_text(ROWS)
    assert "2.00 ×" in text
    assert "beside ResNet50: 100 ms" in text


def test_the_table_is_read_back_and_is_no_report_of_evaluate():
    assert read_benchmark() is None
    write_report(BENCHMARK, document())
    report = read_benchmark()
    assert report is not None
    table = report.table()
    assert table["Reached"].tolist() == ["reached", "missed", "missed", ""]
    assert table["Aim"].tolist() == [
        "at most 3 times NumPy",
        "6 times quicker than ResNet50",
        "at most 450 MB",
        "",
    ]
    assert list_reports() == ((), ())


@pytest.mark.parametrize("change", [{"rows": 3}, {"machine": None}, {"created": 1}])
def test_a_table_that_does_not_fit_says_how_to_mend_it(change):
    write_report(BENCHMARK, document() | change)
    with pytest.raises(ArtifactError, match="measure again with `make bench`"):
        read_benchmark()


def test_a_changed_table_is_refused():
    write_report(BENCHMARK, document())
    path = reports_dir() / f"{BENCHMARK}.json"
    path.write_text(json.dumps(document() | {"catalogue": "other"}))
    with pytest.raises(ArtifactError, match="measure again"):
        read_benchmark()
