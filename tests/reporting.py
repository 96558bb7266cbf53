"""A report such as `evaluate --report` writes, small enough to check by eye."""

from typing import Any

from core.labels import LABELS

FIGURES = {"p_at_10": 0.8, "p_at_15": 0.75, "recall_at_10": 0.95, "map": 0.6}


def classified(accuracy: float = 0.8) -> dict[str, Any]:
    """Ten pictures of each class, two shirts taken for t-shirts."""
    confusion = [[10 if row == column else 0 for column in range(5)] for row in range(5)]
    confusion[1] = [2, 8, 0, 0, 0]
    return {
        "n": 50,
        "accuracy": accuracy,
        "loss": 0.5,
        "macro_f1": 0.7,
        "ece": 0.03,
        "per_class": {label: {"precision": 0.9, "recall": 0.8, "f1": 0.85, "n": 10} for label in LABELS},
        "confusion": confusion,
        "reliability": [
            {"low": 0.0, "high": 0.5, "n": 0, "confidence": None, "accuracy": None},
            {"low": 0.5, "high": 1.0, "n": 50, "confidence": 0.83, "accuracy": accuracy},
        ],
        "mistakes": [
            {"id": "110", "true": "Shirts", "predicted": "Tshirts"},
            {"id": "77777", "true": "Shirts", "predicted": "Tshirts"},
        ],
        "right": {label: [str(100 + 10 * place)] for place, label in enumerate(LABELS)},
        "ms_per_picture": 21.5,
    }


def retrieved(shift: float = 0.0) -> dict[str, Any]:
    """Figures of one extractor, and lower ones where near-duplicates are left out."""

    def summary(less: float) -> dict[str, Any]:
        figures = {name: value + shift - less for name, value in FIGURES.items()}
        around = {name: [value - 0.01, value + 0.01] for name, value in figures.items()}
        return {
            "all": figures,
            "five": {name: value + 0.02 for name, value in figures.items()},
            "colour_p_at_10": 0.4 + shift - less,
            "intervals": {"all": around, "five": around, "colour_p_at_10": [0.3, 0.5]},
            "by_class": {
                label: {"n": 10} | figures | {"colour_p_at_10": 0.4} for label in (*LABELS, "Watches")
            },
        }

    without = {"n_left_out": 1.5} | summary(0.1)
    return {"n_queries": 60, "n_gallery": 20} | summary(0.0) | {"without_near_duplicates": without}


def identical(shift: float = 0.0) -> dict[str, Any]:
    """Figures of altered copies by one extractor: the stronger the step, the fewer find their product."""

    def figures(value: float) -> dict[str, Any]:
        of = {"recall_at_1": value, "recall_at_10": value + 0.05, "with_duplicates_at_1": value + 0.02}
        return of | {"intervals": {name: [each - 0.04, each + 0.04] for name, each in of.items()}}

    steps = [("slight", 5, "5°"), ("clear", 15, "15°"), ("strong", 45, "45°"), ("extreme", 90, "90°")]
    rotate = {
        "unit": "degrees clockwise",
        "overall": figures(0.6 + shift),
        "steps": [
            {"step": step, "strength": strength, "text": text} | figures(0.9 - 0.2 * place + shift)
            for place, (step, strength, text) in enumerate(steps)
        ],
    }
    mirror = {
        "unit": "left and right exchanged",
        "overall": figures(0.8 + shift),
        "steps": [{"step": "slight", "strength": 1, "text": "left to right"} | figures(0.8 + shift)],
    }
    return {
        "n_products": 300,
        "n_gallery": 20,
        "unaltered": figures(0.94 + shift),
        "overall": figures(0.7 + shift),
        "by_alteration": {"rotate": rotate, "mirror": mirror},
    }


def report(**changed: Any) -> dict[str, Any]:
    """Give a whole report; a part given as None is left out."""
    photos = {
        "n": 20,
        "accuracy": 0.65,
        "macro_recall": 0.6,
        "known": 0.9,
        "none_of_these": {"n": 5, "share": 0.9},
        "by_class": {
            "shirt": {"n": 20, "recall": 0.65, "known": 0.9},
            "shoes": {"n": 5, "recall": None, "known": 0.1},
        },
    }
    by_photographs = {
        "n_queries": 20,
        "p_at_10": 0.5,
        "p_at_15": 0.45,
        "macro_p_at_10": 0.48,
        "grouped_p_at_10": 0.7,
        "grouped_macro_p_at_10": 0.66,
        "by_class": {"shirt": {"n": 20, "p_at_10": 0.5}},
    }
    found = {
        "n": 40,
        "n_found": 38,
        "recall": 0.85,
        "precision": 0.8,
        "recall_with_label": 0.7,
        "precision_with_label": 0.65,
    }
    whole = {
        "labels": list(LABELS),
        "measured_on": {
            "products": "shop",
            "n_products": 60,
            "split": "test: by id",
            "photos": "photos",
            "outlined": "street",
            "n_outlined": 12,
            "screenshots": "sample",
            "n_identical": 300,
            "gallery": "demo",
            "weights": {},
        },
        "classification": {
            name: classified(accuracy)
            for name, accuracy in (("vgg16", 0.9), ("vgg19", 0.92), ("vae", 0.85), ("rgb", 0.7))
        },
        "retrieval": {"vgg16": retrieved(), "vae": retrieved(-0.2)},
        "baselines": {"random": retrieved(-0.5), "colour": retrieved(-0.4)},
        "photos": {"vgg19": photos, "vgg16": photos},
        "photo_retrieval": {
            "vgg16": by_photographs
            | {
                "first_garment": by_photographs | {"p_at_10": 0.6},
                "offered_garment": by_photographs | {"p_at_10": 0.55},
            }
        },
        "garments": found
        | {
            "n_photographs": 12,
            "box_iou": 0.82,
            "mask_iou": 0.71,
            "by_label": {
                "Shirts": found | {"n": 25, "recall": 0.88},
                "Hats": found | {"n": 2, "recall": 0.5, "precision": None},
            },
        },
        "worn": {
            "vgg16": {
                "whole": by_photographs | {"p_at_10": 0.1},
                "first_garment": by_photographs | {"p_at_10": 0.3},
                "offered_garment": by_photographs | {"p_at_10": 0.36},
                "true_box": by_photographs | {"p_at_10": 0.37},
            }
        },
        "screenshots": {
            "n": 33,
            "first_at_1": 25,
            "first_at_3": 29,
            "whole_at_3": 5,
            "offered_at_3": 31,
            "picture_at_3": 33,
        },
        "identical": {"vgg16": identical(), "vae": identical(-0.1)},
    } | changed
    return {key: value for key, value in whole.items() if value is not None}


def compared() -> dict[str, Any]:
    """Give a report of methods alone: VGG16, and the Colour Layout Descriptor by two distances."""

    def of_split(value: float, less: float) -> dict[str, Any]:
        keys = ("p_at_10", "p_at_15", "recall_at_10", "map", "fine_at_1", "fine_at_10")
        figures = dict.fromkeys(keys, value - less) | {"coarse_at_1": value - 0.05}
        bounds = {key: [value - less - 0.05, value - less + 0.05] for key in keys}
        return {
            "n": 40,
            "n_five": 20,
            "all": figures,
            "five": figures,
            "colour_p_at_10": 0.4,
            "intervals": {"all": bounds, "five": bounds, "colour_p_at_10": [0.3, 0.5]},
        }

    def by(value: float, photographs: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        return {
            "same_order_as": None,
            "by_id": of_split(value, 0.0),
            "by_family": of_split(value, 0.1),
            "photographs": photographs,
        } | more

    photographs = {
        "n": 9,
        "p_at_10": 0.6,
        "macro_p_at_10": 0.5,
        "coarse_at_1": 0.7,
        "intervals": {"p_at_10": [0.5, 0.7], "coarse_at_1": [0.6, 0.8]},
    }
    return {
        "labels": list(LABELS),
        "measured_on": {
            "products": "shop",
            "n_products": 40,
            "split": "test",
            "gallery": "fashion",
            "n_gallery": 100,
            "families": "by name",
            "n_in_families": 12,
        },
        "methods": {
            "cld": {
                "title": "CLD",
                "ms_per_picture": 0.1,
                "distances": {"cosine": by(0.5), "weighted": by(0.3)},
            },
            "vgg16": {
                "title": "VGG16",
                "ms_per_picture": 8.5,
                "distances": {
                    "cosine": by(0.8, photographs),
                    "euclidean": by(0.8, photographs, same_order_as="cosine"),
                },
            },
        },
    }
