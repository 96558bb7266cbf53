"""The blind taste test: two rows without names, a vote, then the names; and what all votes mean."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import streamlit as st

from core.comparison.methods import MethodSearch
from core.comparison.taste import (
    SHOWN,
    Choice,
    Trial,
    Vote,
    cast_vote,
    draw_trial,
    tally,
    votes_to_lines,
)
from core.errors import SearchError
from core.gallery.stored_catalogue import StoredCatalogue
from pages._shared.compare.query_choice import show_problems
from pages._shared.compare.rows import show_picture
from pages._shared.session import state
from pages._shared.session.errors import error_markdown, escape_markdown
from pages._shared.widgets import accessibility
from pages._shared.widgets.names import method_name

VOTES, SHOWN_TRIAL = "taste-votes", "taste-trial"
ACROSS, PICTURE_WIDTH = 3, 56
"""Pictures across on a desk, and pixels that each has at least: two still fit either side on a phone."""

CHOICES = {
    Choice.LEFT: "Left is better",
    Choice.NEITHER: "No difference",
    Choice.RIGHT: "Right is better",
}


@dataclass
class ShownTrial:
    """The trial on the page, what it was drawn for, and the vote once there is one."""

    scene: str
    trial: Trial
    vote: Vote | None = None


def show_taste_test(catalogue: StoredCatalogue, query: state.VisitorQuery, found: list[MethodSearch]) -> None:
    """Show two rows without their names, ask which is better, and show what all votes mean."""
    st.markdown(
        "Two methods looked for the same. Which row shows what you would rather see? Their names come after "
        "your vote."
    )
    show_problems([(each.method, each.problem) for each in found if each.problem])
    rows = {each.method: each.product_ids[:SHOWN] for each in found if each.hits}
    try:
        shown = _current_trial(f"{catalogue.name} {query.key} {' '.join(rows)}", rows)
    except SearchError as error:
        st.info(error_markdown(error), icon=":material/info:")
    else:
        _show_trial(catalogue, shown, rows)
    show_tally()


def generator() -> np.random.Generator:
    """Give what draws pairs and sides; anew for each, so that nobody can foretell them."""
    return np.random.default_rng()


def votes() -> list[Vote]:
    """Give the votes of this visit."""
    kept: list[Vote] = st.session_state.setdefault(VOTES, [])
    return kept


def _current_trial(scene: str, rows: dict[str, tuple[str, ...]]) -> ShownTrial:
    shown: ShownTrial | None = st.session_state.get(SHOWN_TRIAL)
    if shown is None or shown.scene != scene:
        shown = ShownTrial(scene, draw_trial(rows, generator()))
        st.session_state[SHOWN_TRIAL] = shown
    return shown


def _show_trial(catalogue: StoredCatalogue, shown: ShownTrial, rows: dict[str, tuple[str, ...]]) -> None:
    # Side by side on a phone too: the sides are what is voted on.
    cells = st.grid(2, min_column_width=130, wrap=False, gap="medium", border=True)
    for side, method in (("Left", shown.trial.left), ("Right", shown.trial.right)):
        with cells.cell():
            named = f"{side}: {method_name(method)}" if shown.vote else side
            st.header(escape_markdown(named), anchor=False)
            pictures = st.grid(ACROSS, min_column_width=PICTURE_WIDTH, gap="xsmall")
            for product_id in rows[method]:
                with pictures.cell():
                    show_picture(catalogue, product_id)
    if shown.vote is None:
        with st.container(horizontal=True, key="taste-choices"):
            for choice, label in CHOICES.items():
                st.button(label, key=f"taste-{choice.name}", on_click=_vote, args=(choice, catalogue.name))
        return
    _reveal(shown)
    with st.container(horizontal=True):
        st.button("Next pair", icon=":material/arrow_forward:", on_click=_next_pair)
        st.button(
            "Next pair, with another product",
            icon=":material/shuffle:",
            on_click=partial(_next_product, catalogue),
        )


def _reveal(shown: ShownTrial) -> None:
    left, right = (method_name(method) for method in (shown.trial.left, shown.trial.right))
    chosen = {Choice.LEFT: left, Choice.RIGHT: right}.get(shown.vote.choice if shown.vote else Choice.NEITHER)
    said = f"Left was {left}, right was {right}. " + (
        f"You preferred {chosen}." if chosen else "You saw no difference."
    )
    accessibility.announce(said)
    st.success(escape_markdown(said), icon=":material/how_to_vote:")


def _vote(choice: Choice, catalogue_name: str) -> None:
    shown: ShownTrial = st.session_state[SHOWN_TRIAL]
    if shown.vote is None:
        shown.vote = cast_vote(shown.trial, choice, catalogue=catalogue_name)
        votes().append(shown.vote)


def _next_pair() -> None:
    st.session_state.pop(SHOWN_TRIAL, None)


def _next_product(catalogue: StoredCatalogue) -> None:
    _next_pair()
    product_id = str(catalogue.products["id"].iloc[int(generator().integers(len(catalogue)))])
    state.set_query(state.Product(product_id))


def show_tally() -> None:
    """Say what the votes of this visit mean, and hand them out as a file."""
    st.header("Your votes in this visit")
    cast = votes()
    if not cast:
        st.caption("None yet. It takes six votes for one method, and none for the other, to mean something.")
        return
    for pair in tally(cast):
        named = replace(pair, first=method_name(pair.first), second=method_name(pair.second))
        neither = f", {pair.n_neither} saw no difference" if pair.n_neither else ""
        st.markdown(
            f"**{escape_markdown(named.first)} {named.n_first} : {named.n_second} "
            f"{escape_markdown(named.second)}**{neither}. {escape_markdown(named.sentence)}"
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Keep the votes in a file",
            partial(votes_to_lines, cast),
            "taste.jsonl",
            "application/jsonl",
            icon=":material/download:",
            on_click="ignore",
        )
        st.button("Forget the votes", type="tertiary", on_click=lambda: st.session_state.pop(VOTES, None))
    st.caption(
        "An exact sign test, two-sided; votes for no difference are left out. Decide how often you will vote "
        "before you begin: who stops when it suits will find a difference too often. The file says which "
        "methods stood where and what you chose, and nothing of your pictures; "
        "`python -m core evaluate --taste FILE` counts one or several."
    )
