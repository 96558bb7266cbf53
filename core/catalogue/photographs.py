"""Everyday photographs, in one folder a kind.

`core.labels.PHOTO_LABELS` says which kinds have a label; `other` and the rest count for ``known`` alone.
"""

from pathlib import Path

from core.errors import TrainingError


def find_photographs(folder: Path) -> list[tuple[str, Path]]:
    """List photographs in `folder`/CLASS/*.jpg as (class, path), sorted.

    Raises
    ------
    TrainingError
        If there are none.
    """
    suffixes = {".jpg", ".jpeg", ".png", ".webp"}
    found = sorted((path.parent.name, path) for path in folder.glob("*/*") if path.suffix.lower() in suffixes)
    if not found:
        raise TrainingError(
            f"{folder} holds no photographs; expected one folder a kind, such as {folder.name}/t-shirt/a.jpg"
        )
    return found
