"""A part of a photo to search with: drawn by mouse, set by sliders, or suggested."""

import re
from typing import Any

import numpy as np
import streamlit as st

from core.imaging.foreground import suggest_crop
from pages._shared.search.score_histogram import ACCENT
from pages._shared.session import cache, query_params, state
from pages._shared.session.cache_decorator import cached

IN_ADDRESS = "part"
WHOLE = (0, 100)
Sides = tuple[tuple[int, int], tuple[int, int]]
"""Left and right, then top and bottom, in per cent."""
LEAST = 5  # per cent of a side: less holds no garment
GRID = 24
"""Points a side that a drawn rectangle catches: Plotly tells of a rectangle only where it holds one."""


def searched_part(query: state.VisitorQuery) -> state.VisitorQuery:
    """Give what is searched with: the query, or the chosen part of a photo as a photo of its own."""
    if not isinstance(query, state.Photo) or _box(cache.read_photo(query)) is None:
        return query
    (left, right), (top, bottom) = _sides()
    return query.cropped((left, top, right, bottom))


def paled_outside(query: state.Photo) -> np.ndarray:
    """Give a photo with all but the searched part paled."""
    image = cache.read_photo(query)
    box = _box(image)
    if box is None:
        return image
    left, top, right, bottom = box
    paled = (image // 4 + 3 * 48).astype(np.uint8)
    paled[top:bottom, left:right] = image[top:bottom, left:right]
    return paled


def draw_crop(query: state.Photo) -> None:
    """Draw the controls that choose a part."""
    image = cache.read_photo(query)
    if (said := query_params.take_visitor_change(IN_ADDRESS)) is not None:
        _choose(_from_address(said))
    suggested = _suggested(query)
    if suggested and _box(image) is None:
        st.button(
            "The garment alone",
            icon=":material/crop:",
            key="part-suggested",
            help="Much of this photo is background; this takes the part that stands out from it.",
            on_click=_choose,
            args=(_in_percent(suggested, image),),
        )
    if _box(image) is not None:
        st.button(
            "All of the photo",
            icon=":material/crop_free:",
            key="part-whole",
            on_click=_choose,
            args=((WHOLE, WHOLE),),
        )
    opened = st.expander("Search with a part", key="part-open", on_change="rerun")
    with opened:
        st.caption("Draw a rectangle, or set its sides below.")
        # Drawn when it is asked for: the browser needs half a second to load what draws it.
        if opened.open:
            st.plotly_chart(
                _canvas(image),
                key=_key("drawn"),
                on_select=_take_drawn,
                selection_mode="box",
                config={"displayModeBar": False, "scrollZoom": False},
            )
        for side, called in (("x", "Left to right, %"), ("y", "Top to bottom, %")):
            # Not by `value`, which Streamlit takes amiss where the state was set as well.
            st.session_state.setdefault(_key(side), WHOLE)
            st.slider(called, *WHOLE, key=_key(side))
    across, down = _sides()
    chosen = [] if _box(image) is None else ["{}-{}x{}-{}".format(*across, *down)]
    query_params.write(**{IN_ADDRESS: chosen})


def _from_address(said: list[str]) -> Sides:
    found = re.fullmatch(r"(\d{1,3})-(\d{1,3})x(\d{1,3})-(\d{1,3})", said[0]) if said else None
    left, right, top, bottom = map(int, found.groups()) if found else (*WHOLE, *WHOLE)
    fits = left < right <= WHOLE[1] and top < bottom <= WHOLE[1]
    return ((left, right), (top, bottom)) if fits else (WHOLE, WHOLE)


def _key(name: str) -> str:
    # Another query starts whole.
    return f"part-{name}-{state.query_count()}"


def _sides() -> Sides:
    return st.session_state.get(_key("x"), WHOLE), st.session_state.get(_key("y"), WHOLE)


def _box(image: np.ndarray) -> tuple[int, int, int, int] | None:
    """Give left, top, right, bottom in pixels; None where the whole is searched or the part is too thin."""
    across, down = _sides()
    if (across, down) == (WHOLE, WHOLE) or min(across[1] - across[0], down[1] - down[0]) < LEAST:
        return None
    height, width = image.shape[:2]
    left, right = (round(side * width / 100) for side in across)
    top, bottom = (round(side * height / 100) for side in down)
    return (left, top, right, bottom) if right > left and bottom > top else None


@cached(depends_on=(), max_entries=8, scope="session")
def _suggested(photo: state.Photo) -> tuple[int, int, int, int] | None:
    return suggest_crop(cache.read_photo(photo))


def _in_percent(box: tuple[int, int, int, int], image: np.ndarray) -> Sides:
    left, top, right, bottom = box
    height, width = image.shape[:2]
    return (100 * left // width, -(-100 * right // width)), (100 * top // height, -(-100 * bottom // height))


def _choose(sides: Sides) -> None:
    st.session_state[_key("x")], st.session_state[_key("y")] = sides


def _take_drawn() -> None:
    boxes = st.session_state[_key("drawn")].selection.box
    if boxes:
        across, down = (sorted(round(min(100, max(0, side))) for side in boxes[0][axis]) for axis in "xy")
        _choose((tuple(across), tuple(down)))


def _canvas(image: np.ndarray) -> dict[str, Any]:
    places = np.linspace(0, 100, GRID)
    x, y = (axis.ravel() for axis in np.meshgrid(places, places))
    points = {"type": "scatter", "x": x, "y": y, "mode": "markers", "marker": {"opacity": 0}}
    bare = {"visible": False, "fixedrange": True}
    layout = {
        "height": round(220 * min(2.0, image.shape[0] / image.shape[1])),
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "dragmode": "select",
        "showlegend": False,
        "xaxis": bare | {"range": [0, 100]},
        "yaxis": bare | {"range": [100, 0]},
        "images": [
            {"source": cache.image_data_uri(image), "xref": "x", "yref": "y", "x": 0, "y": 0, "sizex": 100,
             "sizey": 100, "sizing": "stretch", "layer": "below"}
        ],
    }  # fmt: skip
    if _box(image) is not None:
        (left, right), (top, bottom) = _sides()
        edge = {"width": 2, "dash": "dash", "color": ACCENT}
        layout["shapes"] = [{"type": "rect", "x0": left, "x1": right, "y0": top, "y1": bottom, "line": edge}]
    return {"data": [points | {"hoverinfo": "skip"}], "layout": layout}
