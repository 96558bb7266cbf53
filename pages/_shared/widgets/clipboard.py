"""Pictures from the clipboard: pasted anywhere on the page, or by a button where there is no keyboard.

The browser's part is fixed text. What is on the clipboard goes into the session's memory as bytes, is read
like any other upload, and never becomes part of the page. Texts pasted into a text box are left alone.
"""

import base64
from typing import Any

import streamlit as st

from core.errors import ImageError
from core.imaging.decode import MAX_BYTES

NAME = "pasted picture"

_HTML = """
<button type="button">Paste a picture</button>
<span class="hint">or press Ctrl+V anywhere (⌘V on a Mac)</span>
<p role="status" hidden></p>
"""

_CSS = """
:host, div { font-family: var(--st-font); color: var(--st-text-color); font-size: 1rem; }
button {
  font: inherit; color: inherit; background: var(--st-background-color); cursor: pointer;
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
  padding: 0.25rem 0.75rem; min-height: 2.5rem; font-size: 0.875rem;
}
button:hover { border-color: var(--st-primary-color); color: var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
.hint { font-size: 0.875rem; opacity: 0.65; margin-left: 0.5rem; }
@media (hover: none) { .hint { display: none; } }
p { margin: 0.5rem 0 0; font-size: 0.9rem; }
p::before { content: "⚠ "; }
[hidden] { display: none; }
"""

_JS = """
// A phone has no Ctrl key.
const KEYS = !matchMedia("(hover: none)").matches;
const [OR_PRESS, PRESS] = KEYS ? ["press Ctrl+V instead, or ", "Press Ctrl+V, or u"] : ["or ", "U"];
const SAYS = {
  text: "The clipboard holds text, not a picture. Copy the picture itself and paste again.",
  empty: "The clipboard holds no picture. Copy one and paste again.",
  denied: "The browser does not let this page read the clipboard. Allow it in the address bar, "
    + `${OR_PRESS}upload the picture.`,
  unable: `This browser cannot hand over the clipboard by a button. ${PRESS}pload the picture.`,
  large: "The pasted picture is too large. Save it as a file and upload that.",
  cut: "The connection was cut. Your picture is kept, and handed in as soon as it is back. "
    + "Leave this page open.",
};
const MOST = 8 * 1024 * 1024;  // bytes; more are packed anew, since the way to the server is narrow

const connected = () => document.querySelector('[data-testid="stApp"]')
  ?.getAttribute("data-test-connection-state") === "CONNECTED";

const asBase64 = (blob) => new Promise((done, failed) => {
  const reader = new FileReader();
  reader.onload = () => done(String(reader.result).split(",", 2)[1] ?? "");
  reader.onerror = failed;
  reader.readAsDataURL(blob);
});

async function packed(blob) {
  if (blob.size <= MOST) return blob;
  const picture = await createImageBitmap(blob);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.width, picture.height];
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0);
  const smaller = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
  return smaller && smaller.size <= MOST ? smaller : null;
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const [button, hint, says] = ["button", ".hint", "p"].map((name) => parentElement.querySelector(name));
  button.hidden = hint.hidden = !data.button;

  const say = (what) => {
    says.textContent = what ? SAYS[what] : "";
    says.hidden = !what;
  };
  const hand = async (blobs) => {
    say(null);
    const files = [];
    let size = 0;
    for (const blob of blobs) {
      const small = await packed(blob).catch(() => null);
      size += small?.size ?? 0;
      if (!small || size > MOST) { say("large"); break; }
      files.push({ name: blob.name ?? "", data: await asBase64(small) });
    }
    if (!files.length) return;
    if (!connected()) {  // Streamlit would let it go
      say("cut");
      while (!connected()) await new Promise((done) => setTimeout(done, 500));
      say(null);
    }
    setTriggerValue("pasted", files);
  };

  const paste = (event) => {
    const held = event.clipboardData;
    const pictures = [...(held?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (pictures.length) {
      event.preventDefault();
      hand(pictures);
      return;
    }
    const target = event.composedPath()[0];
    if (target?.closest?.("input, textarea, [contenteditable]")) return;
    say([...(held?.types ?? [])].some((type) => type.startsWith("text/")) ? "text" : "empty");
  };
  const read = async () => {
    if (!navigator.clipboard?.read) return say("unable");
    try {
      const items = await navigator.clipboard.read();
      const pictures = [];
      for (const item of items) {
        const type = item.types.find((type) => type.startsWith("image/"));
        if (type) pictures.push(await item.getType(type));
      }
      if (pictures.length) return hand(pictures);
      say(items.some((item) => item.types.some((type) => type.startsWith("text/"))) ? "text" : "empty");
    } catch (error) {
      say(error.name === "NotAllowedError" ? "denied" : "empty");
    }
  };
  button.onclick = read;
  document.addEventListener("paste", paste);
  return () => document.removeEventListener("paste", paste);
}
"""

_paste = st.components.v2.component("picture_from_clipboard", html=_HTML, css=_CSS, js=_JS)


def take_pasted_photos(key: str, *, button: bool) -> list[tuple[str, bytes]]:
    """Give names and bytes of the files that were pasted just now, mostly none.

    Parameters
    ----------
    key : str
    button : bool
        Whether the button is shown; pasting by keyboard works either way.

    Raises
    ------
    ImageError
        If what comes is no list of files: the browser can be made to send anything.
    """
    pasted = _paste(key=key, data={"button": button}, on_pasted_change=lambda: None).pasted
    return [] if pasted is None else read_pasted_photos(pasted)


def read_pasted_photos(pasted: Any) -> list[tuple[str, bytes]]:
    """Read what the browser handed over: names and bytes of files.

    Raises
    ------
    ImageError
        If that is no list of files.
    """
    try:
        files = [(_called(file), base64.b64decode(file["data"], validate=True)) for file in pasted]
    except (TypeError, AttributeError, KeyError, ValueError) as error:
        raise ImageError("The pasted picture did not arrive whole; paste it again.") from error
    if any(len(data) > MAX_BYTES for _, data in files):
        raise ImageError(f"The pasted picture is larger than {MAX_BYTES >> 20} MB; save it smaller.")
    return files


def _called(file: dict[str, Any]) -> str:
    # Browsers call every picture from the clipboard so.
    name = str(file.get("name") or NAME)
    return NAME if name == "image.png" else name[:200]
