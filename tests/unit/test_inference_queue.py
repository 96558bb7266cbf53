"""Who comes next, and what is said to those who wait."""

import threading
import time
from types import SimpleNamespace

import pytest

from core import inference_queue
from core.inference_queue import InferenceQueue, Priority


class Waiting:
    """Threads that ask for a queue one after the other, and the order in which they got it."""

    def __init__(self, queue: InferenceQueue) -> None:
        self.queue, self.served = queue, []
        self.threads: list[threading.Thread] = []

    def ask(self, name: str, priority: Priority, tell=None) -> None:
        """Ask in a thread, and return once it waits."""
        waiting = self.queue.n_waiting
        self.start(name, priority, tell)
        until(lambda: self.queue.n_waiting == waiting + 1)

    def start(self, name: str, priority: Priority, tell=None) -> None:
        def pass_through() -> None:
            with self.queue.at(priority), self.queue.telling(tell):
                try:
                    with self.queue:
                        self.served.append(name)
                except LeftError:
                    self.served.append(f"{name} left")

        self.threads.append(threading.Thread(target=pass_through, daemon=True))
        self.threads[-1].start()

    def join(self) -> None:
        for thread in self.threads:
            thread.join(10)
        assert not any(thread.is_alive() for thread in self.threads)


class LeftError(Exception):
    """A visitor went away."""


def until(holds) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.001)


@pytest.fixture
def waiting() -> Waiting:
    return Waiting(InferenceQueue())


def test_classes_and_explanations_yield_to_searches_that_come_later(waiting):
    with waiting.queue:
        waiting.ask("why", Priority.EXPLANATION)
        waiting.ask("class", Priority.CLASS)
        waiting.ask("search", Priority.SEARCH)
        waiting.ask("second search", Priority.SEARCH)
    waiting.join()
    assert waiting.served == ["search", "second search", "class", "why"]


def test_a_class_does_not_yield_for_ever(waiting, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(inference_queue, "time", SimpleNamespace(monotonic=lambda: now[0]))
    with waiting.queue:
        waiting.ask("class", Priority.CLASS)
        now[0] += Priority.CLASS.value + 1
        waiting.ask("search", Priority.SEARCH)
    waiting.join()
    assert waiting.served == ["class", "search"]


def test_who_waits_is_told_how_many_come_before_and_when_it_is_over(waiting, monkeypatch):
    monkeypatch.setattr(inference_queue, "TELL_AFTER", 0.0)
    said: list[int] = []
    with waiting.queue:
        waiting.ask("first", Priority.SEARCH)
        waiting.ask("told", Priority.SEARCH, said.append)
        until(lambda: said == [2])
        waiting.ask("behind", Priority.SEARCH)
    waiting.join()
    assert said[0] == 2
    assert said[-1] == 0
    assert said == sorted(said, reverse=True)


def test_who_does_not_wait_long_is_told_nothing(waiting):
    said: list[int] = []
    with waiting.queue:
        waiting.ask("told", Priority.SEARCH, said.append)
    waiting.join()
    assert said == []


def test_who_leaves_while_waiting_holds_nobody_up(waiting, monkeypatch):
    monkeypatch.setattr(inference_queue, "TELL_AFTER", 0.0)

    def leave(before: int) -> None:
        raise LeftError

    with waiting.queue:
        waiting.ask("stays", Priority.SEARCH)
        waiting.start("goes", Priority.SEARCH, leave)
        until(lambda: waiting.served == ["goes left"])
        assert waiting.queue.n_waiting == 1
    waiting.join()
    assert waiting.served == ["goes left", "stays"]


def test_a_thread_may_take_it_again_and_gives_it_back_once():
    queue = InferenceQueue()
    with queue, queue:
        pass
    taken = threading.Thread(target=queue.__enter__, daemon=True)
    taken.start()
    taken.join(10)
    assert not taken.is_alive()
