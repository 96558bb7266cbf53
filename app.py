"""The picture frame: which catalogue and extractor are looked through, where the pages are, what this is."""

from pathlib import Path

import streamlit as st

from core.errors import FashionSearchError
from core.gallery.catalogue_list import broken_catalogues, list_catalogues
from core.gallery.milvus.engine_choice import LOCAL
from core.models.compared.methods import ordering_distances
from pages._shared.session import app_frame, cache, server, state
from pages._shared.session.address_choice import choose_by_address
from pages._shared.session.errors import error_markdown
from pages._shared.widgets import about, accessibility
from pages._shared.widgets.connection.held_files import hold_files
from pages._shared.widgets.names import DISTANCE_NAMES, engine_title, extractor_title

server.start_once()
# A drawing of our own: icons by name would be fetched from the internet for the browser's tab.
ICON = Path(__file__).parent / "pages" / "_shared" / "icon.svg"
st.set_page_config(page_icon=ICON.read_text("utf-8"), layout="wide")
page = st.navigation(
    [
        st.Page("pages/search.py", title="Search", icon=":material/image_search:", default=True),
        st.Page("pages/map.py", title="Map", icon=":material/scatter_plot:"),
        st.Page("pages/classify.py", title="Classify", icon=":material/label:"),
        st.Page("pages/compare.py", title="Compare", icon=":material/compare:"),
        st.Page("pages/stress.py", title="Stress lab", icon=":material/science:"),
        st.Page("pages/studio.py", title="Studio", icon=":material/brush:"),
        st.Page("pages/models.py", title="Models", icon=":material/query_stats:"),
    ]
)

LOOKED_BY = ("Search", "Map", "Classify")
"""Pages on which it matters what decides which pictures are alike."""

names = list_catalogues()
chosen = None
with st.sidebar:
    if names:
        choose_by_address(
            "Catalogue",
            names,
            key=state.CATALOGUE_KEY,
            default="demo" if "demo" in names else names[0],
            navigated=app_frame.goes_to(page.title),
        )
        try:
            chosen = cache.catalogue(state.catalogue_name())
        except FashionSearchError as error:
            st.error(error_markdown(error), icon=":material/error:")
    if chosen and page.title in LOOKED_BY:
        choose_by_address(
            "Look by",
            chosen.extractors,
            key=state.EXTRACTOR_KEY,
            default="vgg16" if "vgg16" in chosen.extractors else next(iter(chosen.extractors), ""),
            navigated=app_frame.goes_to(page.title),
            format_func=extractor_title,
            help="What decides which pictures are alike.",
        )
        distances = ordering_distances(state.extractor_name())
        if page.title == "Search" and len(distances) > 1:
            choose_by_address(
                "Compare by",
                [distance.value for distance in distances],
                key=state.DISTANCE_KEY,
                default=distances[0].value,
                navigated=app_frame.goes_to(page.title),
                format_func=DISTANCE_NAMES.__getitem__,
                help="The distance between two pictures' numbers. Words in names, thumbs and weights of "
                "further extractors go with the cosine.",
            )
    if chosen and "engine" in chosen.manifest and (chosen.engine != LOCAL or state.engine_name() == LOCAL):
        choose_by_address(
            "Searched by",
            (chosen.manifest["engine"]["name"], LOCAL),
            key=state.ENGINE_KEY,
            default=chosen.manifest["engine"]["name"],
            navigated=app_frame.goes_to(page.title),
            format_func=engine_title,
            help="The same hits; the local gallery answers where the other engine is away.",
        )
    if chosen:
        for problem in chosen.problems:
            st.warning(error_markdown(problem), icon=":material/warning:")
    for problem in broken_catalogues().values():
        st.error(error_markdown(problem), icon=":material/error:")
    about.show_about(chosen)

st.set_page_config(page_title=f"{page.title} · Fashion image search")
accessibility.support()
hold_files()
with app_frame.around_page(page.title):
    page.run()

cache.warm_up(state.catalogue_name(), state.extractor_name())
