"""The map for those without a mouse: keys that go from dot to dot, and fingers that can scroll past it.

Plotly listens to the mouse alone, and takes every finger for a drag: the page could not be scrolled over a
chart as high as a phone. The browser's part is fixed text; what it hands back is an id, looked up in the
catalogue like anything that comes from a browser.
"""

from collections.abc import Callable

import streamlit as st

from core.gallery.stored_catalogue import StoredCatalogue

_JS = """
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// The dots in sight, once each, where they stand in the window.
function dotsInSight(chart) {
  const { xaxis, yaxis } = chart._fullLayout;
  const frame = chart.getBoundingClientRect();
  const dots = new Map();
  for (const trace of chart._fullData) {
    if (!trace.customdata || trace.visible !== true) continue;
    for (let place = 0; place < trace.x.length; place++) {
      const [across, down] = [xaxis.l2p(trace.x[place]), yaxis.l2p(trace.y[place])];
      if (!(across >= 0 && down >= 0 && across <= xaxis._length && down <= yaxis._length)) continue;
      const id = String([trace.customdata[place]].flat()[0]);
      dots.set(id, { id, x: frame.left + xaxis._offset + across, y: frame.top + yaxis._offset + down });
    }
  }
  return dots;
}

// The nearest dot in a direction; what lies aside counts as twice as far.
function nextDot(dots, from, [right, down]) {
  let best = null, least = Infinity;
  for (const dot of dots.values()) {
    const [x, y] = [dot.x - from.x, dot.y - from.y];
    const ahead = x * right + y * down, aside = Math.abs(x * down) + Math.abs(y * right);
    if (dot.id === from.id || ahead <= 0 || aside > 1.5 * ahead) continue;
    const far = ahead + 2 * aside;
    if (far < least) [best, least] = [dot, far];
  }
  return best;
}

function reach(chart, memory) {
  Object.assign(chart, { tabIndex: 0, reachable: true });
  chart.setAttribute("role", "application");
  chart.setAttribute("aria-label", memory.label);
  let at = null;

  const middle = () => {
    const frame = chart.getBoundingClientRect();
    return { x: frame.left + frame.width / 2, y: frame.top + chart._fullLayout.yaxis._length / 2 };
  };
  const show = () => {
    const where = { clientX: at.x, clientY: at.y, bubbles: true };
    for (const name of ["pointerover", "pointermove"]) chart.dispatchEvent(new PointerEvent(name, where));
    chart.emit("plotly_hover", { points: [{ customdata: at.id }] });
  };
  const zoom = (way) => {
    const { x, y } = at ?? middle();
    chart.querySelector(".nsewdrag").dispatchEvent(new WheelEvent("wheel", {
      clientX: x, clientY: y, deltaY: 120 * way, bubbles: true, cancelable: true,
    }));
    // The same dot stands elsewhere then.
    if (at) setTimeout(() => { at = dotsInSight(chart).get(at.id) ?? null; if (at) show(); }, 500);
  };
  const press = (event) => {
    if (event.target !== chart || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!chart._fullLayout.xaxis?.range) return;
    const dots = event.key in ARROWS ? dotsInSight(chart) : null;
    if (dots) {
      const here = at && dots.get(at.id);
      const found = here
        ? nextDot(dots, here, ARROWS[event.key])
        : [...dots.values()].reduce((best, dot) => {
          const far = Math.hypot(dot.x - middle().x, dot.y - middle().y);
          return far < best.far ? { far, dot } : best;
        }, { far: Infinity, dot: null }).dot;
      at = found ?? here ?? null;
      if (at) show();
    } else if (event.key === "+" || event.key === "=") zoom(-1);
    else if (event.key === "-") zoom(1);
    else if (event.key === "Enter" || event.key === " ") { if (at) memory.choose(at.id); }
    else if (event.key === "Escape") { at = null; chart.emit("plotly_unhover", {}); }
    else return;
    event.preventDefault();
  };
  chart.addEventListener("keydown", press);
  chart.addEventListener("blur", () => chart.emit("plotly_unhover", {}));

  // One finger scrolls the page, unless box or lasso are chosen; Plotly never hears of it. A tap still does
  // what a click does, since the browser makes a click of it.
  chart.addEventListener("touchstart", (event) => {
    const draws = ["select", "lasso"].includes(chart._fullLayout.dragmode);
    if (event.touches.length < 2 && !draws) event.stopPropagation();
  }, { capture: true, passive: true });
}

function reachTools(chart) {
  for (const tool of chart.querySelectorAll(".modebar-btn:not([tabindex])")) {
    tool.tabIndex = 0;
    tool.setAttribute("role", "button");
    tool.setAttribute("aria-label", tool.dataset.title ?? "");
    tool.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      tool.click();
    });
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const holder = parentElement.host ?? parentElement;
  const memory = (holder.memory ??= {});
  memory.label = data.label;
  memory.choose = (id) => setTriggerValue("chosen", id);
  const look = () => {
    const chart = document.querySelector(`.st-key-${data.chart} .js-plotly-plot`);
    if (!chart?._fullLayout) return;
    if (!chart.reachable) reach(chart, memory);
    reachTools(chart);
  };
  const watch = new MutationObserver(look);
  watch.observe(document.body, { childList: true, subtree: true });
  look();
  return () => watch.disconnect();
}
"""

_reach = st.components.v2.component("map_by_keys_and_fingers", js=_JS)


def reach_without_mouse(
    catalogue: StoredCatalogue, chart: str, *, label: str, on_chosen: Callable[[str], None]
) -> None:
    """Let keys walk over a flat chart's dots, and a finger scroll past it.

    Parameters
    ----------
    catalogue : StoredCatalogue
    chart : str
        The key of the Plotly chart whose dots carry product ids as `customdata`.
    label : str
        What the chart is called to those who do not see it.
    on_chosen : callable
        Takes the id of the product that Enter was pressed on.
    """
    key = f"{chart}-reached"

    def take_chosen() -> None:
        product_id = getattr(st.session_state[key], "chosen", None)
        if isinstance(product_id, str) and product_id in catalogue:
            on_chosen(product_id)

    _reach(key=key, data={"chart": chart, "label": label}, on_chosen_change=take_chosen)
