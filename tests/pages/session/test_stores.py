"""What a process holds for its visitors, and for how long."""

import threading
import time

import pytest

from pages._shared.session import stores
from pages._shared.session.stores import AnswerCache, VisitStore


def test_the_least_recently_used_answer_goes_first():
    answers, made = AnswerCache(max_entries=2, copied=True), []
    for key in (1, 2, 1, 3, 1, 2):
        answers.get(key, lambda key=key: made.append(key))
    assert made == [1, 2, 3, 2]


def test_copies_are_of_ones_own_and_resources_are_shared():
    copied, shared = AnswerCache(max_entries=2, copied=True), AnswerCache(max_entries=2, copied=False)
    copied.get("a", list).append(1)
    copied.get("a", list).append(2)
    assert copied.get("a", list) == []
    assert shared.get("a", list) is shared.get("a", list)


def test_what_could_not_be_answered_is_asked_again():
    answers = AnswerCache(max_entries=2, copied=True)
    with pytest.raises(ZeroDivisionError):
        answers.get("a", lambda: 1 / 0)
    assert answers.get("a", lambda: 7) == 7


def test_who_asks_for_an_answer_in_the_making_waits_and_who_asks_for_another_does_not():
    answers, begun, may_end, made = (
        AnswerCache(max_entries=2, copied=True),
        threading.Event(),
        threading.Event(),
        [],
    )

    def slow() -> str:
        made.append("slow")
        begun.set()
        may_end.wait(10)
        return "slow"

    threads = [threading.Thread(target=answers.get, args=("a", slow), daemon=True) for _ in range(3)]
    threads[0].start()
    assert begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    assert answers.get("b", lambda: "quick") == "quick"
    may_end.set()
    for thread in threads:
        thread.join(10)
    assert made == ["slow"]


def test_all_photos_together_are_limited_and_the_oldest_go_first():
    store = VisitStore(max_bytes=30, max_visit_bytes=20)
    for visit, key in (("a", "1"), ("b", "2"), ("c", "3")):
        store.put(visit, "search", key, b"x" * 10)
    store.photo("a", "1")  # used: "2" is the oldest now
    store.put("d", "search", "4", b"x" * 10)
    assert [
        store.photo(*photo) is not None for photo in (("a", "1"), ("b", "2"), ("c", "3"), ("d", "4"))
    ] == [
        True,
        False,
        True,
        True,
    ]


def test_one_visit_pushes_out_its_own_photos_before_those_of_others():
    store = VisitStore(max_bytes=100, max_visit_bytes=20)
    store.put("other", "search", "theirs", b"x" * 10)
    for number in range(20):
        store.put("greedy", "search", str(number), b"x" * 10)
    assert store.photo("other", "theirs") is not None
    assert store.n_photos == 3
    store.put("greedy", "search", "huge", b"x" * 50)
    assert store.photo("greedy", "huge") is not None  # the last one always stays
    assert store.n_photos == 2


def test_a_photo_stays_as_long_as_one_part_of_the_pages_needs_it():
    store = VisitStore()
    store.put("a", "search", "1", b"x")
    store.put("a", "classify", "1", b"x")
    store.put("b", "search", "1", b"x")
    store.retain("a", "search", [])
    assert store.photo("a", "1") is not None
    store.retain("a", "classify", [])
    assert store.photo("a", "1") is None
    assert store.photo("b", "1") is not None, "another visitor's photo of the same content is another photo"


def test_a_visit_that_ended_is_let_go_whole_after_a_while(monkeypatch):
    now, store = [1000.0], VisitStore()
    monkeypatch.setattr(stores.time, "monotonic", lambda: now[0])
    for visit in ("gone", "here"):
        store.put(visit, "search", "1", b"x")
        store.answers(visit, "find", max_entries=1, copied=True).get("hits", lambda: 7)
    assert store.leave_ended({"here"}.__contains__, 120) == []
    now[0] += 121
    assert store.leave_ended({"here"}.__contains__, 120) == ["gone"]
    assert (store.n_visits, store.n_photos) == (1, 1)
    assert store.answers("gone", "find", max_entries=1, copied=True).get("hits", lambda: 8) == 8
    assert store.answers("here", "find", max_entries=1, copied=True).get("hits", lambda: 8) == 7


def test_many_visitors_at_once_break_nothing():
    store, stop, broken = VisitStore(max_bytes=50), time.monotonic() + 0.3, []

    def visit(name: str) -> None:
        try:
            while time.monotonic() < stop:
                store.put(name, "search", "1", b"x" * 10)
                store.retain(name, "search", ["1"])
                store.answers(name, "find", max_entries=2, copied=True).get(time.monotonic(), int)
                store.leave_ended(lambda asked: asked != name, -1)
        except Exception as error:
            broken.append(error)

    threads = [threading.Thread(target=visit, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
