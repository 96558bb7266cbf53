"""The table of methods: what is right in a ranking, what a split leaves out, and a whole run."""

import numpy as np
import pytest

from core.catalogue.split import split_of
from core.errors import ArtifactError, TrainingError
from core.evaluation import kin, method_table
from core.evaluation.method_figures import MethodQueries, MethodVectors, measure_method, scorer
from core.evaluation.metrics import average_precision, bootstrap_intervals
from core.evaluation.retrieval import LabelledProducts, RetrievalOptions, evaluate_retrieval
from core.gallery.stored_catalogue import open_catalogue
from core.imaging.encode import encode_jpeg
from core.labels import LABELS
from core.models.compared.methods import Distance
from core.storage import artifacts
from tests.conftest import COLOURS, garment
from tests.near_duplicates import tell_again

OPTIONS = RetrievalOptions(n_resamples=50)


def no_step(n, loss=None):
    pass


def no_bar(title, total):
    return no_step


def labelled(n, generator):
    columns = (LABELS[:3], ("Red", "Blue", ""), ("Men", "Women"))
    return LabelledProducts(
        [str(number) for number in range(n)], *(list(generator.choice(values, n)) for values in columns)
    )


@pytest.fixture
def queries():
    generator = np.random.default_rng(7)
    gallery = labelled(60, generator)
    rows = np.arange(0, 60, 3)
    products = LabelledProducts(
        *(
            [column[row] for row in rows]
            for column in (gallery.ids, gallery.article_types, gallery.colours, gallery.genders)
        )
    )
    kinfolk = [np.unique([row, *generator.integers(0, 60, 4)]) for row in rows]
    by_family = np.arange(len(rows)) % 2 == 0
    return MethodQueries(gallery, products, kinfolk, by_family, ["Jeans", "Shirts"], OPTIONS), rows


def by_hand(scores, right, left_out):
    """Sort the products that count by score and row; give precision at 10 and average precision."""
    order = sorted(set(range(len(scores))) - set(left_out), key=lambda row: (-scores[row], row))
    hits = right[order]
    return hits[:10].mean(), average_precision(hits)


@pytest.mark.parametrize(
    ("name", "distance"), [("histogram", "intersection"), ("cld", "weighted"), ("cnn", "euclidean")]
)
def test_figures_are_as_by_hand_in_both_splits(queries, name, distance):
    asked, rows = queries
    vectors = np.random.default_rng(1).integers(0, 5, (60, 12)).astype(np.float32)
    found = measure_method(name, MethodVectors(vectors, vectors[rows]), asked, step=no_step)[distance]
    scores = scorer(Distance(distance), vectors)(vectors[rows].astype(float))
    types = np.array(asked.gallery.article_types)
    expected = {"by_id": [], "by_family": []}
    for number, row in enumerate(rows):
        right = types == types[row]
        expected["by_id"].append(by_hand(scores[number], right, [row]))
        if asked.by_family[number]:
            expected["by_family"].append(by_hand(scores[number], right, asked.kin[number]))
    for split, figures in expected.items():
        precision, average = np.mean(figures, axis=0)
        assert found[split]["n"] == len(figures)
        assert found[split]["all"]["p_at_10"] == pytest.approx(precision)
        assert found[split]["all"]["map"] == pytest.approx(average)
        low, high = found[split]["intervals"]["all"]["p_at_10"]
        bounds = bootstrap_intervals(np.array(figures)[:, :1], n_resamples=50)[0]
        assert (low, high) == pytest.approx(tuple(bounds))
    assert found["same_order_as"] is None
    assert found["photographs"] is None


def test_by_cosine_the_split_by_id_says_what_evaluate_says(queries):
    asked, rows = queries
    vectors = np.random.default_rng(2).standard_normal((60, 5))
    found = measure_method("vgg16", MethodVectors(vectors, vectors[rows]), asked, step=no_step)
    told = evaluate_retrieval(
        asked.gallery,
        vectors,
        queries=asked.products,
        query_vectors=vectors[rows],
        labels=LABELS,
        options=OPTIONS,
    )
    for key in ("all", "five", "colour_p_at_10"):
        assert found["cosine"]["by_id"][key] == told[key]
    assert found["euclidean"] == found["cosine"] | {"same_order_as": "cosine"}


def test_photographs_are_right_by_their_type_and_look_in_the_whole_gallery(queries):
    asked, rows = queries
    types = np.array(asked.gallery.article_types)
    vectors = np.eye(3, dtype=np.float32)[[LABELS.index(kind) for kind in types]]
    jeans, shirt = np.eye(3)[[LABELS.index("Jeans"), LABELS.index("Tshirts")]]
    found = measure_method(
        "cnn", MethodVectors(vectors, vectors[rows], np.array([jeans, shirt])), asked, step=no_step
    )["cosine"]["photographs"]
    assert (found["n"], found["p_at_10"], found["coarse_at_1"], found["macro_p_at_10"]) == (2, 0.5, 0.5, 0.5)
    assert found["intervals"]["p_at_10"] == [0, 1]


# Kin -----------------------------------------------------------------------------------------------------


def shop_of(toy_catalogue, names=None, twins=()):
    """Write the toy catalogue again with other names, and pictures that are those of other products."""
    table = (toy_catalogue / "products.csv").read_text(encoding="utf-8")
    for old, new in (names or {}).items():
        table = table.replace(old, new)
    before = {path.name: path.read_bytes() for path in (toy_catalogue / "images").iterdir()}
    vectors = np.load(toy_catalogue / "embeddings" / "vgg16.npy")
    with artifacts.write_folder(toy_catalogue, force=True, manifest={"source": "toy"}) as work:
        for folder in ("images", "embeddings"):
            (work / folder).mkdir()
        (work / "products.csv").write_text(table, encoding="utf-8")
        for name, content in before.items():
            (work / "images" / name).write_bytes(content)
        for one, other in twins:
            (work / "images" / f"{one}.jpg").write_bytes(before[f"{other}.jpg"])
        np.save(work / "embeddings" / "vgg16.npy", vectors)
    return open_catalogue("demo")


def test_kin_are_products_of_one_name_but_for_the_colour_and_near_duplicates(toy_catalogue):
    shop = shop_of(toy_catalogue, twins=[("111", "100")])
    ids = shop.products["id"].tolist()
    own = [ids.index("100")]
    with pytest.raises(TrainingError, match="not told when it was indexed"):
        kin.kin_of_queries(shop, own)
    tell_again(toy_catalogue)
    (found,) = kin.kin_of_queries(open_catalogue("demo"), own)
    # The toy names differ in their colour alone within a class: 100 to 103.
    assert [ids[row] for row in found] == ["100", "101", "102", "103", "111"]


def test_a_query_counts_by_family_where_all_its_kin_are_in_the_test_split(toy_catalogue):
    shop = open_catalogue("demo")
    ids = shop.products["id"].tolist()
    test = [row for row, product_id in enumerate(ids) if split_of(product_id) == "test"]
    other = next(row for row, product_id in enumerate(ids) if split_of(product_id) != "test")
    kinfolk = [np.array(test[:1]), np.array([*test[:1], other])]
    assert kin.in_test_families(shop, kinfolk).tolist() == [True, False]


# A whole run ---------------------------------------------------------------------------------------------


@pytest.fixture
def data(tmp_path, toy_products):
    folder = tmp_path / "data"
    (folder / "images").mkdir(parents=True)
    toy_products.to_csv(folder / "styles.csv", index=False)
    for row in toy_products.itertuples():
        picture = garment(COLOURS[row.baseColour], 10 + 3 * LABELS.index(row.articleType))
        (folder / "images" / f"{row.id}.jpg").write_bytes(encode_jpeg(picture))
    for kind in ("jeans", "shoes"):
        (folder / "photos" / kind).mkdir(parents=True)
        (folder / "photos" / kind / "a.jpg").write_bytes(encode_jpeg(garment(COLOURS["Green"], 16)))
    (folder / "photos" / "jeans" / "b.jpg").write_bytes(b"no picture")
    return folder


def test_a_run_measures_what_the_catalogue_has_and_says_on_what(data, toy_catalogue, toy_models, caplog):
    found = method_table.evaluate_methods(
        data, split="all", catalogue="demo", photos=data / "photos", bar=no_bar
    )
    assert list(found["methods"]) == ["vgg16"]
    measured = found["methods"]["vgg16"]
    assert measured["title"] == "VGG16"
    assert measured["ms_per_picture"] >= 0
    assert list(measured["distances"]) == ["cosine", "euclidean"]
    by_cosine = measured["distances"]["cosine"]
    assert by_cosine["by_id"]["n"] == 20
    assert by_cosine["photographs"]["n"] == 1
    assert found["unreadable"]["photos"] == {"n": 1, "names": ["jeans/b.jpg"]}
    assert found["measured_on"]["n_gallery"] == found["measured_on"]["n_products"] == 20
    assert found["measured_on"]["n_in_families"] == by_cosine["by_family"]["n"]
    assert "has no embeddings of it: cld" in caplog.text


def test_what_cannot_be_measured_is_refused(data, toy_catalogue, toy_models):
    with pytest.raises(ArtifactError, match="no embeddings of 'cld'"):
        method_table.evaluate_methods(data, split="all", catalogue="demo", names=["cld"], bar=no_bar)
    for path in (data / "images").iterdir():
        path.rename(path.with_stem(f"9{path.stem}"))
    table = (data / "styles.csv").read_text(encoding="utf-8").splitlines()
    (data / "styles.csv").write_text(
        "\n".join([table[0], *(f"9{row}" for row in table[1:])]), encoding="utf-8"
    )
    with pytest.raises(TrainingError, match="has no product of demo in the all split"):
        method_table.evaluate_methods(data, split="all", catalogue="demo", bar=no_bar)
