"""What can be typed."""

import argparse
from collections.abc import Callable
from pathlib import Path

from core.cli import doctor_verb, edit_verbs, garments_verb, search_verb, verbs
from core.cli.argument_types import column_mapping, one_of_many, port_number, positive
from core.cli.console import Bars
from core.cli.engine_options import add_engine_options
from core.cli.query_images import add_turn_option
from core.gallery.milvus.collections import INDEX_TYPES
from core.models.names import CLASSIFIER, COMPARED_MODELS, FINDER, MODEL_NAMES

Verb = Callable[[argparse.Namespace, Bars], int]
"""Runs one verb, and gives the exit status."""

AddArguments = Callable[[argparse.ArgumentParser], None]
"""Says what can be typed after a verb."""


def parser() -> argparse.ArgumentParser:
    """Make the parser of all verbs."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    common.add_argument("--debug", action="store_true", help="show where an unexpected error came from")

    whole = argparse.ArgumentParser(
        prog="python -m core", description="Find products that look like a photo."
    )
    kinds = whole.add_subparsers(title="verbs", dest="verb", metavar="VERB", required=True)
    for name, run, what, add_arguments in _verbs():
        to = kinds.add_parser(
            name, parents=[common], help=what, description=what.capitalize() + ".", allow_abbrev=False
        )
        to.set_defaults(run=run)
        add_arguments(to)
    return whole


def _verbs() -> tuple[tuple[str, Verb, str, AddArguments], ...]:
    """List the verbs: their names, what runs them, what they do, and what adds their arguments."""
    return (
        ("train", verbs.train_models, "train models on a folder of products", _add_arguments_of_train),
        ("index", verbs.index_catalogue, "make a folder of products searchable", _add_arguments_of_index),
        (
            "add",
            edit_verbs.add,
            "put products into a catalogue, or replace them",
            edit_verbs.add_arguments_of_add,
        ),
        ("remove", edit_verbs.remove, "take products out of a catalogue", edit_verbs.add_arguments_of_remove),
        ("search", search_verb.run, "find the products that look like a picture", search_verb.add_arguments),
        (
            "garments",
            garments_verb.find_garments,
            "find every garment in pictures",
            _add_arguments_of_garments,
        ),
        ("classify", verbs.classify_pictures, "name the class of pictures", _add_arguments_of_classify),
        (
            "evaluate",
            verbs.evaluate_models,
            "measure every model on a folder of products",
            _add_arguments_of_evaluate,
        ),
        (
            "calibrate",
            verbs.calibrate_trust,
            "measure what scores and judges are worth, on photographs",
            _add_arguments_of_calibrate,
        ),
        ("render-demo", verbs.render_demo, "draw the demo catalogue again", _add_arguments_of_render_demo),
        ("verify", verbs.verify, "check everything kept against its manifest", _add_arguments_of_verify),
        (
            "doctor",
            doctor_verb.run,
            "print what a bug report needs, and what keeps it from serving",
            _add_arguments_of_doctor,
        ),
    )


def _add_arguments_of_train(to: argparse.ArgumentParser) -> None:
    to.add_argument("data", metavar="DATA", type=Path, help="folder in Kaggle's layout")
    to.add_argument("--photos", metavar="DIR", type=Path, help="everyday photographs in DIR/CLASS/*.jpg")
    to.add_argument(
        "--outlined",
        metavar="DIR",
        type=Path,
        help="photographs with outlined garments, as Clothing Co-Parsing has them, for the garment finder",
    )
    to.add_argument(
        "--model",
        nargs="+",
        action="extend",
        choices=(*MODEL_NAMES, FINDER, *COMPARED_MODELS),
        metavar="M",
        help=f"{', '.join(MODEL_NAMES)} (all), {FINDER} (with --outlined); "
        f"{', '.join(COMPARED_MODELS)} is only compared with",
    )
    to.add_argument(
        "--init", default="scratch", metavar="HOW", help="scratch (default), imagenet, or a weights file"
    )
    to.add_argument(
        "--mean-with",
        type=Path,
        metavar="FILE",
        help="what --init was fine-tuned from: start from the mean of both, and train the heads alone",
    )
    to.add_argument("--epochs", type=positive, metavar="N", help="passes, instead of each model's own")
    to.add_argument("--resume", action="store_true", help="go on where a stopped training was")
    to.add_argument("--force", action="store_true", help="replace models that are there")
    to.add_argument(
        "--teacher",
        choices=("efficientnet-lite2", "none"),
        help="a network that knows ImageNet, to learn from; by default where it is installed",
    )


def _add_arguments_of_index(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "data",
        metavar="DATA",
        type=Path,
        help="folder of a table and pictures, or of pictures alone; or the table",
    )
    to.add_argument("--name", required=True, help="what the catalogue is called")
    to.add_argument("--extractor", nargs="+", action="extend", metavar="E", help="all at hand by default")
    to.add_argument(
        "--map",
        action="append",
        type=column_mapping,
        default=[],
        metavar="COLUMN=NAME",
        help="the table's column NAME holds COLUMN, as in articleType=category; may be repeated",
    )
    to.add_argument("--encoding", metavar="E", help="of the table, such as cp1250; guessed by default")
    to.add_argument("--no-map", action="store_true", help="draw no maps, which take minutes")
    to.add_argument("--force", action="store_true", help="replace, or update, a catalogue of that name")
    to.add_argument(
        "--allow-loss",
        action="store_true",
        help="with --force: replace it even by a folder that looks half-written",
    )
    to.add_argument(
        "--part",
        type=one_of_many,
        metavar="I/N",
        help="embed part I of N, for several machines; without it afterwards, put the catalogue together",
    )
    add_engine_options(to)
    to.add_argument(
        "--vector-index",
        choices=tuple(INDEX_TYPES),
        help="of Milvus: FLAT is exact (default), HNSW approximate and faster from ten million products on",
    )


def _add_arguments_of_garments(to: argparse.ArgumentParser) -> None:
    to.add_argument("images", metavar="IMAGE", nargs="+")
    add_turn_option(to)


def _add_arguments_of_classify(to: argparse.ArgumentParser) -> None:
    to.add_argument("images", metavar="IMAGE", nargs="+")
    to.add_argument(
        "--model",
        default=CLASSIFIER,
        choices=MODEL_NAMES,
        metavar="M",
        help=f"{', '.join(MODEL_NAMES)} (vgg19)",
    )
    add_turn_option(to)


def _add_arguments_of_evaluate(to: argparse.ArgumentParser) -> None:
    to.set_defaults(usage_error=to.error)
    to.add_argument(
        "data",
        metavar="DATA",
        type=Path,
        nargs="?",
        help="folder in Kaggle's layout; --taste alone needs none",
    )
    to.add_argument(
        "--task",
        nargs="+",
        action="extend",
        choices=("standard", "identical"),
        metavar="T",
        help="standard (default): classes and search; identical: whether altered copies find their products",
    )
    to.add_argument(
        "--sample", type=positive, metavar="N", help="products that the task identical takes copies of (300)"
    )
    to.add_argument(
        "--taste",
        nargs="+",
        action="extend",
        type=Path,
        metavar="FILE",
        help="votes of blind taste tests, as the Compare page hands them out",
    )
    to.add_argument(
        "--split", choices=("all", "test"), default="all", help="all products (default), or the test split"
    )
    to.add_argument("--photos", metavar="DIR", type=Path, help="photographs in DIR/CLASS/*.jpg")
    to.add_argument(
        "--outlined", metavar="DIR", type=Path, help="street photographs with outlined garments, photos.csv"
    )
    to.add_argument(
        "--screenshots", metavar="DIR", type=Path, help="products to draw into shop pages, DIR/images/ID.jpg"
    )
    to.add_argument("--catalogue", metavar="NAME", help="the gallery to search in")
    to.add_argument(
        "--methods",
        nargs="*",
        metavar="E",
        help="measure these extractors of the catalogue, or all, by every distance, and nothing else",
    )
    to.add_argument("--report", metavar="NAME", help="keep the result in artifacts/reports/NAME.json")


def _add_arguments_of_calibrate(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--photos", metavar="DIR", type=Path, required=True, help="photographs that were trained with"
    )
    to.add_argument(
        "--outlined", metavar="DIR", type=Path, required=True, help="street photographs, likewise"
    )
    to.add_argument("--catalogue", metavar="NAME", required=True, help="the catalogue to search in")


def _add_arguments_of_render_demo(to: argparse.ArgumentParser) -> None:
    to.add_argument("folder", metavar="DIR", type=Path, nargs="?", help="draw into DIR, and index nothing")


def _add_arguments_of_verify(to: argparse.ArgumentParser) -> None:
    to.add_argument("name", metavar="NAME", nargs="?", help="a model or catalogue; all by default")


def _add_arguments_of_doctor(to: argparse.ArgumentParser) -> None:
    to.add_argument("--port", type=port_number, default=8501, metavar="N", help="where it is served (8501)")
