"""What a server does once, and beside its pages: its log, its limits, and letting go of visits that ended."""

import functools
import logging
import sys
import threading
from collections.abc import Mapping

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core import __version__, models
from core.free_memory import available_bytes
from core.gallery.catalogue_list import list_catalogues
from core.models import memory
from pages._shared.session.stores import VISITS
from pages._shared.session.upload_limit import limit_uploads

LOOK_EVERY = 15.0
"""Seconds between two looks for visits that ended."""

SLOW_SEARCH = 3.0
"""Seconds from which on a search is logged."""

_log = logging.getLogger(__name__)


@functools.cache
def start_once() -> None:
    """Begin what runs for as long as the server does. Meant for each run of `app.py`; later ones do nothing.

    The log has one line for a start, a model loaded, a file refused and a slow search. It holds no picture,
    no name of a file, nothing that was typed and no address of a person.
    """
    configure_log()
    run = get_script_run_ctx()
    if run is not None:
        limit_uploads(run.uploaded_file_mgr)
    threading.Thread(target=_leave_ended_visits, name="ended-visits", daemon=True).start()
    left = available_bytes()
    _log.info(
        "started %s: %d catalogues, models %s%s",
        __version__,
        len(list_catalogues()),
        ", ".join(models.available_models()) or "none",
        "" if left is None else f", {left >> 20} MB of memory are left",
    )


def configure_log() -> None:
    """Write what `core` and the pages log to standard error, unless the host has its own way."""
    if logging.getLogger().handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    for name in ("core", "pages"):
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)


def log_slow_search(took_ms: Mapping[str, float]) -> None:
    """Log a search that took long, by its parts; what was searched with is not said."""
    seconds = sum(took_ms.values()) / 1000
    if seconds >= SLOW_SEARCH:
        parts = ", ".join(f"{part} {ms / 1000:.1f}" for part, ms in took_ms.items())
        _log.info("slow search: %.1f s (%s)", seconds, parts)


def leave_ended_visits() -> None:
    """Let go of the photos, answers and uploads of visits that ended and can no longer be taken up again.

    Streamlit itself drops such a visit when the next one ends, which may be the next morning.
    """
    if not runtime.exists():
        return
    server = runtime.get_instance()
    keep = float(st.get_option("server.disconnectedSessionTTL") or 120)
    ended = VISITS.leave_ended(server.is_active_session, keep)
    for visit in ended:
        server.uploaded_file_mgr.remove_session_files(visit)
    if ended:
        memory.return_freed_memory()


def _leave_ended_visits(stop: threading.Event | None = None) -> None:
    stop = stop or threading.Event()
    while not stop.wait(LOOK_EVERY):
        try:
            leave_ended_visits()
        except Exception:  # the thread has to live as long as the server
            _log.exception("visits that ended were not let go")
