"""`--engine`, `--uri` and `--token`: which engine a catalogue is searched by."""

import argparse

from core.errors import EngineError
from core.gallery.milvus.engine_choice import ENGINES, LOCAL, EngineChoice, chosen_engine


def add_engine_options(to: argparse.ArgumentParser) -> None:
    """Say what can be typed of an engine."""
    to.add_argument(
        "--engine",
        choices=ENGINES,
        help="what searches the catalogue; by default what it was indexed for, or GALLERY_ENGINE",
    )
    to.add_argument(
        "--uri",
        metavar="URI",
        help="of Milvus, such as http://localhost:19530, or a folder of Milvus Lite, NAME.db (MILVUS_URI)",
    )
    to.add_argument("--token", metavar="T", help="of Milvus, USER:PASSWORD; better as MILVUS_TOKEN")


def engine_of(chosen: argparse.Namespace) -> EngineChoice | None:
    """Give the engine that was typed, or that the environment says; None leaves it to the catalogue.

    Raises
    ------
    EngineError
        If an address or a token is given to the engine of this process, or the address is none.
    """
    if chosen.engine == LOCAL and (chosen.uri or chosen.token):
        raise EngineError("the local engine has no address and no token; leave out --uri and --token")
    return chosen_engine(chosen.engine, chosen.uri, chosen.token)
