import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
import streamlit

from core.models.finder.labels import FINDER_LABELS
from core.models.names import FINDER, MODEL_NAMES
from core.storage import artifacts
from pages._shared.evaluation import charts
from tests.reporting import classified, compared, report, retrieved

HISTORY = "epoch,loss,accuracy,val_loss,val_accuracy\n1,0.9,0.5,0.8,0.6\n2,0.7,0.7,0.75,0.65\n"
CARD = {
    "names": [3, 4],
    "temperature": 0.7,
    "known_logit": 2.0,
    "created": "2026-11-25T00:06:19+00:00",
    "parameters": 20027462,
    "schedule": {"seed": 7},
    "data": {"folder": "shop"},
    "split": {"products": "by id"},
}
FINDER_CARD = {
    "logistic": [0.1, 1.0, 1.0, 0.0],
    "least_certainty": 0.3,
    "name": FINDER,
    "labels": list(FINDER_LABELS),
    "parameters": 1234567,
    "data": {"folder": "street-photos", "training_photographs": 541},
    "split": {"outlined": "by the photograph's id"},
}


def shown(page) -> str:
    kinds = ("title", "header", "markdown", "caption", "error", "warning", "info")
    return "\n".join(element.value for kind in kinds for element in page.get(kind))


def metrics(page) -> dict[str, list[str]]:
    found = {}
    for metric in page.metric:
        found.setdefault(metric.label, []).append(metric.value)
    return found


@pytest.fixture
def models(app):
    return lambda: app().run().switch_page("pages/models.py").run()


@pytest.fixture
def drawn(monkeypatch):
    """Give the charts of the last run by their keys."""
    charts = {}
    real = streamlit.plotly_chart

    def keep(figure, *args, key=None, **rest):
        charts[key] = go.Figure(figure)
        return real(figure, *args, key=key, **rest)

    monkeypatch.setattr("streamlit.plotly_chart", keep)
    return charts


def train(name: str) -> None:
    """Write what training writes beside the weights of a model."""
    with artifacts.write_folder(artifacts.model_dir(name)) as work:
        (work / "model.weights.h5").write_bytes(b"0" * 1000)
        (work / "card.json").write_text(json.dumps(CARD))
        (work / "MODEL_CARD.md").write_text(f"# About {name}\n\nNot good for hats.\n\n| | n |\n|---|---|\n")
        (work / "history.csv").write_text(HISTORY)


@pytest.fixture
def trained(kept):
    for name in MODEL_NAMES:
        train(name)
    with artifacts.write_folder(artifacts.model_dir(FINDER)) as work:
        (work / "model.weights.h5").write_bytes(b"0" * 2_500_000)
        (work / "card.json").write_text(json.dumps(FINDER_CARD))
        (work / "MODEL_CARD.md").write_text("# The garment finder\n\nDoes not see socks.")


def test_starts_with_nothing_measured_and_says_what_to_run(models, kept):
    page = models()
    assert not page.exception
    assert "There is no report yet" in shown(page)
    assert "python -m core evaluate DATA" in shown(page)
    assert not page.metric
    assert sum("there is no model" in warning.value for warning in page.warning) == 6


def test_a_whole_report_is_shown_with_its_figures(models, toy_catalogue, trained, drawn):
    artifacts.write_report("test", report())
    page = models()
    assert not page.exception
    assert metrics(page)["Accuracy"] == ["0.900", "0.920", "0.850", "0.700"]
    assert metrics(page)["Loss"] == ["0.500"] * 4
    text = shown(page)
    assert "The paper's VGG16: accuracy 0.762, loss 0.863, on other test data" in text
    assert "The paper's autoencoder: accuracy 0.856, loss 0.611, on other test data" in text
    assert "Split\\: test\\: by id" in text
    assert "not whole" not in text
    assert set(drawn) == {
        "places",
        "curve-accuracy",
        "curve-loss",
        "confusion",
        "by-class",
        "reliability",
        "retrieval",
        "photo-retrieval",
        "identical",
    }
    assert "Not good for hats." in text
    assert "\n## About vgg16" in text
    assert "| measured on | n |" in text


def test_a_changed_report_changes_the_page(models, kept, drawn):
    artifacts.write_report("test", report())
    page = models()
    assert metrics(page)["Accuracy"][1] == "0.920"
    changed = report(retrieval={"vgg16": retrieved(-0.3)})
    changed["classification"]["vgg19"] = classified(0.123) | {"loss": 1.75}
    changed["classification"]["vgg19"]["confusion"][0][0] = 4321
    artifacts.write_report("test", changed)
    page.run()
    assert not page.exception
    assert metrics(page)["Accuracy"][1] == "0.123"
    assert metrics(page)["Loss"][1] == "1.750"
    assert drawn["confusion"].layout.annotations[0].text == "4,321"
    bars = drawn["retrieval"].data[0]
    assert dict(zip(bars.x, bars.y, strict=True))["VGG16"] == pytest.approx(0.5)
    assert "VAE" not in bars.x


def test_every_curve_is_the_histories_and_the_papers_lines_stand_beside(models, trained, drawn):
    page = models()
    names = [line.name for line in drawn["curve-loss"].data]
    assert names == [
        "VGG19, validation",
        "VGG19, training",
        "The paper's VGG16, on its own test data: 0.863",
        "The paper's autoencoder, on its own test data: 0.611",
    ]
    assert list(drawn["curve-loss"].data[0].y) == [0.8, 0.75]
    assert list(drawn["curve-accuracy"].data[1].y) == [0.5, 0.7]
    assert set(drawn["curve-accuracy"].data[2].y) == {0.762}
    page.pills(key="curves").set_value(["vgg19", "rgb"]).run()
    assert "RGB, validation" in [line.name for line in drawn["curve-loss"].data]


def test_what_is_missing_is_said_and_never_drawn_as_zero(models, kept, drawn):
    partial = {"vgg19": {"n": 50, "accuracy": 0.9, "loss": None}}
    artifacts.write_report("test", report(classification=partial, photos=None, retrieval=None))
    page = models()
    assert not page.exception
    assert metrics(page)["Accuracy"] == ["0.900"]
    assert metrics(page)["Loss"] == ["not measured"]
    text = shown(page)
    assert "no classification figures of vgg16, vae, rgb" in text
    assert "vgg19 lacks loss" in text
    for what in ("Everyday photographs were", "Single classes were", "Calibration was", "Search was"):
        assert f"{what} not measured in this report" in text
    assert "The confusion was not measured in this report" in text
    assert not set(drawn) & {"places", "confusion", "by-class", "reliability", "retrieval"}


def test_a_damaged_report_is_named_and_another_is_shown(models, kept):
    artifacts.write_report("a", report())
    artifacts.write_report("b", report())
    (artifacts.reports_dir() / "a.json").write_text("{}")
    page = models()
    assert not page.exception
    assert "a\\.json" in page.error[0].value
    assert metrics(page)["Accuracy"][1] == "0.920"


def test_which_report_is_shown_can_be_chosen(models, kept):
    artifacts.write_report("a", report())
    artifacts.write_report("b", report(classification={"vgg19": classified(0.333)}))
    page = models()
    assert metrics(page)["Accuracy"][1] == "0.920"
    page.selectbox(key="report").select("b").run()
    assert not page.exception
    assert metrics(page)["Accuracy"] == ["0.333"]


def test_figures_of_other_weights_are_named(models, trained):
    on = report()["measured_on"] | {"weights": {"vgg19": "0" * 64}}
    artifacts.write_report("test", report(measured_on=on))
    page = models()
    assert "Measured on other weights than those at hand: VGG19" in page.warning[0].value


def test_a_cell_of_the_confusion_opens_its_pictures(models, toy_catalogue):
    artifacts.write_report("test", report())
    page = models()
    cell = page.selectbox(key="confusion-cell")
    assert cell.options[0] == "Shirts taken for Tshirts: 2"
    assert "110" in [caption.value for caption in page.caption]
    assert "1 of 2 pictures are not in the catalogue demo" in shown(page)
    cell.select("Jeans, rightly: 10").run()
    assert not page.exception
    assert "120" in [caption.value for caption in page.caption]


def test_near_duplicates_can_be_left_out(models, kept, drawn):
    artifacts.write_report("test", report())
    page = models()
    before = dict(zip(drawn["retrieval"].data[0].x, drawn["retrieval"].data[0].y, strict=True))
    page.toggle(key="no-duplicates").set_value(True).run()
    after = dict(zip(drawn["retrieval"].data[0].x, drawn["retrieval"].data[0].y, strict=True))
    assert not page.exception
    assert after["VGG16"] == pytest.approx(before["VGG16"] - 0.1)
    assert after["Random order"] == before["Random order"]
    assert "1\\.5 products a query" in shown(page)


def test_intervals_are_those_of_the_report(models, kept, drawn):
    artifacts.write_report("test", report())
    models()
    bars = drawn["retrieval"].data[0]
    assert list(bars.error_y.array) == pytest.approx([0.01] * 4)
    assert list(bars.x) == ["VGG16", "VAE", "Random order", "Same colour only"]


def tables(page) -> list:
    return [element.value for element in page.dataframe]


def test_the_garment_finder_s_figures_are_shown(models, kept):
    artifacts.write_report("test", report())
    page = models()
    assert not page.exception
    found = {tuple(table.columns): table for table in tables(page)}
    (by_label,) = [table for columns, table in found.items() if "n_found" in columns]
    assert by_label.set_index("class").loc["Every label", ["recall", "precision"]].tolist() == [0.85, 0.8]
    ways = [table for table in tables(page) if "way" in table.columns and "p_at_10" in table.columns]
    assert [len(table) for table in ways] == [3, 4]
    assert ways[1].iloc[2].tolist()[:3] == ["The garment offered for its class", 20, 0.36]
    (screenshots,) = [table for columns, table in found.items() if "right" in columns]
    assert screenshots["right"].tolist() == [25, 29, 31, 5, 33]
    text = shown(page)
    assert "Mean overlap of those found: boxes 0.820, outlines 0.710" in text
    assert "takes 0.900 of the 5 that surely are none of them for none of them" in text


def test_a_report_without_the_finder_says_so(models, kept):
    artifacts.write_report("test", report(garments=None, worn=None, screenshots=None))
    page = models()
    assert not page.exception
    for what in ("The garment finder was", "Worn garments were", "Screenshots were"):
        assert f"{what} not measured in this report" in shown(page)


def test_the_finder_s_card_stands_among_the_others(models, trained):
    page = models()
    assert not page.exception
    assert [expander.label for expander in page.expander][-1] == "Garment finder"
    assert "Does not see socks." in shown(page)
    facts = dict(zip(*(page.table[-1].value[column] for column in page.table[-1].value.columns), strict=True))
    assert facts["Parameters"] == "1,234,567"
    assert facts["Size of the file"] == "2.5 MB, float16"
    assert facts["Split of street photographs"] == "by the photograph's id"


def test_the_small_cnn_has_a_card_and_a_curve_where_it_is_trained(models, trained, drawn):
    assert "Small CNN" not in [expander.label for expander in models().expander]
    train("cnn")
    page = models()
    assert not page.exception
    assert [expander.label for expander in page.expander][-2:] == ["Small CNN", "Garment finder"]
    assert "## About cnn" in shown(page)
    page.pills(key="curves").set_value(["cnn"]).run()
    assert not page.exception
    assert drawn["curve-loss"].data[0].name.startswith("Small CNN, ")


def test_pictures_that_the_catalogue_lacks_altogether_are_said_once(models, toy_catalogue):
    other = report()
    for figures in other["classification"].values():
        for mistake in figures.get("mistakes") or ():
            mistake["id"] = f"9{mistake['id']}"
        figures["right"] = {
            label: [f"9{product_id}" for product_id in ids]
            for label, ids in (figures.get("right") or {}).items()
        }
    artifacts.write_report("test", other)
    page = models()
    assert not page.exception
    assert not [box for box in page.selectbox if box.key == "confusion-cell"]
    other["classification"]["vgg19"]["right"]["Jeans"] = ["120"]  # an id that is in both by chance
    artifacts.write_report("test", other)
    page.run()
    assert not [box for box in page.selectbox if box.key == "confusion-cell"]
    assert "are of other products than those of the catalogue demo" in shown(page)


def test_bins_of_a_few_pictures_are_not_joined_to_the_curve():
    bins = pd.DataFrame(
        {"confidence": [0.3, 0.6, 0.9], "accuracy": [1.0, 0.5, 0.9], "n": [3, 40, 200], "low": 0, "high": 1}
    )
    _, few, curve = charts.reliability_chart(bins, "VGG19", "#123456").data
    assert list(few.x) == [0.3]
    assert few.mode == "markers"
    assert list(curve.x) == [0.6, 0.9]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_number_of_the_confusion_stands_out_from_its_cell(monkeypatch, theme):
    monkeypatch.setattr(charts.st, "context", SimpleNamespace(theme=SimpleNamespace(type=theme)))
    chart = charts.confusion_chart(np.array([[9, 1], [6, 4]]), ["Shirts", "Jeans"])
    colours = {note.text: note.font.color for note in chart.layout.annotations}
    assert colours["9"] == colours["6"] != colours["1"] == colours["4"]


# Altered copies ---------------------------------------------------------------------------------------


def test_altered_copies_are_shown_by_method_and_step(models, toy_catalogue, trained, drawn):
    artifacts.write_report("test", report())
    page = models()
    assert not page.exception
    assert "Pictures of 300 products were altered step by step and searched with, among 20" in shown(page)
    lines = {line.name: (list(line.x), list(line.y)) for line in drawn["identical"].data}
    steps = ["as it is", "5°", "15°", "45°", "90°"]
    assert lines["VGG16"][0] == steps
    assert lines["VGG16"][1] == pytest.approx([0.94, 0.9, 0.7, 0.5, 0.3])
    assert lines["VAE"][1] == pytest.approx([0.84, 0.8, 0.6, 0.4, 0.2])
    assert list(drawn["identical"].data[0].error_y.array) == pytest.approx([0.04] * 5)
    table = next(each.value for each in page.dataframe if "alteration" in each.value)
    assert table["alteration"].tolist() == ["As it is", "All alterations", "Rotated", "Mirrored"]
    assert table["vgg16"].tolist() == pytest.approx([0.94, 0.7, 0.6, 0.8])
    page.selectbox(key="identical-figure").set_value("recall_at_10").run()
    page.selectbox(key="identical-of").set_value("mirror").run()
    assert list(drawn["identical"].data[0].x) == ["as it is", "left to right"]
    assert list(drawn["identical"].data[0].y) == pytest.approx([0.99, 0.85])
    page.selectbox(key="identical-figure").set_value("with_duplicates_at_10").run()
    assert "This figure was not measured in this report." in shown(page)


def test_a_report_without_altered_copies_names_the_command(models, toy_catalogue, trained, drawn):
    artifacts.write_report("test", report(identical=None))
    page = models()
    assert not page.exception
    assert "identical" not in drawn
    assert "Altered copies were not measured in this report." in shown(page)
    assert any("--task identical" in each.value for each in page.code)


# Methods ---------------------------------------------------------------------------------------------


def methods_shown(page):
    return next(frame.value for frame in page.dataframe if "distance" in frame.value.columns)


def test_the_methods_stand_in_one_table_that_can_be_sorted(models, kept):
    artifacts.write_report("compared", compared())
    page = models()
    assert not page.exception
    table = methods_shown(page)
    assert table["title"].tolist() == ["VGG16"] + 2 * ["Colour Layout Descriptor"]
    assert table["distance"].tolist() == ["Cosine", "Cosine", "Weighted distance (MPEG-7)"]
    assert table["all_p_at_10"].tolist() == [0.8, 0.5, 0.3]
    page.segmented_control(key="methods-split").set_value("by_family").run()
    assert methods_shown(page)["all_p_at_10"].tolist() == pytest.approx([0.7, 0.4, 0.2])
    page.toggle(key="methods-same").set_value(True).run()
    page.toggle(key="methods-intervals").set_value(True).run()
    assert len(methods_shown(page)) == 4
    assert methods_shown(page)["all_p_at_10_low"].tolist() == pytest.approx([0.65, 0.65, 0.35, 0.15])
    assert "in twelve numbers of a cosine transform" in shown(page)


def test_without_methods_the_command_that_measures_them_is_said(models, kept):
    artifacts.write_report("test", report())
    assert "methods of the literature were not measured" in shown(page := models())
    assert any("--methods --report NAME" in each.value for each in page.code)
