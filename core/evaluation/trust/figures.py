"""How far what is said of pictures holds: figures of judged pictures, for a report."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from core.evaluation.trust.fitting import reliability_curve, shares_right
from core.evaluation.trust.judging import JudgedView
from core.evaluation.trust.views import TURNED
from core.retrieval.verdicts.calibration import Calibration, Closeness


def trust_figures(judged: Sequence[JudgedView], extractor: str, calibration: Calibration) -> dict[str, Any]:
    """Measure verdicts, words for scores, warnings and the order by class.

    Parameters
    ----------
    judged : sequence of JudgedView
    extractor : str
        By which they were searched.
    calibration : Calibration

    Returns
    -------
    dict
        ``verdicts`` by source, turned photographs too, which count for nothing else: ``n`` pictures of the
        five classes, ``class_right`` and ``known`` of them, ``n_others``, and ``others_not_known`` of them;
        of both, the share ``doubted`` ("Not all agree"), and the shares of wrong verdicts among those
        (``doubted_wrong``) and among the others (``undoubted_wrong``).
        ``closeness`` by word: ``n`` hits and the share ``right`` of them. ``curve``: the reliability curve.
        Both of pictures with a garment. ``nothing_close`` of ``garments`` and of ``nothing``: ``n`` pictures
        and the share ``warned``. ``class_first`` by group of pictures: ``n``, and the share of right products
        among the first 12 ``by_score`` and ``as_shown``, with a sure class first. Shares of nothing are None.
    """
    sources = dict.fromkeys(view.source for view in judged if view.kinds)
    verdicts = {source: _verdicts([v for v in judged if v.source == source]) for source in sources}
    judged = [view for view in judged if not view.source.startswith(TURNED)]
    return {
        "verdicts": verdicts,
        "closeness": _closeness(judged, extractor, calibration),
        "curve": msgspec.to_builtins(
            reliability_curve(
                np.concatenate([view.scores for view in judged if view.kinds]),
                np.concatenate([view.right for view in judged if view.kinds]),
            )
        ),
        "nothing_close": {
            what: _warned([view for view in judged if bool(view.kinds) == shown], calibration)
            for what, shown in (("garments", True), ("nothing", False))
        },
        "class_first": _class_first(judged, calibration.class_margin),
    }


def _verdicts(judged: Sequence[JudgedView]) -> dict[str, Any]:
    inside = [view for view in judged if view.known]
    others = [view for view in judged if view.known is False]
    wrong = {
        doubted: [not view.verdict_right for view in (*inside, *others) if view.verdict.doubted is doubted]
        for doubted in (True, False)
    }
    return {
        "n": len(inside),
        "class_right": _share([view.verdict.label in view.kinds for view in inside]),
        "known": _share([view.verdict.known for view in inside]),
        "n_others": len(others),
        "others_not_known": _share([not view.verdict.known for view in others]),
        "doubted": _share([view.verdict.doubted for view in (*inside, *others)]),
        "doubted_wrong": _share(wrong[True]),
        "undoubted_wrong": _share(wrong[False]),
    }


def _closeness(judged: Sequence[JudgedView], extractor: str, calibration: Calibration) -> dict[str, Any]:
    scale = calibration.scores[extractor]
    said = [
        (scale.closeness(float(score)), bool(right))
        for view in judged
        if view.kinds
        for score, right in zip(view.scores, view.right, strict=True)
    ]
    rights = {word: [right for called, right in said if called == word] for word in Closeness}
    return {str(word): {"n": len(of), "right": _share(of)} for word, of in rights.items()}


def _warned(judged: Sequence[JudgedView], calibration: Calibration) -> dict[str, Any]:
    warned = [not calibration.something.says_yes(view.something) for view in judged]
    return {"n": len(warned), "warned": _share(warned)}


def _class_first(judged: Sequence[JudgedView], margin: float) -> dict[str, Any]:
    groups: dict[str, list[tuple[float, float]]] = {}
    for view in judged:
        if view.kinds:
            groups.setdefault(f"{view.source}: {view.group}", []).append(shares_right(view, margin))
    return {
        group: {
            "n": len(shares),
            "by_score": float(np.mean([plain for plain, _ in shares])),
            "as_shown": float(np.mean([first for _, first in shares])),
        }
        for group, shares in groups.items()
    }


def _share(said: Sequence[bool]) -> float | None:
    return float(np.mean(said)) if said else None
