"""Which engine answers for a catalogue, as options, the environment or the catalogue's manifest say."""

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from core.errors import EngineError

LOCAL, MILVUS = "local", "milvus"
ENGINES = (LOCAL, MILVUS)

ENGINE_VARIABLE, URI_VARIABLE, TOKEN_VARIABLE = "GALLERY_ENGINE", "MILVUS_URI", "MILVUS_TOKEN"
LITE_SUFFIX = ".db"
_SCHEMES = ("http", "https", "tcp", "unix")


@dataclass(frozen=True)
class EngineChoice:
    """An engine, and where it is.

    Attributes
    ----------
    name : {"local", "milvus"}
    uri : str
        Of a Milvus server, as `http://localhost:19530`, or the folder of the embedded engine, as
        `products.db`; "" leaves it to the catalogue's manifest.
    token : str
        What a server asks for, as `user:password`. Kept nowhere.

    Raises
    ------
    EngineError
        If there is no such engine, or the address is none.

    Examples
    --------
    >>> EngineChoice("milvus", "http://localhost:19530", "root:Milvus")
    EngineChoice(name='milvus', uri='http://localhost:19530')
    >>> EngineChoice("milvus", "localhost:19530")
    Traceback (most recent call last):
    core.errors.EngineError: 'localhost:19530' is no address of Milvus; expected one such as \
http://localhost:19530, or a folder whose name ends in .db
    """

    name: str
    uri: str = ""
    token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.name not in ENGINES:
            raise EngineError(f"there is no engine {self.name!r}; there are {' and '.join(ENGINES)}")
        if self.uri:
            _check_uri(self.uri)

    @property
    def is_embedded(self) -> bool:
        """Whether the engine lies in a folder and runs in this process (Milvus Lite)."""
        return self.uri.endswith(LITE_SUFFIX)


def chosen_engine(
    name: str | None = None, uri: str | None = None, token: str | None = None
) -> EngineChoice | None:
    """Say what options and the environment choose.

    Parameters
    ----------
    name, uri, token : str, optional
        Before `GALLERY_ENGINE`, `MILVUS_URI` and `MILVUS_TOKEN` of the environment. An address alone chooses
        Milvus.

    Returns
    -------
    EngineChoice or None
        None where nothing is said of the engine, which is then the one in the catalogue's manifest.
    """
    uri = uri or (os.environ.get(URI_VARIABLE, "").strip() if name != LOCAL else "")
    name = name or os.environ.get(ENGINE_VARIABLE, "").strip() or (MILVUS if uri else "")
    if not name:
        return None
    token = token or os.environ.get(TOKEN_VARIABLE, "")
    return EngineChoice(name, uri, token) if name != LOCAL else EngineChoice(LOCAL)


def _check_uri(uri: str) -> None:
    if uri.endswith(LITE_SUFFIX) and "://" not in uri:
        return
    parts = urlsplit(uri)
    if parts.scheme not in _SCHEMES or not (parts.netloc or parts.path):
        raise EngineError(
            f"{uri!r} is no address of Milvus; expected one such as http://localhost:19530, or a folder "
            f"whose name ends in {LITE_SUFFIX}"
        )
    if "@" in parts.netloc:
        raise EngineError(
            f"the address of Milvus holds a password, and is kept in the manifest; give http://"
            f"{parts.netloc.rpartition('@')[2]}, and the password by --token USER:PASSWORD or "
            f"{TOKEN_VARIABLE}"
        )
