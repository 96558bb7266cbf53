"""How a judge shares out 100 % among what it tells apart, and what those bars do not say."""

import streamlit as st

from core.models.consensus import NeighbourVote
from core.models.prediction import Prediction, class_name, percent_text
from pages._shared.session.errors import escape_markdown

BARS_NOTE = (
    "These bars share out 100 % among the five classes whatever a picture shows. That it is none of them is "
    "judged apart."
)


def draw_class_bars(prediction: Prediction) -> None:
    """Draw a classifier's probability of each class, the likeliest first."""
    for label, probability in sorted(prediction.probabilities.items(), key=lambda item: -item[1]):
        st.progress(probability, text=f"{escape_markdown(class_name(label))} · {percent_text(probability)}")


def draw_vote_bars(vote: NeighbourVote) -> None:
    """Draw how many of the nearest products are of each type, the most first."""
    for kind, count in vote.counts.items():
        st.progress(count / vote.n, text=f"{escape_markdown(kind or 'Unknown')} · {count} of {vote.n}")
