"""Found and true garments matched by hand."""

import numpy as np
import pytest

from core.evaluation.photographs.garment_detection import (
    DetectionFigures,
    Match,
    TrueGarment,
    mask_iou,
    match_garments,
)
from core.models.finder.garment import Garment

WHOLE = np.ones((4, 4), bool)
LEFT, RIGHT = (0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 1.0, 1.0)
LEFT_HALF_OUT = (0.0, 0.0, 0.25, 1.0)  # overlaps LEFT by exactly one half
LEFT_TOO_THIN = (0.0, 0.0, 0.24, 1.0)


def found(box, label="Shirts", probability=0.9, mask=WHOLE):
    return Garment(box, label, probability, mask)


def true(box, label="Shirts", mask=WHOLE):
    return TrueGarment(label, box, mask)


def test_a_box_is_matched_from_an_overlap_of_one_half_on():
    assert match_garments([found(LEFT_HALF_OUT)], [true(LEFT)]) == [Match(0, 0, 0.5)]
    assert match_garments([found(LEFT_TOO_THIN)], [true(LEFT)]) == []
    assert match_garments([found(LEFT)], []) == []
    assert match_garments([], [true(LEFT)]) == []


def test_the_likeliest_takes_the_box_it_overlaps_most_and_no_box_is_taken_twice():
    nearly_left = (0.0, 0.0, 0.45, 1.0)
    matches = match_garments([found(nearly_left), found(LEFT), found(RIGHT)], [true(RIGHT), true(LEFT)])
    assert [(match.found, match.true) for match in matches] == [(0, 1), (2, 0)]
    assert [match.overlap for match in matches] == pytest.approx([0.9, 1.0])


def test_labels_matter_only_where_they_are_asked_for():
    coat, shirt = true(LEFT, "Jackets"), true(LEFT, "Shirts")
    (match,) = match_garments([found(LEFT, "Shirts")], [coat, shirt])
    assert match.true == 0
    (match,) = match_garments([found(LEFT, "Shirts")], [coat, shirt], with_label=True)
    assert match.true == 1
    assert match_garments([found(LEFT, "Jeans")], [coat, shirt], with_label=True) == []


def test_masks_of_any_size_are_compared_at_the_true_one_s():
    half = np.zeros((2, 2), bool)
    half[:, 0] = True
    fine = np.zeros((8, 6), bool)
    fine[:, :3] = True
    assert mask_iou(half, fine) == 1.0
    fine[:, :] = True
    assert mask_iou(half, fine) == 0.5
    assert mask_iou(np.zeros((2, 2), bool), np.zeros((3, 3), bool)) == 0.0


def test_figures_by_hand():
    left_mask = np.zeros((4, 4), bool)
    left_mask[:, :2] = True
    figures = DetectionFigures()
    # A shirt called a top, a pair of jeans found rightly, and a hat where there is none.
    figures.add(
        [found(LEFT, "Tops", mask=left_mask), found(RIGHT, "Jeans"), found((0.4, 0.4, 0.5, 0.5), "Hats")],
        [true(LEFT, "Shirts", left_mask), true(RIGHT, "Jeans", ~left_mask)],
    )
    # A skirt that nobody found, and a picture of nothing.
    figures.add([], [true(LEFT, "Skirts")])
    figures.add([], [])
    counted = figures.figures()
    by_label = counted.pop("by_label")
    assert counted == {
        "n": 3,
        "n_found": 3,
        "n_photographs": 3,
        "recall": pytest.approx(2 / 3),
        "precision": pytest.approx(2 / 3),
        "recall_with_label": pytest.approx(1 / 3),
        "precision_with_label": pytest.approx(1 / 3),
        "box_iou": 1.0,
        "mask_iou": pytest.approx((1.0 + 0.5) / 2),
    }
    assert list(by_label) == ["Shirts", "Jeans", "Skirts", "Tops", "Hats"]
    assert by_label["Shirts"] == {
        "n": 1,
        "n_found": 0,
        "recall": 1.0,
        "recall_with_label": 0.0,
        "precision": None,
        "precision_with_label": None,
    }
    assert by_label["Tops"]["precision"] == 1.0
    assert by_label["Tops"]["precision_with_label"] == 0.0
    assert by_label["Jeans"]["recall_with_label"] == by_label["Jeans"]["precision_with_label"] == 1.0
    assert by_label["Hats"] == {
        "n": 0,
        "n_found": 1,
        "recall": None,
        "recall_with_label": None,
        "precision": 0.0,
        "precision_with_label": 0.0,
    }
    assert by_label["Skirts"]["recall"] == 0.0


def test_shares_of_nothing_are_none():
    counted = DetectionFigures().figures()
    assert counted["n"] == 0
    assert counted["recall"] is counted["precision"] is counted["box_iou"] is counted["mask_iou"] is None
    assert counted["by_label"] == {}
