"""How messages call what is kept, and the command that makes it again."""

import re
from collections.abc import Iterator
from pathlib import Path

from core.storage.atomic import target_name

_KINDS = {"models": "model", "catalogues": "catalogue"}
_REPORTS = "reports"
_COMMANDS = {
    "model": "python -m core train DATA --model {name} --force",
    "catalogue": "python -m core index DATA --name {name} --force",
    _REPORTS: "python -m core evaluate DATA --report {name}",
}
_FURTHER_OPTIONS = {"model 'finder'": " --outlined DIR"}
"""What the command for some folder needs beside the name."""

_CHECKPOINT = re.compile(r"\.(?P<name>.+)\.embedded(-\d+-of-\d+)?")


def folder_kind(folder: Path) -> str:
    """Say what a kept folder holds, from where it lies.

    Examples
    --------
    >>> folder_kind(Path("artifacts/models/vgg16")), folder_kind(Path("artifacts/reports"))
    ('model', 'reports')
    """
    return _KINDS.get(folder.parent.name, _REPORTS if folder.name == _REPORTS else "folder")


def folder_title(folder: Path) -> str:
    """Name a kept folder in a sentence.

    Examples
    --------
    >>> folder_title(Path("artifacts/models/vgg16"))
    "model 'vgg16'"
    """
    return f"{folder_kind(folder)} {target_name(folder)!r}"


def short_path(path: Path) -> str:
    """Name a kept file by where it lies below `artifacts/`.

    Messages reach visitors, whom the folders of the server do not concern. A file kept elsewhere goes by its
    own name.

    Examples
    --------
    >>> short_path(Path("/srv/artifacts/models/vgg16/card.json"))
    'models/vgg16/card.json'
    """
    folder = _kept_folder(path)
    if folder is None:
        return path.name
    room = [] if folder_kind(folder) == _REPORTS else [folder.parent.name]
    return "/".join([*room, target_name(folder), *path.relative_to(folder).parts])


def making_command(path: Path) -> str:
    """Give the command that makes a kept folder, or a file in it; empty where there is none.

    Examples
    --------
    >>> making_command(Path("artifacts/models/vgg16/card.json"))
    'python -m core train DATA --model vgg16 --force'
    >>> making_command(Path("artifacts/models/finder"))
    'python -m core train DATA --model finder --force --outlined DIR'
    >>> making_command(Path("artifacts/reports/shipped.json"))
    'python -m core evaluate DATA --report shipped'
    """
    folder = _kept_folder(path)
    if folder is None:
        return ""
    name = target_name(folder)
    if folder_kind(folder) == _REPORTS:
        is_report = path.parent == folder and path.suffix == ".json" and path.stem != "manifest"
        name = path.stem if is_report else "NAME"
    return _COMMANDS[folder_kind(folder)].format(name=name) + _FURTHER_OPTIONS.get(folder_title(folder), "")


def remedy(path: Path) -> str:
    """Say how to get a damaged folder back, from its own path or that of a file in it.

    Examples
    --------
    >>> remedy(Path("artifacts/catalogues/shop"))
    'restore it from git, or make it again with `python -m core index DATA --name shop --force`'
    """
    command = making_command(path)
    return f"restore it from git, or make it again with `{command}`" if command else "make it again"


def checkpoint_folder(target: Path, part: tuple[int, int] | None = None) -> Path:
    """Give the hidden folder that has what a stopped `index` of a catalogue, or of part i of n, embedded.

    Examples
    --------
    >>> checkpoint_folder(Path("catalogues/shop"), (1, 4)).name
    '.shop.embedded-1-of-4'
    """
    which = f"-{part[0]}-of-{part[1]}" if part else ""
    return target.with_name(f".{target.name}.embedded{which}")


def checkpoint_folders(parent: Path) -> Iterator[Path]:
    """List the hidden folders of what stopped runs of `index` have embedded."""
    return (path for path in sorted(parent.glob(".*.embedded*")) if _CHECKPOINT.fullmatch(path.name))


def checkpoint_name(folder: Path) -> str:
    """Name the catalogue that such a folder belongs to; any other folder has its own name.

    Examples
    --------
    >>> checkpoint_name(Path("catalogues/.shop.embedded-1-of-4")), checkpoint_name(Path("catalogues/shop"))
    ('shop', 'shop')
    """
    found = _CHECKPOINT.fullmatch(folder.name)
    return found["name"] if found else folder.name


def _kept_folder(path: Path) -> Path | None:
    """Find the model, the catalogue or the reports that a path is, or lies in."""
    return next((place for place in (path, *path.parents) if folder_kind(place) in _COMMANDS), None)
