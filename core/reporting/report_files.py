"""The reports at hand, `artifacts/reports/NAME.json`, and the paper's figures to compare them with."""

from dataclasses import dataclass

from core.errors import ArtifactError
from core.reporting.benchmark_report import BENCHMARK
from core.reporting.evaluation_report import Report
from core.reporting.report_schema import EvaluationReport
from core.storage.artifacts import read_manifest, reports_dir, verify_folder
from core.storage.atomic import current_folder
from core.storage.readers import read_json
from core.storage.schema import check_schema

COMMAND = (
    "python -m core evaluate DATA --split test --photos DIR --outlined DIR --screenshots DIR "
    "--task standard identical --catalogue NAME --report NAME"
)
"""What writes a report with everything in it."""


@dataclass(frozen=True)
class Reference:
    """A figure that others have published, on test data of their own."""

    name: str
    accuracy: float
    loss: float


PAPER: dict[str, Reference] = {
    "vgg16": Reference("The paper's VGG16", 0.762, 0.863),
    "vae": Reference("The paper's autoencoder", 0.856, 0.611),
}
"""What the paper that this project starts from reports for the model of each name."""


def list_reports() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name the reports of `evaluate` at hand.

    Returns
    -------
    names : tuple of str
        Those that are whole, by name.
    problems : tuple of str
        A sentence for each that is missing or changed, or for the folder where that cannot be read.
    """
    folder = reports_dir()
    if not current_folder(folder).is_dir():
        return (), ()
    problems = verify_folder(folder)
    refused = {problem.partition(":")[0] for problem in problems}
    try:
        listed = read_manifest(folder)["files"]
    except ArtifactError:
        return (), tuple(problems)
    whole = {name.removesuffix(".json") for name in listed if name.endswith(".json") and name not in refused}
    return tuple(sorted(whole - {BENCHMARK})), tuple(problems)


def read_report(name: str) -> Report:
    """Read one report.

    Raises
    ------
    ArtifactError
        If it is missing, changed, or does not fit `EvaluationReport`.
    """
    names, problems = list_reports()
    if name not in names:
        why = next((problem for problem in problems if problem.startswith(f"{name}.json:")), "missing")
        raise ArtifactError(f"report {name} cannot be used: {why}; make it again with `{COMMAND}`")
    path = current_folder(reports_dir()) / f"{name}.json"
    return Report(name, check_schema(read_json(path), EvaluationReport, path=path))
