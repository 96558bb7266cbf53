"""Libraries that serving does without: imported when a method is asked for that needs them."""

from importlib import import_module
from typing import Any

from core.errors import ModelError

REQUIREMENTS = "requirements-compare.txt"
"""What installs them."""


def import_library(module: str, *, method: str) -> Any:
    """Import a module of a library that only the compared methods need.

    Parameters
    ----------
    module : str
        Such as ``skimage.feature``.
    method : str
        That needs it, for the message.

    Raises
    ------
    ModelError
        If the library is not installed.

    Examples
    --------
    >>> import_library("no_such_library.of_mine", method="gabor")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    core.errors.ModelError: gabor needs no_such_library, which is not installed; install it with ...
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ModelError(
            f"{method} needs {module.partition('.')[0]}, which is not installed; install it with "
            f"`pip install -r {REQUIREMENTS}`"
        ) from error
