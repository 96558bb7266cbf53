import json
import math

import pytest

from core.errors import ArtifactError
from core.reporting.evaluation_report import Report
from core.reporting.report_files import PAPER, list_reports, read_report
from core.storage import artifacts
from tests.reporting import classified, report


def test_reports_are_listed_and_read_as_written(kept):
    artifacts.write_report("b", report())
    artifacts.write_report("a", report())
    assert list_reports() == (("a", "b"), ())
    assert read_report("a").document == report()


def test_without_a_folder_there_is_none(kept):
    assert list_reports() == ((), ())
    with pytest.raises(ArtifactError, match=r"report a cannot be used: missing; .*core evaluate"):
        read_report("a")


def test_a_changed_report_is_refused_by_name_and_the_others_stay(kept):
    artifacts.write_report("a", report())
    artifacts.write_report("b", report())
    path = artifacts.reports_dir() / "a.json"
    path.write_text(path.read_text().replace("0.92", "0.99"))
    names, problems = list_reports()
    assert names == ("b",)
    assert len(problems) == 1
    assert "a.json: changed" in problems[0]
    with pytest.raises(ArtifactError, match=r"report a cannot be used: a\.json: changed"):
        read_report("a")


def test_a_file_that_no_command_wrote_is_no_report(kept):
    artifacts.write_report("a", report())
    (artifacts.reports_dir() / "mine.json").write_text(json.dumps(report()))
    names, problems = list_reports()
    assert names == ("a",)
    assert "mine.json: unexpected" in problems[0]


def test_newer_reports_are_refused(kept):
    artifacts.write_report("a", report())
    manifest = artifacts.reports_dir() / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"schema": 99}))
    names, problems = list_reports()
    assert names == ()
    assert "newer" in problems[0]


@pytest.mark.parametrize("document", [[], {}, {"labels": "Shirts"}])
def test_other_json_is_no_report(kept, document):
    artifacts.write_report("a", document)
    with pytest.raises(ArtifactError, match="names no labels"):
        read_report("a")


def test_a_whole_report_misses_nothing():
    found = Report("a", report())
    assert found.missing() == []
    assert found.models == ("vgg16", "vgg19", "vae", "rgb")
    assert found.extractors == ("vgg16", "vae")
    assert "Split: test: by id" in found.measured_on()


def test_what_is_missing_is_named():
    whole = report()["classification"]
    partial = {"vgg19": classified() | {"loss": None, "confusion": []}, "vae": {"n": 0}, "rgb": whole["rgb"]}
    found = Report("a", report(classification=partial, photos=None, baselines=None, retrieval={"vgg16": {}}))
    assert found.missing() == [
        "It has no classification figures of vgg16, vae.",
        "vgg19 lacks loss, confusion.",
        "Everyday photographs were not measured (`--photos DIR`).",
        "It has no baselines to compare search with.",
    ]
    empty = Report("a", {"labels": []}).missing()
    assert "It has no classification figures." in empty
    assert "Search was not measured (`--catalogue NAME`)." in empty


def test_a_missing_figure_is_not_a_number_never_zero():
    found = Report(
        "a", report(classification={"vgg19": {"n": 3, "accuracy": None, "loss": "x", "ece": True}})
    )
    row = found.summary().iloc[0]
    assert row["n"] == 3
    assert all(math.isnan(row[name]) for name in ("accuracy", "loss", "macro_f1", "ece", "ms"))
    assert found.per_class("vgg19") is None
    assert found.confusion("vgg19") is None
    assert found.reliability("vgg19") is None
    assert found.cell("vgg19", "Shirts", "Jeans") is None
    assert found.cell("vgg19", "Shirts", "Shirts") is None


def test_figures_are_those_of_the_file():
    found = Report("a", report())
    assert found.summary().set_index("model")["accuracy"].to_dict() == {
        "vgg16": 0.9,
        "vgg19": 0.92,
        "vae": 0.85,
        "rgb": 0.7,
    }
    assert found.confusion("vgg19")[1].tolist() == [2, 8, 0, 0, 0]
    assert found.reliability("vgg19")["n"].tolist() == [50]
    assert found.shop_and_photos().set_index("model").loc["vgg19", ["shop", "photos"]].tolist() == [
        0.92,
        0.65,
    ]
    assert math.isnan(found.shop_and_photos().set_index("model").loc["rgb", "photos"])
    assert math.isnan(found.photo_classes("vgg19").set_index("class").loc["shoes", "recall"])
    assert found.photo_retrieval()["grouped_p_at_10"].tolist() == [0.7]
    assert found.photo_retrieval_by_class("vgg16")["p_at_10"].tolist() == [0.5]


def test_a_cell_names_its_products():
    found = Report("a", report())
    assert found.cell("vgg19", "Shirts", "Tshirts") == ["110", "77777"]
    assert found.cell("vgg19", "Tshirts", "Shirts") == []
    assert found.cell("vgg19", "Jeans", "Jeans") == ["120"]


def value(table, way, figure):
    return table[(table["way"] == way) & (table["figure"] == figure)].iloc[0]


def test_retrieval_with_and_without_near_duplicates():
    found = Report("a", report())
    every, without = found.retrieval(), found.retrieval(near_duplicates=False)
    assert value(every, "vgg16", "map")["value"] == 0.6
    assert value(without, "vgg16", "map")["value"] == pytest.approx(0.5)
    assert value(without, "vgg16", "map")["high"] == pytest.approx(0.51)
    assert value(every, "random", "map")["baseline"]
    assert value(without, "random", "map")["value"] == value(every, "random", "map")["value"]
    assert value(found.retrieval("five"), "vgg16", "map")["value"] == pytest.approx(0.62)
    assert value(every, "vae", "colour_p_at_10")["value"] == pytest.approx(0.2)
    assert found.near_duplicates() == {"vgg16": (0.995, 1.5), "vae": (0.995, 1.5)}
    assert found.retrieval_by_class("vgg16")["class"].tolist()[-1] == "Watches"


def test_retrieval_that_was_not_measured_is_none():
    found = Report("a", report(retrieval={}))
    assert found.retrieval() is None
    assert found.retrieval_by_class("vgg16") is None


def test_figures_of_other_weights_are_stale(kept):
    with artifacts.write_folder(artifacts.model_dir("vgg19")) as work:
        (work / "model.weights.h5").write_bytes(b"weights")
    at_hand = artifacts.sha256(artifacts.model_dir("vgg19") / "model.weights.h5")
    on = report()["measured_on"]
    assert Report("a", report(measured_on=on | {"weights": {"vgg19": "0" * 64}})).stale() == ["vgg19"]
    assert Report("a", report(measured_on=on | {"weights": {"vgg19": at_hand, "vae": "1"}})).stale() == []


def test_the_papers_figures():
    assert (PAPER["vgg16"].accuracy, PAPER["vgg16"].loss) == (0.762, 0.863)
    assert (PAPER["vae"].accuracy, PAPER["vae"].loss) == (0.856, 0.611)
