"""Answers as people read them."""

from typing import TYPE_CHECKING, Any

from core.cli.console import number, printable, table
from core.models.consensus import JUDGE_NAMES
from core.retrieval.photograph.upright import turn_text

if TYPE_CHECKING:
    from core.retrieval.verdicts.calibration import Calibration

_FIGURES = {
    "classification": ("n", "accuracy", "loss", "macro_f1", "ece"),
    "photos": ("n", "accuracy", "macro_recall"),
    "photo_retrieval": ("n_queries", "p_at_10", "p_at_15", "macro_p_at_10", "grouped_p_at_10"),
}
_WAYS = ("first_garment", "offered_garment")
_GARMENTS = ("n", "n_found", "recall", "precision", "recall_with_label", "precision_with_label")
_IDENTICAL = {
    "recall_at_1": "product itself first",
    "recall_at_10": "among the first ten",
    "with_duplicates_at_1": "it or a near-duplicate first",
}
_RETRIEVAL = ("p_at_10", "p_at_15", "recall_at_10", "map")


def search_text(found: dict[str, Any]) -> str:
    """Lay out hits, in their groups, the query's class, and what else was asked for."""
    lines = [f"{printable(found['query'])}, looked for in {found['catalogue']} by {found['extractor']}"]
    if found["turn"]:
        lines.append(_turned(found["turn"]))
    if garment := found["garment"]:
        lines.append(
            f"searched with garment {garment['number']} of {garment['of']}: "
            f"{garment['label']}, {_percent(garment['probability'])}, {_place(garment['box'])}"
        )
    if found["prediction"]:
        lines.append(f"{found['prediction']['model']}: {_verdict(found['prediction'])}")
    if verdict := found["verdict"]:
        lines.append(
            f"{verdict['sureness']}: {printable(verdict['heading'])}. {printable(verdict['sentence'])}"
        )
    if agreement := found.get("agreement"):
        differing = [f"{judge} says {label}" for judge, label in agreement["differing"].items()]
        lines.append(
            f"agreed on by {', '.join(agreement['agreeing'])}" + "".join(f"; {one}" for one in differing)
        )
    if not found["hits"]:
        return "\n".join([*lines, "No product scores that high or passes the filters."])
    if found["nothing_close"]:
        lines.append("Nothing in the catalogue is close; the hits are the nearest there are.")
    pages = f", page {found['page']} of {found['n_pages']}" if found["n_pages"] > 1 else ""
    lines.append(f"{found['total']} {'hit' if found['total'] == 1 else 'hits'}{pages}")
    by_id = {hit["product_id"]: hit for hit in found["hits"]}
    for group in found["groups"]:
        of = f" ({len(group['product_ids'])} of {group['total']})" if group["total"] is not None else ""
        lines += ["", f"{printable(group['label'])}{of}:"] if group["label"] else [""]
        lines.append(_hit_table([by_id[product_id] for product_id in group["product_ids"]]))
    if most := found["counted_among"]:
        lines += ["", f"Listed are the nearest {most:,}; scores are counted among them."]
    for column, counts in found.get("facets", {}).items():
        shown = ", ".join(f"{printable(value) or 'unknown'} {n}" for value, n in counts.items())
        lines += ["", f"{column}: {shown}"]
    return "\n".join(lines)


def _hit_table(hits: list[dict[str, Any]]) -> str:
    folded = any(hit["duplicates"] for hit in hits)
    measured = any(hit["closeness"] for hit in hits)
    rows = [
        (hit["rank"], f"{hit['score']:.3f}")
        + ((hit["closeness"],) if measured else ())
        + (hit["product_id"], hit["label"], hit["name"])
        + ((" ".join(hit["duplicates"]),) if folded else ())
        for hit in hits
    ]
    head = ["rank", "score", *(["closeness"] if measured else []), "product", "label", "name"]
    return table((*head, *(["folded"] if folded else [])), rows)


def _verdict(prediction: dict[str, Any]) -> str:
    label = f"{prediction['label']}, {_percent(prediction['probabilities'][prediction['label']])}"
    return label if prediction["known"] else f"most likely none of its classes; nearest is {label}"


def classify_text(answers: list[dict[str, Any]]) -> str:
    """Lay out what each picture is, or why it cannot be read."""
    rows = ((a["image"], a["error"] or _verdict(a) + _and_turned(a)) for a in answers)
    return table(("image", "answer"), rows)


def garments_text(answers: list[dict[str, Any]]) -> str:
    """Lay out the garments of each picture, a line each, or why it cannot be read."""
    rows: list[tuple[object, ...]] = []
    for answer in answers:
        name = answer["image"] + _and_turned(answer)
        if not answer["garments"]:
            rows.append((name, "–", answer["error"] or "no garment found", "", ""))
        for place, garment in enumerate(answer["garments"] or (), start=1):
            facts = (garment["label"], _percent(garment["probability"]), _place(garment["box"]))
            rows.append((name, place, *facts))
    return table(("image", "garment", "label", "probability", "left, top, right, bottom"), rows)


def _turned(turn: int) -> str:
    return f"turned {turn_text(turn)} ({turn} degrees clockwise)"


def _and_turned(answer: dict[str, Any]) -> str:
    return f", {_turned(answer['turn'])}" if answer["turn"] else ""


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _place(box: list[float]) -> str:
    """Write a box in per cent of the picture's sides, as `--crop` takes them."""
    return " ".join(f"{100 * side:.0f}" for side in box) + " %"


def calibration_text(measured: "Calibration") -> str:
    """Lay out what was measured of scores and judges."""
    lines = []
    for extractor, scores in measured.scores.items():
        lines += [f"{extractor}: very close from {scores.very_close:g}, close from {scores.close:g}", ""]
        rows = [(f"{each.least:g} to {each.below:g}", each.n, f"{each.right:.3f}") for each in scores.curve]
        lines += [table(("score", "hits", "right"), rows), ""]
    if measured.judges:
        judges = [
            (JUDGE_NAMES.get(name, name), each.n, f"{each.right:.3f}", f"{each.worth:.2f}")
            for name, each in measured.judges.items()
        ]
        lines += [table(("judge", "photographs", "right", "worth"), judges), ""]
    lines += [
        f"VGG19 knows a photograph from {measured.known_margin:g} above its own limit",
        f"a sure class may come first within {measured.class_margin:g} of the best hit",
    ]
    return "\n".join(lines)


def evaluate_text(result: dict[str, Any]) -> str:
    """Lay out the figures that matter most; all of them are in the JSON."""
    parts = []
    for task, figures in _FIGURES.items():
        if measured := result.get(task):
            rows = [(name, *(_figure(of.get(figure)) for figure in figures)) for name, of in measured.items()]
            parts.append(table((task.replace("_", " "), *figures), rows))
    if rows := _rows_by_garment(result):
        parts.append(table(("searched with", *_FIGURES["photo_retrieval"]), rows))
    if measured := result.get("retrieval"):
        rows = [
            (f"{name}, {queries}", *(_figure(of[queries].get(figure)) for figure in _RETRIEVAL))
            for name, of in measured.items()
            for queries in ("all", "five")
            if queries in of
        ]
        parts.append(table(("retrieval", *_RETRIEVAL), rows))
    if found := result.get("garments"):
        rows = [
            (label, *(_figure(of.get(figure)) for figure in _GARMENTS))
            for label, of in ({"every label": found} | found["by_label"]).items()
        ]
        parts.append(table(("garments", *_GARMENTS), rows))
    if measured := result.get("methods"):
        parts.append(_methods_text(measured))
    if shown := result.get("screenshots"):
        parts.append(table(("screenshots", *shown), [("right product", *shown.values())]))
    if found := result.get("identical"):
        parts += [_identical_text(found, figure, what) for figure, what in _IDENTICAL.items()]
    if votes := result.get("taste"):
        parts.append(_taste_text(votes))
    return "\n\n".join(parts)


def _methods_text(methods: dict[str, Any]) -> str:
    """Lay out the compared methods, a row for each distance with an order of its own."""
    figures = ("coarse_at_1", "p_at_10", "map", "fine_at_1", "fine_at_10")
    rows = [
        (
            name,
            distance,
            _figure(of["by_id"]["five"]["p_at_10"]),
            *(_figure(of["by_id"]["all"][figure]) for figure in figures),
            _figure(of["by_family"]["all"]["p_at_10"]),
            _figure((of["photographs"] or {}).get("p_at_10")),
        )
        for name, measured in methods.items()
        for distance, of in measured["distances"].items()
        if of["same_order_as"] is None
    ]
    header = ("five p_at_10", *figures, "by family p_at_10", "photographs p_at_10")
    return table(("methods", "distance", *header), rows)


def _rows_by_garment(result: dict[str, Any]) -> list[tuple[object, ...]]:
    """Lay out photographs searched with by a garment, and worn garments, a row for each way and extractor."""
    searched = [
        (f"photographs, {way}", name, of.get(way))
        for name, of in result.get("photo_retrieval", {}).items()
        for way in _WAYS
    ]
    searched += [
        (f"worn, {way}", name, of)
        for name, ways in result.get("worn", {}).items()
        for way, of in ways.items()
    ]
    return [
        (f"{name}: {what}", *(_figure(of.get(figure)) for figure in _FIGURES["photo_retrieval"]))
        for what, name, of in searched
        if of
    ]


def _identical_text(found: dict[str, Any], figure: str, what: str) -> str:
    """Lay out one figure of altered copies: a row for each step, a column for each extractor."""
    first = next(iter(found.values()))
    rows = [
        (name.replace("_", " "), *(number(of[part][figure]) for of in found.values()))
        for name, part in (("as it is", "unaltered"), ("all alterations", "overall"))
    ]
    rows += [
        (
            f"{name} {step['text']}",
            *(number(of["by_alteration"][name]["steps"][place][figure]) for of in found.values()),
        )
        for name, measured in first["by_alteration"].items()
        for place, step in enumerate(measured["steps"])
    ]
    return table((f"{what}, {first['n_products']} products", *found), rows)


def _taste_text(votes: dict[str, Any]) -> str:
    rows = [
        (
            f"{of['first']} or {of['second']}",
            of["n_first"],
            of["n_second"],
            of["n_neither"],
            number(of["p_value"]),
            of["sentence"],
        )
        for of in votes["pairs"]
    ]
    sides = (
        f"{votes['n_left']} of {votes['n_votes']} votes for the left row, {votes['n_right']} for the right"
    )
    header = ("taste", "first", "second", "no difference", "p", "what it means")
    return f"{table(header, rows)}\n{sides} (p = {number(votes['side_p_value'])})."


def _figure(value: float | None) -> object:
    return value if isinstance(value, int) else number(value)
