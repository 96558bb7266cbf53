"""Each model is loaded once, one at a time, and refused where memory is too short."""

import gc
import sys
import threading
import weakref
from types import ModuleType

import pytest

from core.errors import ModelError
from core.models import memory, registry
from core.models.registry import ModelRegistry
from core.storage import artifacts
from tests.conftest import ToyModel


@pytest.fixture
def models(kept) -> ModelRegistry:
    return ModelRegistry()


def write_weights(name: str, n_bytes: int = 10) -> None:
    with artifacts.write_folder(artifacts.model_dir(name), force=True) as work:
        (work / "model.weights.h5").write_bytes(bytes(n_bytes))


def test_many_first_visitors_load_a_model_once(models, toy_models):
    got = []
    visitors = [threading.Thread(target=lambda: got.append(models.get("vgg16"))) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert toy_models == ["vgg16"]
    assert len({id(model) for model in got}) == 1


def test_new_weights_on_disk_are_loaded(models, toy_models):
    models.get("vgg16")
    write_weights("vgg16")
    models.get("vgg16")
    models.get("vgg16")
    assert toy_models == ["vgg16", "vgg16"]


def test_memory_that_runs_out_while_loading_is_an_error_of_ours(models, monkeypatch):
    def load(name):
        raise MemoryError

    monkeypatch.setattr("core.models.load_model", load)
    with pytest.raises(ModelError, match="memory is too short for vgg16"):
        models.get("vgg16")


def test_two_models_are_not_loaded_at_the_same_time(models, monkeypatch):
    """Or each would be told that there is room, where there is room for one."""
    write_weights("vgg16"), write_weights("vgg19")
    left = [3 * 10 + registry.TENSORFLOW_BYTES]
    monkeypatch.setattr(registry, "available_bytes", lambda: left[0])
    at_once, entered = [], threading.Event()

    def load(name):
        at_once.append(name)
        if len(at_once) == 1:
            entered.set()
            assert not second_done.wait(0.3)  # the other one waits
            left[0] = 0
        return ToyModel(name)

    monkeypatch.setattr("core.models.load_model", load)
    second_done, problems = threading.Event(), []

    def second():
        assert entered.wait(10)
        try:
            models.get("vgg19")
        except ModelError as error:
            problems.append(str(error))
        second_done.set()

    other = threading.Thread(target=second)
    other.start()
    models.get("vgg16")
    other.join()
    assert at_once == ["vgg16"]
    assert "memory is too short for vgg19" in problems[0]


def test_a_model_that_is_there_is_given_while_another_is_being_loaded(models, toy_models, monkeypatch):
    held = models.get("rgb")
    got = []

    def load(name):
        asking = threading.Thread(target=lambda: got.append(models.get("rgb")))
        asking.start()
        asking.join(10)
        return ToyModel(name)

    monkeypatch.setattr("core.models.load_model", load)
    models.get("vgg16")
    assert got == [held]


def test_a_descriptor_waits_for_no_network_to_be_loaded(models, monkeypatch):
    loading, go_on = threading.Event(), threading.Event()

    def load(name):
        loading.set()
        assert go_on.wait(10)
        return ToyModel(name)

    monkeypatch.setattr("core.models.load_model", load)
    network = threading.Thread(target=models.get, args=("vgg19",))
    network.start()
    assert loading.wait(10)
    descriptor = threading.Thread(target=models.get, args=("colour",))
    descriptor.start()
    descriptor.join(5)
    waits = descriptor.is_alive()
    go_on.set()
    network.join()
    assert not waits


def test_tensorflow_is_counted_until_its_import_has_ended(models, toy_models, monkeypatch):
    # A module stands in `sys.modules` from the moment on that its import begins.
    monkeypatch.setitem(sys.modules, "tensorflow", ModuleType("tensorflow"))
    write_weights("vgg16"), write_weights("vgg19")
    monkeypatch.setattr(registry, "available_bytes", lambda: registry.TENSORFLOW_BYTES)
    with pytest.raises(ModelError, match="450 MB are needed and 450 MB are left"):
        models.get("vgg16")
    monkeypatch.setattr(registry, "available_bytes", lambda: registry.TENSORFLOW_BYTES + 30)
    models.get("vgg16")
    monkeypatch.setattr(registry, "available_bytes", lambda: 30)
    models.get("vgg19")  # it is there by now, and takes nothing more


def test_tensorflow_is_not_counted_for_a_model_that_its_graph_answers_for(models, toy_models, monkeypatch):
    write_weights("vgg16")
    monkeypatch.setattr(registry, "available_bytes", lambda: 30)
    with pytest.raises(ModelError, match="450 MB are needed"):
        models.get("vgg16")
    monkeypatch.setattr(registry, "will_serve_by_graph", lambda name: True)
    models.get("vgg16")


@pytest.mark.parametrize(("serves_pages", "started"), [(True, 1), (False, 0)])
def test_collections_are_kept_short_where_pages_are_served(
    kept, toy_models, monkeypatch, serves_pages, started
):
    monkeypatch.setitem(sys.modules, "tensorflow", ModuleType("tensorflow"))
    calls = []
    monkeypatch.setattr(memory, "keep_collections_short", lambda: calls.append(1))
    models = ModelRegistry(serves_pages=serves_pages)
    for name in ("vgg16", "vgg19"):
        models.get(name)
    assert len(calls) == started


def test_loading_a_model_keeps_nothing_alive_that_was_there_before(kept, toy_models, monkeypatch):
    """A visit is such a thing: it holds itself, and its photos."""
    monkeypatch.setitem(sys.modules, "tensorflow", ModuleType("tensorflow"))
    monkeypatch.setattr(memory, "keep_collections_short", lambda: None)  # runs in a thread of its own
    models = ModelRegistry(serves_pages=True)

    class Visit:
        def __init__(self) -> None:
            self.itself = self

    visit = Visit()
    alive = weakref.ref(visit)
    for name in ("vgg16", "vgg19"):
        models.get(name)
    del visit
    gc.collect()
    assert alive() is None


def wait_for(models: ModelRegistry, what: str) -> None:
    models.warm_ups[what].thread.join(10)


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(registry, "WARM_UP_AFTER", 0)
    monkeypatch.setattr(registry, "RETRY_AFTER", 0)


@pytest.mark.usefixtures("at_once")
def test_a_warm_up_is_made_once(models):
    taken = []
    for _ in range(2):
        models.warm_up("demo", [lambda: taken.append(1)])
        wait_for(models, "demo")
    assert taken == [1]


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("error", [ModelError("no vgg19"), OSError("disk"), KeyError("names")])
def test_a_step_that_fails_stops_no_other_and_is_tried_again(models, error, caplog):
    taken, errors = [], [error]

    def fails_once():
        if errors:
            raise errors.pop()
        taken.append("second time")

    for _ in range(3):
        models.warm_up("demo", [fails_once, lambda: taken.append("other")])
        wait_for(models, "demo")
    assert taken == ["other", "second time"]
    assert "warming up demo" in caplog.text


def test_a_step_that_failed_is_not_tried_again_at_once(models, monkeypatch):
    monkeypatch.setattr(registry, "WARM_UP_AFTER", 0)
    tried = []

    def fails():
        tried.append(1)
        raise OSError

    for _ in range(2):
        models.warm_up("demo", [fails])
        wait_for(models, "demo")
    assert tried == [1]
