"""What each verb does. Each loads only what it needs, since networks take seconds."""

import argparse
import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from core.cli.console import Bars, failed, printable, to_json, to_plain_values
from core.cli.engine_options import engine_of
from core.cli.query_images import answered_status, query_image
from core.cli.text import calibration_text, classify_text, evaluate_text
from core.errors import ArtifactError, FashionSearchError, ImageError, TrainingError
from core.labels import LABELS
from core.models.names import FINDER, MODEL_NAMES
from core.storage.artifacts import (
    artifacts_dir,
    check_name,
    iter_folders,
    read_manifest,
    verify_folder,
    write_report,
)
from core.storage.leftovers import find_leftovers

if TYPE_CHECKING:
    from core.indexing.report import IndexReport, PartReport

BATCH = 32

log = logging.getLogger(__name__)


def train_models(chosen: argparse.Namespace, bars: Bars) -> int:
    """Train models."""
    from core.training.run.options import Options
    from core.training.train import train

    options = Options(
        photos=chosen.photos,
        outlined=chosen.outlined,
        models=tuple(dict.fromkeys(chosen.model or (MODEL_NAMES + ((FINDER,) if chosen.outlined else ())))),
        init=chosen.init,
        mean_with=chosen.mean_with,
        epochs=chosen.epochs,
        resume=chosen.resume,
        force=chosen.force,
        teacher={None: None, "none": False}.get(chosen.teacher, True),
    )
    written = train(chosen.data, options, bars)
    print(to_json(written) if chosen.json else "\n".join(f"Trained {path.name}: {path}" for path in written))
    return 0


def index_catalogue(chosen: argparse.Namespace, bars: Bars) -> int:
    """Make a catalogue."""
    from core.catalogue.kaggle import TableOptions
    from core.indexing.build import index
    from core.indexing.parts import index_part

    table, engine = TableOptions(chosen.encoding, dict(chosen.map)), engine_of(chosen)
    if chosen.part is not None:
        part = index_part(
            chosen.data,
            chosen.name,
            chosen.part,
            extractors=chosen.extractor,
            table=table,
            engine=engine,
            vector_index=chosen.vector_index,
            bar=bars,
        )
        _print_index(part, chosen)
        return 0
    report = index(
        chosen.data,
        chosen.name,
        extractors=chosen.extractor,
        with_maps=not chosen.no_map,
        force=chosen.force,
        table=table,
        allow_loss=chosen.allow_loss,
        engine=engine,
        vector_index=chosen.vector_index,
        bar=bars,
    )
    _print_index(report, chosen)
    return 0


def _print_index(report: "IndexReport | PartReport", chosen: argparse.Namespace) -> None:
    print(to_json(report.to_dict()) if chosen.json else "\n".join(report.summary()))


def classify_pictures(chosen: argparse.Namespace, bars: Bars) -> int:
    """Name the class of each picture that can be read."""
    from core.models.prediction import classify_images
    from core.models.registry import ModelRegistry
    from core.retrieval.encoder import ModelEncoder

    registry = ModelRegistry()
    classifier, encoder = registry.classifier(chosen.model), ModelEncoder(registry)
    step = bars("classifying", len(chosen.images))
    answers: list[dict[str, Any]] = []
    for start in range(0, len(chosen.images), BATCH):
        names = chosen.images[start : start + BATCH]
        read = [query_image(name, encoder, chosen.turn) for name in names]
        good = [upright.image for upright in read if not isinstance(upright, ImageError)]
        predictions = iter(classify_images(good, classifier))
        for name, upright in zip(names, read, strict=True):
            answer: dict[str, Any] = {"image": name, "model": chosen.model}
            if isinstance(upright, ImageError):
                unsaid = dict.fromkeys(("label", "probabilities", "known", "known_margin"))
                answer |= unsaid | {"error": str(upright)}
            else:
                answer |= vars(next(predictions)) | {"error": None}
            answers.append(answer | {"turn": None if isinstance(upright, ImageError) else upright.turn})
        step(len(names))
    print(to_json(answers) if chosen.json else classify_text(answers))
    return answered_status(answers)


def evaluate_models(chosen: argparse.Namespace, bars: Bars) -> int:
    """Measure, and keep the figures where asked to."""
    if chosen.report is not None:
        check_name(chosen.report)  # rather than after an hour's measuring
    if chosen.data is None and not chosen.taste:
        chosen.usage_error("there is nothing to measure; give DATA, or --taste FILE")
    result: dict[str, Any] = {"labels": LABELS}
    if chosen.taste:
        from core.comparison.taste import read_votes, taste_figures

        result["taste"] = taste_figures(read_votes(chosen.taste))
    if chosen.data is not None:
        result |= _evaluated(chosen, bars)
    result = to_plain_values(result)
    if chosen.report is not None:
        log.info("Kept as %s", write_report(chosen.report, result))
    print(to_json(result) if chosen.json else evaluate_text(result))
    return 0


def _evaluated(chosen: argparse.Namespace, bars: Bars) -> dict[str, Any]:
    if chosen.methods is None:
        from core.evaluation.run import STANDARD, evaluate

        return evaluate(
            chosen.data,
            split=chosen.split,
            photos=chosen.photos,
            outlined=chosen.outlined,
            screenshots=chosen.screenshots,
            catalogue=chosen.catalogue,
            tasks=tuple(dict.fromkeys(chosen.task or [STANDARD])),
            sample=chosen.sample,
            bar=bars,
        )
    if chosen.catalogue is None or chosen.outlined or chosen.screenshots:
        raise TrainingError(
            "`--methods` compares extractors in a gallery and measures nothing else; give `--catalogue "
            "NAME`, and leave out `--outlined` and `--screenshots`"
        )
    from core.evaluation.method_table import evaluate_methods

    return evaluate_methods(
        chosen.data,
        split=chosen.split,
        catalogue=chosen.catalogue,
        names=chosen.methods,
        photos=chosen.photos,
        bar=bars,
    )


def calibrate_trust(chosen: argparse.Namespace, bars: Bars) -> int:
    """Measure what scores and judges are worth, and keep it for searches."""
    from core.evaluation.trust.calibrating import calibrate, keep_calibration

    measured = calibrate(chosen.photos, chosen.outlined, chosen.catalogue, bar=bars)
    log.info("Kept as %s", keep_calibration(measured))
    print(to_json(msgspec.to_builtins(measured)) if chosen.json else calibration_text(measured))
    return 0


def render_demo(chosen: argparse.Namespace, bars: Bars) -> int:
    """Draw the demo catalogue, and index it in its place."""
    from core.demo import DEMO_SEED, DEMO_SIZE, render_catalogue
    from core.demo.scenes import sample_queries
    from core.imaging.encode import encode_jpeg
    from core.indexing.build import index
    from core.models.compared.methods import DEMO_METHODS
    from core.models.extractors import available_extractors

    def draw(folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        step = bars("drawing garments", DEMO_SIZE)
        render_catalogue(folder, progress=lambda done, total: step(1))
        bars.close()
        (folder / "queries").mkdir()
        for name, _, picture in sample_queries():
            (folder / "queries" / f"{name}.jpg").write_bytes(encode_jpeg(picture))

    if chosen.folder is not None:
        draw(chosen.folder)
        print(
            to_json({"folder": chosen.folder})
            if chosen.json
            else f"Drew the demo's products: {chosen.folder}"
        )
        return 0
    with tempfile.TemporaryDirectory() as place:
        draw(Path(place) / "demo")
        notes = {"drawn": {"seed": DEMO_SEED}}
        report = index(
            Path(place) / "demo",
            "demo",
            extractors=(*available_extractors(), *DEMO_METHODS),
            force=True,
            allow_loss=True,
            bar=bars,
            notes=notes,
        )
    _print_index(report, chosen)
    return 0


def verify(chosen: argparse.Namespace, bars: Bars) -> int:
    """Compare everything kept with its manifest, and see that it fits together."""
    folders = {_title(folder): folder for folder in iter_folders()}
    if chosen.name is not None:
        asked = {title: f for title, f in folders.items() if chosen.name in (title, f.name)}
        if not asked:
            have = ", ".join(folders) or "nothing"
            raise ArtifactError(f"nothing called {printable(chosen.name)!r} is kept; there is {have}")
        folders = asked
    if not folders:
        raise ArtifactError(
            f"nothing is kept in {artifacts_dir()}; train and index, or set ARTIFACTS_DIR to where it is"
        )
    problems = {title: _problems(folder) for title, folder in folders.items()}
    bad = {title: found for title, found in problems.items() if found}
    for left in find_leftovers():
        if chosen.name is None or left.name in {folder.name for folder in folders.values()}:
            log.info("left over: %s", left.sentence())
    if chosen.json:
        print(to_json({title: {"ok": not found, "problems": found} for title, found in problems.items()}))
    else:
        for title, found in problems.items():
            print(
                f"{title}: {'; '.join(found)}" if found else f"{title}: ok, {_n_files(folders[title])} files"
            )
    if bad:
        first = next(iter(bad))
        others = f" (and {', '.join(list(bad)[1:])})" if len(bad) > 1 else ""
        return failed(
            f"{first} is not as it was kept: {bad[first][0]}{others}; restore it from git, or make it again"
        )
    return 0


def _title(folder: Path) -> str:
    return folder.name if folder.parent == artifacts_dir() else f"{folder.parent.name}/{folder.name}"


def _n_files(folder: Path) -> int:
    return len(read_manifest(folder)["files"])


def _problems(folder: Path) -> list[str]:
    """Say what differs from the manifest, and, where nothing does, what does not fit together."""
    from core.gallery.catalogue_files import MAPS
    from core.gallery.stored_catalogue import open_catalogue

    found = verify_folder(folder)
    if found or folder.parent.name != "catalogues":
        return found
    try:
        catalogue = open_catalogue(folder.name)
        for extractor in catalogue.extractors:
            catalogue.open_index(extractor)
            for kind in MAPS:
                catalogue.map(extractor, kind)
            if stale := catalogue.stale(extractor):
                log.warning("%s", stale)
    except FashionSearchError as error:
        return [str(error)]
    return []
