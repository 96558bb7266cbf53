import json
import math
from pathlib import Path

import pytest

from core.errors import ArtifactError
from core.reporting.evaluation_report import Report
from core.reporting.garment_tables import (
    garment_overlap,
    garment_table,
    photo_retrieval_by_garment,
    screenshot_table,
    worn_table,
)
from core.reporting.report_files import PAPER, list_reports, read_report
from core.reporting.report_schema import EvaluationReport
from core.storage import artifacts, checksums
from core.storage.schema import check_schema
from tests.damage import changed, places, tell_report
from tests.reporting import classified, report

SHIPPED = Path(__file__).parents[3] / "artifacts"
OTHERS = (None, True, -1, 0.5, 10**400, "text", [], [[1]], {}, {"a": 1})


def read(document) -> Report:
    return Report("a", check_schema(document, EvaluationReport, path=Path("artifacts/reports/a.json")))


def test_reports_are_listed_and_read_as_written(kept):
    artifacts.write_report("b", report())
    artifacts.write_report("a", report())
    assert list_reports() == (("a", "b"), ())
    assert read_report("a").confusion("vgg19").tolist() == report()["classification"]["vgg19"]["confusion"]
    assert read_report("a").missing() == []


def test_the_shipped_report_fits_and_tells_everything(monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(SHIPPED))
    assert list_reports() == (("shipped",), ())
    found = read_report("shipped")
    assert found.missing() == []
    assert found.stale() == []
    written = json.loads((SHIPPED / "reports" / "shipped.json").read_text(encoding="utf-8"))
    for model, figures in written["classification"].items():
        assert found.summary().set_index("model").loc[model, "accuracy"] == figures["accuracy"]
        assert found.confusion(model).tolist() == figures["confusion"]
    table = found.retrieval("five", near_duplicates=False)
    for way, figures in written["retrieval"].items():
        assert value(table, way, "map")["value"] == figures["without_near_duplicates"]["five"]["map"]
    assert not any(
        told is None for told in (found.retrieval(), found.photo_retrieval(), found.shop_and_photos())
    )


def test_a_report_damaged_anywhere_is_read_or_refused_by_the_field():
    whole = report()
    refused = 0
    for path in places(whole):
        for other in OTHERS:
            try:
                found = read(changed(whole, path, other))
            except ArtifactError as error:
                refused += 1
                sentence = str(error)
                assert "reports/a.json" in sentence
                assert "`python -m core evaluate DATA --report a`" in sentence
                # The field, or one inside of what stands there now.
                assert not path or str(path[0]) in sentence.partition(";")[0]
            else:
                tell_report(found)
    assert refused > 1000


def test_a_report_with_any_part_taken_out_is_read_unless_it_names_no_labels():
    whole = report()
    for path in places(whole):
        if path and isinstance(path[-1], str) and "mistakes" not in path and path != ("labels",):
            holder = whole
            for key in path[:-1]:
                holder = holder[key]
            less = {key: part for key, part in holder.items() if key != path[-1]}
            tell_report(read(changed(whole, path[:-1], less)))
    with pytest.raises(ArtifactError, match=r"a.json lacks the field labels, which this version needs"):
        read({key: part for key, part in whole.items() if key != "labels"})


def test_a_damaged_figure_is_named_with_its_model(kept):
    figures = report()
    figures["classification"]["rgb"]["per_class"]["Jeans"]["f1"] = "high"
    artifacts.write_report("a", figures)
    with pytest.raises(
        ArtifactError,
        match=r"^reports/a.json, field classification.rgb.per_class.Jeans.f1: expected a number or null, "
        r"got text; .*core evaluate DATA --report a`$",
    ):
        read_report("a")


def test_reports_that_a_killed_writer_set_aside_are_read_where_they_lie(kept):
    artifacts.write_report("a", report())
    aside = artifacts.reports_dir().rename(kept / ".reports.old-x1y2")
    assert list_reports() == (("a",), ())
    assert read_report("a").models == ("vgg16", "vgg19", "vae", "rgb")
    assert [path.name for path in kept.iterdir()] == [aside.name]


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
    with pytest.raises(ArtifactError, match=r"reports/a.json.*(labels|object).*core evaluate"):
        read_report("a")


def test_a_whole_report_misses_nothing():
    found = read(report())
    assert found.missing() == []
    assert found.models == ("vgg16", "vgg19", "vae", "rgb")
    assert found.extractors == ("vgg16", "vae")
    assert "Split: test: by id" in found.measured_on()


def test_what_could_not_be_read_is_said_where_there_was_any():
    nothing = {"n": 0, "names": []}
    on = read(
        report(unreadable={"products": {"n": 3, "names": ["1", "2", "3"]}, "photos": nothing})
    ).measured_on()
    assert on[-1] == "Left out, unreadable: 3 of the products"
    assert read(report(unreadable={"products": nothing, "photos": nothing})).measured_on() == on[:-1]


def test_what_is_missing_is_named():
    whole = report()["classification"]
    partial = {"vgg19": classified() | {"loss": None, "confusion": []}, "vae": {"n": 0}, "rgb": whole["rgb"]}
    found = read(report(classification=partial, photos=None, baselines=None, retrieval={"vgg16": {}}))
    assert found.missing() == [
        "It has no classification figures of vgg16, vae.",
        "vgg19 lacks loss, confusion.",
        "Everyday photographs were not measured (`--photos DIR`).",
        "It has no baselines to compare search with.",
    ]
    empty = read({"labels": ["Shirts"]}).missing()
    assert "It has no classification figures." in empty
    assert "Search was not measured (`--catalogue NAME`)." in empty


def test_a_missing_figure_is_not_a_number_never_zero():
    found = read(report(classification={"vgg19": {"n": 3, "accuracy": None}}))
    row = found.summary().iloc[0]
    assert row["n"] == 3
    assert all(math.isnan(row[name]) for name in ("accuracy", "loss", "macro_f1", "ece", "ms"))
    assert found.per_class("vgg19") is None
    assert found.confusion("vgg19") is None
    assert found.reliability("vgg19") is None
    assert found.cell("vgg19", "Shirts", "Jeans") is None
    assert found.cell("vgg19", "Shirts", "Shirts") is None


def test_figures_are_those_of_the_file():
    found = read(report())
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
    found = read(report())
    assert found.cell("vgg19", "Shirts", "Tshirts") == ["110", "77777"]
    assert found.cell("vgg19", "Tshirts", "Shirts") == []
    assert found.cell("vgg19", "Jeans", "Jeans") == ["120"]


def value(table, way, figure):
    return table[(table["way"] == way) & (table["figure"] == figure)].iloc[0]


def test_retrieval_with_and_without_near_duplicates():
    found = read(report())
    every, without = found.retrieval(), found.retrieval(near_duplicates=False)
    assert value(every, "vgg16", "map")["value"] == 0.6
    assert value(without, "vgg16", "map")["value"] == pytest.approx(0.5)
    assert value(without, "vgg16", "map")["high"] == pytest.approx(0.51)
    assert value(every, "baseline random", "map")["baseline"]
    assert value(without, "baseline random", "map")["value"] == pytest.approx(0.1)
    assert value(every, "baseline random", "map")["value"] == pytest.approx(0.1)
    assert value(found.retrieval("five"), "vgg16", "map")["value"] == pytest.approx(0.62)
    assert value(every, "vae", "colour_p_at_10")["value"] == pytest.approx(0.2)
    assert found.near_duplicates() == {"vgg16": 1.5, "vae": 1.5}
    assert found.retrieval_by_class("vgg16")["class"].tolist()[-1] == "Watches"


def test_the_colour_descriptor_and_the_colour_baseline_are_two_rows():
    both = report()
    both["retrieval"]["colour"] = both["retrieval"]["vgg16"]
    table = read(both).retrieval()
    figures = table[table["figure"] == "map"].set_index("way")
    assert figures.loc["colour", "value"] == 0.6
    assert figures.loc["baseline colour", "value"] == pytest.approx(0.2)
    assert figures["baseline"].tolist() == [False, False, False, True, True]


def test_retrieval_that_was_not_measured_is_none():
    found = read(report(retrieval={}))
    assert found.retrieval() is None
    assert found.retrieval_by_class("vgg16") is None


@pytest.mark.parametrize("model", ["vgg19", "finder"])
def test_figures_of_other_weights_are_stale(kept, model):
    with artifacts.write_folder(artifacts.model_dir(model)) as work:
        (work / "model.weights.h5").write_bytes(b"weights")
    at_hand = checksums.sha256(artifacts.model_dir(model) / "model.weights.h5")
    on = report()["measured_on"]
    assert read(report(measured_on=on | {"weights": {model: "0" * 64}})).stale() == [model]
    assert read(report(measured_on=on | {"weights": {model: at_hand, "vae": "1"}})).stale() == []


def test_the_papers_figures():
    assert (PAPER["vgg16"].accuracy, PAPER["vgg16"].loss) == (0.762, 0.863)
    assert (PAPER["vae"].accuracy, PAPER["vae"].loss) == (0.856, 0.611)


def test_garments_are_told_by_label_after_all_of_them():
    found = read(report())
    table = garment_table(found.document).set_index("class")
    assert list(table.index) == ["Every label", "Shirts", "Hats"]
    assert table.loc["Every label", ["n", "recall", "precision"]].tolist() == [40, 0.85, 0.8]
    assert table.loc["Shirts", "recall"] == 0.88
    assert math.isnan(table.loc["Hats", "precision"])
    assert garment_overlap(found.document) == {"box_iou": 0.82, "mask_iou": 0.71}


def test_photographs_are_told_by_what_was_searched_with():
    document = read(report()).document
    table = photo_retrieval_by_garment(document, "vgg16")
    assert dict(zip(table["way"], table["p_at_10"], strict=True)) == {
        "whole": 0.5,
        "first_garment": 0.6,
        "offered_garment": 0.55,
    }
    worn = worn_table(document, "vgg16")
    assert worn["way"].tolist() == ["whole", "first_garment", "offered_garment", "true_box"]
    assert worn["p_at_10"].tolist() == [0.1, 0.3, 0.36, 0.37]
    shown = screenshot_table(document)
    assert shown["right"].tolist() == [25, 29, 31, 5, 33]
    assert shown["n"].tolist() == [33] * 5
    assert {"Street photographs: 12 of street", "Screenshots: sample"} <= set(read(report()).measured_on())


def test_without_a_finder_only_the_whole_photographs_are_told():
    whole = report()["photo_retrieval"]["vgg16"] | {"first_garment": None, "offered_garment": None}
    found = read(
        report(photo_retrieval={"vgg16": whole}, garments=None, worn=None, screenshots=None)
    ).document
    assert photo_retrieval_by_garment(found, "vgg16")["way"].tolist() == ["whole"]
    assert garment_table(found) is worn_table(found, "vgg16") is screenshot_table(found) is None


def test_a_finder_that_was_not_measured_is_missing_once_it_is_there(kept):
    assert read(report(garments=None)).missing() == []
    with artifacts.write_folder(artifacts.model_dir("finder")) as work:
        (work / "model.weights.h5").write_bytes(b"weights")
    assert read(report(garments=None)).missing() == [
        "The garment finder was not measured (`--outlined DIR`)."
    ]
    assert read(report()).missing() == []
