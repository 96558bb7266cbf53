"""The folds of a trouser leg: whiskers at the crotch, folds at the knee and above the hem, drapes."""

import numpy as np

from ..drawing.shading import Fold
from ..product import Product


def leg_folds(
    product: Product,
    edges: tuple[np.ndarray, np.ndarray],
    *,
    rise: float,
    knee_y: float,
    long: float,
    rng: np.random.Generator,
) -> tuple[list[Fold], list[Fold]]:
    """Return the drag lines and the drapes of a leg, whose edges are the outer and the inner one."""
    ease = product.get("ease", 1.0)
    folds = [_whisker(rise, ease, rng) for _ in range(rng.integers(4, 7))]
    folds += [
        _seam_fold(
            knee_y + rng.normal(0, 0.06),
            edges,
            rng=rng,
            spread=0.4,
            width=(0.007, 0.012),
            height=(0.0015, 0.0038),
            ease=ease,
            bend=0.012,
        )
        for _ in range(rng.integers(5, 9))
    ]
    stack = 1.6 if product.get("fit") in ("skinny", "slim", "tapered") else 1.0
    folds += [  # where the leg is too long it stacks up above the hem
        _seam_fold(
            long - abs(rng.normal(0.05, 0.07)) - 0.02,
            edges,
            rng=rng,
            spread=0.35,
            width=(0.006, 0.011),
            height=(0.002, 0.0042),
            ease=ease,
            bend=0.010,
        )
        for _ in range(int(rng.integers(4, 7) * stack))
    ]
    drapes = [_drape(rng.uniform(rise, long * 0.75), edges, ease, rng=rng) for _ in range(rng.integers(3, 6))]
    return folds, drapes


def _whisker(rise: float, ease: float, rng: np.random.Generator) -> Fold:
    """Return a fold from the crotch out to the hip."""
    return (
        rng.uniform(0.0, 0.02),
        rise - rng.uniform(-0.03, 0.05),
        -rng.uniform(0.05, 0.75),
        rng.uniform(0.10, 0.20),
        rng.uniform(0.006, 0.011),
        rng.uniform(0.002, 0.0042) * ease,
        rng.normal(0, 0.012),
    )


def _seam_fold(
    y: float,
    edges: tuple[np.ndarray, np.ndarray],
    *,
    rng: np.random.Generator,
    spread: float,
    width: tuple[float, float],
    height: tuple[float, float],
    ease: float,
    bend: float,
) -> Fold:
    """Return a fold into the leg from its outer or its inner edge."""
    outer, inner = edges
    edge = inner if rng.random() < 0.5 else outer
    x = float(np.interp(y, edge[:, 1], edge[:, 0]))
    inwards = 0.0 if edge is inner else np.pi
    return (
        x,
        y,
        inwards + rng.normal(0, spread),
        rng.uniform(0.05, 0.12),
        rng.uniform(*width),
        rng.uniform(*height) * ease,
        rng.normal(0, bend),
    )


def _drape(y: float, edges: tuple[np.ndarray, np.ndarray], ease: float, *, rng: np.random.Generator) -> Fold:
    """Return a soft fold down the middle of the leg."""
    middle = float(sum(np.interp(y, edge[:, 1], edge[:, 0]) for edge in edges) / 2)
    return (
        middle + rng.normal(0, 0.025),
        y,
        np.pi / 2 + rng.normal(0, 0.12),
        rng.uniform(0.15, 0.35),
        rng.uniform(0.012, 0.024),
        rng.normal(0, 0.0032) * ease,
        rng.normal(0, 0.012),
    )
