"""What a run goes on from: where it starts over, what does not fit is deleted, and else it is refused."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from core.training.data.dataset import TrainingData
from core.training.run.kept import bank_folder, checkpoints, clear_checkpoints, shared_data_folders
from core.training.run.keys import plan_key, run_key
from core.training.run.options import Options
from core.training.schedule import TrainingPlan
from core.training.training_loop import KeptState

log = logging.getLogger(__name__)


def clear_stale(data: TrainingData, plans: Sequence[TrainingPlan], options: Options) -> None:
    """Delete what this run cannot use; where it should resume what it cannot use, refuse before that.

    A run that starts over deletes the checkpoints of its models, so that none outlives what it grew from.
    Teacher and, where nothing is resumed, view bank compare the rest of their keys themselves.

    Raises
    ------
    TrainingError
        As of `refuse_unusable`.
    """
    for folder in shared_data_folders():
        kept = KeptState(folder, {})
        if why := kept.differences():  # nothing is asked of its key: it cannot be read
            log.warning("what an earlier training kept in %s is deleted: %s", folder, why)
            kept.clear()
    if options.resume:
        refuse_unusable(run_key(data, options), plans, data, options=options)
    else:
        clear_checkpoints(plans)
    for folder in shared_data_folders():
        kept = KeptState(folder, {"data": data.fingerprint})
        if not kept.read() or kept.differences():
            log.info("what an earlier training of other data kept of %s is deleted", folder.name)
            kept.clear()


def refuse_unusable(
    key: Mapping[str, Any], plans: Sequence[TrainingPlan], data: TrainingData, *, options: Options
) -> None:
    """Refuse a checkpoint or a view bank that was made from something else than the keys say.

    Damage of a checkpoint is refused too; the view bank can be made again.

    Parameters
    ----------
    key : mapping
        Of what the run's models share.
    plans : sequence of TrainingPlan
    data : TrainingData
    options : Options

    Raises
    ------
    TrainingError
    """
    for plan in plans:
        for checkpoint in checkpoints(plan.name, {**key, **plan_key(plan, data, options)}).values():
            checkpoint.refuse_unusable()
    KeptState(bank_folder(), key).refuse_other()
