"""What a phone shows otherwise: there the hits come first, and the query is a strip above them.

Streamlit does not tell a page how wide it is, so both ways are decided on in the browser. Keys of containers
are the classes that Streamlit documents for this.
"""

import streamlit as st

_STYLE = """
/* A spinner beside what it waits for, not in a line of its own that goes away again. */
.st-key-found > :has(> [data-testid="stSpinner"]), .st-key-query-words > :has(> [data-testid="stSpinner"]),
.st-key-query-garments > :has(> [data-testid="stSpinner"]) { position: absolute; z-index: 3; }
.st-key-found, .st-key-query-words, .st-key-query-garments { position: relative; }
/* The place of the verdict, which comes when the hits are there already. */
.st-key-query-words { min-height: 8.5rem; }
.st-key-hits-title.st-key-hits-title h1 { font-size: 1.35rem; }
@media (min-width: 641px) {
  .st-key-query-more { display: none; }
}
@media (max-width: 640px) {
  .st-key-query-strip {
    display: grid; grid-template-columns: auto 1fr; column-gap: 0.75rem; row-gap: 0; align-items: center;
  }
  .st-key-query-picture { width: auto; }
  .st-key-query-picture:not(:has(.st-key-query-photo)) { width: 84px; }
  .st-key-query-picture img { width: auto; max-width: 84px; max-height: 96px; }
  .st-key-query-strip > :has(> .st-key-query-garments) { grid-column: 1 / -1; order: 1; }
  .st-key-query-garments { gap: 0.25rem; }
  .st-key-query-garments:not(:empty) { padding-top: 0.5rem; }
  .st-key-query-garments .stButtonGroup > div {
    flex-wrap: nowrap; overflow-x: auto; scrollbar-width: none;
  }
  .st-key-query-garments .stButtonGroup button { flex: none; max-width: none; min-height: 44px; }
  .st-key-query-words { gap: 0.25rem; min-height: 6rem; }
  .st-key-query-words [data-testid="stMarkdownContainer"] { margin-bottom: 0; font-size: 0.9rem; }
  .st-key-query-words h2 { padding: 0; font-size: 1.1rem; line-height: 1.3; }
  .st-key-query-panel { gap: 0.25rem; }
  [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"] .st-key-query-panel) { gap: 0.5rem; }
  .st-key-query-panel:has(.st-key-query-more input:not(:checked)) .st-key-query-details { display: none; }
  .st-key-hits-title { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .st-key-found { gap: 0.35rem; }
  /* One row of controls: their words are read out, and the icons say enough. */
  .st-key-controls { flex-wrap: nowrap; gap: 0.4rem; }
  .st-key-controls > :has(.st-key-words) { flex: 1 1 auto; min-width: 0; }
  .st-key-controls .st-key-words { width: 100%; }
  .st-key-controls :is([data-testid="stPopover"], [data-testid="stDownloadButton"]) p {
    position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  }
  .st-key-query-garments > :not(:has(.st-key-turned-query)) [data-testid="stCaptionContainer"] {
    display: none;
  }
  .st-key-turned-query.st-key-turned-query { flex-wrap: nowrap; justify-content: space-between; }
  .st-key-turned-query p { font-size: 0.8rem; }
  .st-key-hits-summary { gap: 0.25rem 0.75rem; }
  .st-key-hits-summary p { font-size: 0.8rem; }
}
"""


def apply_phone_layout() -> None:
    """Put the rules into the page."""
    st.html(f"<style>{_STYLE}</style>")
