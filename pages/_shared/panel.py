"""The query beside its hits: its picture, who says what it is, and what of it is searched with."""

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import images
from core.engine import Prediction
from core.errors import FashionSearchError
from core.verdict import NONE_OF_THESE, answer, judge, one_of
from pages._shared import detail, hits, parts, resources, searching, state
from pages._shared.errors import plain, sentence
from pages._shared.judges import NAMES
from pages._shared.models import CLASSIFIER


@dataclass(frozen=True)
class Panel:
    """Places to be filled while the page is drawn, most wanted first."""

    words: DeltaGenerator
    details: DeltaGenerator
    searched: state.Query  # the query, or the part of it that is searched with


def ask(catalogue, query: state.Query) -> Panel:
    """Draw the query and what chooses a part of it."""
    with st.container(key="query-panel"):
        with st.container(key="query-strip"):
            picture, words = st.container(key="query-picture"), st.container(key="query-words")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("New search", icon=":material/arrow_back:", on_click=state.ask, args=(None,))
            if (together := state.lately(query)) is not None:
                called = f"All {len(together.photos)} pictures"
                st.button(called, icon=":material/view_list:", on_click=state.ask, args=(together,))
            with st.container(key="query-more", width="content"):
                st.toggle("Details", key="query-more-on")
        details = st.container(key="query-details")
    with details:
        chosen = st.container()
        about = st.container()
    if isinstance(query, state.Photo):
        info = images.read_info(query.data, name=query.name)
        about.caption(f"{info.format} · {info.width:,}×{info.height:,} · {info.n_bytes / 1024:,.0f} kB")
        with chosen:
            parts.ask(query)
        with picture:
            st.image(resources.shown(parts.shown(query)), width=240, alt="The picture looked for")
    else:
        product = hits.product(catalogue, query.product_id)
        name = str(product["productDisplayName"])
        with picture:
            if uri := resources.picture(catalogue.image_path(query.product_id)):
                st.image(uri, width=240, alt=name)
            else:
                st.caption("Its picture is missing.")
        about.markdown(plain(name))
        about.caption(hits.facts(product))
    return Panel(words, details, parts.searched(query))


def name(catalogue, panel: Panel) -> None:
    """Say what the query is, as far as anybody can."""
    with panel.words:
        try:
            with st.spinner("Naming its class …"):
                said = resources.predict(catalogue.name, panel.searched)
        except FashionSearchError as error:
            st.warning(f"Its class is not named. {sentence(error)}", icon=":material/warning:")
            return
        heading = judge([said]).sentence if said.known else f"{NONE_OF_THESE} classes"
        st.markdown(f"#### {plain(heading)}")
        with st.container(key="query-agreement"):
            _say_agreement(catalogue, panel.searched, said)


def describe(catalogue, panel: Panel) -> None:
    """Show the colours of the query, and how probable each class is."""
    with panel.details:
        detail.swatches(searching.colours(catalogue.name, panel.searched))
        if (said := searching.named(catalogue.name, panel.searched)) is not None:
            for label, probability in sorted(said.probabilities.items(), key=lambda item: -item[1]):
                st.progress(probability, text=f"{plain(one_of(label))} · {probability:.1%}")
            if not said.known:
                st.caption(
                    "The bars share out 100 % among the five classes whatever the picture shows; that it is "
                    "none of them is judged apart."
                )


def _say_agreement(catalogue, query: state.Query, first: Prediction) -> None:
    try:
        others = searching.second_opinions(catalogue.name, state.extractor(), query)
    except FashionSearchError:
        return  # without its extractor there are no hits either, and what is said there is enough
    verdict = judge([first, *others])
    if verdict.conflict:
        said = "; ".join(f"{NAMES[who]} says {what}" for who, what in verdict.differing.items())
        mine = f"{NAMES[CLASSIFIER]} says {answer(first)}"
        st.markdown(f":orange[:material/call_split: Not all agree]: {plain(mine)}; {plain(said)}.")
    else:
        who = " and ".join(NAMES[said.model] for said in others)
        agree = "agrees" if len(others) == 1 else "agree"
        st.caption(f":material/done_all: So says {NAMES[CLASSIFIER]}; {who} {agree}.")
