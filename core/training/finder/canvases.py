"""Canvases: what the garment finder is trained on, composed anew from scenes for every step.

Four kinds of canvas: one outlined photograph, zoomed, turned and cropped; one everyday photograph; a cut-out
on a drawn ground; and a page, as of a shop or of a collage, that shows several scenes in rectangles among
text. Boxes are those of the pixels that are left to be seen.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from core.models.finder.grid import BOX_STRIDE, STRIDE
from core.models.finder.labels import FINDER_LABELS
from core.training.data.augmentation import jitter_colours, synthetic_background
from core.training.finder.scenes import NOTHING, UNKNOWN, Scene
from core.training.schedule import Schedule

SHAPES: tuple[tuple[int, int], ...] = ((384, 256), (320, 320), (256, 384))
SHAPE_SHARES = (0.5, 0.35, 0.15)
"""Heights and widths of canvases in pixels, and their shares of the batches."""

CANVAS_SHARES: Mapping[str, float] = {"street": 0.5, "photograph": 0.14, "cut_out": 0.16, "page": 0.2}
"""How the canvases of a batch are shared among the kinds."""

LEAST_CELLS = 24
"""Pixels of a garment that must be left to be seen for it to have a box."""


@dataclass(frozen=True)
class Canvas:
    """A picture, and what is known of every pixel; as in `Scene`, without boxes."""

    image: np.ndarray
    sets: np.ndarray
    instance: np.ndarray


@dataclass(frozen=True)
class ScenePools:
    """The scenes of a split, by kind."""

    outlined: Sequence[Scene]
    photographs: Sequence[Scene]
    products: Sequence[Scene]
    renders: Sequence[Scene]
    named: Sequence[Scene] = ()  # drawn once they are labelled

    def counts(self) -> dict[str, int]:
        """Return how many scenes there are of each kind."""
        return {field.name: len(getattr(self, field.name)) for field in fields(self)}

    def fingerprint(self) -> str:
        """Return a hash of all pictures and of what is known of their pixels."""
        digest = hashlib.sha256()
        for field in fields(self):
            for scene in getattr(self, field.name):
                digest.update(repr((field.name, scene.image.shape, scene.weight, scene.own)).encode())
                for array in (scene.image, scene.sets, scene.instance, scene.boxes):
                    digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def draw(self, kind: str, rng: np.random.Generator) -> Scene:
        """Draw a scene of a kind by the scenes' weights."""
        scenes = getattr(self, kind)
        while True:  # rejection: weights are 1 or a little less
            scene = scenes[rng.integers(len(scenes))]
            if rng.random() < scene.weight:
                return scene


class CanvasBatches:
    """Draws batches of canvases with their targets; each follows from seed and step alone."""

    def __init__(self, pools: ScenePools, schedule: Schedule):
        self.pools, self.schedule = pools, schedule
        kinds = [
            kind
            for kind, scenes in (
                ("street", pools.outlined),
                ("photograph", pools.photographs),
                ("cut_out", [*pools.products[:1], *pools.renders[:1]]),
                ("page", pools.products),
            )
            if scenes
        ]
        chances = np.array([CANVAS_SHARES[kind] for kind in kinds])
        self.kinds, self.chances = kinds, chances / chances.sum()

    def batch(self, step: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return pictures float32 (n, height, width, 3), 0 to 255, and the targets of `targets_of`."""
        rng = np.random.default_rng((self.schedule.seed, step))
        height, width = SHAPES[rng.choice(len(SHAPES), p=SHAPE_SHARES)]
        canvases = [
            self.canvas(self.kinds[rng.choice(len(self.kinds), p=self.chances)], height, width, rng)
            for _ in range(self.schedule.batch)
        ]
        targets = [targets_of(canvas) for canvas in canvases]
        images = np.stack([canvas.image for canvas in canvases]).astype(np.float32)
        return images, {key: np.stack([target[key] for target in targets]) for key in targets[0]}

    def canvas(self, kind: str, height: int, width: int, rng: np.random.Generator) -> Canvas:
        """Compose one canvas."""
        canvas = getattr(self, f"_{kind}")(height, width, rng)
        strength = 0.9 if kind != "page" else 0.3
        image = jitter_colours(canvas.image, rng, strength)
        if rng.random() < 0.12:
            image = _degraded(image, rng)
        return Canvas(image, canvas.sets, canvas.instance)

    def _street(self, height: int, width: int, rng: np.random.Generator) -> Canvas:
        scene = self.pools.draw("outlined", rng)
        canvas = _ground(height, width, rng)
        zoom = np.exp(rng.uniform(np.log(0.8), np.log(2.6)))
        focus = np.array([scene.image.shape[1], scene.image.shape[0]]) / 2
        if len(scene.boxes) and zoom > 1:
            box = scene.boxes[rng.integers(len(scene.boxes))]
            focus = (box[:2] + box[2:]) / 2
        _place(canvas, scene, _matrix(scene, focus, zoom, canvas, rng, turn=8))
        return canvas

    def _photograph(self, height: int, width: int, rng: np.random.Generator) -> Canvas:
        scene = self.pools.draw("photographs", rng)
        canvas = _ground(height, width, rng)
        focus = np.array([scene.image.shape[1], scene.image.shape[0]]) / 2
        zoom = np.exp(rng.uniform(np.log(0.6), np.log(1.5)))
        _place(canvas, scene, _matrix(scene, focus, zoom, canvas, rng, turn=25))
        return canvas

    def _cut_out(self, height: int, width: int, rng: np.random.Generator) -> Canvas:
        kinds = [kind for kind in ("products", "renders") if getattr(self.pools, kind)]
        canvas = _ground(height, width, rng)
        for _ in range(1 if rng.random() < 0.7 else 2):
            kind = kinds[0] if rng.random() < 0.75 else kinds[-1]
            scene = self.pools.draw(kind, rng)
            focus = np.array([scene.image.shape[1], scene.image.shape[0]]) / 2
            zoom = np.exp(rng.uniform(np.log(0.4), np.log(1.1)))
            _place(canvas, scene, _matrix(scene, focus, zoom, canvas, rng, turn=20, shift=0.3), cut=True)
        return canvas

    def _page(self, height: int, width: int, rng: np.random.Generator) -> Canvas:
        light = rng.random() < 0.85
        colour = rng.integers(235, 256) if light else rng.integers(10, 50)
        canvas = Canvas(
            np.full((height, width, 3), colour, np.uint8),
            np.full((height, width), NOTHING, np.uint16),
            np.zeros((height, width), np.uint8),
        )
        ink = 30 if light else 225
        for box in _tiles(height, width, rng):
            self._fill_tile(canvas, box, rng)
        _write_text(canvas, ink, rng)
        return canvas

    def _fill_tile(self, canvas: Canvas, box: tuple[int, int, int, int], rng: np.random.Generator) -> None:
        left, top, right, bottom = box
        kind = ("outlined", "photographs", "products", "products", "products", "renders")[rng.integers(6)]
        if not getattr(self.pools, kind):
            kind = "products"
        scene = self.pools.draw(kind, rng)
        tile = Canvas(
            *(array[top:bottom, left:right] for array in (canvas.image, canvas.sets, canvas.instance))
        )
        if scene.alpha is not None:
            tile.image[:] = rng.choice([255, 255, 248, 240])
        focus = np.array([scene.image.shape[1], scene.image.shape[0]]) / 2
        zoom = (
            np.exp(rng.uniform(np.log(0.9), np.log(1.5))) if kind == "outlined" else rng.uniform(0.85, 1.05)
        )
        matrix = _matrix(scene, focus, zoom, tile, rng, turn=0, shift=0.03)
        _place(tile, scene, matrix, cut=scene.alpha is not None, first=int(canvas.instance.max()) + 1)
        tile.sets[tile.sets == UNKNOWN] = NOTHING


def _ground(height: int, width: int, rng: np.random.Generator) -> Canvas:
    chance = rng.random()
    if chance < 0.25:
        image = np.full((height, width, 3), rng.choice([255, 255, 245, 20]), np.uint8)
    else:
        image = synthetic_background(rng, height, width)
    sets = np.full((height, width), NOTHING, np.uint16)
    return Canvas(image, sets, np.zeros((height, width), np.uint8))


def _matrix(
    scene: Scene,
    focus: np.ndarray,
    zoom: float,
    canvas: Canvas,
    rng: np.random.Generator,
    *,
    turn: float,
    shift: float = 0.12,
) -> np.ndarray:
    """Return the 2×3 matrix from pixels of a canvas to pixels of a scene.

    At a zoom of 1 the whole scene just fits; `focus` (x, y) comes to lie near the middle.
    """
    height, width = canvas.image.shape[:2]
    fit = max(scene.image.shape[0] / height, scene.image.shape[1] / width)
    angle = np.deg2rad(rng.uniform(-turn, turn)) if turn else 0.0
    stretch = np.exp(rng.uniform(-0.08, 0.08))
    matrix = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) * fit / zoom
    matrix[:, 0] *= stretch
    if rng.random() < 0.5:
        matrix[:, 0] *= -1
    middle = np.array([width, height]) * (0.5 + rng.uniform(-shift, shift, 2))
    return np.column_stack([matrix, focus - matrix @ middle])


def _place(
    canvas: Canvas, scene: Scene, matrix: np.ndarray, *, cut: bool = False, first: int | None = None
) -> None:
    """Draw a scene onto a canvas, in place; `cut` leaves its ground out."""
    height, width = canvas.image.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    rows += 0.5
    columns += 0.5
    x = (matrix[0, 0] * columns + matrix[0, 1] * rows + matrix[0, 2]).astype(np.int32)
    y = (matrix[1, 0] * columns + matrix[1, 1] * rows + matrix[1, 2]).astype(np.int32)
    high, wide = scene.image.shape[:2]
    inside = (x >= 0) & (x < wide) & (y >= 0) & (y < high)
    np.clip(x, 0, wide - 1, out=x)
    np.clip(y, 0, high - 1, out=y)
    at = y * wide + x
    picture = Image.fromarray(scene.image)
    # Resampling takes four pixels, however many lie between: first make the picture as small as it is wanted.
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    shrink = max(1.0, scale / 1.3)
    if shrink > 1:
        picture = picture.resize(
            (max(1, round(wide / shrink)), max(1, round(high / shrink))), Image.Resampling.BOX
        )
    to_small = np.array([[picture.width / wide], [picture.height / high]])
    drawn = np.asarray(
        picture.transform(
            (width, height),
            Image.Transform.AFFINE,
            tuple((matrix * to_small).ravel()),
            Image.Resampling.BILINEAR,
        )
    )
    sets = scene.sets.ravel()[at]
    instance = scene.instance.ravel()[at]
    if cut and scene.alpha is not None:
        alpha = scene.alpha.ravel()[at] * inside
        share = (alpha / 255.0)[..., None]
        canvas.image[:] = (canvas.image * (1 - share) + drawn * share).astype(np.uint8)
        where = alpha > 127
    else:
        where = inside
        canvas.image[where] = drawn[where]
    canvas.sets[where] = sets[where]
    offset = int(canvas.instance.max()) if first is None else first - 1
    shifted = np.where(instance > 0, instance + offset, 0).astype(np.uint8)
    canvas.instance[where] = shifted[where]


# Pages ------------------------------------------------------------------------------------------------


def _tiles(height: int, width: int, rng: np.random.Generator) -> list[tuple[int, int, int, int]]:
    """Lay out the pictures of a page: a grid, one large with small ones below, or a strip."""
    kind = rng.integers(3)
    gap = int(rng.integers(2, 14))
    boxes = []
    if kind == 0:  # a grid
        rows, columns = int(rng.integers(1, 4)), int(rng.integers(1, 4))
        header, caption = int(height * rng.uniform(0, 0.15)), int(height * rng.uniform(0.0, 0.08))
        high, wide = (height - header) // rows, width // columns
        for row in range(rows):
            for column in range(columns):
                left, top = column * wide + gap, header + row * high + gap
                boxes.append((left, top, left + wide - 2 * gap, top + high - 2 * gap - caption))
    else:  # one large picture
        share = rng.uniform(0.35, 0.75)
        if kind == 1 and height >= width:
            top, tall = int(height * rng.uniform(0, 0.15)), int(height * share)
            boxes.append((gap, top, width - gap, top + tall))
            small, start = int(width / rng.integers(2, 6)), top + tall + int(height * rng.uniform(0.03, 0.2))
            for left in range(gap, width - small, small + gap):
                boxes.append((left, start, left + small, start + int(small * 1.3)))
        else:
            wide, top = int(width * share), int(height * rng.uniform(0, 0.15))
            left = gap if rng.random() < 0.6 else width - wide - gap
            boxes.append((left, top, left + wide, height - gap))
            small = int(height / rng.integers(3, 7))
            x = left + wide + gap if left == gap else gap
            for down in range(top, height - small, small + gap):
                boxes.append((x, down, x + int(small * 0.75), down + small))
    return [
        (left, top, min(right, width), min(bottom, height))
        for left, top, right, bottom in boxes
        if min(right, width) - left >= 24 and min(bottom, height) - top >= 24
    ]


def _write_text(canvas: Canvas, ink: int, rng: np.random.Generator) -> None:
    """Write lines of letters, prices and buttons where no picture is."""
    height, width = canvas.image.shape[:2]
    page = Image.fromarray(canvas.image)
    draw = ImageDraw.Draw(page)
    empty = canvas.sets == NOTHING
    for _ in range(int(rng.integers(2, 14))):
        size = float(rng.uniform(5, 15))
        x, y = int(rng.integers(0, width - 8)), int(rng.integers(0, height - 8))
        if not empty[y : y + int(size), x : x + 30].all():
            continue
        letters = "".join(
            rng.choice(list("abcdefghinorstu ₹$€0123456789.")) for _ in range(rng.integers(3, 24))
        )
        tint = (
            (ink, ink, ink) if rng.random() < 0.7 else tuple(int(value) for value in rng.integers(0, 200, 3))
        )
        if rng.random() < 0.2:
            draw.rectangle((x - 3, y - 2, x + int(size * 5), y + int(size * 1.4)), fill=tint)
            tint = (255, 255, 255)
        draw.text((x, y), letters, fill=tint, font=ImageFont.load_default(size))
    written = np.asarray(page)
    # Letters never lie over a garment: its pixels stay what they are said to be.
    canvas.image[empty] = written[empty]


def _degraded(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shrink a picture and enlarge it again: products are small, photographs are not."""
    height, width = image.shape[:2]
    factor = rng.uniform(1.5, 3.5)
    small = Image.fromarray(image).resize(
        (round(width / factor), round(height / factor)), Image.Resampling.BOX
    )
    return np.asarray(small.resize((width, height), Image.Resampling.BILINEAR))


# Targets ----------------------------------------------------------------------------------------------


def targets_of(canvas: Canvas) -> dict[str, np.ndarray]:
    """Return what the network should say of a canvas.

    Returns
    -------
    dict
        ``labels`` float32 (height / 4, width / 4, 14), 1 for each label that a cell may have, all 0 where
        nothing is known; ``boxes`` float32 (height / 8, width / 8, 5), the distances in pixels from the
        cell's centre to the sides of its garment's box, and the cell's weight, 0 where it has no box.
    """
    sets = canvas.sets[STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE]
    labels = ((sets[..., None] >> np.arange(1 + len(FINDER_LABELS))) & 1).astype(np.float32)
    instance = canvas.instance[BOX_STRIDE // 2 :: BOX_STRIDE, BOX_STRIDE // 2 :: BOX_STRIDE]
    boxes = np.zeros((*instance.shape, 5), np.float32)
    down, across = np.mgrid[: instance.shape[0], : instance.shape[1]] * BOX_STRIDE + BOX_STRIDE / 2
    pixels = np.bincount(canvas.instance.ravel())
    for number, place in enumerate(ndimage.find_objects(canvas.instance), start=1):
        here = instance == number
        if place is None or pixels[number] < LEAST_CELLS or not here.any():
            continue
        rows, columns = place
        boxes[here, 0] = across[here] - columns.start
        boxes[here, 1] = down[here] - rows.start
        boxes[here, 2] = columns.stop - across[here]
        boxes[here, 3] = rows.stop - down[here]
        # A coat has a hundred times the cells of a hat, and is not worth a hundred times as much.
        boxes[here, 4] = min(6.0, (40.0 / here.sum()) ** 0.75)
    return {"labels": labels, "boxes": boxes}
