"""What a run keeps in `.training` of the artifacts folder while it lasts: where, by whom, and until when."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from core.errors import TrainingError
from core.models.names import COMPARED_MODELS, WEIGHTS
from core.storage.artifacts import artifacts_dir, model_dir
from core.storage.atomic import current_folder, locked
from core.storage.checksums import sha256
from core.training.finder.train import FINDER_STAGES
from core.training.schedule import PLANS, TrainingPlan
from core.training.training_loop import Checkpoint, KeptState

# Where ------------------------------------------------------------------------------------------------


def work_folder() -> Path:
    """Give the folder of all that is kept."""
    return artifacts_dir() / ".training"


def bank_folder() -> Path:
    """Give the folder of the view bank."""
    return work_folder() / "bank"


def teacher_folder() -> Path:
    """Give the folder of the teacher's checkpoint."""
    return work_folder() / "teacher"


def stage_folders(name: str) -> dict[str, Path]:
    """Give the folder of each stage's checkpoint of a model; the main stage's also says when it is done."""
    return {
        "pretraining": work_folder() / f"{name}-pretraining",
        "main": work_folder() / name,
        "heads": work_folder() / f"{name}-heads",
    }


def shared_data_folders() -> list[Path]:
    """List what is kept of models that learn from the same data; the garment finder looks after its own."""
    folders = sorted(path for path in work_folder().iterdir() if path.is_dir())
    return [path for path in folders if path.name not in FINDER_STAGES]


def checkpoints(name: str, key: Mapping[str, Any]) -> dict[str, Checkpoint]:
    """Give the checkpoints of a model, by stage."""
    return {stage: Checkpoint(folder, key) for stage, folder in stage_folders(name).items()}


# By whom ----------------------------------------------------------------------------------------------


@contextmanager
def only_training() -> Iterator[None]:
    """Hold what is kept against another training.

    Raises
    ------
    TrainingError
        If another one is running.
    """
    folder = work_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder, wait=False))
        except BlockingIOError as error:
            raise TrainingError(
                f"Another training is running in {folder.parent}; wait until it has ended, or let "
                "ARTIFACTS_DIR name another folder"
            ) from error
        yield


# Until when -------------------------------------------------------------------------------------------


def keep_as_finished(main_stage: KeptState, model_folder: Path) -> None:
    """Note that a model is finished, and by which weights it is known again."""
    main_stage.write({"weights": sha256(model_folder / WEIGHTS)})


def is_finished(name: str) -> bool:
    """Say whether a run that has not ended has finished this model, and it is still the same."""
    weights = KeptState(stage_folders(name)["main"], {}).read().get("weights")
    path = current_folder(model_dir(name)) / WEIGHTS
    return weights is not None and path.exists() and sha256(path) == weights


def clear_checkpoints(plans: Sequence[TrainingPlan]) -> None:
    """Delete what is kept of models alone."""
    for plan in plans:
        for checkpoint in checkpoints(plan.name, {}).values():
            checkpoint.clear()


def clear_finished(plans: Sequence[TrainingPlan]) -> None:
    """Delete all that the run kept; the teacher stays where models are left for another run."""
    clear_checkpoints(plans)
    KeptState(bank_folder(), {}).clear()
    if {plan.name for plan in plans} >= set(PLANS) - set(COMPARED_MODELS):
        KeptState(teacher_folder(), {}).clear()


def clear_finder() -> None:
    """Delete what training the garment finder kept; no other model's run touches it."""
    for stage in FINDER_STAGES:
        KeptState(work_folder() / stage, {}).clear()
