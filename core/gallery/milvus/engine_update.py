"""A catalogue's products brought into the engine that searches it, where that is not this process."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.errors import ArtifactError
from core.gallery.milvus.collections import EXACT_INDEX
from core.gallery.milvus.engine_choice import LOCAL, MILVUS, EngineChoice, chosen_engine
from core.gallery.milvus.filling import FilledRows, MilvusFilling, save_moments
from core.gallery.milvus.stored import kept_address
from core.protocols import Bar
from core.storage.artifacts import read_manifest
from core.storage.schema import ManifestEmbeddings, ManifestEngine


@dataclass
class EngineUpdate:
    """Writes products to an engine while their catalogue is written, and lets them be searched afterwards.

    Where the catalogue is searched in the serving process, it does nothing.

    Attributes
    ----------
    filling : MilvusFilling or None
    rows : FilledRows or None
        What was written.
    """

    filling: MilvusFilling | None = None
    rows: FilledRows | None = None

    @classmethod
    def of(
        cls, target: Path, engine: EngineChoice | None = None, vector_index: str | None = None
    ) -> "EngineUpdate":
        """Make the update of a catalogue, and see that its engine can be reached.

        Parameters
        ----------
        target : Path
            The catalogue's place.
        engine : EngineChoice, optional
            By default what the environment says, or else the manifest.
        vector_index : str, optional
            By default what it was, or exact.

        Raises
        ------
        EngineError
            If the engine cannot be reached, or has no address.
        """
        engine, kept = engine or chosen_engine(), _kept_engine(target)
        name = engine.name if engine else kept["name"] if kept else LOCAL
        if name == LOCAL:
            return cls()
        choice = kept_address(kept, engine) if kept else engine or EngineChoice(MILVUS)
        index_type = vector_index or (kept["index"] if kept else EXACT_INDEX)
        filling = MilvusFilling(target.name, choice, kept, index_type=index_type)
        filling.check()
        return cls(filling)

    def write(
        self,
        work: Path | None,
        products: pd.DataFrame,
        vectors: Mapping[str, np.ndarray],
        embeddings: Mapping[str, ManifestEmbeddings],
        *,
        bar: Bar,
    ) -> dict[str, Any]:
        """Write products beside what is searched, and what searching them needs into the catalogue's folder.

        Parameters
        ----------
        work : Path or None
            The catalogue's folder; None where these are a part of its products.
        products : DataFrame, length n
        vectors : mapping of extractor to float32 array (n, dimension)
        embeddings : mapping of extractor to core.storage.schema.ManifestEmbeddings
        bar : callable
            Makes a progress bar.

        Returns
        -------
        dict
            What the manifest is to keep.
        """
        if self.filling is None:
            return {}
        weights = {extractor: embeddings[extractor]["weights"] for extractor in vectors}
        self.rows = self.filling.write(products, vectors, weights, whole=work is not None, bar=bar)
        if work is not None:
            save_moments(work, vectors)
        return {"engine": self.filling.manifest_engine()}

    def publish(self) -> None:
        """Let what was written be searched by whoever asks by the aliases; the manifest names it already."""
        if self.filling is not None:
            self.filling.publish()


def _kept_engine(target: Path) -> ManifestEngine | None:
    try:
        return read_manifest(target).get("engine")
    except ArtifactError:  # there is no catalogue yet, or it is made anew
        return None
