"""Near-duplicates of a catalogue that a test made or changed by hand."""

import shutil
from pathlib import Path

import pandas as pd

from core.indexing.duplicate_upkeep import tell_near_duplicates
from core.indexing.previous import NOT_OF_THE_CALLER
from core.storage import artifacts


def tell_again(folder: Path) -> None:
    """Tell the near-duplicates of a catalogue by the pictures that it has now, as `index` would."""
    fields = {
        name: of for name, of in artifacts.read_manifest(folder).items() if name not in NOT_OF_THE_CALLER
    }
    with artifacts.write_folder(folder, force=True, manifest=fields) as work:
        shutil.copytree(folder, work, dirs_exist_ok=True, ignore=shutil.ignore_patterns("manifest.json"))
        ids = pd.read_csv(work / "products.csv", dtype=str)["id"].tolist()
        tell_near_duplicates(work / "images", ids, None).write(work)


def tell_nothing(folder: Path) -> None:
    """Make a catalogue one that was indexed before near-duplicates were told."""
    manifest = artifacts.read_manifest(folder)
    fields = {name: of for name, of in manifest.items() if name not in NOT_OF_THE_CALLER}
    with artifacts.write_folder(folder, force=True, manifest=fields) as work:
        left_out = shutil.ignore_patterns("manifest.json", "near-duplicates")
        shutil.copytree(folder, work, dirs_exist_ok=True, ignore=left_out)
