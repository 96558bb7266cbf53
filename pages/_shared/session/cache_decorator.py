"""The decorator that caches: it builds the key of an answer from what the answer depends on.

What a function is asked for again with every rerun of a page is made once. Its answer is kept by the
function's own arguments and by the fingerprints of everything on disk that it declares to depend on, so that
neither a caller nor the author of a new cached function can forget a version.
"""

import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar, cast

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.gallery.catalogue_list import catalogue_fingerprint
from core.inference_queue import INFERENCE, Priority
from core.storage import artifacts
from pages._shared.session.stores import VISITS, AnswerCache

P = ParamSpec("P")
R = TypeVar("R")

SERVER_ANSWERS: dict[str, AnswerCache] = {}
"""What is kept for all visitors, by the full name of the function that it was asked of."""

VERSIONED_PARAMETERS = ("catalogue_name", "extractor", "model")
"""Parameters that name something kept on disk: a function that has one of them declares the dependency."""


class DoNotCache(Exception):
    """Raised by a cached function to give an answer that is not remembered.

    For what holds now and may not in a moment, such as an answer without a model for which memory was short.
    """

    def __init__(self, answer: Any) -> None:
        super().__init__("an answer that is not remembered")
        self.answer = answer


@dataclass(frozen=True)
class Dependency:
    """Something kept on disk that an answer depends on.

    Attributes
    ----------
    parameter : str or None
        The parameter whose value names it; None where it is the same in every call.
    fingerprint : callable
        From that value to what changes when it changes on disk.
    """

    parameter: str | None
    fingerprint: Callable[[Any], str]


def catalogue_version(parameter: str = "catalogue_name") -> Dependency:
    """Depend on the catalogue that a parameter names, and on what is lost of it."""
    return Dependency(parameter, _catalogue_fingerprint)


def model_version(parameter: str = "extractor") -> Dependency:
    """Depend on the manifest of the model, or extractor, that a parameter names.

    A handcrafted descriptor has no manifest: it changes with the code alone.
    """
    return Dependency(parameter, _model_fingerprint)


def method_version(parameter: str = "method") -> Dependency:
    """Depend on the manifest of the extractor of a method, which may name a distance too."""
    return Dependency(parameter, lambda method: _model_fingerprint(method.partition(":")[0]))


def version_of_model(name: str) -> Dependency:
    """Depend on the manifest of one model, the same in every call."""
    return Dependency(None, lambda _: _model_fingerprint(name))


def file_version(parameter: str = "path") -> Dependency:
    """Depend on the file that a parameter gives the path of."""
    return Dependency(parameter, lambda path: artifacts.fingerprint(Path(path)))


def cached(
    *,
    depends_on: tuple[Dependency, ...],
    max_entries: int,
    scope: Literal["server", "session"] = "server",
    kind: Literal["data", "resource"] = "data",
    priority: Priority | None = None,
    show_spinner: str = "",
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Cache the answers of a function for as long as nothing that they depend on changes on disk.

    Not by `st.cache_data` and `st.cache_resource`, which any visitor's browser can have emptied for all:
    answers lie in this process (`pages._shared.session.stores`).

    Parameters
    ----------
    depends_on : tuple of Dependency
        What is read from disk; empty for what depends on the arguments alone.
    max_entries : int
        Answers kept, the least recently used going first; with ``scope="session"`` for each visit.
    scope : {"server", "session"}
        Whose answers: every visitor's, or those of one visit, which go with it. What is made of a visitor's
        photo belongs to the visit.
    kind : {"data", "resource"}
        Whether each caller gets a copy, or all get the same object, which nobody may change.
    priority : Priority, optional
        Of the passes through networks that an answer takes; that of whoever asks, by default.
    show_spinner : str
        What is said while an answer is being made.

    Returns
    -------
    callable
        A decorator. Arguments with a `key`, such as a photo or a query, are told apart by it, alone or in a
        tuple; all others by their values.

    Raises
    ------
    TypeError
        Where the decorated function lacks a parameter that it declares to depend on, or has one of
        `VERSIONED_PARAMETERS` without declaring it.

    Examples
    --------
    >>> from core.gallery.stored_catalogue import open_catalogue
    >>> @cached(depends_on=(catalogue_version(),), max_entries=8)
    ... def count_labels(catalogue_name: str) -> int:
    ...     return open_catalogue(catalogue_name).products["articleType"].nunique()
    >>> count_labels("demo")  # opened and counted
    5
    >>> count_labels("demo")  # remembered, until the catalogue is indexed again
    5
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        _check_declared(function.__qualname__, signature, depends_on)

        name = f"{function.__module__}.{function.__qualname__}"
        if scope == "server":
            SERVER_ANSWERS[name] = AnswerCache(max_entries=max_entries, copied=kind == "data")

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            answers = (
                SERVER_ANSWERS[name]
                if scope == "server"
                else VISITS.answers(visit_id(), name, max_entries=max_entries, copied=kind == "data")
            )

            def make() -> R:
                with _queued_at(priority), _spinner(show_spinner):
                    return function(*bound.args, **bound.kwargs)

            try:
                return cast(R, answers.get(_cache_key(bound.arguments, depends_on), make))
            except DoNotCache as unsettled:
                return cast(R, unsettled.answer)

        return call

    return decorate


def visit_id() -> str:
    """Name the visit that a page runs for.

    Raises
    ------
    RuntimeError
        Where no page runs, as in a thread in the background.
    """
    run = get_script_run_ctx(suppress_warning=True)
    if run is None:
        raise RuntimeError("There is no visit here: what belongs to one is asked for while a page runs")
    return run.session_id


def _spinner(text: str) -> AbstractContextManager[None]:
    return st.spinner(text) if text and get_script_run_ctx(suppress_warning=True) else nullcontext()


def _queued_at(priority: Priority | None) -> AbstractContextManager[None]:
    return nullcontext() if priority is None else INFERENCE.at(priority)


def _check_declared(function: str, signature: inspect.Signature, depends_on: tuple[Dependency, ...]) -> None:
    declared = {dependency.parameter for dependency in depends_on} - {None}
    if unknown := sorted(cast(set[str], declared - set(signature.parameters))):
        raise TypeError(
            f"{function} is declared to depend on its parameter {unknown[0]!r}, which it does not have; "
            f"it has {', '.join(signature.parameters) or 'none'}"
        )
    undeclared = [name for name in VERSIONED_PARAMETERS if name in signature.parameters.keys() - declared]
    if undeclared:
        raise TypeError(
            f"{function} has the parameter {undeclared[0]!r}, which names something on disk; declare its "
            "version in `depends_on`"
        )


def _cache_key(arguments: dict[str, Any], depends_on: tuple[Dependency, ...]) -> tuple[Any, ...]:
    versions = tuple(
        dependency.fingerprint(arguments.get(dependency.parameter) if dependency.parameter else None)
        for dependency in depends_on
    )
    return (*versions, *(_argument_key(value) for value in arguments.values()))


def _argument_key(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return tuple(map(_argument_key, value))
    if isinstance(value, Path):
        return str(value)
    key = getattr(value, "key", None)
    return value if key is None else (type(value).__name__, key)


def _catalogue_fingerprint(name: str) -> str:
    return catalogue_fingerprint(name) if name else ""


def _model_fingerprint(name: str) -> str:
    return artifacts.fingerprint(artifacts.model_dir(name)) if name else ""
