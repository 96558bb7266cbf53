"""What goes wrong with Milvus is said in one sentence, soon, and everything else stays usable."""

import os
import signal
import socket
import subprocess
import sys
from concurrent import futures
from pathlib import Path

import numpy as np
import pytest

from core.errors import EngineError, SearchError
from core.gallery.local import LocalGallery
from core.gallery.milvus import collections, rows
from core.gallery.milvus import gallery as milvus_module
from core.gallery.milvus.collections import CollectionKind
from core.gallery.milvus.connection import ANSWER_SECONDS, MilvusConnection, _status_of
from core.gallery.milvus.engine_choice import EngineChoice, chosen_engine
from core.gallery.milvus.filling import MilvusFilling
from core.gallery.milvus.searched_collection import SearchedCollection
from core.gallery.protocol import Filters, QueryVectors
from core.gallery.stored_catalogue import open_catalogue
from core.models.compared.methods import Distance
from core.protocols import no_progress
from tests.engines import catalogue_written, free_port, milvus_server, needs_milvus

COLUMNS = ("articleType", "baseColour", "gender", "season", "usage", "price")


@pytest.fixture
def engine() -> str:
    return "milvus"


@pytest.fixture(autouse=True)
def variables(monkeypatch):
    for name in ("GALLERY_ENGINE", "MILVUS_URI", "MILVUS_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def at(port: int, seconds: float | None = None, token: str = "") -> MilvusConnection:
    return MilvusConnection(EngineChoice("milvus", f"http://127.0.0.1:{port}", token), seconds)


def refusal(connection: MilvusConnection) -> str:
    with pytest.raises(EngineError) as raised:
        connection.ask("list_collections")
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_a_person_is_told_within_five_seconds():
    assert ANSWER_SECONDS < 5
    assert at(1).seconds == ANSWER_SECONDS


@needs_milvus
def test_a_server_that_refuses_is_said_to():
    port = free_port()
    said = refusal(at(port))
    assert f"Milvus at http://127.0.0.1:{port} cannot be reached" in said
    assert "`--engine local`" in said


@needs_milvus
def test_a_server_that_accepts_and_says_nothing_is_not_waited_for():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert "did not answer within 0.5 seconds" in refusal(at(silent.getsockname()[1], seconds=0.5))


@needs_milvus
def test_a_server_that_stalls_or_is_lost_is_said_to(tmp_path):
    with milvus_server(tmp_path / "data") as (choice, server):
        connection = MilvusConnection(choice, seconds=60)
        assert connection.ask("list_collections") == []
        connection.seconds = 1
        os.kill(server.pid, signal.SIGSTOP)
        os.waitpid(server.pid, os.WUNTRACED)  # it may still answer until it stands still
        said = refusal(connection)
        os.kill(server.pid, signal.SIGCONT)
        assert "did not answer within 1 seconds" in said
        connection.seconds = 60
        assert connection.ask("list_collections") == [], "it goes on when the server does"
        server.kill()
        server.wait()
        connection.seconds = 4
        assert "cannot be reached" in refusal(connection)


@needs_milvus
def test_a_wrong_token_is_said_to_be_wrong():
    import grpc

    class Refusing(grpc.GenericRpcHandler):
        def service(self, details):
            def refuse(request, context):
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "auth check failure, please check api key")

            return grpc.unary_unary_rpc_method_handler(refuse)

    server = grpc.server(futures.ThreadPoolExecutor(2), handlers=(Refusing(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        said = refusal(at(port, token="root:wrong"))
    finally:
        server.stop(None).wait()
    assert "refuses the token" in said
    assert "MILVUS_TOKEN" in said
    assert "root:wrong" not in said


@needs_milvus
def test_a_folder_that_another_process_holds_is_said_to_be(tmp_path):
    folder = tmp_path / "held.db"
    with milvus_server(folder):
        said = refusal(MilvusConnection(EngineChoice("milvus", str(folder))))
    assert "held by another process" in said
    assert "milvus-lite server" in said


@needs_milvus
def test_a_folder_in_no_folder_is_refused(tmp_path):
    said = refusal(MilvusConnection(EngineChoice("milvus", str(tmp_path / "none" / "a.db"))))
    assert "there is no folder to put" in said
    assert os.path.join("none", "a.db") in said


@pytest.mark.parametrize("missing", ["pymilvus", "milvus_lite.server_manager"])
@needs_milvus
def test_what_is_not_installed_is_named_with_its_requirements(tmp_path, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    said = refusal(MilvusConnection(EngineChoice("milvus", str(tmp_path / "a.db"))))
    assert "is not installed" in said
    assert "requirements-milvus.txt" in said


def test_serving_needs_nothing_of_milvus(toy_catalogue_locally):
    program = (
        "import sys; sys.modules['pymilvus'] = sys.modules['milvus_lite'] = sys.modules['grpc'] = None\n"
        "from core.gallery.stored_catalogue import open_catalogue\n"
        "found = open_catalogue('demo'); found.open_index('vgg16'); print(len(found), found.engine)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.stdout.split() == ["20", "local"], ended.stderr


@pytest.fixture
def toy_catalogue_locally(kept, toy_products):
    vectors = {"vgg16": np.random.default_rng(0).standard_normal((20, 8)).astype(np.float32)}
    with catalogue_written("demo", toy_products, vectors, None):
        pass


# What lies in Milvus ---------------------------------------------------------------------------------


@pytest.fixture
def filled(products, engine_choice):
    """Give a function that opens a collection of five rows as one of another kind."""
    vectors = {"toy": np.eye(5, 3, dtype=np.float32)}
    filling = MilvusFilling("shop", engine_choice)
    filling.write(products, vectors, {"toy": "abc"}, bar=no_progress)
    connection = MilvusConnection(engine_choice)

    def opened(n_rows=5, name=None, **changes):
        kind = CollectionKind(
            **{"extractor": "toy", "dimension": 3, "weights": "abc", "columns": COLUMNS} | changes
        )
        name = name or filling.manifest_engine()["collections"]["toy"]
        SearchedCollection(connection, name, kind, "index it again").open(n_rows)

    return opened


@needs_milvus
def test_collections_that_hold_something_else_are_refused(filled):
    filled()
    for problem, changes in (
        ("another embedding, by toy abc, expected one by toy xyz", {"weights": "xyz"}),
        ("vectors of 3 numbers, expected 4", {"dimension": 4}),
        ("the schema .* is another: the field price is not expected", {"columns": COLUMNS[:-1]}),
        ("the schema .* is another: the field year is missing", {"columns": (*COLUMNS, "year")}),
        ("has the index FLAT by IP, expected HNSW", {"index_type": "HNSW"}),
        ("holds 5 rows, and the catalogue 6 products", {"n_rows": 6}),
        ("has no collection gone", {"name": "gone"}),
    ):
        with pytest.raises(EngineError, match=f"{problem}.*; index it again"):
            filled(**changes)


@needs_milvus
def test_another_distance_than_the_cosine_is_refused(gallery, query):
    (extractor,) = query.extractors
    by_length = QueryVectors.of(extractor, query.vectors[extractor], Distance.EUCLIDEAN)
    edges = np.linspace(0, 1, 5)
    for ask in (
        lambda: gallery.search(by_length, 3),
        lambda: gallery.count(query=by_length, threshold=0.5),
        lambda: gallery.score_counts(by_length, edges),
    ):
        with pytest.raises(SearchError, match="by the cosine, not by the euclidean distance"):
            ask()


def test_a_collection_that_was_released_is_loaded_again(gallery, query, milvus_lite):
    (collection,) = gallery._collections.values()
    collection.connection.ask("release_collection", collection.name)
    assert gallery.search(query, 1)[0].ids == ("4",)


@needs_milvus
def test_more_products_than_are_listed_are_counted_among_the_nearest(gallery, query, monkeypatch):
    monkeypatch.setattr(milvus_module, "COUNTED_AMONG", 3)
    assert gallery.counted_among == 3
    assert gallery.search(query, 9)[0].ids == ("4", "2", "1")
    assert gallery.count(query=query, threshold=-1) == 3
    assert gallery.count(filters=Filters()) == 5
    assert gallery.score_counts(query, np.array([0.6, 0.9, 0.95])).tolist() == [1, 2]
    with pytest.raises(SearchError, match=r"after the first 3 .* lists the nearest 3; narrow"):
        gallery.search(query, 1, offset=3)
    assert gallery.search(query, 1, offset=2)[0].ids == ("1",)


@needs_milvus
def test_more_ids_than_are_given_at_once_are_looked_for_among_the_nearest(gallery, query, monkeypatch):
    monkeypatch.setattr(milvus_module, "MOST_HITS", 2)
    found = gallery.search(query, 2, filters=Filters(only_ids=("1", "2", "3")))[0]
    assert found.ids == ("2",), "4 and 2 are the nearest two"


@needs_milvus
def test_every_id_is_listed_once_however_many_fall_together(products, engine_choice, monkeypatch):
    monkeypatch.setattr(rows, "LISTED", 2)
    monkeypatch.setattr(rows, "MOST_LISTED", 3)
    connection = MilvusConnection(engine_choice)
    kind = CollectionKind("toy", 2, None, ())
    collections.create_collection(connection, "many", kind)
    connection.ask("load_collection", "many")
    table = products[["id"]].loc[[0, 1, 2, 3, 4] * 8].assign(id=[f'{n} "' for n in range(40)])
    rows.upsert_changed(connection, "many", table, np.ones((40, 2), np.float32))
    listed = list(rows.list_ids(connection, "many"))
    assert sorted(listed) == sorted(table["id"])
    assert rows.delete_others(connection, "many", {'7 "'}) == 39
    assert list(rows.list_ids(connection, "many")) == ['7 "']


# What is chosen --------------------------------------------------------------------------------------


def test_options_come_before_the_environment(monkeypatch):
    assert chosen_engine() is None
    assert chosen_engine(uri="http://a:1") == EngineChoice("milvus", "http://a:1")
    monkeypatch.setenv("MILVUS_URI", "http://b:1")
    monkeypatch.setenv("MILVUS_TOKEN", "u:p")
    assert chosen_engine() == EngineChoice("milvus", "http://b:1", "u:p")
    assert chosen_engine("milvus", "http://a:1", "x:y") == EngineChoice("milvus", "http://a:1", "x:y")
    assert chosen_engine("local") == EngineChoice("local")
    monkeypatch.setenv("GALLERY_ENGINE", "local")
    assert chosen_engine() == EngineChoice("local")
    monkeypatch.setenv("GALLERY_ENGINE", "faiss")
    with pytest.raises(EngineError, match="no engine 'faiss'; there are local and milvus"):
        chosen_engine()


@pytest.mark.parametrize("uri", ["localhost:19530", "ftp://a", "file.sqlite", "http://"])
def test_what_is_no_address_is_refused(uri):
    with pytest.raises(EngineError, match="is no address of Milvus"):
        EngineChoice("milvus", uri)


def test_a_password_in_the_address_is_refused_and_not_repeated():
    with pytest.raises(EngineError, match="holds a password") as raised:
        EngineChoice("milvus", "http://root:secret@host:19530")
    assert "secret" not in str(raised.value)


@needs_milvus
def test_a_catalogue_of_milvus_can_be_searched_locally(toy_catalogue, monkeypatch):
    of_manifest = open_catalogue("demo")
    assert of_manifest.engine == "milvus"
    query = QueryVectors.of("vgg16", np.ones(16))
    local = open_catalogue("demo", EngineChoice("local"))
    assert isinstance(local.gallery, LocalGallery)
    assert local.gallery.search(query, 20)[0].ids == of_manifest.gallery.search(query, 20)[0].ids
    monkeypatch.setenv("GALLERY_ENGINE", "local")
    assert open_catalogue("demo").engine == "local"
    monkeypatch.setenv("GALLERY_ENGINE", "milvus")
    monkeypatch.setenv("MILVUS_URI", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(EngineError, match="cannot be reached"):
        open_catalogue("demo").open_index("vgg16")


@needs_milvus
def test_its_library_leaves_the_logging_of_the_process_alone():
    looked = """
import io, logging
from core.gallery.milvus.connection import pymilvus

class Kept(logging.StreamHandler):
    def close(self):
        print("closed")

handler = Kept(io.StringIO())
logging.getLogger().addHandler(handler)
assert pymilvus().MilvusClient
print(handler in logging.getLogger().handlers)
logging.getLogger().removeHandler(handler)
"""
    done = subprocess.run(
        [sys.executable, "-c", looked],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[0] == "True"


def test_errors_that_cause_each_other_have_no_status():
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    assert _status_of(one) == ""
