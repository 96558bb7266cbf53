"""From the outputs of the finder's network to garments, on outputs made by hand."""

import numpy as np
import pytest

from core.labels import LABELS
from core.models.finder.card import FinderCard
from core.models.finder.detections import Outputs, detect, propose
from core.models.finder.grid import BOX_STRIDE, STRIDE
from core.models.finder.labels import FINDER_LABELS

CARD = FinderCard(logistic=(-2.0, 1.0, 1.0, 0.2), least_certainty=0.3)


def outputs_of(*garments, height=128, width=96, sure=0.9):
    """Make outputs of a picture with garments: label, then the box in pixels. Later ones lie on top."""
    labels = np.zeros((height // STRIDE, width // STRIDE, 1 + len(FINDER_LABELS)), np.float32)
    labels[..., 0] = 1
    boxes = np.full((height // BOX_STRIDE, width // BOX_STRIDE, 4), 4.0, np.float32)
    fit = np.zeros(boxes.shape[:2], np.float32)
    for label, (left, top, right, bottom) in garments:
        here = np.s_[top // STRIDE : bottom // STRIDE, left // STRIDE : right // STRIDE]
        labels[here] = 0.1 / len(FINDER_LABELS)
        labels[here][..., 1 + FINDER_LABELS.index(label)] = 0.9
        for row in range(top // BOX_STRIDE, bottom // BOX_STRIDE):
            for column in range(left // BOX_STRIDE, right // BOX_STRIDE):
                y, x = (row + 0.5) * BOX_STRIDE, (column + 0.5) * BOX_STRIDE
                boxes[row, column] = (x - left, y - top, right - x, bottom - y)
                fit[row, column] = sure
    return Outputs(labels, boxes, fit)


def test_the_five_classes_are_spelt_as_everywhere_else():
    assert FINDER_LABELS[: len(LABELS)] == LABELS
    assert len(set(FINDER_LABELS)) == len(FINDER_LABELS)


def test_each_garment_is_found_once_with_its_box_and_label():
    shirt, jeans = (16, 16, 80, 64), (24, 64, 72, 128)
    found = detect(outputs_of(("Shirts", shirt), ("Jeans", jeans)), CARD)
    assert {garment.label for garment in found} == {"Shirts", "Jeans"}
    for garment in found:
        truth = shirt if garment.label == "Shirts" else jeans
        assert garment.box == pytest.approx(np.array(truth) / [96, 128, 96, 128], abs=1e-6)
        assert garment.mask.mean() == pytest.approx(garment.area, abs=1e-6)
    assert [g.probability for g in found] == sorted((g.probability for g in found), reverse=True)


def test_an_empty_picture_has_no_garment():
    assert detect(outputs_of(), CARD) == ()


def test_two_labels_of_one_box_are_one_garment_of_the_likelier():
    outputs = outputs_of(("Tshirts", (16, 16, 80, 112)))
    outputs.labels[4:12, :, :] = np.roll(outputs.labels[4:12], FINDER_LABELS.index("Tops"), axis=-1)
    outputs.labels[:4, :, 0], outputs.labels[4:12, :4] = 1, outputs.labels[0, 0]
    (garment,) = detect(outputs, CARD)
    assert garment.label == "Tshirts"


def test_a_coat_over_a_shirt_leaves_both():
    found = detect(outputs_of(("Jackets", (8, 8, 88, 120)), ("Shirts", (40, 16, 64, 56))), CARD)
    assert {garment.label for garment in found} == {"Jackets", "Shirts"}
    (coat,) = (garment for garment in found if garment.label == "Jackets")
    (shirt,) = (garment for garment in found if garment.label == "Shirts")
    assert not (coat.mask & shirt.mask).any()


def test_the_probability_falls_with_how_sure_the_boxes_are():
    sure, unsure = (propose(outputs_of(("Bags", (16, 16, 64, 64)), sure=fit))[0] for fit in (0.95, 0.3))
    assert CARD.certainty(sure.sure, 0.9, sure.pixels) > CARD.certainty(unsure.sure, 0.9, unsure.pixels)
    strict = FinderCard(logistic=CARD.logistic, least_certainty=0.6)
    assert len(detect(outputs_of(("Bags", (16, 16, 64, 64)), sure=0.95), strict)) == 1
    assert detect(outputs_of(("Bags", (16, 16, 64, 64)), sure=0.12), strict) == ()


def test_boxes_never_leave_the_picture():
    outputs = outputs_of(("Dresses", (0, 0, 96, 128)))
    outputs.boxes[:] += 30
    (garment,) = detect(outputs, CARD)
    assert garment.box == (0.0, 0.0, 1.0, 1.0)


def test_a_part_of_a_garment_is_no_garment_of_its_own():
    outputs = outputs_of(("Jeans", (8, 8, 88, 120)))
    for row in range(8, 14):  # cells of one leg that see a smaller box
        outputs.boxes[row, 2:4] = 12.0
    found = detect(outputs, CARD)
    assert [garment.label for garment in found] == ["Jeans"]


def test_one_label_askew_is_one_garment_and_side_by_side_two():
    beside = detect(outputs_of(("Jeans", (8, 8, 48, 88)), ("Jeans", (40, 8, 88, 88)), sure=0.8), CARD)
    assert len(beside) == 2  # their boxes share a tenth: two people
    askew = outputs_of(("Jeans", (8, 8, 56, 88)), sure=0.8)
    for row in range(1, 11):  # the cells of the right half see a box 31 pixels further: they share 0.21
        askew.boxes[row, 4:7] += [-31, 0, 31, 0]
    assert len(detect(askew, CARD)) == 1
