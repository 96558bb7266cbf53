"""Scenes, canvases, losses and pseudo-labels of the garment finder."""

from dataclasses import replace

import numpy as np
import pytest

from core.imaging.crop import box_around
from core.models.finder.labels import FINDER_LABELS
from core.training.finder.canvases import SHAPES, Canvas, CanvasBatches, ScenePools, targets_of
from core.training.finder.losses import BoxesAndFit, PartialLabels
from core.training.finder.pseudo_labels import relabel, relabel_single
from core.training.finder.scenes import (
    NOTHING,
    PHOTO_SETS,
    UNKNOWN,
    Scene,
    boxes_array,
    product_scene,
    render_scenes,
    set_of,
)
from core.training.schedule import Schedule

EVERY = 1 + len(FINDER_LABELS)


def scene_of(label="Jeans", height=120, width=80):
    """Make a scene with one exactly outlined garment in its middle."""
    image = np.full((height, width, 3), 200, np.uint8)
    mask = np.zeros((height, width), bool)
    mask[20:100, 20:60] = True
    image[mask] = (30, 40, 120)
    sets = np.where(mask, set_of(label), NOTHING).astype(np.uint16)
    return Scene(
        image, sets, mask.astype(np.uint8), boxes_array([box_around(mask)]), (mask * 255).astype(np.uint8)
    )


# Scenes -----------------------------------------------------------------------------------------------


def test_every_kind_of_photograph_has_labels_that_exist():
    for labels in PHOTO_SETS.values():
        assert set(labels) <= set(FINDER_LABELS)


def test_shoes_on_white_have_a_box_and_worn_clothes_have_none():
    image = np.full((80, 60, 3), 255, np.uint8)
    image[20:60, 15:45] = (120, 60, 30)
    shoes, shirt = product_scene(image, "Shoes"), product_scene(image, "Shirts")
    assert shoes.boxes == pytest.approx(np.array([[30, 40, 90, 120]]), abs=1)
    assert not len(shirt.boxes)
    sets = set(np.unique(shirt.sets).tolist())
    assert set_of("Shirts") in sets  # the middle of the chest
    assert any(of & set_of("Shirts") and of & NOTHING for of in sets)  # the rest may be skin
    assert product_scene(np.full((80, 60, 3), 90, np.uint8), "Shirts") is None  # not on white


def test_renders_are_cut_out_by_their_alpha():
    for scene in render_scenes(3, 5, progress=lambda: None):
        assert ((scene.alpha > 127) == (scene.sets != NOTHING)).all()
        left, top, right, _ = scene.boxes[0].astype(int)
        assert (scene.instance[top, left:right] == 1).any()


# Canvases ---------------------------------------------------------------------------------------------


def pools():
    return ScenePools(
        outlined=[scene_of("Jeans"), scene_of("Dresses")],
        photographs=[scene_of("Shirts")],
        products=[scene_of("Kurtas")],
        renders=[scene_of("Skirts")],
    )


def test_a_batch_follows_from_seed_and_step_alone():
    batches = CanvasBatches(pools(), Schedule(views_per_epoch=8, batch=4))
    for step in range(3):
        (one, targets), (same, again) = batches.batch(step), batches.batch(step)
        assert one.shape[1:3] in SHAPES
        assert (one == same).all()
        assert all((targets[key] == again[key]).all() for key in targets)
    assert (
        batches.batch(0)[0].shape != batches.batch(1)[0].shape
        or (batches.batch(0)[0] != batches.batch(1)[0]).any()
    )


@pytest.mark.parametrize("kind", ["street", "photograph", "cut_out", "page"])
def test_boxes_lie_around_the_pixels_of_their_garments(kind):
    batches = CanvasBatches(pools(), Schedule())
    rng = np.random.default_rng(3)
    with_box = 0
    for _ in range(6):
        canvas = batches.canvas(kind, 192, 160, rng)
        targets = targets_of(canvas)
        assert targets["labels"].shape == (48, 40, EVERY)
        here = targets["boxes"][..., 4] > 0
        with_box += int(here.any())
        rows, columns = np.nonzero(here)
        for row, column in zip(rows, columns, strict=True):
            left, top, right, bottom = targets["boxes"][row, column, :4]
            x, y = 8 * column + 4, 8 * row + 4
            number = canvas.instance[y, x]
            mine = canvas.instance == number
            assert box_around(mine) == (x - left, y - top, x + right, y + bottom)
            assert canvas.sets[y, x] != NOTHING
    assert with_box


def test_cells_of_nothing_known_have_no_label_at_all():
    canvas = Canvas(
        np.zeros((32, 32, 3), np.uint8), np.full((32, 32), UNKNOWN, np.uint16), np.zeros((32, 32), np.uint8)
    )
    targets = targets_of(canvas)
    assert not targets["labels"].any()
    assert not targets["boxes"].any()


# Losses -----------------------------------------------------------------------------------------------


def test_any_label_of_a_set_is_right_and_no_other():
    loss = PartialLabels(np.ones(EVERY))
    truth = np.zeros((1, 1, 1, EVERY), np.float32)
    truth[..., [2, 3]] = 1
    logits = np.full((3, 1, 1, EVERY), -9.0, np.float32)
    logits[0, ..., 2] = logits[1, ..., 3] = logits[2, ..., 4] = 9
    first, second, wrong = (float(loss(truth, logits[row : row + 1])) for row in range(3))
    assert max(first, second) < 0.01
    assert wrong > 5
    assert float(loss(np.zeros_like(truth), logits[2:])) == 0  # nothing is known


def test_a_box_is_best_where_it_is_right_and_the_fit_follows_its_iou():
    loss = BoxesAndFit()
    truth = np.array([[[[10, 10, 10, 10, 1]]]], np.float32)

    def of(box, fit):
        return float(loss(truth, np.array([[[[*box, fit]]]], np.float32)))

    right = (10, 10, 10, 10)
    assert of(right, 6) < of((12, 10, 10, 10), 6) < of((30, 10, 10, 10), 6)
    assert of(right, 6) < of(right, -6)
    half = (10, 10, 10, 30)  # IoU 0.5
    assert of(half, 0) < min(of(half, 4), of(half, -4))
    assert float(loss(np.zeros_like(truth), truth)) == 0  # no box is known


# Pseudo-labels ----------------------------------------------------------------------------------------


def probabilities_of(scene, label, *, share=0.9):
    """Say that the garment is of `label`, and all else nothing."""
    labels = np.zeros((*scene.sets.shape, EVERY), np.float32)
    garment = scene.instance > 0
    labels[..., 0] = np.where(garment, 1 - share, 1)
    labels[..., 1 + FINDER_LABELS.index(label)] = np.where(garment, share, 0)
    return labels[::4, ::4]


def test_a_pixel_takes_the_likeliest_label_that_it_may_have():
    known = scene_of("Kurtas")
    scene = replace(
        known,
        sets=np.full_like(known.sets, set_of("Kurtas", "Jeans") | NOTHING),
        instance=np.zeros_like(known.instance),
        boxes=boxes_array([]),
    )
    labelled = relabel(scene, probabilities_of(known, "Kurtas"))
    assert labelled.boxes == pytest.approx(known.boxes, abs=4)
    assert labelled.sets[60, 40] == set_of("Kurtas")
    assert labelled.sets[2, 2] == NOTHING
    # A label that it cannot have is not taken, however sure the network is.
    other = relabel(scene, probabilities_of(known, "Shoes"))
    assert not len(other.boxes)


def test_what_the_network_is_not_sure_of_keeps_its_labels():
    known = scene_of("Kurtas")
    both = np.full_like(known.sets, set_of("Kurtas", "Jeans") | NOTHING)
    labels = probabilities_of(known, "Kurtas", share=0.5)
    labelled = relabel(replace(known, sets=both), labels)
    assert labelled.sets[60, 40] == both[0, 0]


def test_the_one_garment_of_a_photograph_keeps_its_name_whatever_the_network_calls_it():
    known = scene_of("Skirts")
    vague = replace(
        known, instance=np.zeros_like(known.instance), boxes=boxes_array([]), own=set_of("Skirts")
    )
    labelled = relabel_single(vague, probabilities_of(known, "Dresses"))
    assert labelled.boxes == pytest.approx(known.boxes, abs=4)
    assert labelled.sets[60, 40] == set_of("Skirts")
    assert (
        relabel_single(vague, probabilities_of(replace(known, instance=known.instance * 0), "Skirts"))
        is vague
    )
