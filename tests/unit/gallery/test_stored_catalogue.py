import json
import threading

import numpy as np
import pytest

from core.errors import ArtifactError, SearchError
from core.gallery import catalogue_files, catalogue_list, local, stored_catalogue
from core.gallery.near_duplicates import PAIRS
from core.gallery.protocol import QueryVectors
from core.models.compared.methods import Distance
from core.storage import artifacts, checksums


@pytest.fixture
def engine() -> str:
    return "local"


def rewrite(folder, change, **fields):
    """Make a kept folder again with something changed, so that its manifest is right again."""
    manifest = json.loads((folder / "manifest.json").read_text())
    own = {key: value for key, value in manifest.items() if key not in ("schema", "kind", "created", "files")}
    kept = {file: (folder / file).read_bytes() for file in manifest["files"]}
    with artifacts.write_folder(folder, force=True, manifest=own | fields) as work:
        for file, content in kept.items():
            (work / file).parent.mkdir(parents=True, exist_ok=True)
            (work / file).write_bytes(content)
        change(work)


def model_of(weights: bytes):
    with artifacts.write_folder(artifacts.model_dir("vgg16"), force=True) as work:
        (work / "model.weights.h5").write_bytes(weights)
    return checksums.sha256(artifacts.model_dir("vgg16") / "model.weights.h5")


def test_rows_of_table_index_and_pictures_belong_together(toy_catalogue, toy_products):
    found = stored_catalogue.open_catalogue("demo")
    assert found.extractors == ("vgg16",)
    assert list(found.products["id"]) == list(toy_products["id"]) == list(found.gallery.products["id"])
    kept = np.load(toy_catalogue / "embeddings" / "vgg16.npy")
    assert np.allclose(found.gallery.vectors("vgg16", ["112"])[0], kept[6])
    assert found.image_path("112") == toy_catalogue / "images" / "112.jpg"
    assert "112" in found
    assert len(found) == 20


def test_what_a_killed_writer_set_aside_is_opened_where_it_lies(toy_catalogue):
    aside = toy_catalogue.rename(toy_catalogue.with_name(".demo.old-x1y2z3"))
    assert catalogue_list.list_catalogues() == ["demo"]
    assert catalogue_list.broken_catalogues() == {}
    found = stored_catalogue.open_catalogue("demo")
    assert found.image_path("112") == aside / "images" / "112.jpg"
    assert found.embeddings("vgg16").shape == (20, 16)
    assert [path.name for path in aside.parent.iterdir()] == [aside.name]
    (aside / "products.csv").unlink()
    assert "products.csv: missing" in catalogue_list.broken_catalogues()["demo"]


def test_cells_are_text_but_the_price(toy_catalogue):
    def change(work):
        path = work / "products.csv"
        table = path.read_text().replace(",2012,Casual,", ",,NA,", 1).replace(",499.0,", ",,", 1)
        path.write_text(table.replace("\n100,", "\n007,", 1))

    rewrite(toy_catalogue, change)
    products = stored_catalogue.open_catalogue("demo").products
    first = products.iloc[0]
    assert (first["id"], first["year"], first["usage"]) == ("007", "", "NA")
    assert np.isnan(first["price"])
    assert products["price"].iloc[1] == 499.0
    assert products["price"].dtype == float


def test_an_index_is_made_once_for_all_threads(toy_catalogue, monkeypatch):
    made = []
    real = local.Index
    monkeypatch.setattr(local, "Index", lambda *given: made.append(1) or real(*given))
    found = stored_catalogue.open_catalogue("demo")
    threads = [threading.Thread(target=found.open_index, args=("vgg16",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_what_is_not_there_is_named(toy_catalogue):
    found = stored_catalogue.open_catalogue("demo")
    with pytest.raises(ArtifactError, match=r"no embeddings of 'vae' \(it has vgg16\).*--extractor vae"):
        found.open_index("vae")
    with pytest.raises(SearchError, match="no product 'x'"):
        found.image_path("x")
    with pytest.raises(ArtifactError, match=r"no catalogue 'shop' \(there: demo\)"):
        stored_catalogue.open_catalogue("shop")


def test_a_changed_byte_is_noticed_when_the_file_is_used(toy_catalogue):
    found = stored_catalogue.open_catalogue("demo")
    path = toy_catalogue / "embeddings" / "vgg16.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match=r"'demo' is damaged: embeddings/vgg16.npy: changed"):
        found.open_index("vgg16")


def test_embeddings_of_another_length_are_refused(toy_catalogue):
    rewrite(
        toy_catalogue,
        lambda work: np.save(work / "embeddings" / "vgg16.npy", np.ones((19, 16), np.float32)),
    )
    with pytest.raises(ArtifactError, match=r"shape \(19, 16\), expected \(20, 16\)"):
        stored_catalogue.open_catalogue("demo").open_index("vgg16")


def test_a_torn_catalogue_leaves_the_others_usable(toy_catalogue):
    parent = toy_catalogue.parent
    rewrite(toy_catalogue, lambda work: None)
    for name in ("torn", "newer", "cut", "bare"):
        with artifacts.write_folder(parent / name) as work:
            (work / "products.csv").write_text("id\n1\n")
            if name != "bare":
                (work / "embeddings").mkdir()
                np.save(work / "embeddings" / "vgg16.npy", np.ones((1, 16), np.float32))
    (parent / "torn" / "manifest.json").unlink()
    manifest = json.loads((parent / "newer" / "manifest.json").read_text())
    (parent / "newer" / "manifest.json").write_text(json.dumps(manifest | {"schema": 99}))
    assert catalogue_list.list_catalogues() == ["cut", "demo"]
    (parent / "cut" / "embeddings" / "vgg16.npy").write_bytes(b"short")
    assert catalogue_list.list_catalogues() == ["demo"]
    broken = catalogue_list.broken_catalogues()
    assert list(broken) == ["bare", "cut", "newer", "torn"]
    assert "no embeddings yet" in broken["bare"]
    assert "5 bytes" in broken["cut"]
    assert "newer than this version reads" in broken["newer"]
    assert "torn" in broken["torn"]
    assert all("\n" not in problem for problem in broken.values())


def with_more(work):
    np.save(work / "embeddings" / "colour.npy", np.eye(20, 4, dtype=np.float32))
    (work / "maps").mkdir()
    for extractor in ("vgg16", "colour"):
        np.save(work / "maps" / f"{extractor}-2d.npy", np.ones((20, 2), np.float32))


@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_what_is_lost_costs_itself_alone_and_is_said(toy_catalogue, damage):
    rewrite(toy_catalogue, with_more)
    for file in ("embeddings/vgg16.npy", "maps/colour-2d.npy", "images/101.jpg", "queries/red.jpg"):
        path = toy_catalogue / file
        path.unlink() if damage == "missing" else path.write_bytes(path.read_bytes()[:-9])
    assert catalogue_list.list_catalogues() == ["demo"]
    assert catalogue_list.broken_catalogues() == {}
    assert catalogue_list.ready_made_queries("demo") == []
    found = stored_catalogue.open_catalogue("demo")
    assert found.extractors == ("colour",)
    assert found.map("vgg16", "2d").shape == (20, 2)
    query = QueryVectors.of("colour", found.embeddings("colour")[:1])
    assert found.gallery.search(query, 1)[0].ids == ("100",)
    searched, drawn, others = found.problems
    assert "cannot be searched by vgg16 (embeddings/vgg16.npy: " in searched
    assert "lacks a map by colour (maps/colour-2d.npy: " in drawn
    assert "lacks 2 of its pictures and other files (images/101.jpg: " in others
    for said in found.problems:
        assert "restore it from git, or make it again with `python -m core index DATA --name demo" in said
    with pytest.raises(ArtifactError, match=r"'demo' is damaged: embeddings/vgg16.npy: "):
        found.open_index("vgg16")
    with pytest.raises(ArtifactError, match=r"'demo' is damaged: maps/colour-2d.npy: "):
        found.map("colour", "2d")


def test_a_catalogue_that_lost_nothing_has_no_problem(toy_catalogue):
    assert stored_catalogue.open_catalogue("demo").problems == ()


@pytest.mark.parametrize("file", ["products.csv", "embeddings/vgg16.npy"])
def test_without_its_table_or_any_embeddings_a_catalogue_is_of_no_use(toy_catalogue, file):
    (toy_catalogue / file).unlink()
    with pytest.raises(ArtifactError, match=rf"'demo' is damaged: {file}: missing; restore it"):
        stored_catalogue.open_catalogue("demo")
    assert f"{file}: missing" in catalogue_list.broken_catalogues()["demo"]


def test_the_fingerprint_changes_when_something_is_lost_and_is_back(toy_catalogue):
    whole = catalogue_list.catalogue_fingerprint("demo")
    path = toy_catalogue / "embeddings" / "vgg16.npy"
    content = path.read_bytes()
    path.unlink()
    assert catalogue_list.catalogue_fingerprint("demo") != whole
    path.write_bytes(content)
    assert catalogue_list.catalogue_fingerprint("demo") == whole


def test_prices_that_are_no_amount_are_unknown(toy_catalogue):
    def change(work):
        path = work / "products.csv"
        table = path.read_text()
        for price in ("inf", "1e400", "-3", "dear"):
            table = table.replace(",499.0,", f",{price},", 1)
        path.write_text(table)

    rewrite(toy_catalogue, change)
    prices = stored_catalogue.open_catalogue("demo").products["price"]
    assert prices.isna().tolist() == [True] * 4 + [False] * 16
    assert np.isfinite(prices[4:]).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.partition("\n")[0] + "\n", "holds no product"),
        (lambda text: "", "cannot be read as a table"),
        (lambda text: text.replace("\n100,", "\n../100,"), r"names a product '../100', which is no file"),
        (lambda text: text.replace("\n100,", "\n,"), "names a product '', which is no file"),
        (lambda text: text.replace("\n100,", "\n101,"), "names a product twice"),
        (lambda text: text.replace(",Loom\n", ",Loom,more\n"), "more cells than columns"),
        (lambda text: text.replace(",price,", ",cost,"), "lacks the column price"),
    ],
)
def test_a_table_of_another_kind_is_refused_by_a_sentence(toy_catalogue, change, said):
    def write(work):
        (work / "products.csv").write_text(change((work / "products.csv").read_text()))

    rewrite(toy_catalogue, write)
    with pytest.raises(ArtifactError, match=rf"catalogues/demo/products.csv .*{said}.*; restore it"):
        stored_catalogue.open_catalogue("demo")


def test_embeddings_for_which_memory_is_too_short_are_refused(toy_catalogue, monkeypatch):
    monkeypatch.setattr(catalogue_files, "available_bytes", lambda: 1000)
    with pytest.raises(ArtifactError, match="memory is too short for the embeddings of vgg16 in 'demo'"):
        stored_catalogue.open_catalogue("demo").open_index("vgg16")


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_a_map_that_draws_nothing_is_refused(toy_catalogue, value):
    def change(work):
        (work / "maps").mkdir()
        np.save(work / "maps" / "vgg16-2d.npy", np.full((20, 2), value, np.float32))

    rewrite(toy_catalogue, change)
    with pytest.raises(ArtifactError, match=r"vgg16-2d.npy holds no places to draw products at; restore it"):
        stored_catalogue.open_catalogue("demo").map("vgg16", "2d")


def test_nothing_kept_is_no_error(kept):
    assert catalogue_list.list_catalogues() == []
    assert catalogue_list.broken_catalogues() == {}


def test_embeddings_of_other_weights_are_stale(toy_catalogue):
    made_by = model_of(b"first")
    rewrite(toy_catalogue, lambda work: None, embeddings={"vgg16": {"weights": made_by}})
    found = stored_catalogue.open_catalogue("demo")
    assert found.stale("vgg16") is None
    model_of(b"second")
    assert "vgg16 embeddings of demo are stale" in found.stale("vgg16")
    assert "`python -m core index DATA --name demo --force`" in found.stale("vgg16")
    assert found.stale("vae") is None


def test_maps_come_row_by_row_where_there_are_any(toy_catalogue):
    places = np.arange(40, dtype=np.float32).reshape(20, 2)

    def change(work):
        (work / "maps").mkdir()
        np.save(work / "maps" / "vgg16-2d.npy", places)
        np.save(work / "maps" / "vgg16-trust.npy", places[:, 0] / 40)

    assert stored_catalogue.open_catalogue("demo").map("vgg16", "2d") is None
    rewrite(toy_catalogue, change)
    found = stored_catalogue.open_catalogue("demo")
    assert np.array_equal(found.map("vgg16", "2d"), places)
    assert found.map("vgg16", "trust").shape == (20,)
    assert found.map("vgg16", "3d") is None


def test_near_duplicates_that_are_lost_cost_the_folding_alone(toy_catalogue):
    path = toy_catalogue / PAIRS
    path.write_bytes(path.read_bytes()[:-9])
    found = stored_catalogue.open_catalogue("demo")
    assert found.near_duplicates is None
    (said,) = found.problems
    assert "cannot fold near-duplicates (near-duplicates/pairs.json: " in said
    assert "python -m core index DATA --name demo" in found.not_folded()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "expected an object"),
        ('{"definition": 1, "same": [], "pairs": [["100"]]}', "field pairs"),
        ('{"definition": 1, "same": [["100", "nope"]], "pairs": []}', "names products that"),
        ('{"definition": 1, "same": [[]], "pairs": []}', "names products that"),
    ],
)
def test_near_duplicates_are_read_by_a_schema(toy_catalogue, text, said):
    rewrite(toy_catalogue, lambda work: (work / PAIRS).write_text(text))
    found = stored_catalogue.open_catalogue("demo")
    assert found.near_duplicates is None
    (problem,) = found.problems
    assert said in problem
    assert found.not_folded()


def test_near_duplicates_by_another_definition_count_for_nothing(toy_catalogue):
    other = '{"definition": 0, "same": [], "pairs": []}'
    rewrite(toy_catalogue, lambda work: (work / PAIRS).write_text(other))
    found = stored_catalogue.open_catalogue("demo")
    assert (found.near_duplicates, found.problems) == (None, ())


def test_the_score_that_means_something_is_measured_once(toy_catalogue, monkeypatch):
    measured = []
    monkeypatch.setattr(
        stored_catalogue, "score_for_share", lambda *given, distance: measured.append(distance) or 0.7
    )
    found = stored_catalogue.open_catalogue("demo")
    assert [found.score_threshold("vgg16") for _ in range(2)] == [0.7, 0.7]
    assert measured == [Distance.COSINE]
    found.score_threshold("vgg16", Distance.EUCLIDEAN)
    assert measured == [Distance.COSINE, Distance.EUCLIDEAN], "another distance means another score"


def test_an_opened_catalogue_answers_from_what_it_was_though_it_is_replaced(toy_catalogue, toy_products):
    opened = stored_catalogue.open_catalogue("demo")
    before = np.load(toy_catalogue / "embeddings" / "vgg16.npy")
    with artifacts.write_folder(toy_catalogue, force=True) as work:
        (work / "embeddings").mkdir()
        toy_products[:2].to_csv(work / "products.csv", index=False)
        np.save(work / "embeddings" / "vgg16.npy", -before[:2])
    assert np.allclose(opened.embeddings("vgg16"), before, atol=1e-6)
    assert np.allclose(stored_catalogue.open_catalogue("demo").embeddings("vgg16"), -before[:2], atol=1e-6)


def test_a_catalogue_that_is_replaced_while_it_is_opened_is_opened_again(toy_catalogue, monkeypatch):
    opened = []
    read_products = catalogue_files.CatalogueFiles.read_products

    def replaced_meanwhile(self):
        opened.append(self.name)
        if len(opened) == 1:
            rewrite(toy_catalogue, lambda work: None, source="another")
            raise ArtifactError("catalogue 'demo' is damaged")
        return read_products(self)

    monkeypatch.setattr(catalogue_files.CatalogueFiles, "read_products", replaced_meanwhile)
    assert stored_catalogue.open_catalogue("demo").manifest["source"] == "another"
    assert opened == ["demo", "demo"]


def test_a_catalogue_that_is_damaged_is_not_opened_again(toy_catalogue, monkeypatch):
    opened = []

    def damaged(self):
        opened.append(self.name)
        raise ArtifactError("catalogue 'demo' is damaged")

    monkeypatch.setattr(catalogue_files.CatalogueFiles, "read_products", damaged)
    with pytest.raises(ArtifactError, match="is damaged"):
        stored_catalogue.open_catalogue("demo")
    assert opened == ["demo"]
