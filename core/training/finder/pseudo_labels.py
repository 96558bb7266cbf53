"""Self-training: the finder labels the pixels of scenes that are labelled in part, within what is known.

A network that has learned from outlined photographs tells skin and trousers from the kurta above them, once
it may only choose among the labels that a pixel can have; where it is not sure, the pixel keeps its set.
See Lee 2013, "Pseudo-Label".
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy import ndimage

from core.imaging.crop import box_around
from core.imaging.resize import resize
from core.models.finder.detections import Outputs
from core.models.finder.finder import input_size
from core.models.finder.labels import FINDER_LABELS
from core.protocols import Bar
from core.training.finder.canvases import ScenePools
from core.training.finder.scenes import NOTHING, Scene, boxes_array, enlarged

PIXELS = 480 * 320
"""About as many pixels as a scene is labelled with."""

SURE = 0.65
"""Probability within its set from which on a pixel takes a label."""

LEAST_GARMENT = 0.01
"""Share of the picture's pixels below which what was labelled is no garment."""

LEAST_PART = 0.15
"""A part of a garment smaller than this share of its largest part is noise."""

NAMED_WEIGHT = 0.6
"""How often a named photograph is drawn beside an outlined one."""

_BITS = np.arange(1 + len(FINDER_LABELS))


def relabelled(pools: ScenePools, answer: Callable[[np.ndarray], Outputs], *, bar: Bar) -> ScenePools:
    """Return the pools with every partly labelled scene labelled by the network; named ones become outlined.

    Parameters
    ----------
    pools : ScenePools
    answer : callable
        From a uint8 picture (height, width, 3) to the network's outputs.
    bar : callable
        As of `core.training.train.train`.
    """
    step = bar("labelling", len(pools.named) + len(pools.photographs) + len(pools.products))

    def label(scene: Scene) -> Scene:
        step(1)
        size = input_size(*scene.image.shape[:2], pixels=PIXELS)
        labels = answer(resize(scene.image, *size)).labels
        return relabel_single(scene, labels) if scene.own else relabel(scene, labels)

    named = [replace(label(scene), weight=NAMED_WEIGHT) for scene in pools.named]
    return replace(
        pools,
        outlined=[*pools.outlined, *(scene for scene in named if len(scene.boxes))],
        named=[],
        photographs=[label(scene) for scene in pools.photographs],
        products=[scene if len(scene.boxes) else label(scene) for scene in pools.products],
    )


def relabel(scene: Scene, labels: np.ndarray) -> Scene:
    """Label each pixel of a scene by what is likeliest among the labels that it may have.

    Parameters
    ----------
    scene : Scene
    labels : float32 array (rows, columns, 14)
        Probabilities of no garment and of each label, on a coarser grid.

    Returns
    -------
    Scene
        With a box for each label that enough pixels took. Where the network is not sure, pixels keep their
        sets.
    """
    within = enlarged(labels, scene.sets.shape) * ((scene.sets[..., None] >> _BITS) & 1)
    within /= np.maximum(within.sum(axis=-1, keepdims=True), 1e-6)
    best = within.argmax(axis=-1)
    sets = np.where(within.max(axis=-1) >= SURE, 1 << best, scene.sets).astype(np.uint16)
    instance = np.zeros(sets.shape, np.uint8)
    boxes = []
    for label in _BITS[1:]:
        mask = _cleaned(best == label)
        if mask.mean() >= LEAST_GARMENT:
            boxes.append(box_around(mask))
            instance[mask] = len(boxes)
    stray = (best > 0) & (instance == 0)  # too little of it to be believed
    sets[stray] = scene.sets[stray]
    return replace(scene, sets=sets, instance=instance, boxes=boxes_array(boxes))


def relabel_single(scene: Scene, labels: np.ndarray) -> Scene:
    """Tell the one garment of a scene from its ground, whatever label the network would give it.

    Returns
    -------
    Scene
        As it was where the network sees no garment.
    """
    garment = enlarged(1 - labels[..., 0], scene.sets.shape)
    mask = _cleaned(garment > 0.5)
    if mask.mean() < LEAST_GARMENT:
        return scene
    unsure = (garment > 1 - SURE) & (garment < SURE)
    sets = np.where(unsure, scene.own | NOTHING, np.where(mask, scene.own, NOTHING)).astype(np.uint16)
    return replace(scene, sets=sets, instance=mask.astype(np.uint8), boxes=boxes_array([box_around(mask)]))


def _cleaned(mask: np.ndarray) -> np.ndarray:
    """Leave out parts that are small beside the largest."""
    parts, count = ndimage.label(ndimage.binary_opening(mask, iterations=2))
    if count == 0:
        return np.zeros_like(mask)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return (sizes >= LEAST_PART * sizes.max())[parts]
