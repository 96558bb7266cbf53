"""A blind taste test: two rows of hits without their methods' names, and which of them people find better.

Votes are counted by pair of methods, and an exact two-sided sign test (scipy.stats.binomtest) says whether
more of them on one side may be chance. A vote for neither is left out of the test, as is usual. The test
takes the number of votes for settled beforehand: who looks after every vote and stops when it suits will
find a difference too often.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np

from core.errors import ArtifactError, SearchError

SHOWN = 6
"""Hits of each row in a trial."""

MEANINGFUL = 0.05
"""A difference means something where chance alone would make one as large less often than this."""

FORMAT = 1
"""Version of a line of a file of votes."""

LARGEST_FILE = 16 * 2**20
"""Bytes of a file of votes: some fifty thousand of them."""


class Choice(StrEnum):
    """What somebody said of two rows."""

    LEFT = "left"
    RIGHT = "right"
    NEITHER = "no difference"


Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Vote(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody said of two rows of hits, whose methods were not named. Nothing of the query is kept."""

    id: Name  # so that a vote that stands in two files counts once
    at: Name  # UTC, as 2026-11-26T11:45:00Z
    catalogue: Name
    left: Name  # the method of the row that stood on the left
    right: Name
    choice: Choice
    format: int = FORMAT


@dataclass(frozen=True)
class Trial:
    """Two methods whose rows are shown without their names."""

    left: str
    right: str


@dataclass(frozen=True)
class PairTally:
    """The votes on two methods.

    Attributes
    ----------
    first, second : str
        The methods, by name.
    n_first, n_second, n_neither : int
        Votes for each, and for no difference.
    p_value : float
        How often chance alone would put the votes at least as unevenly; 1 without any.
    """

    first: str
    second: str
    n_first: int
    n_second: int
    n_neither: int
    p_value: float

    @property
    def better(self) -> str | None:
        """The method that is preferred by more than chance explains; None where none is."""
        if self.p_value >= MEANINGFUL:
            return None
        return self.first if self.n_first > self.n_second else self.second

    @property
    def sentence(self) -> str:
        """Say what the votes mean.

        Examples
        --------
        >>> PairTally("vae", "vgg16", 1, 2, 0, sign_test(1, 2)).sentence[:46]
        'vgg16 has 2 of 3 votes, which means nothing ye'
        """
        decided = self.n_first + self.n_second
        if not decided:
            return "Nobody has preferred one to the other yet."
        ahead, votes = max((self.first, self.n_first), (self.second, self.n_second), key=lambda of: of[1])
        if self.n_first == self.n_second:
            return f"Both have {votes} of {decided} votes: no difference."
        said = f"{ahead} has {votes} of {decided} vote{'s' if decided > 1 else ''}"
        if self.better is not None:
            return f"{said}, more than chance would give it (p = {self.p_value:.3f})."
        return (
            f"{said}, which means nothing yet: by chance alone it would be as uneven "
            f"{100 * self.p_value:.0f} times in a hundred."
        )


def sign_test(n_first: int, n_second: int) -> float:
    """Give the probability that a fair coin falls at least as unevenly, two-sided and exact.

    Examples
    --------
    >>> sign_test(5, 0), round(sign_test(6, 0), 5), sign_test(0, 0)
    (0.0625, 0.03125, 1.0)
    """
    if n_first + n_second == 0:
        return 1.0
    from scipy.stats import binomtest  # takes half a second, which no page need wait for

    return float(binomtest(n_first, n_first + n_second, 0.5).pvalue)


def draw_trial(rows: Mapping[str, Sequence[str]], generator: np.random.Generator) -> Trial:
    """Draw two methods whose rows differ, and which of them stands on the left.

    Parameters
    ----------
    rows : mapping of method to sequence of product ids
        What each shows.
    generator : numpy.random.Generator

    Raises
    ------
    SearchError
        If no two rows differ.
    """
    pairs = [pair for pair in combinations(rows, 2) if tuple(rows[pair[0]]) != tuple(rows[pair[1]])]
    if not pairs:
        raise SearchError(
            "No two methods show different products here; take another picture or more methods."
        )
    left, right = pairs[generator.integers(len(pairs))]
    return Trial(left, right) if generator.random() < 0.5 else Trial(right, left)


def cast_vote(trial: Trial, choice: Choice, *, catalogue: str) -> Vote:
    """Make a vote of what somebody said of a trial, now."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Vote(
        id=uuid.uuid4().hex, at=now, catalogue=catalogue, left=trial.left, right=trial.right, choice=choice
    )


def tally(votes: Iterable[Vote]) -> list[PairTally]:
    """Count votes by pair of methods, those with most votes first; each vote once.

    Examples
    --------
    >>> votes = [cast_vote(Trial("vgg16", "vae"), Choice.LEFT, catalogue="demo") for _ in range(6)]
    >>> [(pair.first, pair.second, pair.n_second, pair.better) for pair in tally(votes)]
    [('vae', 'vgg16', 6, 'vgg16')]
    """
    counts: dict[tuple[str, str], dict[str | None, int]] = {}
    for vote in {vote.id: vote for vote in votes}.values():
        first, second = sorted((vote.left, vote.right))
        chosen = {Choice.LEFT: vote.left, Choice.RIGHT: vote.right}.get(vote.choice)
        of_pair = counts.setdefault((first, second), {})
        of_pair[chosen] = of_pair.get(chosen, 0) + 1
    tallied = [
        PairTally(
            first,
            second,
            of.get(first, 0),
            of.get(second, 0),
            of.get(None, 0),
            sign_test(of.get(first, 0), of.get(second, 0)),
        )
        for (first, second), of in counts.items()
    ]
    return sorted(tallied, key=lambda pair: -(pair.n_first + pair.n_second + pair.n_neither))


def taste_figures(votes: Iterable[Vote]) -> dict[str, Any]:
    """Give what votes say, for the command line and reports.

    Returns
    -------
    dict
        ``n_votes``; ``n_left`` and ``n_right``, votes for either side, and ``side_p_value``, how often chance
        alone would put these as unevenly: rows are laid left and right by chance, so that a small one says
        that people chose by the side; and ``pairs``, as from `tally`, with ``better`` and ``sentence``.
    """
    votes = list({vote.id: vote for vote in votes}.values())
    sides = [sum(vote.choice is side for vote in votes) for side in (Choice.LEFT, Choice.RIGHT)]
    return {
        "n_votes": len(votes),
        "n_left": sides[0],
        "n_right": sides[1],
        "side_p_value": sign_test(*sides),
        "pairs": [asdict(pair) | {"better": pair.better, "sentence": pair.sentence} for pair in tally(votes)],
    }


def votes_to_lines(votes: Iterable[Vote]) -> bytes:
    """Write votes as JSON lines, one a line, UTF-8."""
    return b"".join(msgspec.json.encode(vote) + b"\n" for vote in votes)


def read_votes(paths: Iterable[Path]) -> list[Vote]:
    """Read files of votes; a vote that stands in several counts once.

    Raises
    ------
    ArtifactError
        Naming the file, and the line that does not fit `Vote`, or the file that holds none.
    """
    votes: dict[str, Vote] = {}
    for path in paths:
        lines = [line for line in enumerate(_read_file(path).splitlines(), start=1) if line[1].strip()]
        if not lines:
            raise ArtifactError(f"{path} holds no vote; take it from the Compare page again")
        for number, line in lines:
            vote = _read_vote(line, f"{path}, line {number}")
            votes[vote.id] = vote
    return list(votes.values())


def _read_file(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ArtifactError(
                f"{path} is larger than {LARGEST_FILE >> 20} MB; a file of votes has a short line for each"
            )
        return path.read_bytes()
    except OSError as error:
        raise ArtifactError(
            f"{path} cannot be read: {error.strerror or error}; give a file of votes"
        ) from None


def _read_vote(line: bytes, place: str) -> Vote:
    mend = "delete the line, or take the file from the Compare page again"
    try:
        vote = msgspec.json.decode(line, type=Vote)
    except msgspec.ValidationError as error:
        raise ArtifactError(f"{place} is no vote: {str(error).replace('`', '')}; {mend}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ArtifactError(f"{place} is no JSON; {mend}") from None
    if vote.format > FORMAT:
        raise ArtifactError(f"{place} was written by a newer version of this program; update this one")
    if vote.left == vote.right:
        raise ArtifactError(f"{place} compares {vote.left} with itself; {mend}")
    return vote
