"""A catalogue indexed for Milvus: what is written, what a search sees meanwhile, and parts put together."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.errors import ArtifactError, EngineError
from core.gallery.milvus import rows
from core.gallery.milvus.collections import alias_name, collection_served, side_of
from core.gallery.milvus.connection import MilvusConnection
from core.gallery.milvus.engine_choice import EngineChoice
from core.gallery.milvus.stored import kept_uri, opened_uri
from core.gallery.protocol import Filters, QueryVectors
from core.gallery.stored_catalogue import open_catalogue
from core.imaging.decode import read_image
from core.indexing.edit import add_products, remove_products
from core.indexing.parts import index_part
from core.storage import artifacts
from tests.engines import milvus_server, needs_milvus
from tests.unit.indexing.test_update import EXTRACT, ToyModel, add_row, again, drop, holds, picture

pytestmark = needs_milvus
ROOT = Path(__file__).parents[3]


@pytest.fixture
def engine() -> str:
    return "milvus"


@pytest.fixture
def indexed(folder, kept, embedded, engine_choice):
    """Give a function that indexes the folder for Milvus, or as its manifest says."""

    def index(engine=engine_choice, **options):
        return again(folder, engine=engine, **options)

    return index


def query() -> QueryVectors:
    return QueryVectors.of("vgg16", np.linspace(-1, 2, 16))


def found(catalogue, **asked):
    (neighbours,) = catalogue.gallery.search(query(), 30, **asked)
    return list(zip(neighbours.ids, neighbours.scores.tolist(), strict=True))


def same_as_locally(**asked) -> list:
    """See that both engines find the same; gives what."""
    hits = found(open_catalogue("shop"), **asked)
    assert hits == found(open_catalogue("shop", EngineChoice("local")), **asked)
    return hits


def rows_held(choice, name="shop", extractor="vgg16") -> dict[str, str]:
    """Give the digest of every row behind the alias, by id."""
    connection = MilvusConnection(choice)
    held = connection.ask(
        "query", alias_name(name, extractor), filter="", output_fields=["id", "digest"], limit=1000
    )
    assert len({row["id"] for row in held}) == len(held)
    return {row["id"]: row["digest"] for row in held}


def test_several_pictures_are_said_to_be_searched_by_the_local_gallery_alone(folder, indexed):
    (folder / "images" / "110_2.jpg").write_bytes(picture((250, 240, 3), 28))
    report = indexed()
    (said,) = [line for line in report.summary() if "several pictures by their first alone" in line]
    assert "the local gallery (`--engine local`) by 1 more too" in said
    back = QueryVectors.of("vgg16", EXTRACT(ToyModel(), [read_image(folder / "images" / "110_2.jpg")])[0])
    by_first, by_best = open_catalogue("shop"), open_catalogue("shop", EngineChoice("local"))
    assert (by_first.n_pictures("110"), by_best.n_pictures("110")) == (1, 2)
    assert by_best.gallery.search(back, 1)[0].ids == ("110",)
    assert by_first.gallery.search(back, 1)[0].scores < by_best.gallery.search(back, 1)[0].scores
    assert by_first.gallery.matched_pictures(back, ["110"]) == [1]


def test_what_is_indexed_for_milvus_is_found_in_it(folder, indexed, engine_choice):
    report = indexed()
    assert (report.engine_rows.written, report.engine_rows.deleted) == ({"vgg16": 20}, {"vgg16": 0})
    assert report.engine_rows.sentence() in report.summary()
    catalogue = holds(folder)
    assert catalogue.engine == "milvus"
    catalogue.open_index("vgg16")
    assert len(same_as_locally()) == 20
    assert len(same_as_locally(filters=Filters({"baseColour": ("Red",)}))) == 5
    assert catalogue.score_threshold("vgg16") == open_catalogue(
        "shop", EngineChoice("local")
    ).score_threshold("vgg16")


def test_indexing_again_writes_what_changed_and_takes_out_what_is_gone(
    folder, indexed, embedded, engine_choice
):
    indexed()
    indexed(engine=None)
    del embedded[:]
    drop(folder, "100", "111")
    add_row(folder, "900")
    (folder / "images" / "122.jpg").write_bytes(picture((1, 200, 9)))
    report = indexed(engine=None)
    assert embedded == [2]
    # This side was last written before all of that.
    assert (report.engine_rows.written, report.engine_rows.deleted) == ({"vgg16": 2}, {"vgg16": 2})
    ids = [product_id for product_id, _ in same_as_locally()]
    assert "900" in ids
    assert not {"100", "111"} & set(ids)
    assert set(rows_held(engine_choice)) == set(ids)


def test_who_opened_the_catalogue_before_sees_nothing_of_it(folder, indexed, engine_choice):
    indexed()
    before = open_catalogue("shop")
    hits = found(before)
    drop(folder, hits[0][0])
    indexed(engine=None)
    assert found(before) == hits, "its collection is still there, and is loaded again"
    assert found(open_catalogue("shop"))[0] == hits[1]
    served = collection_served(MilvusConnection(engine_choice), alias_name("shop", "vgg16"))
    assert side_of(served) == "b" == open_catalogue("shop").manifest["engine"]["side"]


def test_after_a_break_it_goes_on_and_no_row_is_doubled(folder, indexed, engine_choice, monkeypatch):
    monkeypatch.setattr(rows, "BATCH", 6)
    ask, written = MilvusConnection.ask, []

    def breaking(self, method, *given, **options):
        if method == "upsert":
            if len(written) == 2:
                raise EngineError("Milvus is gone")
            written.append(len(given[1]))
        return ask(self, method, *given, **options)

    monkeypatch.setattr(MilvusConnection, "ask", breaking)
    with pytest.raises(EngineError, match="Milvus is gone"):
        indexed()
    assert written == [6, 6]
    assert not artifacts.catalogue_dir("shop").exists()
    monkeypatch.setattr(MilvusConnection, "ask", ask)
    report = indexed()
    assert report.engine_rows.written == {"vgg16": 8}
    assert report.n_resumed == 20
    assert len(rows_held(engine_choice)) == 20
    same_as_locally()


def test_a_break_of_an_update_leaves_the_catalogue_as_it_was(folder, indexed, monkeypatch):
    indexed()
    hits = same_as_locally()
    drop(folder, hits[0][0])

    def gone(*given, **options):
        raise EngineError("Milvus is gone")

    with monkeypatch.context() as patched:
        patched.setattr("core.gallery.milvus.filling.delete_others", gone)
        with pytest.raises(EngineError, match="is gone"):
            indexed(engine=None)
    assert same_as_locally() == hits
    indexed(engine=None)
    assert same_as_locally() == hits[1:]


def test_single_products_come_and_go(folder, indexed, engine_choice, tmp_path):
    indexed()
    new = tmp_path / "300.jpg"
    new.write_bytes(picture((7, 80, 9)))
    add_products([new], "shop", cells={"articleType": "Jeans", "price": "10"})
    assert "300" in dict(same_as_locally(filters=Filters({"articleType": ("Jeans",)}, price=(5, 15))))
    remove_products(["100", "300"], "shop")
    assert set(rows_held(engine_choice)) == {product_id for product_id, _ in same_as_locally()}
    assert len(rows_held(engine_choice)) == 19


def test_other_weights_never_meet_the_old_ones(folder, indexed, weights, toy_class, engine_choice):
    indexed()
    indexed(engine=None)
    weights["vgg16"] = "v2"
    indexed(engine=None)
    open_catalogue("shop").open_index("vgg16")
    names = MilvusConnection(engine_choice).ask("list_collections")
    assert len(names) == 2, "a side of other weights is dropped when it is replaced"
    assert len({name.rpartition("_")[2] for name in names}) == 2


def test_the_manifest_keeps_the_engine_but_never_the_token(folder, kept, embedded, tmp_path):
    choice = EngineChoice("milvus", str(kept / "rows.db"), "root:secret")
    again(folder, engine=choice)
    text = (artifacts.catalogue_dir("shop") / "manifest.json").read_text()
    assert "secret" not in text
    assert str(kept) not in text
    assert json.loads(text)["engine"]["uri"] == "rows.db", "below the folder of everything kept"
    assert opened_uri("rows.db") == str(kept / "rows.db")
    assert kept_uri("http://a:1") == opened_uri("http://a:1") == "http://a:1"
    assert kept_uri(str(tmp_path / "b.db")) == str(tmp_path / "b.db")
    assert "engine" not in again(folder, engine=EngineChoice("local")).summary()
    assert open_catalogue("shop").engine == "local"


def test_an_engine_that_is_away_is_said_before_anything_is_embedded(folder, kept, embedded):
    with pytest.raises(EngineError, match="cannot be reached"):
        again(folder, engine=EngineChoice("milvus", "http://127.0.0.1:9"))
    with pytest.raises(EngineError, match="no address of Milvus is given"):
        again(folder, engine=EngineChoice("milvus"))
    assert embedded == []


# Parts -----------------------------------------------------------------------------------------------


def hidden(kept) -> list[str]:
    return sorted(path.name for path in (kept / "catalogues").iterdir())


def test_parts_are_put_together_without_embedding_again(folder, kept, embedded, engine_choice):
    for number in (2, 1):
        part = index_part(folder, "shop", (number, 2), extractors=["vgg16"], engine=engine_choice)
        assert 0 < part.n_products < 20
        assert part.engine_rows.written == {"vgg16": part.n_products}
        assert f"part {number} of 2" in part.summary()[-1]
    assert hidden(kept) == [".shop.embedded-1-of-2", ".shop.embedded-2-of-2"]
    assert sum(embedded) == 20
    repeated = index_part(folder, "shop", (1, 2), extractors=["vgg16"], engine=engine_choice)
    assert repeated.engine_rows.written == {"vgg16": 0}
    del embedded[:]
    report = again(folder, engine=engine_choice)
    assert (embedded, report.engine_rows.written) == ([], {"vgg16": 0})
    assert hidden(kept) == ["shop"]
    holds(folder)
    same_as_locally()


def test_parts_need_no_engine_beside_this_process(folder, kept, embedded):
    for number in (1, 2, 3):
        assert index_part(folder, "shop", (number, 3), extractors=["vgg16"]).engine_rows is None
    del embedded[:]
    again(folder)
    assert embedded == []
    assert holds(folder).engine == "local"


def test_a_part_that_is_being_embedded_is_waited_for(folder, kept, embedded, monkeypatch):
    from core.indexing import checkpoint

    monkeypatch.setattr(checkpoint, "PATIENCE", 0.0)
    with (
        checkpoint.hold_catalogue(artifacts.catalogue_dir("shop"), (1, 2)),
        pytest.raises(ArtifactError, match="another process is changing"),
    ):
        again(folder)


def run_verb(kept, *arguments) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "core", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"ARTIFACTS_DIR": str(kept)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_give_the_same_collection_as_one(folder, kept, tmp_path):
    with milvus_server(tmp_path / "data") as (choice, _):
        asked = ["--extractor", "colour", "--no-map", "--uri", choice.uri]
        parts = [
            run_verb(kept, "index", folder, "--name", "shared", "--part", f"{number}/2", *asked)
            for number in (1, 2)
        ]
        for part in parts:
            _, said = part.communicate(timeout=300)
            assert part.returncode == 0, said
        for name in ("shared", "alone"):
            whole = run_verb(kept, "index", folder, "--name", name, "--json", *asked)
            printed, said = whole.communicate(timeout=300)
            assert whole.returncode == 0, said
            written = 0 if name == "shared" else 20
            assert json.loads(printed)["engine"]["written"] == {"colour": written}
        assert rows_held(choice, "shared", "colour") == rows_held(choice, "alone", "colour")
        assert len(rows_held(choice, "alone", "colour")) == 20
