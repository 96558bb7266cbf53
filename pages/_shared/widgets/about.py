"""What this is, one click away: the version, how old the weights are, the licence."""

import streamlit as st

from core import __version__
from core.catalogue.import_report import count_text
from core.errors import ArtifactError
from core.gallery.stored_catalogue import StoredCatalogue
from core.models.names import MODEL_NAMES
from core.storage import artifacts
from pages._shared.session.errors import escape_markdown


def show_about(catalogue: StoredCatalogue | None) -> None:
    """Show the version, each model's date, and where the catalogue comes from."""
    with st.popover("About", icon=":material/info:", type="tertiary"):
        st.markdown(f"**Fashion image search {__version__}**")
        st.markdown("\n".join(f"- {name}: {_trained(name)}" for name in MODEL_NAMES))
        if catalogue:
            source = str(catalogue.manifest.get("source") or "")
            made_of = f", made of {escape_markdown(source)}" if source not in ("", catalogue.name) else ""
            products = count_text(len(catalogue), "product")
            st.markdown(f"Catalogue {escape_markdown(catalogue.name)}{made_of}, {products}")
        st.markdown("Code under the MIT licence (`LICENSE`).")


def _trained(model: str) -> str:
    try:
        return f"weights of {artifacts.read_manifest(artifacts.model_dir(model))['created'][:10]}"
    except ArtifactError:
        return "no weights here"
