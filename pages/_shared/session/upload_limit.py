"""How much a visit, and all of them, may have lying with the server before a page has taken it."""

import logging
from collections.abc import Callable

from starlette.exceptions import HTTPException
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileManager, UploadedFileRec

from core.free_memory import available_bytes

MAX_VISIT_FILES = 400
"""Most files of one visit: twice what any widget takes at once."""

MAX_VISIT_BYTES = 200 * 1024**2
"""Most bytes of one visit. A page lets go of what it has taken, so this is one choice of files."""

MAX_BYTES = 600 * 1024**2
"""Most bytes of all visits."""

KEPT_FREE = 100 * 1024**2
"""Memory that no upload may take: what a search needs."""

_log = logging.getLogger(__name__)


class UploadLimit:
    """Refuses files that a server cannot hold, with the HTTP status that says so.

    Streamlit limits a single file. A browser, or what claims to be one, may send any number of them, and
    those that no widget asks for lie there until the visit ends.

    Parameters
    ----------
    manager : MemoryUploadedFileManager
        Holds the files.
    add_file : callable
        Its own way of adding one.
    """

    def __init__(
        self, manager: MemoryUploadedFileManager, add_file: Callable[[str, UploadedFileRec], None]
    ) -> None:
        self._manager, self._add_file = manager, add_file

    def add_file(self, session_id: str, file: UploadedFileRec) -> None:
        """Hold a file.

        Raises
        ------
        HTTPException
            413 where the visit has too much, 507 where the server has.
        """
        if file.data:  # to empty a record is always possible
            held = {visit: dict(files) for visit, files in dict(self._manager.file_storage).items()}
            own = held.get(session_id, {})
            own.pop(file.file_id, None)
            sizes = {visit: sum(len(rec.data) for rec in files.values()) for visit, files in held.items()}
            if len(own) >= MAX_VISIT_FILES or sizes.get(session_id, 0) + len(file.data) > MAX_VISIT_BYTES:
                raise _refused(413, len(file.data), "the visit holds as many files as one may")
            left = available_bytes()
            if sum(sizes.values()) + len(file.data) > MAX_BYTES or (
                left is not None and left < KEPT_FREE + len(file.data)
            ):
                raise _refused(507, len(file.data), "memory is too short")
        self._add_file(session_id, file)


def limit_uploads(manager: UploadedFileManager) -> None:
    """Have a server's files limited from now on; one that keeps them elsewhere limits them itself."""
    if isinstance(manager, MemoryUploadedFileManager):
        limit = UploadLimit(manager, manager.add_file)
        manager.add_file = limit.add_file  # type: ignore[method-assign]
    else:
        _log.warning("uploads are not limited: they are held by %s", type(manager).__name__)


def _refused(status: int, n_bytes: int, why: str) -> HTTPException:
    _log.info("refused a file of %d bytes: %s", n_bytes, why)
    return HTTPException(status, f"Not taken: {why}. Try again later, or with fewer and smaller files.")
