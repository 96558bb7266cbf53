"""A connection to Milvus whose every failure is one sentence, within seconds."""

import importlib
import logging
import logging.config
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.errors import EngineError
from core.gallery.milvus.engine_choice import TOKEN_VARIABLE, EngineChoice

ANSWER_SECONDS = 4.0
"""For connecting and answering together: whoever waits is told within five seconds."""

EMBEDDED_SECONDS = 120.0
"""The embedded engine shares this process's processors: it cannot be lost, only slow."""

WRITE_SECONDS = 600.0
"""For what takes its time: writing a batch, building an index, loading a collection."""

# pymilvus pings every ten seconds; servers take that for an attack and close the connection.
_GRPC_OPTIONS = {"grpc.keepalive_time_ms": 600_000, "grpc.keepalive_permit_without_calls": False}
_REQUIREMENTS = "requirements-milvus.txt"
_ABSENT, _NOT_LOADED = 100, 101  # codes of Milvus: no such collection, or it is not in memory
_UNREACHABLE = 2  # the client's own
_WAYS_OUT = "start it, or search the local gallery with `--engine local`"


class ConnectionLostError(EngineError):
    """There is no connection, or none any more."""


class CollectionAbsentError(EngineError):
    """There is no such collection."""


class CollectionNotLoadedError(EngineError):
    """A collection is there, but not in memory."""


class MilvusConnection:
    """What asks Milvus. Connects when it is asked first; safe to share between threads.

    Parameters
    ----------
    choice : EngineChoice
        With an address.
    seconds : float, optional
        How long a question may take; `ANSWER_SECONDS`, or `EMBEDDED_SECONDS` for the embedded engine.

    Raises
    ------
    EngineError
        If there is no address.
    """

    def __init__(self, choice: EngineChoice, seconds: float | None = None) -> None:
        if not choice.uri:
            raise EngineError("no address of Milvus is given; give it by --uri, or MILVUS_URI")
        self.choice = choice
        self.seconds = seconds or answer_seconds(choice)
        self._client: Any = None
        self._connecting = threading.Lock()

    def ask(self, method: str, *given: Any, seconds: float | None = None, **options: Any) -> Any:
        """Call a method of `MilvusClient`.

        Parameters
        ----------
        method : str
        *given, **options
            Its arguments.
        seconds : float, optional
            How long it may take, connecting included.

        Raises
        ------
        EngineError
            In one sentence, whatever failed.
        """
        client_class = pymilvus().MilvusClient  # whose loading, the first time, is no delay of the server
        allowed = seconds or self.seconds
        until = time.monotonic() + allowed
        for is_last in (False, True):
            try:
                client = self._connected(client_class, until)
                return getattr(client, method)(*given, timeout=_seconds_to(until), **options)
            except Exception as error:
                said = self._explained(error, allowed)
                if is_last or not isinstance(said, ConnectionLostError):
                    raise said from error
                # A connection that lay idle, or a server started again: whatever is asked may be asked twice.
                self.close()

    def close(self) -> None:
        """Give the connection back; the next question connects again."""
        with self._connecting:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _connected(self, client_class: Any, until: float) -> Any:
        with self._connecting:
            if self._client is None:
                # What they log of every failure, with a traceback, is said by the error that is raised.
                for library in ("pymilvus", "milvus_lite", "grpc"):
                    logging.getLogger(library).setLevel(logging.CRITICAL)
                self._client = client_class(
                    self.choice.uri,
                    token=self.choice.token,
                    timeout=_seconds_to(until),
                    dedicated=True,
                    grpc_options=_GRPC_OPTIONS,
                )
            return self._client

    def _explained(self, error: Exception, allowed: float) -> EngineError:
        where, code = f"Milvus at {self.choice.uri}", getattr(error, "code", None)
        text = " ".join(f"{_status_of(error)} {getattr(error, 'message', '') or error}".split())
        if "UNAUTHENTICATED" in text or "auth check failure" in text or "PERMISSION_DENIED" in text:
            return EngineError(
                f"{where} refuses the token; give the right one by --token or {TOKEN_VARIABLE}"
            )
        if "milvus-lite is required" in text or "milvus_lite" in text:
            return _not_installed("milvus-lite")
        if "Open local milvus failed, dir:" in text:
            return EngineError(
                f"there is no folder to put {self.choice.uri} into; make it, or give another --uri"
            )
        if "Open local milvus failed" in text:
            return EngineError(
                f"the folder {self.choice.uri} is held by another process, or is none of Milvus Lite; one "
                "process at a time can open it: end the other, or start a server with `milvus-lite server`"
            )
        if "DEADLINE_EXCEEDED" in text or "Retry timeout" in text:
            return EngineError(f"{where} did not answer within {allowed:g} seconds; {_WAYS_OUT}")
        if code == _UNREACHABLE or "UNAVAILABLE" in text:
            return ConnectionLostError(f"{where} cannot be reached: it refuses or is gone; {_WAYS_OUT}")
        if code == _ABSENT or "collection not found" in text:
            return CollectionAbsentError(f"{where} lacks a collection of this catalogue: {text}")
        if code == _NOT_LOADED or "not loaded" in text:
            return CollectionNotLoadedError(
                f"{where} has a collection of this catalogue not in memory: {text}"
            )
        return EngineError(f"{where} could not do what was asked: {text[:300]}")


def answer_seconds(choice: EngineChoice) -> float:
    """Give how long whoever waits for an answer is let wait."""
    return EMBEDDED_SECONDS if choice.is_embedded else ANSWER_SECONDS


def _status_of(error: BaseException) -> str:
    """Name the status that gRPC gave, which pymilvus keeps as the cause of its own error; "" without one.

    Errors that it keeps and raises again are at times causes of each other, in a circle.
    """
    looked_at: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in looked_at:
        status = getattr(cause, "code", None)
        if callable(status):
            return str(status().name)
        looked_at.append(cause)
        cause = cause.__cause__
    return ""


def _seconds_to(until: float) -> float:
    return max(0.2, until - time.monotonic())


def pymilvus() -> Any:
    """Import Milvus's own library, which takes a second the first time.

    Raises
    ------
    EngineError
        If it is not installed.
    """
    try:
        with _logging_left_alone():
            return importlib.import_module("pymilvus")
    except ImportError as error:
        raise _not_installed("pymilvus") from error


@contextmanager
def _logging_left_alone() -> Iterator[None]:
    """Keep a library from configuring logging while it is imported.

    pymilvus does, and that closes every handler that the process has: what TensorFlow writes to with it.
    """
    configure = logging.config.dictConfig
    logging.config.dictConfig = lambda config: None
    try:
        yield
    finally:
        logging.config.dictConfig = configure


def _not_installed(what: str) -> EngineError:
    return EngineError(
        f"{what}, which speaks to Milvus, is not installed; install it with `pip install -r "
        f"{_REQUIREMENTS}`, or search the local gallery with `--engine local`"
    )
