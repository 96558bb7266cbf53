"""What Streamlit leaves undone for those who use the keyboard, a screen reader, or unsteady fingers.

One component on every page. Buttons in cards are named by their product too: twelve called alike cannot be
told apart. Where the focused control is drawn anew, the focus goes to the new one, and where it is gone, to
the page's heading, instead of back to the top of the document. What opens by a key is entered by it:
Streamlit draws popovers at the end of the page, so that Tab would get there last. And there is one live
region, which reads out what `announce` hands it.
"""

import streamlit as st

_JS = """
const CARD = '[data-testid="stGridCell"], [class*="st-key-card-"]';
const FOCUSABLE = 'input, select, textarea, button, a[href], [tabindex="0"]';

// Names: "More like this: Navy shirt". What is written on a button stays the start of its name.
function nameButtons() {
  for (const button of document.querySelectorAll(`:is(${CARD}) button`)) {
    // A card may show two: the button belongs to the one above it.
    const pictures = [...button.closest(CARD).querySelectorAll("img[alt]:not([alt=''])")];
    const above = (picture) => picture.compareDocumentPosition(button) & Node.DOCUMENT_POSITION_FOLLOWING;
    const picture = pictures.findLast(above) ?? pictures[0];
    const own = button.getAttribute("aria-label");
    if (!picture || (own && !button.dataset.named)) continue;
    const words = [...button.querySelectorAll("p")].map((text) => text.textContent).join(" ").trim();
    const name = words.includes(picture.alt) ? words : `${words}: ${picture.alt}`;
    if (words && own !== name) {
      button.dataset.named = "yes";
      button.setAttribute("aria-label", name);
    }
  }
  for (const bar of document.querySelectorAll('[data-testid="stProgress"]')) {
    const words = bar.querySelector("p")?.textContent;
    if (words) bar.querySelector('[role="progressbar"]')?.setAttribute("aria-label", words);
  }
}

export default function () {
  // There a browser has no camera to give, and Streamlit would ask for it for ever.
  document.documentElement.classList.toggle("insecure", !window.isSecureContext);
  const region = document.createElement("div");
  region.id = "announcement";
  region.setAttribute("role", "status");
  region.className = "only-read-out";
  document.body.append(region);

  // A click beside everything lets go of the focus on purpose; a control that goes away does not.
  let held = null, place = "", since = 0;
  const hold = (event) => {
    const control = event.target;
    if (!control.matches?.(FOCUSABLE)) return;
    const keyed = control.closest('[class*="st-key-"]');
    const key = [...(keyed?.classList ?? [])].find((name) => name.startsWith("st-key-")) ?? "";
    const alike = keyed ? [...keyed.querySelectorAll(control.tagName)] : [];
    [held, place] = [control, key && `.${CSS.escape(key)} ${control.tagName}`];
    held.among = alike.indexOf(control);
  };
  const letGo = (event) => {
    if (held?.isConnected && !event.target.closest?.(FOCUSABLE)) held = null;
  };
  const resting = () => document.querySelector('[data-testid="stApp"]')
    ?.getAttribute("data-test-script-state") === "notRunning";
  const keep = () => {
    if (!held || held.isConnected) { since = 0; return; }
    if (document.activeElement && document.activeElement !== document.body) { held = null; return; }
    const again = place ? document.querySelectorAll(place)[Math.max(0, held.among)] : null;
    if (again?.getClientRects().length) { again.focus({ preventScroll: true }); return; }
    // It may yet come back while the page is being drawn.
    since ||= Date.now();
    if (!resting() || Date.now() - since < 300) { later(); return; }
    held = null;
    const heading = document.querySelector('[data-testid="stMain"] h1');
    if (!heading) return;
    heading.tabIndex = -1;
    heading.style.outline = "none";
    heading.focus({ preventScroll: true });
  };
  let timer = 0;
  const later = () => { clearTimeout(timer); timer = setTimeout(keep, 350); };

  let byKey = false;
  // Keys that are pressed within what has opened stay where they are.
  const heed = (event) => {
    byKey = (event.key === "Enter" || event.key === " ")
      && Boolean(event.target.closest?.('[data-testid="stPopover"]'));
  };
  const ignore = (event) => { byKey = false; letGo(event); };
  // On a phone the menu lies over the page that was chosen in it.
  const putAway = (event) => {
    if (innerWidth > 768 || !event.target.closest?.('[data-testid="stSidebarNavLink"]')) return;
    setTimeout(() => document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click(), 50);
  };
  const enter = () => {
    const opened = byKey && document.querySelector('[data-testid="stPopoverBody"]');
    if (!opened) return;
    byKey = false;
    // What is in it, and its place, come a moment after it.
    setTimeout(() => opened.querySelector('input, select, textarea, button, [tabindex="0"]')?.focus(), 250);
  };

  let soon = 0;
  const look = () => {
    enter();
    keep();
    soon ||= requestAnimationFrame(() => { soon = 0; nameButtons(); });
  };
  const watch = new MutationObserver(look);
  watch.observe(document.body, { childList: true, subtree: true, characterData: true });
  const listeners = { keydown: heed, pointerdown: ignore, focusin: hold, click: putAway };
  for (const [name, listener] of Object.entries(listeners)) document.addEventListener(name, listener, true);
  nameButtons();
  return () => {
    watch.disconnect();
    clearTimeout(timer);
    cancelAnimationFrame(soon);
    region.remove();
    for (const [name, listener] of Object.entries(listeners)) {
      document.removeEventListener(name, listener, true);
    }
  };
}
"""

_ANNOUNCE = """
export default function ({ data, parentElement }) {
  const said = parentElement.host ?? parentElement;
  if (said.dataset.said === data.text) return;
  said.dataset.said = data.text;
  // A region that is filled as it is made is not read out.
  setTimeout(() => {
    const region = document.getElementById("announcement");
    if (region) region.textContent = data.text;
  }, 150);
}
"""

_STYLE = """
.only-read-out { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
/* A finger hits 24 pixels: thumbs and question marks are drawn smaller. Buttons with help stay as high. */
[data-testid="stButton"] button { min-width: 1.75rem; }
[data-testid="stTooltipIcon"] button:not([data-testid^="stBaseButton"]), button[aria-label^="Help for"] {
  min-width: 24px; min-height: 24px;
}
/* Links to headings are stops of the Tab key that nobody asked for. */
[data-testid="stHeaderActionElements"] { display: none; }
/* Streamlit writes white on the primary colour, whatever that is. */
[data-testid="stBaseButton-primary"] { color: var(--st-background-color) !important; }
/* A phone has no room to spare above a title, nor for one of this size. */
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding-top: 3.75rem; }
  [data-testid="stMain"] h1 { font-size: 1.75rem; padding-top: 0; }
  [data-testid="stExpandSidebarButton"]::after { content: "Menu"; font-size: 0.9rem; margin-left: 0.35rem; }
  [data-testid="stExpandSidebarButton"] { width: auto; padding: 0 0.5rem; }
}
.st-key-camera-needs-https, .insecure .st-key-camera { display: none; }
.insecure .st-key-camera-needs-https { display: flex; }
:is(a, button, summary, input, [tabindex="0"], [role="tab"]):focus-visible {
  outline: 2px solid var(--st-primary-color); outline-offset: 2px;
}
"""

_support = st.components.v2.component("accessibility", js=_JS)
_announce = st.components.v2.component("announcement", js=_ANNOUNCE)


def support() -> None:
    """Mount all of it on the page. Called by `app.py`, before a page is drawn."""
    st.html(f"<style>{_STYLE}</style>")
    _support(key="accessibility")


def announce(text: str, *, key: str = "announcement") -> None:
    """Have a sentence read out, once, as it changes.

    Parameters
    ----------
    text : str
        Such as ``12 hits found``.
    key : str
        Tells two on one page apart; the last that changed is read.
    """
    _announce(key=key, data={"text": text})
