"""Votes on rows without names: drawn fairly, counted by method and not by side, kept and read back."""

import json
from collections import Counter

import numpy as np
import pytest

from core.comparison.taste import (
    Choice,
    Trial,
    cast_vote,
    draw_trial,
    read_votes,
    sign_test,
    tally,
    votes_to_lines,
)
from core.errors import ArtifactError, SearchError


def votes(left: str, right: str, choice: Choice, n: int):
    return [cast_vote(Trial(left, right), choice, catalogue="demo") for _ in range(n)]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    # Twice the tail of the binomial, by hand: 2·(1/2)^5, 2·(1/2)^6, 2·(1 + 9)/2^9, and never above 1.
    [(5, 0, 0.0625), (6, 0, 0.03125), (1, 8, 20 / 512), (3, 3, 1.0), (0, 0, 1.0)],
)
def test_the_sign_test_is_exact_and_two_sided(first, second, expected):
    assert sign_test(first, second) == pytest.approx(expected)
    assert sign_test(second, first) == pytest.approx(expected)


def test_votes_are_counted_by_method_whichever_side_it_stood_on():
    cast = votes("vgg16", "vae", Choice.LEFT, 4) + votes("vae", "vgg16", Choice.RIGHT, 4)
    cast += votes("vae", "vgg16", Choice.LEFT, 1) + votes("vgg16", "vae", Choice.NEITHER, 3)
    (pair,) = tally(cast)
    assert (pair.first, pair.second) == ("vae", "vgg16")
    assert (pair.n_first, pair.n_second, pair.n_neither) == (1, 8, 3)
    assert pair.p_value == pytest.approx(20 / 512)
    assert pair.better == "vgg16"
    assert pair.sentence == "vgg16 has 8 of 9 votes, more than chance would give it (p = 0.039)."


def test_five_votes_of_five_mean_nothing_yet_and_six_do():
    for n, better in ((5, None), (6, "vae")):
        (pair,) = tally(votes("vae", "vgg16", Choice.LEFT, n))
        assert pair.better == better
        assert ("means nothing yet" in pair.sentence) == (better is None)


def test_pairs_are_told_apart_and_the_one_with_most_votes_comes_first():
    cast = votes("vae", "vgg16", Choice.LEFT, 1) + votes("shape", "colour", Choice.NEITHER, 2)
    assert [(pair.first, pair.second) for pair in tally(cast)] == [("colour", "shape"), ("vae", "vgg16")]
    assert tally(cast)[0].sentence == "Nobody has preferred one to the other yet."
    assert tally([]) == []


def test_a_trial_takes_every_pair_and_either_side_as_often():
    rows = {"vgg16": "abc", "vae": "abd", "shape": "bac"}
    generator = np.random.default_rng(5)
    drawn = Counter((trial.left, trial.right) for trial in (draw_trial(rows, generator) for _ in range(6000)))
    assert len(drawn) == 6
    assert max(drawn.values()) < 1.2 * min(drawn.values())


def test_rows_that_show_the_same_are_no_trial():
    rows = {"vgg16": ["a", "b"], "vae": ("a", "b"), "shape": ["b", "a"]}
    generator = np.random.default_rng(5)
    for _ in range(50):
        trial = draw_trial(rows, generator)
        assert "shape" in (trial.left, trial.right)
    with pytest.raises(SearchError, match="No two methods show different products"):
        draw_trial({"vgg16": ["a"], "vae": ["a"]}, generator)


def test_votes_come_back_from_their_files_each_once(tmp_path):
    cast = votes("vae", "vgg16", Choice.NEITHER, 2) + votes("vae", "vgg16", Choice.RIGHT, 1)
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    one.write_bytes(votes_to_lines(cast[:2]))
    other.write_bytes(votes_to_lines(cast) + b"\n")
    assert read_votes([one, other]) == cast
    assert len(json.loads(one.read_bytes().splitlines()[0])) == 7
    assert len(tally([*cast, *cast])) == 1
    assert tally([*cast, *cast])[0].n_neither == 2


VOTE = json.loads(votes_to_lines(votes("vae", "vgg16", Choice.LEFT, 1)))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no vote"),
        (b"\n  \n", "holds no vote"),
        (b"{", "line 1 is no JSON"),
        (b"\xff\xfe", "line 1 is no JSON"),
        (json.dumps(VOTE | {"choice": "both"}).encode(), r"line 1 is no vote: .*both.*\$\.choice"),
        (json.dumps(VOTE | {"left": 7}).encode(), r"line 1 is no vote: Expected str, got int"),
        (json.dumps({"id": "1"}).encode(), "line 1 is no vote: Object missing required field"),
        (json.dumps(VOTE | {"right": VOTE["left"]}).encode(), "compares vae with itself"),
        (json.dumps(VOTE | {"format": 2}).encode(), "newer version"),
    ],
)
def test_a_damaged_file_gives_a_sentence(tmp_path, content, said):
    path = tmp_path / "votes.jsonl"
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match=said) as raised:
        read_votes([path])
    assert str(path) in str(raised.value)


def test_a_file_that_is_not_there_or_too_large_gives_a_sentence(tmp_path, monkeypatch):
    with pytest.raises(ArtifactError, match="cannot be read: No such file"):
        read_votes([tmp_path / "gone.jsonl"])
    monkeypatch.setattr("core.comparison.taste.LARGEST_FILE", 1)
    (tmp_path / "votes.jsonl").write_bytes(votes_to_lines(votes("vae", "vgg16", Choice.LEFT, 1)))
    with pytest.raises(ArtifactError, match="is larger than"):
        read_votes([tmp_path / "votes.jsonl"])
