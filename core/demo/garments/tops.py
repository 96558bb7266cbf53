"""What t-shirts, shirts and kurtas share: body, sleeves, and how they hang from the shoulders."""

# Points are arrays: `+` moves them, it joins nothing.
# ruff: noqa: RUF005

from dataclasses import dataclass

import numpy as np

from ..canvas import ClothPanel
from ..cloth.fabrics import Fabric
from ..drawing import curves
from ..drawing.shading import Fold
from .sewing import seam


@dataclass
class Cut:
    """Measures in metres, half the width where they are widths; y = 0 where the shoulder meets the neck."""

    neck: float = 0.085  # half the neck's opening
    neck_depth: float = 0.095  # of the front
    neck_back: float = 0.018  # of the back
    vee: float = 0.0  # 0 a round neck, 1 a V
    shoulder: float = 0.215
    slope: float = 0.052
    armpit: float = 0.235  # how far down
    chest: float = 0.230
    waist: float = 0.220
    hip: float = 0.226
    length: float = 0.70
    tail: float = 0.0  # how much higher the hem is at the sides
    sleeve: float = 0.22  # length, 0 for none
    spread: float = 0.72  # angle of the sleeve from hanging straight, radians
    opening: float = 0.078  # half the width of the sleeve's end
    bend: float = 0.0  # how far the elbow stands out
    puff: float = 0.0  # fullness at the shoulder


@dataclass
class Lines:
    """The curves of a cut top, as seen; `right` and `left` are sides of the picture."""

    cut: Cut
    shoulder: np.ndarray  # the right one, from the neck outwards
    neckline: np.ndarray  # front, from the left to the right
    back_neck: np.ndarray  # from the left to the right
    hem: np.ndarray  # from the right to the left
    side_right: np.ndarray  # from the armpit down
    side_left: np.ndarray
    armhole_right: np.ndarray  # from the shoulder down
    armhole_left: np.ndarray
    body: np.ndarray
    sleeves: dict[str, dict[str, np.ndarray]]


def lines_of(cut: Cut, rng: np.random.Generator) -> Lines:
    """Return the curves of a top; no two sides are quite alike, as on a real hanger."""
    right, left = _half(cut, rng), _half(cut, rng)
    flip = np.array([-1.0, 1.0])
    depth, wide = cut.neck_depth, cut.neck
    round_half = curves.bezier((0, depth), (wide * 0.62, depth), (wide * 0.98, depth * 0.45), (wide, 0), 20)
    vee_half = curves.bezier(
        (0, depth), (wide * 0.35, depth * 0.62), (wide * 0.8, depth * 0.22), (wide, 0), 20
    )
    half = round_half * (1 - cut.vee) + vee_half * cut.vee
    neckline = np.concatenate([curves.mirror(half)[:-1], half])
    back_half = curves.bezier(
        (0, cut.neck_back), (wide * 0.5, cut.neck_back), (wide * 0.9, 0.006), (wide, 0), 14
    )
    back_neck = np.concatenate([curves.mirror(back_half)[:-1], back_half])
    side_right, side_left = right["side"], left["side"] * flip
    foot_right, foot_left = side_right[-1], side_left[-1]
    middle = cut.length + rng.normal(0, 0.003)
    if cut.tail:
        reach_right, reach_left = foot_right * (0.72, 0) + (0, middle), foot_left * (0.72, 0) + (0, middle)
        hem = np.concatenate(
            [
                curves.bezier(
                    foot_right, foot_right * (0.9, 1) + (0, cut.tail * 0.75), reach_right, (0, middle), 24
                ),
                curves.bezier(
                    (0, middle), reach_left, foot_left * (0.9, 1) + (0, cut.tail * 0.75), foot_left, 24
                )[1:],
            ]
        )
    else:
        sag = curves.points(foot_right, (foot_right[0] * 0.5, middle + 0.006), (0, middle + 0.008))
        sag = np.concatenate([sag, curves.points((foot_left[0] * 0.5, middle + 0.006), foot_left)])
        hem = curves.wobble(curves.spline(sag, 12), rng, 0.0022, 7)
    armhole_right, armhole_left = right["armhole"], left["armhole"] * flip
    body = np.concatenate(
        [neckline, right["shoulder"][1:], armhole_right[1:], side_right[1:], hem[1:-1], side_left[::-1]]
        + [armhole_left[::-1][1:], (left["shoulder"] * flip)[::-1][1:-1]]
    )
    sleeves = {}
    if cut.sleeve:
        sleeves["right"] = _sleeve(cut, armhole_right, rng)
        sleeves["left"] = {k: v * flip for k, v in _sleeve(cut, armhole_left * flip, rng).items()}
        sleeves["left"]["end"] = sleeves["left"]["end"][::-1]
    return Lines(
        cut,
        right["shoulder"],
        neckline,
        back_neck,
        hem,
        side_right,
        side_left,
        armhole_right,
        armhole_left,
        body,
        sleeves,
    )


def _half(cut: Cut, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the right side's shoulder, armhole and side seam."""
    jitter = rng.normal(0, 0.003, 8)
    tip = np.array([cut.shoulder + jitter[0], cut.slope + jitter[1]])
    pit = np.array([cut.chest + jitter[2], cut.armpit + jitter[3]])
    shoulder = curves.bezier(
        (cut.neck, 0), (cut.neck + 0.04, 0.006), (tip[0] - 0.05, tip[1] - 0.014), tip, 14
    )
    armhole = curves.bezier(tip, (tip[0] - 0.020, tip[1] + 0.06), (pit[0] - 0.055, pit[1] - 0.045), pit, 20)
    foot = np.array([cut.hip + jitter[4], cut.length - cut.tail + jitter[5]])
    waist = np.array([cut.waist + jitter[6], cut.armpit + (min(cut.length, 0.72) - cut.armpit) * 0.48])
    knots = np.stack([pit, pit * 0.45 + waist * 0.55, waist, waist * 0.5 + foot * 0.5, foot])
    knots[1, 0] = waist[0] + (pit[0] - waist[0]) * 0.35
    knots[3, 0] = waist[0] + (foot[0] - waist[0]) * 0.62
    side = curves.wobble(curves.spline(knots, 10), rng, 0.0022, 6)
    return {"shoulder": shoulder, "armhole": armhole, "side": side}


def _sleeve(cut: Cut, armhole: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the right sleeve's outline, axis, and its end, from outside to inside."""
    tip, pit = armhole[0], armhole[-1]
    angle = cut.spread + rng.normal(0, 0.022)
    way = np.array([np.sin(angle), np.cos(angle)])
    out = np.array([way[1], -way[0]])
    long = cut.sleeve * (1 + rng.normal(0, 0.012))
    end_out = tip + way * long
    end_in = end_out - out * 2 * cut.opening + way * rng.uniform(0.0, 0.012)
    deltoid = tip + way * min(0.085, 0.38 * long) + out * ((0.013 if long > 0.34 else 0.007) + cut.puff)
    if long > 0.34 or long > 1.6 * cut.armpit - 0.12:
        # A hanging arm: the inside runs near the body, the outside bows at the elbow.
        middle = tip + way * long * 0.52 + out * (cut.bend + 0.012)
        low = tip + way * long * 0.8 + out * cut.bend * 0.55
        outer = curves.spline(np.stack([tip, deltoid, middle, low, end_out]), 10)
        run = end_in - pit
        bow = [pit + run * t + out * b for t, b in ((0.85, 0.001), (0.55, -0.004), (0.22, -0.007))]
        inner = curves.spline(np.stack([end_in, *bow, pit]), 10)
        outer, inner = curves.wobble(outer, rng, 0.003, 9), curves.wobble(inner, rng, 0.003, 9)
    else:
        crown = [tip, deltoid, (deltoid + end_out) / 2 + out * (0.006 + cut.puff), end_out]
        outer = curves.spline(np.stack(crown), 8)
        inner = curves.bezier(end_in, end_in * 0.6 + pit * 0.4 - way * 0.004, pit + way * 0.02, pit, 12)
    end = curves.wobble(
        curves.bezier(
            end_out,
            end_out * 0.7 + end_in * 0.3 + way * 0.007,
            end_in * 0.7 + end_out * 0.3 + way * 0.007,
            end_in,
            16,
        ),
        rng,
        0.0015,
        4,
    )
    outline = np.concatenate([outer, end[1:], inner[1:], armhole[::-1][1:-1]])
    over = np.concatenate(
        [outer[:1] - way * 0.2 + out * 0.03, outer, outer[-1:] + way * 0.2, inner[:1] + way * 0.2, inner]
        + [pit[None] - way * 0.2 - out * 0.10]
    )
    axis = np.stack([(tip + pit) / 2, (end_out + end_in) / 2])
    return {"outline": outline, "end": end, "axis": axis, "volume": over, "outer": outer, "inner": inner}


def below_shoulder(lines: Lines, outline: np.ndarray) -> np.ndarray:
    """Return `outline` with nothing of it standing up beyond the shoulder's line."""
    roof = np.interp(np.abs(outline[:, 0]), lines.shoulder[:, 0], lines.shoulder[:, 1], left=-1.0)
    return np.stack([outline[:, 0], np.maximum(outline[:, 1], roof - 0.0015)], axis=1)


def sleeve_angle(sleeve: dict[str, np.ndarray]) -> float:
    """Return by how much the weave of a sleeve is turned against the body's, radians."""
    way = sleeve["axis"][1] - sleeve["axis"][0]
    return float(np.arctan2(-way[0], way[1]))


def body_volume(lines: Lines) -> np.ndarray:
    """Return what swells of a body: flat towards shoulders and hem, turning away at the sides."""
    right, left = lines.side_right, lines.side_left
    up, down = np.array([0.0, -0.5]), np.array([0.0, 0.5])
    return np.concatenate(
        [right[:1] + up, right, right[-1:] + down, left[-1:] + down, left[::-1], left[:1] + up]
    )


def body_panel(
    lines: Lines,
    fabric: Fabric,
    *,
    rng: np.random.Generator,
    ease: float,
    depth: float = 0.050,
    shadow: float = 0.55,
) -> ClothPanel:
    """Return the front of the body, unadorned; `ease` above 1 hangs more loosely."""
    folds, drapes = _body_folds(lines, rng, ease)
    return ClothPanel(
        lines.body,
        fabric,
        volume=body_volume(lines),
        radius=0.12,
        depth=depth,
        folds=folds,
        drapes=drapes,
        shadow=shadow,
        reach=0.014,
        name="body",
    )


def _body_folds(lines: Lines, rng: np.random.Generator, ease: float) -> tuple[list[Fold], list[Fold]]:
    """Return the drag lines and the drapes of a body; `ease` above 1 hangs more loosely."""
    cut = lines.cut
    folds: list[Fold] = []
    for side, edge in ((1, lines.side_right), (-1, lines.side_left)):
        pit, waist = edge[0], edge[len(edge) // 2]
        for _ in range(rng.integers(3, 6)):
            # From the armpit towards the chest, where the arm pulls.
            away = rng.uniform(0.25, 1.15)
            angle = np.pi - away if side > 0 else away
            folds.append(
                (
                    pit[0] - side * rng.uniform(0.0, 0.02),
                    pit[1] + rng.uniform(-0.02, 0.05),
                    angle,
                    rng.uniform(0.10, 0.24),
                    rng.uniform(0.007, 0.014),
                    rng.uniform(0.0022, 0.0052) * ease,
                    rng.normal(0, 0.012),
                )
            )
        for _ in range(rng.integers(2, 5)):
            # Short ones at the waist, where cloth is taken in.
            angle = (np.pi if side > 0 else 0.0) + rng.normal(0, 0.32)
            folds.append(
                (
                    waist[0] - side * rng.uniform(0, 0.02),
                    waist[1] + rng.normal(0, 0.07),
                    angle,
                    rng.uniform(0.06, 0.17),
                    rng.uniform(0.007, 0.013),
                    rng.uniform(0.0016, 0.004) * ease,
                    rng.normal(0, 0.012),
                )
            )
    drapes: list[Fold] = []
    for _ in range(rng.integers(5, 9)):
        x = rng.uniform(-0.8, 0.8) * cut.waist
        y = rng.uniform(cut.armpit * 0.7, cut.length * 0.6)
        long = rng.uniform(0.25, 0.55) * cut.length
        angle = np.pi / 2 + rng.normal(0, 0.22) + 0.35 * x
        drapes.append(
            (x, y, angle, long, rng.uniform(0.014, 0.034), rng.normal(0, 0.0042) * ease, rng.normal(0, 0.02))
        )
    for _ in range(rng.integers(2, 5)):
        # Long slanting ones from the shoulder across the body.
        side = rng.choice([-1, 1])
        drapes.append(
            (
                side * cut.shoulder * 0.75,
                cut.slope + 0.06,
                np.pi / 2 + side * rng.uniform(0.25, 0.6),
                rng.uniform(0.3, 0.5),
                rng.uniform(0.012, 0.024),
                rng.uniform(0.0015, 0.004) * ease,
                rng.normal(0, 0.02),
            )
        )
    for _ in range(rng.integers(4, 8)):
        x = rng.uniform(-0.9, 0.9) * cut.hip
        high = rng.normal(0, 0.003) * ease
        drapes.append(
            (
                x,
                cut.length - 0.16,
                np.pi / 2 + rng.normal(0, 0.08),
                0.28,
                rng.uniform(0.010, 0.022),
                high,
                rng.normal(0, 0.008),
            )
        )
    return folds, drapes


def sleeve_folds(sleeve: dict[str, np.ndarray], rng: np.random.Generator, ease: float = 1.0) -> list[Fold]:
    """Return the folds of one sleeve: from the armpit outwards, and around the elbow of a long one."""
    pit, tip = sleeve["inner"][-1], sleeve["outer"][0]
    way = sleeve["axis"][1] - sleeve["axis"][0]
    long = float(np.sqrt((way**2).sum()))
    down = np.arctan2(way[1], way[0])
    side = 1 if way[0] > 0 else -1
    folds: list[Fold] = []
    for _ in range(rng.integers(3, 6)):
        angle = down - side * rng.uniform(0.1, 1.3)
        folds.append(
            (
                pit[0] + rng.normal(0, 0.008),
                pit[1] + rng.normal(0, 0.012),
                angle,
                rng.uniform(0.06, min(0.2, 0.10 + long * 0.4)),
                rng.uniform(0.006, 0.012),
                rng.uniform(0.002, 0.0048) * ease,
                rng.normal(0, 0.008),
            )
        )
    for _ in range(rng.integers(1, 3)):
        angle = down + side * rng.uniform(-0.15, 0.3)
        folds.append(
            (
                tip[0] + rng.normal(0, 0.01),
                tip[1] + rng.uniform(0.01, 0.04),
                angle,
                min(0.24, long * 0.8),
                rng.uniform(0.009, 0.016),
                rng.uniform(0.0015, 0.0035) * ease,
                rng.normal(0, 0.01),
            )
        )
    if long > 0.3:
        outer, inner = sleeve["outer"], sleeve["inner"]
        for _ in range(rng.integers(7, 12)):
            at = rng.uniform(0.32, 0.95)
            edge = (
                inner[int((1 - at) * (len(inner) - 1))]
                if rng.random() < 0.65
                else outer[int(at * (len(outer) - 1))]
            )
            inward = np.arctan2(*(sleeve["axis"][0] + way * at - edge)[::-1])
            folds.append(
                (
                    edge[0],
                    edge[1],
                    inward + rng.normal(0, 0.55),
                    rng.uniform(0.05, 0.12),
                    rng.uniform(0.006, 0.011),
                    rng.uniform(0.002, 0.0046) * ease,
                    rng.normal(0, 0.012),
                )
            )
    return folds


def sleeve_panels(
    lines: Lines, fabric: Fabric, rng: np.random.Generator, ease: float = 1.0
) -> list[ClothPanel]:
    """Return both sleeves, unadorned; the seam at the armhole is drawn on them."""
    panels = []
    for side, sleeve in lines.sleeves.items():
        armhole = lines.armhole_right if side == "right" else lines.armhole_left
        panels.append(
            ClothPanel(
                sleeve["outline"],
                fabric,
                origin=tuple(sleeve["axis"][0]),
                angle=sleeve_angle(sleeve),
                volume=sleeve["volume"],
                radius=max(0.05, lines.cut.opening * 1.05),
                depth=0.030,
                folds=sleeve_folds(sleeve, rng, ease),
                shadow=0.30,
                reach=0.012,
                name=f"sleeve {side}",
                marks=[*seam(armhole, fabric)],
            )
        )
    return panels


def back_panel(lines: Lines, fabric: Fabric, tint: float = 0.62) -> ClothPanel:
    """Return the inside of the back that shows in the neck's opening."""
    outline = np.concatenate([lines.back_neck, curves.offset(lines.neckline, -0.012)[::-1]])
    return ClothPanel(outline, fabric, depth=0.0, wrinkle=0.6, tint=tint, shadow=0.0, dusk=0.25, name="back")
