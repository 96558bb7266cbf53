"""Takes the keyboard into a popover that was opened by it.

Streamlit draws what opens at the end of the page: without this, Tab gets there only after all that stands
behind the button. Escape leads back to the button of its own accord.
"""

import streamlit as st

_JS = """
export default function () {
  let byKey = false;
  // Keys that are pressed within what has opened stay where they are.
  const heed = (event) => {
    byKey = (event.key === "Enter" || event.key === " ")
      && Boolean(event.target.closest?.('[data-testid="stPopover"]'));
  };
  const ignore = () => { byKey = false; };
  const enter = () => {
    const opened = byKey && document.querySelector('[data-testid="stPopoverBody"]');
    if (!opened) return;
    byKey = false;
    // What is in it, and its place, come a moment after it.
    setTimeout(() => opened.querySelector('input, select, textarea, button, [tabindex="0"]')?.focus(), 250);
  };
  const watch = new MutationObserver(enter);
  watch.observe(document.body, { childList: true, subtree: true });
  document.addEventListener("keydown", heed, true);
  document.addEventListener("pointerdown", ignore, true);
  return () => {
    watch.disconnect();
    document.removeEventListener("keydown", heed, true);
    document.removeEventListener("pointerdown", ignore, true);
  };
}
"""

_follow = st.components.v2.component("focus_into_popover", js=_JS)


def move_into_popovers() -> None:
    """Mount the listener on the page."""
    _follow(key="focus")
