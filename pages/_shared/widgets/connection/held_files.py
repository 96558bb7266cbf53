"""Files chosen while the connection is cut, kept in the browser and handed in when it is back.

A phone puts the browser to sleep while its camera or its pictures are open, and the connection with it.
Streamlit passes over what is chosen then, without a word, or lists it with an error of the network. One
component on every page keeps the files, says so, and hands them in again.
"""

import streamlit as st

_JS = """
const INPUT = '[data-testid="stFileUploaderDropzoneInput"]';
const PLACE = '[data-testid="stFileUploaderDropzone"]';
const PATIENCE = 15000;  // ms until a page that is back has its uploader again

const app = () => document.querySelector('[data-testid="stApp"]');
const connected = () => app()?.getAttribute("data-test-connection-state") === "CONNECTED";
const resting = () => app()?.getAttribute("data-test-script-state") === "notRunning";
const failed = (chip) => chip.querySelector('[data-testid="stFileChipIconError"]');
const chips = (input) => [...input.closest('[data-testid="stFileUploader"]')
  .querySelectorAll('[data-testid="stFileChip"]')];
const listed = (input) => chips(input).filter((chip) => !failed(chip)).map((chip) => chip.innerText).join();

const SAYS = {
  kept: (what) => `The connection was cut. Your ${what} kept, and handed in as soon as it is back. `
    + "Leave this page open.",
  back: (what) => `The connection is back, and your ${what} handed in.`,
  lost: (what, it) => `The connection is back, but not the place where you had chosen ${it}. `
    + `Choose ${it} again.`,
};

export default function ({ setTriggerValue }) {
  const notice = document.createElement("div");
  notice.id = "held-files";
  notice.setAttribute("role", "status");
  document.body.append(notice);
  let hidden = 0;
  const say = (what) => {
    clearTimeout(hidden);
    const many = chosen?.files.length > 1;
    notice.textContent = what
      ? SAYS[what](many ? "files are" : "file is", many ? "them" : "it") : "";
    // Dark on a light page, and light on a dark one: what lies beneath it is not to be seen through.
    const page = getComputedStyle(app());
    Object.assign(notice.style, {
      color: page.backgroundColor, background: page.color, fontFamily: page.fontFamily,
    });
    if (what && what !== "kept") hidden = setTimeout(() => say(null), 8000);
  };

  // What was chosen last, until the server has run with it.
  let chosen = null, handing = 0;
  const inputs = () => [...document.querySelectorAll(INPUT)];
  const keyOf = (input) => [...(input.closest('[class*="st-key-"]')?.classList ?? [])]
    .find((name) => name.startsWith("st-key-")) ?? "";
  const keep = (input, files) => {
    if (!files.length) return;
    const key = keyOf(input);
    chosen = { files, key, place: inputs().indexOf(input), before: listed(input), cut: !connected() };
    if (chosen.cut) say("kept");
  };
  const find = () => (chosen.key && document.querySelector(`.${CSS.escape(chosen.key)} ${INPUT}`))
    || (chosen.key ? null : inputs()[chosen.place]);

  const choose = (event) => {
    if (event.target.matches?.(INPUT)) keep(event.target, [...event.target.files]);
  };
  // Where nobody takes it, a browser leaves the page for a picture that is dropped on it.
  const over = (event) => {
    if (!connected() && event.target.closest?.(PLACE)) event.preventDefault();
  };
  const drop = (event) => {
    const input = event.target.closest?.(PLACE)?.querySelector(INPUT);
    if (!input) return;
    if (!connected()) event.preventDefault();
    keep(input, [...(event.dataTransfer?.files ?? [])]);
  };

  const handIn = (until) => {
    handing = 0;
    if (!chosen || !connected()) return;
    const input = find();
    const open = input && resting() && input.closest(PLACE).getAttribute("aria-disabled") !== "true";
    if (!open) {
      if (Date.now() < until) { handing = setTimeout(() => handIn(until), 300); return; }
      say("lost");
      chosen = null;
      return;
    }
    say("back");
    chips(input).filter(failed)
      .forEach((chip) => chip.querySelector('[data-testid="stFileChipDeleteBtn"] button')?.click());
    if (listed(input) !== chosen.before) {
      chosen = null;
      setTriggerValue("arrived", true);  // it came through before the cut, and only the server does not know
      return;
    }
    const held = new DataTransfer();
    for (const file of chosen.files) held.items.add(file);
    input.files = held.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const look = () => {
    if (!chosen) return;
    if (!connected()) {
      clearTimeout(handing);
      [chosen.cut, handing] = [true, 0];
      say("kept");
    } else if (chosen.cut) {
      // The page is drawn anew first.
      handing ||= setTimeout(() => handIn(Date.now() + PATIENCE), 700);
    } else if (!resting()) {
      chosen = null;
    }
  };

  const watch = new MutationObserver(look);
  watch.observe(document.body, {
    subtree: true, attributeFilter: ["data-test-connection-state", "data-test-script-state"],
  });
  const listeners = { change: choose, dragover: over, drop };
  for (const [name, listener] of Object.entries(listeners)) document.addEventListener(name, listener, true);
  return () => {
    watch.disconnect();
    clearTimeout(handing);
    clearTimeout(hidden);
    notice.remove();
    for (const [name, listener] of Object.entries(listeners)) {
      document.removeEventListener(name, listener, true);
    }
  };
}
"""

_STYLE = """
#held-files:not(:empty) {
  position: fixed; z-index: 1000000; left: 50%; bottom: 1.5rem; transform: translateX(-50%);
  width: max-content; max-width: min(34rem, calc(100vw - 2rem)); padding: 0.75rem 1rem; border-radius: 0.5rem;
  font-size: 0.95rem; line-height: 1.4; box-shadow: 0 2px 12px rgb(0 0 0 / 0.3);
}
"""

_held = st.components.v2.component("held_files", js=_JS)


def hold_files() -> None:
    """Mount it on the page. Called by `app.py`, before a page is drawn."""
    st.html(f"<style>{_STYLE}</style>")
    _held(key="held-files", on_arrived_change=lambda: None)
