"""Augmentation: the views of a picture that a network is trained on, and balanced batches of them.

A shop's product stands on white; somebody's photograph lies on a floor, hangs before a wall, turned,
cropped and badly lit. To bring the two together, products are cut out and composited onto backgrounds, and
everything is rotated, scaled, shifted, sheared, mirrored and colour-jittered, as far as
`core.training.schedule.AUGMENTATIONS` says.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageFilter
from scipy import ndimage

from core.imaging.resize import letterbox
from core.training.data.sources import HEIGHT, WIDTH, ImageSource, Vocabulary
from core.training.losses import targets_of
from core.training.schedule import (
    AUGMENTATIONS,
    BACKGROUND_SHARE,
    CLASSES_WEIGHT,
    CROP_MARGINS,
    CROPPED_SHARE,
    Augmentation,
    Schedule,
)

# A pixel at least as bright as this that is connected to the border is background.
WHITE_LEVEL = 238


class Augmenter:
    """Makes augmented views of pictures.

    Parameters
    ----------
    backgrounds : uint8 array (n, h, w, 3)
        Photographs whose corners serve as backgrounds; may be empty.
    streets : sequence of uint8 arrays (h, w, 3), optional
        Photographs of people in the street, of which any part serves as one.
    """

    def __init__(self, backgrounds: np.ndarray, streets: Sequence[np.ndarray] = ()):
        self.backgrounds, self.streets = backgrounds, streets

    def augment(self, source: ImageSource, row: int, rng: np.random.Generator) -> np.ndarray:
        """Return one view, uint8 (160, 120, 3)."""
        pixels = source.pixels[row]
        if source.kind in ("photographs", "worn"):
            by = AUGMENTATIONS["photograph" if source.kind == "photographs" else "worn"]
            view = _transform(Image.fromarray(pixels), by, rng)
            return jitter_colours(np.asarray(_composite(view, _white())), rng, by.colour_jitter)
        if rng.random() >= BACKGROUND_SHARE[source.kind]:
            by = AUGMENTATIONS["on_white"]
            view = _transform(Image.fromarray(pixels), by, rng)
            return jitter_colours(np.asarray(_composite(view, _white())), rng, by.colour_jitter)
        by = AUGMENTATIONS["on_background"]
        cut = Image.fromarray(pixels if pixels.shape[2] == 4 else remove_white_background(pixels))
        garment = _transform(cut, by, rng)
        placed = np.asarray(_composite(garment, self._background(rng), shadow=True))
        if rng.random() < CROPPED_SHARE:
            placed = _cropped(placed, garment.getchannel("A").getbbox(), rng)
        return jitter_colours(placed, rng, by.colour_jitter)

    def _background(self, rng: np.random.Generator) -> np.ndarray:
        if self.streets and rng.random() < 0.4:
            return _part_of(self.streets[int(rng.integers(len(self.streets)))], rng)
        if len(self.backgrounds) and rng.random() < 0.5:
            return _photographed_background(self.backgrounds[rng.integers(len(self.backgrounds))], rng)
        return synthetic_background(rng, HEIGHT, WIDTH)


class AugmentedBatches:
    """Draws balanced batches of augmented views from several sources.

    Every view follows from seed and step, so a run that is resumed draws the views that it would have drawn.

    Parameters
    ----------
    sources : sequence of (ImageSource, float)
        Each source and its share of the views.
    vocabulary : Vocabulary
    augmenter : Augmenter
    schedule : Schedule
    outputs : sequence of str
        For which outputs of the training model targets are wanted.
    """

    def __init__(
        self,
        sources: Sequence[tuple[ImageSource, float]],
        vocabulary: Vocabulary,
        augmenter: Augmenter,
        schedule: Schedule,
        outputs: Sequence[str] = (),
    ):
        self.sources = [source for source, _ in sources]
        shares = np.array([share for _, share in sources])
        self.shares = shares / shares.sum()
        self.chances = [_sampling_chances(source) for source in self.sources]
        self.vocabulary, self.augmenter, self.schedule = vocabulary, augmenter, schedule
        self.outputs = outputs

    def batch(self, step: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return views and targets of a step, counted from the start of the stage."""
        views, parts = self.draw(step)
        targets = [targets_of(source, rows, self.vocabulary, self.outputs) for source, rows in parts]
        joined = {key: np.concatenate([part[key] for part in targets]) for key in targets[0]}
        return views.astype(np.float32), joined

    def draw(self, step: int) -> tuple[np.ndarray, list[tuple[ImageSource, np.ndarray]]]:
        """Return views uint8 (batch, 160, 120, 3), and of which rows of which source they are, in order."""
        rng = np.random.default_rng((self.schedule.seed, *divmod(step, self.schedule.steps_per_epoch)))
        which = rng.choice(len(self.sources), self.schedule.batch, p=self.shares)
        counts = np.bincount(which, minlength=len(self.sources))
        parts = [
            (source, rng.choice(len(source), count, p=chances))
            for source, chances, count in zip(self.sources, self.chances, counts, strict=True)
        ]
        views = [self.augmenter.augment(source, row, rng) for source, rows in parts for row in rows]
        return np.stack(views), parts


def _sampling_chances(source: ImageSource) -> np.ndarray:
    """Chance of each picture: a group's grows with its size to the power 0.65; `CLASSES_WEIGHT` on top."""
    _, group, counts = np.unique(source.group.astype(str), return_inverse=True, return_counts=True)
    chances = counts[group] ** -0.35
    chances[source.label >= 0] *= CLASSES_WEIGHT[source.kind]
    return chances / chances.sum()


def remove_white_background(pixels: np.ndarray) -> np.ndarray:
    """Make a product's white background transparent.

    Parameters
    ----------
    pixels : uint8 array (h, w, 3)
        A product on white.

    Returns
    -------
    uint8 array (h, w, 4)
        The same with alpha 0 on white that is connected to the border, softened by one pixel.

    Examples
    --------
    >>> picture = np.full((5, 5, 3), 255, np.uint8)
    >>> picture[1:4, 1:4] = 90
    >>> alpha = remove_white_background(picture)[..., 3]
    >>> int(alpha[0, 0]), int(alpha[2, 2])
    (0, 255)
    """
    light = pixels.min(axis=2) >= WHITE_LEVEL
    regions, _ = ndimage.label(light)
    border = np.concatenate([regions[0], regions[-1], regions[:, 0], regions[:, -1]])
    solid = ~np.isin(regions, np.unique(border[border > 0]))
    alpha = ndimage.uniform_filter(solid.astype(np.float32), 2)
    return np.dstack([pixels, (np.minimum(alpha, solid) * 255).astype(np.uint8)])


def _transform(image: Image.Image, by: Augmentation, rng: np.random.Generator) -> Image.Image:
    """Mirror, rotate, scale, shift and shear in one resampling, to an RGBA view."""
    angle = np.deg2rad(rng.uniform(-by.max_rotation, by.max_rotation))
    zoom = np.exp(rng.uniform(*np.log(by.scale)))
    cos, sin = np.cos(angle) / zoom, np.sin(angle) / zoom
    stretch, shear, other_shear = (
        np.exp(rng.uniform(-0.08, 0.08)),
        rng.uniform(-by.max_shear, by.max_shear),
        rng.uniform(-by.max_shear, by.max_shear),
    )
    matrix = np.array([[cos, sin], [-sin, cos]]) @ np.array([[stretch, shear], [other_shear, 1]])
    if rng.random() < 0.5:
        matrix[:, 0] *= -1
    # Pillow wants where each pixel of the view comes from, in pixels of the picture.
    matrix = matrix * (image.width / WIDTH)
    centre = np.array([image.width, image.height]) * (0.5 + rng.uniform(-by.max_shift, by.max_shift, 2))
    offset = centre - matrix @ np.array([WIDTH / 2, HEIGHT / 2])
    coefficients = (*matrix[0], offset[0], *matrix[1], offset[1])
    # What lies outside the picture has to become transparent.
    return image.convert("RGBA").transform(
        (WIDTH, HEIGHT), Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR
    )


def _white() -> np.ndarray:
    return np.full((HEIGHT, WIDTH, 3), 255, np.uint8)


def _composite(view: Image.Image, background: np.ndarray, *, shadow: bool = False) -> Image.Image:
    under = Image.fromarray(background)
    alpha = view.getchannel("A")
    if shadow:
        dark = alpha.filter(ImageFilter.BoxBlur(5)).point(lambda value: value * 0.35)
        under.paste((20, 20, 25), (3, 4), dark)
    under.paste(view.convert("RGB"), (0, 0), alpha)
    return under


def _cropped(view: np.ndarray, box: tuple[int, int, int, int] | None, rng: np.random.Generator) -> np.ndarray:
    """Crop a view to a box (left, top, right, bottom), a little askew, and fit it on white again."""
    if box is None:
        return view
    wide, high = box[2] - box[0], box[3] - box[1]
    margins = rng.uniform(*CROP_MARGINS, 4) * (wide, high, wide, high)
    left, top, right, bottom = np.rint(np.array(box) + margins * (-1, -1, 1, 1)).astype(int)
    part = view[max(0, top) : bottom, max(0, left) : right]
    return letterbox(part, HEIGHT, WIDTH) if min(part.shape) > 0 else view


def _part_of(photograph: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Enlarge any part of a photograph."""
    high = max(2, int(photograph.shape[0] * rng.uniform(0.3, 0.8)))
    wide = max(2, min(photograph.shape[1], int(high * WIDTH / HEIGHT)))
    top = int(rng.integers(photograph.shape[0] - high + 1))
    left = int(rng.integers(photograph.shape[1] - wide + 1))
    part = Image.fromarray(photograph[top : top + high, left : left + wide])
    return np.asarray(part.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR))


def _photographed_background(photograph: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Enlarge a corner of a photograph: mostly floor, bed or wall."""
    share = rng.uniform(0.15, 0.35)
    h, w = int(photograph.shape[0] * share), int(photograph.shape[1] * share)
    top = rng.choice([0, photograph.shape[0] - h])
    left = rng.choice([0, photograph.shape[1] - w])
    corner = Image.fromarray(photograph[top : top + h, left : left + w])
    return np.asarray(corner.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))


def synthetic_background(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Draw a background (height, width, 3): one uneven colour, and sometimes planks, tiles or folds."""
    colour = np.array([1.0, 0.95, 0.9]) * rng.uniform(60, 235) + rng.normal(0, 14, 3)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = rng.uniform(0, np.pi)
    along = rows * np.cos(angle) + columns * np.sin(angle)
    texture: Any = _smooth_noise(rng, int(rng.integers(2, 7)), height, width) * rng.uniform(4, 20)
    pattern = rng.integers(4)
    if pattern == 0:  # planks
        period = rng.uniform(12, 50)
        texture += ((along % period) < 1.5) * -rng.uniform(15, 60) + np.sin(along * 9 / period) * 4
    elif pattern == 1:  # tiles
        period, across = rng.uniform(15, 50), columns * np.cos(angle) - rows * np.sin(angle)
        texture += (((along % period) < 2) | ((across % period) < 2)) * rng.uniform(-50, 50)
    elif pattern == 2:  # folds
        texture += np.sin(
            along / rng.uniform(3, 12) + 3 * _smooth_noise(rng, 3, height, width)
        ) * rng.uniform(5, 25)
    return np.clip(colour[None, None, :] + texture[..., None], 0, 255).astype(np.uint8)


def _smooth_noise(rng: np.random.Generator, cells: int, height: int, width: int) -> np.ndarray:
    """Smooth noise (height, width) of about `cells` blobs a side, within −1 and 1."""
    grid = rng.integers(0, 256, (cells + 1, cells + 1), np.uint8)
    smooth = Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(smooth, np.float32) / 127.5 - 1


def jitter_colours(pixels: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Change brightness, contrast and tint of a picture, shade unevenly, and at times add noise or blur."""
    height, width = pixels.shape[:2]
    contrast = 1 + rng.uniform(-0.25, 0.25) * strength
    brightness = np.exp(rng.uniform(-0.35, 0.3) * strength)
    tint = np.exp(rng.normal(0, 0.05 * strength, 3))
    values = np.arange(256, dtype=np.float32)
    table = np.clip(((values - 128) * contrast + 128)[:, None] * brightness * tint, 0, 255)
    view = table[pixels, np.arange(3)]
    if rng.random() < 0.5 * strength:
        view = (
            view
            * (1 + _smooth_noise(rng, int(rng.integers(1, 3)), height, width) * rng.uniform(0.05, 0.35))[
                ..., None
            ]
        )
    if rng.random() < 0.2 * strength:
        view = view + rng.standard_normal((height, width, 1), np.float32) * rng.uniform(2, 12)
    view = np.clip(view, 0, 255).astype(np.uint8)
    if rng.random() < 0.2 * strength:
        blurred = Image.fromarray(view).filter(ImageFilter.BoxBlur(rng.uniform(0.5, 1.8)))
        view = np.asarray(blurred)
    return view
