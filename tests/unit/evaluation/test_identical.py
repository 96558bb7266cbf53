"""Altered copies as queries: whose hits are counted, near-duplicates beside them, means over products."""

import json

import msgspec
import numpy as np
import pytest

from core.comparison.alterations import ALTERATIONS, alter
from core.errors import TrainingError
from core.evaluation import identical, model_outputs, run
from core.evaluation.identical import IdenticalOptions, altered_copies, evaluate_identical, sample_ids
from core.gallery.stored_catalogue import open_catalogue
from core.imaging.decode import read_image
from core.reporting.report_schema import EvaluationReport
from tests.catalogue_folders import rewritten
from tests.conftest import ToyModel
from tests.near_duplicates import tell_again

N_COPIES = 1 + sum(len(each.steps) for each in ALTERATIONS.values())


def no_bar(title, total):
    return lambda n, loss=None: None


@pytest.fixture
def paths(toy_catalogue, toy_products):
    return {each: toy_catalogue / "images" / f"{each}.jpg" for each in toy_products["id"]}


def measure(paths, *, n=4, extractors=None):
    options = IdenticalOptions(n_products=n, n_resamples=50)
    return evaluate_identical(
        paths, extractors or {"vgg16": ToyModel()}, open_catalogue("demo"), options=options, bar=no_bar
    )


def test_recall_is_counted_by_the_product_itself(paths, toy_catalogue):
    found, unreadable = measure(paths)
    assert unreadable == {}
    figures = found["vgg16"]
    assert (figures["n_products"], figures["n_gallery"]) == (4, 20)
    assert figures["unaltered"]["recall_at_1"] == figures["unaltered"]["recall_at_10"] == 1
    chosen = sample_ids(list(paths), IdenticalOptions(n_products=4))
    gallery, ids = np.load(toy_catalogue / "embeddings" / "vgg16.npy"), list(paths)
    for name in ("darken", "crop"):
        for step, written in zip(
            ALTERATIONS[name].steps, figures["by_alteration"][name]["steps"], strict=True
        ):
            ranks = []
            for product_id in chosen:
                altered = alter(read_image(paths[product_id]), name, step.strength)
                scores = gallery @ ToyModel().extract([altered])[0]
                ranks.append([ids[row] for row in np.argsort(-scores, kind="stable")].index(product_id) + 1)
            assert written["recall_at_1"] == np.mean([rank <= 1 for rank in ranks])
            assert written["recall_at_10"] == np.mean([rank <= 10 for rank in ranks])
            assert (written["step"], written["strength"], written["text"]) == (
                step.name,
                step.strength,
                step.text,
            )
    low, high = figures["overall"]["intervals"]["recall_at_10"]
    assert low <= figures["overall"]["recall_at_10"] <= high


def test_each_distance_that_orders_products_otherwise_is_measured(paths, toy_catalogue):
    with rewritten(toy_catalogue) as work:
        rows = np.load(work / "embeddings" / "vgg16.npy")
        np.save(work / "embeddings" / "lbp.npy", rows * np.linspace(0.2, 4, len(rows))[:, None])
    tell_again(toy_catalogue)
    found, _ = measure(paths, n=20, extractors={"lbp": ToyModel(), "vgg16": ToyModel()})
    assert list(found) == ["lbp", "lbp:euclidean", "vgg16"]
    assert found["lbp"]["unaltered"] == found["vgg16"]["unaltered"]
    rows, ids = np.load(toy_catalogue / "embeddings" / "lbp.npy"), list(paths)
    firsts = []
    for product_id in ids:
        apart = np.linalg.norm(rows - ToyModel().extract([read_image(paths[product_id])])[0], axis=1)
        firsts.append(ids[int(np.argmin(apart))] == product_id)
    assert found["lbp:euclidean"]["unaltered"]["recall_at_1"] == np.mean(firsts) < 1


def test_each_alteration_counts_once_whatever_its_steps(paths):
    found, _ = measure(paths)
    by_alteration = found["vgg16"]["by_alteration"]
    for figure in identical.IDENTICAL_FIGURES:
        of_each = [of["overall"][figure] for of in by_alteration.values()]
        assert found["vgg16"]["overall"][figure] == pytest.approx(np.mean(of_each))
        for of in by_alteration.values():
            assert of["overall"][figure] == pytest.approx(np.mean([step[figure] for step in of["steps"]]))
    assert list(by_alteration) == list(ALTERATIONS)
    assert by_alteration["rotate"]["unit"] == "degrees clockwise"


def test_a_near_duplicate_is_no_find_but_stands_beside_it(paths, toy_catalogue):
    # 100 and 110 show the same picture, and 100 comes first where scores are equal.
    twin = (toy_catalogue / "images" / "100.jpg").read_bytes()
    with rewritten(toy_catalogue) as work:
        (work / "images" / "110.jpg").write_bytes(twin)
        rows = np.load(work / "embeddings" / "vgg16.npy")
        rows[list(paths).index("110")] = rows[list(paths).index("100")]
        np.save(work / "embeddings" / "vgg16.npy", rows)
    tell_again(toy_catalogue)
    found, _ = measure({"110": paths["110"]}, n=1)
    as_it_is = found["vgg16"]["unaltered"]
    assert as_it_is["recall_at_1"] == 0
    assert as_it_is["recall_at_10"] == as_it_is["with_duplicates_at_1"] == 1
    assert as_it_is["with_duplicates_at_10"] == 1


def test_copies_come_in_the_order_of_their_figures():
    picture = np.random.default_rng(3).integers(0, 256, (80, 60, 3), np.uint8)
    copies = altered_copies(picture)
    assert len(copies) == N_COPIES
    np.testing.assert_array_equal(copies[0], picture)
    np.testing.assert_array_equal(copies[1], alter(picture, "blur", 0.5))
    np.testing.assert_array_equal(copies[-1], alter(picture, "cover", 60))


def test_a_sample_is_the_same_for_any_order_and_grows():
    ids = [str(number) for number in range(100)]
    few, more = (sample_ids(ids, IdenticalOptions(n_products=n)) for n in (10, 30))
    assert len(few) == 10
    assert set(few) < set(more)
    assert set(sample_ids(ids[::-1], IdenticalOptions(n_products=10))) == set(few)
    assert set(sample_ids(ids, IdenticalOptions(n_products=10, seed=1))) != set(few)
    assert sample_ids(ids[:5], IdenticalOptions(n_products=10)) == ids[:5]


def test_pictures_that_cannot_be_read_are_left_out_and_named(paths):
    paths["100"].write_bytes(b"no picture")
    found, unreadable = measure(paths, n=20)
    assert list(unreadable) == ["100"]
    assert found["vgg16"]["n_products"] == 19


@pytest.mark.parametrize("what", ["extractor", "product", "picture"])
def test_where_nothing_can_be_measured_it_is_said(paths, what):
    if what == "extractor":
        with pytest.raises(TrainingError, match="no embeddings of an extractor"):
            evaluate_identical(paths, {}, open_catalogue("demo"), options=IdenticalOptions(), bar=no_bar)
    elif what == "product":
        with pytest.raises(TrainingError, match="None of the products to be measured is in the catalogue"):
            measure({"nobody": paths["100"]})
    else:
        for path in paths.values():
            path.write_bytes(b"no picture")
        with pytest.raises(TrainingError, match="Not one picture of a product can be read"):
            measure(paths)


# As `evaluate` has it --------------------------------------------------------------------------------


@pytest.fixture
def evaluate(toy_catalogue, monkeypatch):
    def load(name):
        model = ToyModel(name)
        model.weights_sha256 = "abc"
        return model

    monkeypatch.setattr(run, "available_models", lambda: ("vgg16", "vgg19"))
    monkeypatch.setattr(run, "load_model", load)
    monkeypatch.setattr(model_outputs, "CHUNK", 8)

    def measure(**options):
        return run.evaluate(toy_catalogue, split="all", bar=no_bar, **options)

    return measure


def test_the_task_alone_measures_nothing_else_and_fits_the_schema(evaluate):
    result = evaluate(catalogue="demo", tasks=("identical",), sample=3)
    assert set(result) == {"labels", "measured_on", "identical", "unreadable"}
    assert result["measured_on"]["n_identical"] == 3
    assert result["measured_on"]["weights"] == {"vgg16": "abc"}
    assert result["unreadable"] == {"identical": {"n": 0, "names": []}}
    read = msgspec.convert(json.loads(json.dumps(result)), EvaluationReport)
    steps = read.identical["vgg16"].by_alteration["rotate"].steps
    assert [step.text for step in steps] == ["5°", "15°", "45°", "90°"]
    assert read.identical["vgg16"].unaltered.recall_at_1 == 1


def test_methods_to_compare_with_are_measured_where_the_catalogue_has_them(evaluate, paths, monkeypatch):
    folder = paths["100"].parents[1]
    with rewritten(folder) as work:
        np.save(work / "embeddings" / "cnn.npy", np.load(work / "embeddings" / "vgg16.npy"))
    tell_again(folder)
    monkeypatch.setattr(run, "load_extractor", ToyModel)
    result = evaluate(catalogue="demo", tasks=("standard", "identical"), sample=2)
    assert list(result["identical"]) == ["vgg16", "cnn", "cnn:euclidean"]
    assert list(result["retrieval"]) == ["vgg16"]


def test_both_tasks_stand_in_one_report_and_the_standard_one_alone_is_as_ever(evaluate):
    both = evaluate(catalogue="demo", tasks=("standard", "identical"), sample=2)
    assert both["classification"]["vgg16"]["n"] == 20
    assert both["identical"]["vgg16"]["n_products"] == 2
    assert "identical" not in evaluate(catalogue="demo")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tasks": ("identical",)}, "--catalogue NAME"),
        ({"tasks": ("identical",), "catalogue": "demo", "photos": "x"}, "belong to the standard figures"),
        ({"tasks": ()}, "tasks are none"),
        ({"tasks": ("speed",)}, "tasks are speed; expected standard or identical"),
    ],
)
def test_a_task_that_lacks_something_is_refused_before_measuring(evaluate, monkeypatch, options, said):
    monkeypatch.setattr(run, "available_models", lambda: pytest.fail("it went on"))
    with pytest.raises(TrainingError, match=said):
        evaluate(**options)
