import gc
import threading
import weakref

import pytest

from core.models import memory


def test_asking_for_less_is_harmless_where_glibc_is_not(monkeypatch):
    def missing(name):
        raise OSError(name)

    monkeypatch.setattr(memory.ctypes, "CDLL", missing)
    assert memory._libc() is None
    memory.limit_heap_growth()
    memory.return_freed_memory()


@pytest.fixture
def _thawed():
    yield
    gc.unfreeze()


class Node:
    """Something that only the garbage collector can free: it holds itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.mark.usefixtures("_thawed")
def test_what_is_frozen_is_passed_over_by_the_garbage_collector():
    held = [[number] for number in range(1000)]
    memory.collect_and_freeze()
    assert gc.get_freeze_count() > len(held)
    assert not any(alive is held for alive in gc.get_objects())


@pytest.mark.usefixtures("_thawed")
def test_what_was_alive_at_one_freeze_is_collected_at_the_next():
    visit = Node()
    alive = weakref.ref(visit)
    memory.collect_and_freeze()
    del visit
    gc.collect()
    assert alive() is not None  # frozen: an ordinary collection passes over it
    memory.collect_and_freeze()
    assert alive() is None


class Clock(threading.Event):
    """Lets twelve pauses pass at once, in the second of which a page runs."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []
        self.collections = 0  # that the process counts; other threads of the tests collect too

    def wait(self, timeout=None):
        self.pauses.append(timeout)
        if len(self.pauses) == 2:
            self.collections += 1  # as after a run of a page
        return len(self.pauses) == 12


def test_one_thread_collects_regularly_and_not_where_nothing_ran(monkeypatch):
    passes, clock = [], Clock()
    monkeypatch.setattr(memory, "collect_and_freeze", lambda: passes.append(threading.current_thread()))
    monkeypatch.setattr(memory, "return_freed_memory", lambda: None)
    monkeypatch.setattr(memory, "_COLLECTOR", "collector-of-a-test")
    monkeypatch.setattr(memory.gc, "get_stats", lambda: [{"collections": clock.collections}])
    gc.disable()
    try:
        memory.keep_collections_short(clock)
        for thread in threading.enumerate():
            if thread.name == "collector-of-a-test":
                thread.join(10)
    finally:
        gc.enable()
    assert clock.pauses == [memory.COLLECT_EVERY] * 12
    # At first, once more, after the run, and while the sessions that ran may end.
    assert len(passes) == 3 + memory.COLLECTIONS_AFTER_A_RUN == 8
    assert threading.current_thread() not in passes
