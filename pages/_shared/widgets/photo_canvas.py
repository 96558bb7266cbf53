"""The photo that is searched with: a button on every garment, and rectangles drawn by mouse or finger.

The browser's part is fixed text. What it is handed are numbers, the photo as a data URI, and words of our
own; what it hands back is checked like anything that comes from a browser.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in per cent of the photo's sides."""

_HTML = """
<div class="frame">
  <img draggable="false">
  <div class="shade" hidden></div>
  <div class="boxes" role="group" aria-label="Garments on the photo"></div>
  <div class="names" aria-hidden="true"></div>
</div>
"""

_CSS = """
.frame {
  position: relative; width: 100%; height: 100%; overflow: hidden; cursor: crosshair;
  border-radius: var(--st-base-radius); font-family: var(--st-font);
  user-select: none; -webkit-user-select: none; -webkit-touch-callout: none;
}
.frame::after {
  content: ""; position: absolute; inset: 0; pointer-events: none;
  border: 1px solid var(--st-border-color); border-radius: inherit;
}
.frame.drawing { touch-action: none; }
img { display: block; width: 100%; height: 100%; pointer-events: none; }
.shade {
  position: absolute; pointer-events: none;
  box-shadow: 0 0 0 100vmax color-mix(in srgb, var(--st-background-color) 62%, transparent);
}
.shade.own { outline: 2px dashed var(--st-primary-color); outline-offset: -2px; }
[hidden] { display: none; }
button {
  --width: max(var(--wide), 28px); --height: max(var(--high), 28px);
  position: absolute; width: var(--width); height: var(--height);
  left: clamp(0px, calc(var(--across) - var(--width) / 2), calc(100% - var(--width)));
  top: clamp(0px, calc(var(--down) - var(--height) / 2), calc(100% - var(--height)));
  margin: 0; padding: 0; background: none; cursor: pointer; font: inherit;
  border: 2px solid #fff; border-radius: 6px; box-shadow: 0 0 0 1px #0009, inset 0 0 0 1px #0009;
}
button:hover { background: #fff3; }
button[aria-pressed="true"] { border: 3px solid var(--st-primary-color); box-shadow: 0 0 0 1px #fff; }
button:focus-visible {
  outline: 3px solid #1668dc; outline-offset: -1px; border: 3px solid #fff; z-index: 99 !important;
}
.names { position: absolute; inset: 0; z-index: 100; pointer-events: none; }
span {
  position: absolute; padding: 0 0.35em; border-radius: 4px; white-space: nowrap;
  font-size: 0.75rem; line-height: 1.5; color: #fff; background: #000b;
}
span.pressed { color: var(--st-background-color); background: var(--st-primary-color); }
span.crowded:not(.pointed) { visibility: hidden; }
"""

_JS = """
const START = 6;  // pixels that a pointer moves before it draws
const LEAST = 5;  // per cent of a side; less holds no garment

const meet = (one, other) => one.left < other.right && other.left < one.right
  && one.top < other.bottom && other.top < one.bottom;

// Each name in a corner of its box where it covers no other name; without one, it waits for the mouse.
function placeNames(frame, boxes, names) {
  const whole = frame.getBoundingClientRect();
  const taken = [];
  const inside = (value, most) => Math.max(0, Math.min(most, value));
  const pressed = (place) => boxes[place].getAttribute("aria-pressed") === "true";
  for (const place of [...boxes.keys()].sort((one, other) => pressed(other) - pressed(one))) {
    const name = names[place];
    const at = boxes[place].getBoundingClientRect();
    const [wide, high] = [name.offsetWidth, name.offsetHeight];
    const [left, right] = [at.left - whole.left, at.right - whole.left - wide];
    const [top, bottom] = [at.top - whole.top, at.bottom - whole.top - high];
    const columns = [left, right, (left + right) / 2];
    const rows = [top, bottom, top - high, bottom + high, (top + bottom) / 2];
    const corners = rows.flatMap((y) => columns.map((x) => {
      const [cornerLeft, cornerTop] = [inside(x, whole.width - wide), inside(y, whole.height - high)];
      return { left: cornerLeft, top: cornerTop, right: cornerLeft + wide, bottom: cornerTop + high };
    }));
    const free = corners.find((corner) => !taken.some((other) => meet(corner, other)));
    if (free) taken.push(free);
    name.classList.toggle("pressed", pressed(place));
    name.classList.toggle("crowded", !free);
    name.style.left = `${(free ?? corners[0]).left}px`;
    name.style.top = `${(free ?? corners[0]).top}px`;
  }
}

function cover(element, [left, top, right, bottom]) {
  Object.assign(element.style, {
    left: `${left}%`, top: `${top}%`, width: `${right - left}%`, height: `${bottom - top}%`,
  });
}

export default function ({ data, parentElement, setTriggerValue }) {
  const [frame, picture, shade, boxes, names] =
    [".frame", "img", ".shade", ".boxes", ".names"].map((name) => parentElement.querySelector(name));
  if (picture.src !== data.picture) picture.src = data.picture;
  picture.alt = data.alt;
  frame.classList.toggle("drawing", data.drawing);

  const showSearched = () => {
    shade.hidden = !data.searched;
    shade.classList.toggle("own", data.own);
    if (data.searched) cover(shade, data.searched);
  };
  showSearched();

  const nameBoxes = () => placeNames(frame, [...boxes.children], names.children);
  const area = ({ box: [left, top, right, bottom] }) => (right - left) * (bottom - top);
  for (const [parent, kind] of [[boxes, "button"], [names, "span"]]) {
    while (parent.children.length > data.garments.length) parent.lastElementChild.remove();
    while (parent.children.length < data.garments.length) parent.append(document.createElement(kind));
  }
  data.garments.forEach((garment, place) => {
    const [box, name] = [boxes.children[place], names.children[place]];
    box.type = "button";
    const [left, top, right, bottom] = garment.box;
    const centre = { across: (left + right) / 2, down: (top + bottom) / 2 };
    const sizes = { ...centre, wide: right - left, high: bottom - top };
    for (const [size, value] of Object.entries(sizes)) box.style.setProperty(`--${size}`, `${value}%`);
    // A small garment lies above those that surround it.
    box.style.zIndex = data.garments.filter((other) => area(other) > area(garment)).length;
    name.textContent = garment.name;
    box.onpointerenter = box.onfocus = () => name.classList.add("pointed");
    box.onpointerleave = box.onblur = () => name.classList.remove("pointed");
    box.setAttribute("aria-label", garment.says);
    box.setAttribute("aria-pressed", garment.number === data.number);
    box.onclick = (event) => {
      if (frame.drag?.moved && event.detail) return;  // the end of a rectangle, not a tap
      if (garment.number === data.number) return;
      for (const other of boxes.children) other.setAttribute("aria-pressed", other === box);
      nameBoxes();
      setTriggerValue("tapped", garment.number);
    };
  });
  nameBoxes();
  frame.resized?.disconnect();
  frame.resized = new ResizeObserver(nameBoxes);
  frame.resized.observe(frame);

  const position = (event) => {
    const whole = frame.getBoundingClientRect();
    return [(event.clientX - whole.left) / whole.width, (event.clientY - whole.top) / whole.height]
      .map((share) => Math.round(100 * Math.max(0, Math.min(1, share))));
  };
  const rectangle = (event) => {
    const [[x, y], [endX, endY]] = [frame.drag.from, position(event)];
    return [Math.min(x, endX), Math.min(y, endY), Math.max(x, endX), Math.max(y, endY)];
  };
  frame.onpointerdown = (event) => {
    frame.drag = null;
    // A finger scrolls the page, unless a part is being chosen.
    if (event.button || !event.isPrimary || (event.pointerType === "touch" && !data.drawing)) return;
    frame.drag = { from: position(event), x: event.clientX, y: event.clientY, held: true, moved: false };
  };
  frame.onpointermove = (event) => {
    const drag = frame.drag;
    if (!drag?.held) return;
    if (!drag.moved && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < START) return;
    if (!drag.moved) frame.setPointerCapture(event.pointerId);
    drag.moved = true;
    shade.hidden = false;
    shade.classList.add("own");
    cover(shade, rectangle(event));
  };
  frame.onpointerup = (event) => {
    if (!frame.drag?.held) return;
    frame.drag.held = false;
    if (!frame.drag.moved) return;
    const drawn = rectangle(event);
    if (drawn[2] - drawn[0] < LEAST || drawn[3] - drawn[1] < LEAST) return showSearched();
    setTriggerValue("drawn", drawn);
  };
  frame.onpointercancel = () => { frame.drag = null; showSearched(); };
  return () => frame.resized.disconnect();
}
"""

_canvas = st.components.v2.component("photo_canvas", html=_HTML, css=_CSS, js=_JS)

_SIZES = """
.st-key-query-photo.st-key-query-photo {
  --high: 44vh; --wide: 100%;
  width: min(var(--wide), calc(var(--high) * var(--query-ratio))); aspect-ratio: var(--query-ratio);
  position: relative; flex: none; gap: 0; border-radius: 0.4rem; background: #8882;
}
.st-key-query-photo > :has(.stBidiComponent) { position: absolute; inset: 0; width: auto; }
.st-key-query-photo .stBidiComponent { height: 100%; }
@media (max-width: 640px) {
  .st-key-query-photo.st-key-query-photo { --high: 96px; --wide: 84px; }
}
"""
"""A photo of any shape stays on the first screen; on a phone it is a stamp beside the words."""

_LARGE = """
@media (max-width: 640px) {
  .st-key-query-photo.st-key-query-photo.st-key-query-photo { --high: 21vh; --wide: 50vw; }
}
"""
"""Or large enough to tap on its parts."""


@dataclass(frozen=True)
class GarmentButton:
    """A button on the photo.

    Attributes
    ----------
    number : int
        What a tap hands back.
    box : Box
    name : str
        What is written on it.
    says : str
        What is read out.
    """

    number: int
    box: Box
    name: str
    says: str


def draw_canvas(
    picture: str,
    buttons: list[GarmentButton],
    *,
    key: str,
    number: int,
    searched: Box | None,
    own: bool,
    drawing: bool,
    large: bool,
    on_tapped: Callable[[], None],
    on_drawn: Callable[[], None],
) -> None:
    """Draw the photo where its place was reserved.

    Parameters
    ----------
    picture : str
        A data URI.
    buttons : list of GarmentButton
    key : str
        Of the component; its state has `tapped`, a number, or `drawn`, a list of four, in a callback.
    number : int
        The button that is pressed; 0 is none.
    searched : Box or None
        All but this is paled; None is the whole photo.
    own : bool
        Whether that is a rectangle of the visitor's own.
    drawing : bool
        Whether a finger draws, instead of scrolling the page.
    large : bool
        Whether a phone shows it large enough to tap on its parts.
    on_tapped, on_drawn : callable
    """
    data: dict[str, Any] = {
        "picture": picture,
        "alt": "The picture looked for",
        "garments": [vars(button) for button in buttons],
        "number": number,
        "searched": searched,
        "own": own,
        "drawing": drawing,
    }
    st.html(f"<style>{_LARGE if large else ''}</style>")
    _canvas(key=key, data=data, on_tapped_change=on_tapped, on_drawn_change=on_drawn, height="stretch")


def reserve_place(ratio: float) -> None:
    """Give the container whose key is ``query-photo`` the photo's shape, so that nothing moves when it comes.

    Parameters
    ----------
    ratio : float
        The photo's width by its height.
    """
    st.html(f"<div></div><style>.st-key-query-photo {{ --query-ratio: {ratio:.4f}; }} {_SIZES}</style>")
