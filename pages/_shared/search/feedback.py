"""Hits judged by thumbs, in the order they were given, so that the last can be taken back."""

import streamlit as st

from core.catalogue.import_report import count_text
from core.gallery.stored_catalogue import StoredCatalogue
from pages._shared.session import query_params

IN_ADDRESS = "thumb"
UP, DOWN = "up-", "down-"

Feedback = tuple[tuple[str, bool], ...]
"""Product ids in the order they were judged, and whether each was liked."""


def current_feedback(catalogue: StoredCatalogue) -> Feedback:
    """Give the products judged, as the address says, and whether each was liked; each product's last word."""
    query_params.take_visitor_change(IN_ADDRESS)  # remembered for when the visitor comes back
    said = [thumb for thumb in query_params.read(IN_ADDRESS) if thumb.startswith((UP, DOWN))]
    judged = {thumb.removeprefix(UP).removeprefix(DOWN): thumb.startswith(UP) for thumb in said}
    # In another catalogue are other products.
    return tuple((product_id, liked) for product_id, liked in judged.items() if product_id in catalogue)


def toggle_feedback(judged: Feedback, product_id: str, liked: bool) -> None:
    """Judge a hit; the same thumb again takes it back."""
    others = tuple(thumb for thumb in judged if thumb[0] != product_id)
    again = (product_id, liked) in judged
    _keep(others if again else (*others, (product_id, liked)))


def _keep(judged: Feedback) -> None:
    thumbs = [(UP if liked else DOWN) + product_id for product_id, liked in judged]
    query_params.write(**{IN_ADDRESS: thumbs}, page=[])


def draw_buttons(judged: Feedback, product_id: str, key: str) -> None:
    """Draw both thumbs of a hit."""
    mine = dict(judged).get(product_id)
    for liked, icon, says in (
        (True, ":material/thumb_up:", "More like this one"),
        (False, ":material/thumb_down:", "Less like this one"),
    ):
        st.button(
            says,
            key=f"{key}-{'up' if liked else 'down'}-{product_id}",
            icon=icon,
            help=says,
            type="primary" if mine is liked else "tertiary",
            on_click=toggle_feedback,
            args=(judged, product_id, liked),
        )


def hide_button_labels() -> None:
    """Leave the words on the thumbs to those who listen to the page: the card is narrow."""
    hidden = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);"
    labels = ", ".join(
        f'[class*="st-key-hit-{way}-"] [data-testid="stMarkdownContainer"]' for way in ("up", "down")
    )
    st.html(f"<style>{labels} {{ {hidden} }}</style>")


def draw_feedback_bar(judged: Feedback) -> None:
    """Say how the query was moved, and offer the ways back, in the row that says what hits are shown.

    A row of its own would push the hits away from the finger that aims at the next thumb.
    """
    if not judged:
        return
    up = sum(liked for _, liked in judged)
    given = [(up, "like"), (len(judged) - up, "dislike")]
    said = " and ".join(count_text(n, noun) for n, noun in given if n)
    st.caption(f"Moved by {said}", width="content")
    for label, icon, key, left in (
        ("Undo", ":material/undo:", "thumbs-undo", judged[:-1]),
        ("Start over", ":material/restart_alt:", "thumbs-over", ()),
    ):
        st.button(label, icon=icon, key=key, type="tertiary", on_click=_keep, args=(left,))
