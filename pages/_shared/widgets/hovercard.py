"""A card that shows the product behind the dot of a Plotly chart that is pointed at, or tapped.

Plotly cannot show pictures in its hover box, and Streamlit hears of selections but not of pointing, nor of
what part of a chart is looked at. So a small component listens to the chart beside it, asks for the product
under the pointer by id, and shows what comes back; and it tells which part is in view. Names are set as text,
never as HTML: a component is not sandboxed.
"""

import math
from typing import Any

import streamlit as st

from core.gallery.stored_catalogue import StoredCatalogue
from pages._shared.session import cache

_HTML = '<div class="card" role="status" hidden><img alt=""><strong></strong><span></span></div>'

_CSS = """
.card {
  position: fixed; z-index: 1000100; width: 150px; padding: 8px; pointer-events: none; box-sizing: border-box;
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
  background: var(--st-background-color); color: var(--st-text-color); font-family: var(--st-font);
  font-size: 0.8rem; line-height: 1.3; box-shadow: 0 4px 16px rgba(0, 0, 0, 0.25);
}
.card[hidden] { display: none; }
.card img {
  display: block; width: 100%; height: 168px; object-fit: contain; margin-bottom: 6px; background: #fff;
}
.card img:not([src]) { visibility: hidden; }
.card strong, .card span { display: block; overflow-wrap: anywhere; }
.card span { opacity: 0.75; }
"""

_JS = """
export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const card = parentElement.querySelector(".card");
  const [picture, name, facts] = card.children;
  const memory = (card.memory ??= { seen: new Map(), wanted: null, soon: null, timer: 0 });
  memory.ask = (id) => setStateValue("pointed", id);
  memory.tell = (view) => setStateValue("view", view);

  // Plotly's own event says where the pointer is on flat charts only.
  const at = (memory.at ??= { x: 0, y: 0 });
  const follow = () => {
    const right = at.x + 18, below = at.y + 18;
    const { offsetWidth: wide, offsetHeight: high } = card;
    card.style.left = Math.max(4, right + wide > innerWidth ? at.x - wide - 18 : right) + "px";
    card.style.top = Math.max(4, Math.min(below, innerHeight - high - 8)) + "px";
  };
  const fill = (product) => {
    if (product?.picture) picture.src = product.picture; else picture.removeAttribute("src");
    name.textContent = product?.name ?? "";
    facts.textContent = product?.facts ?? "…";
    follow();  // a longer name makes a higher card
  };
  if (data.product) {
    memory.seen.set(data.product.id, data.product);
    if (memory.seen.size > 500) memory.seen.delete(memory.seen.keys().next().value);
    if (memory.wanted === data.product.id) fill(data.product);
  }
  if (memory.attach) return;

  const hide = () => { card.hidden = true; memory.wanted = null; };
  // A pointer on its way across the map asks for nothing. A chart in space reports the same dot again and
  // again, leaving it in between: that must not start the waiting anew.
  const ask_soon = (id) => {
    if (memory.soon === id) return;
    memory.soon = id;
    clearTimeout(memory.timer);
    memory.timer = setTimeout(() => {
      memory.soon = null;
      if (memory.wanted === id) memory.ask(id);
    }, 90);
  };
  const show = (hover) => {
    const point = hover.points?.find((found) => found.customdata !== undefined && found.customdata !== null);
    if (!point) return hide();
    const id = String([point.customdata].flat()[0]);
    if (id !== memory.wanted) {
      memory.wanted = id;
      fill(memory.seen.get(id));
      if (!memory.seen.has(id)) ask_soon(id);
    }
    card.hidden = false;
    follow();
  };
  // Once the reader has come to rest, not at every turn of the wheel.
  const moved = (change) => {
    const { uirevision, xaxis, yaxis } = memory.chart.layout;
    const camera = change["scene.camera"];
    if (!camera && !(xaxis?.range && yaxis?.range)) return;
    clearTimeout(memory.resting);
    memory.resting = setTimeout(() => memory.tell({
      of: uirevision, ranges: camera ? null : [xaxis.range, yaxis.range], camera: camera ?? null,
    }), 400);
  };
  // A finger does not hover: what it taps, Plotly calls clicked.
  const heard = { plotly_hover: show, plotly_click: show, plotly_unhover: hide, plotly_relayout: moved };
  // The chart may come later than this, and anew: listeners are put on again whenever the pointer enters it.
  memory.attach = (event) => {
    const chart = event.target.closest?.(".st-key-" + data.chart + " .js-plotly-plot");
    if (!chart) { if (memory.wanted) hide(); return; }
    memory.chart = chart;
    for (const [name, listener] of Object.entries(heard)) {
      chart.removeListener(name, listener);
      chart.on(name, listener);
    }
  };
  memory.track = (event) => {
    [at.x, at.y] = [event.clientX, event.clientY];
    if (!card.hidden) follow();
  };
  const listeners = { pointermove: memory.track, pointerdown: memory.track, pointerover: memory.attach };
  for (const [name, listener] of Object.entries(listeners)) document.addEventListener(name, listener, true);
  return () => {
    for (const [name, listener] of Object.entries(listeners)) {
      document.removeEventListener(name, listener, true);
    }
    memory.attach = null;
    hide();
  };
}
"""

_card = st.components.v2.component("product_under_pointer", html=_HTML, css=_CSS, js=_JS)


@st.fragment
def show_product_under_pointer(catalogue: StoredCatalogue, chart: str) -> None:
    """Show the product under the pointer; only this reruns, never the chart.

    Parameters
    ----------
    catalogue : StoredCatalogue
    chart : str
        The key of the Plotly chart whose dots carry product ids as `customdata`.
    """
    key = f"{chart}-pointed"
    product_id = getattr(st.session_state.get(key), "pointed", None)
    _card(
        key=key,
        data={"chart": chart, "product": _product_card(catalogue, product_id)},
        on_pointed_change=lambda: None,
        on_view_change=lambda: None,
    )


def visible_part(chart: str, of: str) -> dict[str, Any]:
    """Give the part of a chart that the reader has moved to, as a part of its layout; empty if to none.

    Parameters
    ----------
    chart : str
        Its key.
    of : str
        Its `uirevision`: what was told of another one is no part of this.
    """
    told = getattr(st.session_state.get(f"{chart}-pointed"), "view", None)
    if not isinstance(told, dict) or told.get("of") != of:
        return {}
    try:
        if told.get("camera"):
            camera = {
                part: {axis: _number(told["camera"][part][axis]) for axis in "xyz"}
                for part in ("eye", "center", "up")
            }
            return {"scene": {"camera": camera}}
        (left, right), (bottom, top) = told["ranges"]
        return {
            "xaxis": {"range": [_number(left), _number(right)]},
            "yaxis": {"range": [_number(bottom), _number(top)]},
        }
    except (KeyError, TypeError, ValueError):
        return {}  # it comes from the browser, and may be anything


def _number(told: Any) -> float:
    number = float(told)
    if not math.isfinite(number):
        raise ValueError(f"{told} is no place on an axis")
    return number


def _product_card(catalogue: StoredCatalogue, product_id: str | None) -> dict[str, str] | None:
    if product_id is None:
        return None
    # The id comes from the browser: only one that the catalogue has becomes a path.
    if product_id not in catalogue:
        return None
    product = catalogue.products.iloc[catalogue.row(product_id)]
    facts = [product["articleType"], product["baseColour"]]
    return {
        "id": product_id,
        "name": str(product["productDisplayName"]) or f"Product {product_id}",
        "facts": " · ".join(str(fact) for fact in facts if fact),
        "picture": cache.picture_data_uri(catalogue.image_path(product_id)),
    }
