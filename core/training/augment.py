"""How a picture is shown to a network in training: never twice the same.

A shop's product stands on white; somebody's photograph lies on a floor, hangs before a wall, turned,
cropped and badly lit. To make the two look alike to the network, products are cut out of their white
ground and set before backgrounds, and everything is turned, scaled, shifted and relit.
"""

import numpy as np
from PIL import Image, ImageFilter
from scipy import ndimage

from core.training.sources import HEIGHT, WIDTH, Source

# Nearer to white than this, connected to the border, a product picture is ground.
GROUND_LEVEL = 238


class Views:
    """Makes views of pictures of a `Source`.

    Parameters
    ----------
    grounds : uint8 array (n, h, w, 3)
        Photographs whose corners serve as backgrounds; may be empty.
    """

    def __init__(self, grounds: np.ndarray):
        self.grounds = grounds

    def show(self, source: Source, row: int, rng: np.random.Generator) -> np.ndarray:
        """Return one view, uint8 (160, 120, 3)."""
        pixels = source.pixels[row]
        if source.kind == "photographs":
            view = self._moved(Image.fromarray(pixels), rng, turn=17, scale=(0.8, 1.35), shift=0.15)
            return _relit(np.asarray(_on_white_or_edge(view)), rng, strength=1.0)
        in_a_room = rng.random() < (0.4 if source.kind == "products" else 0.8)
        if not in_a_room:
            cut = Image.fromarray(pixels if pixels.shape[2] == 4 else _opaque(pixels))
            view = self._moved(cut, rng, turn=5, scale=(0.85, 1.15), shift=0.06)
            return _relit(np.asarray(_over(view, np.full((HEIGHT, WIDTH, 3), 255, np.uint8))), rng, 0.25)
        cut = Image.fromarray(pixels if pixels.shape[2] == 4 else cut_out(pixels))
        view = self._moved(cut, rng, turn=30, scale=(0.75, 1.5), shift=0.15, shear=0.12)
        lit = _relit(np.asarray(_over(view, self._ground(rng), shadow=True)), rng, strength=1.0)
        return lit

    def _moved(self, image, rng, *, turn, scale, shift, shear=0.05) -> Image.Image:
        """Mirror, turn, scale, shift and shear in one resampling, to the size of a view."""
        angle = np.deg2rad(rng.uniform(-turn, turn))
        zoom = np.exp(rng.uniform(*np.log(scale)))
        cos, sin = np.cos(angle) / zoom, np.sin(angle) / zoom
        matrix = np.array([[cos, sin], [-sin, cos]]) @ np.array(
            [[np.exp(rng.uniform(-0.08, 0.08)), rng.uniform(-shear, shear)], [rng.uniform(-shear, shear), 1]]
        )
        if rng.random() < 0.5:
            matrix[:, 0] *= -1
        # Pillow asks where each pixel of the view comes from, in pixels of the picture.
        matrix = matrix * (image.width / WIDTH)
        middle = np.array([image.width, image.height]) * (0.5 + rng.uniform(-shift, shift, 2))
        offset = middle - matrix @ np.array([WIDTH / 2, HEIGHT / 2])
        coefficients = (*matrix[0], offset[0], *matrix[1], offset[1])
        if image.mode == "RGB":
            image = image.convert("RGBA")
        return image.transform(
            (WIDTH, HEIGHT), Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR
        )

    def _ground(self, rng) -> np.ndarray:
        if len(self.grounds) and rng.random() < 0.5:
            return _corner(self.grounds[rng.integers(len(self.grounds))], rng)
        return _painted(rng)


def cut_out(pixels: np.ndarray) -> np.ndarray:
    """Cut a product out of its white ground.

    Parameters
    ----------
    pixels : uint8 array (h, w, 3)
        A product on white.

    Returns
    -------
    uint8 array (h, w, 4)
        The same with alpha 0 on ground connected to the border, softened by one pixel.
    """
    light = pixels.min(axis=2) >= GROUND_LEVEL
    pieces, _ = ndimage.label(light)
    border = np.concatenate([pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]])
    touching = np.unique(border[border > 0])
    solid = ~np.isin(pieces, touching)
    alpha = ndimage.uniform_filter(solid.astype(np.float32), 2)
    return np.dstack([pixels, (np.minimum(alpha, solid) * 255).astype(np.uint8)])


def _opaque(pixels: np.ndarray) -> np.ndarray:
    return np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])


def _on_white_or_edge(view: Image.Image) -> Image.Image:
    """Fill what lies outside a photograph with white, as `letterbox` does."""
    return _over(view, np.full((HEIGHT, WIDTH, 3), 255, np.uint8))


def _over(view: Image.Image, ground: np.ndarray, shadow: bool = False) -> Image.Image:
    ground = Image.fromarray(ground)
    alpha = view.getchannel("A")
    if shadow:
        dark = alpha.filter(ImageFilter.BoxBlur(5)).point(lambda value: value * 0.35)
        ground.paste((20, 20, 25), (3, 4), dark)
    ground.paste(view.convert("RGB"), (0, 0), alpha)
    return ground


def _corner(photograph: np.ndarray, rng) -> np.ndarray:
    """Blow up a corner of a photograph: mostly floor, bed or wall."""
    share = rng.uniform(0.15, 0.35)
    h, w = int(photograph.shape[0] * share), int(photograph.shape[1] * share)
    top = rng.choice([0, photograph.shape[0] - h])
    left = rng.choice([0, photograph.shape[1] - w])
    corner = Image.fromarray(photograph[top : top + h, left : left + w])
    return np.asarray(corner.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))


def _painted(rng) -> np.ndarray:
    """Paint a ground: one colour with unevenness, and sometimes planks, tiles or folds."""
    colour = np.array([1.0, 0.95, 0.9]) * rng.uniform(60, 235) + rng.normal(0, 14, 3)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    angle = rng.uniform(0, np.pi)
    along = rows * np.cos(angle) + columns * np.sin(angle)
    texture = _noise(rng, rng.integers(2, 7)) * rng.uniform(4, 20)
    kind = rng.integers(4)
    if kind == 0:
        period = rng.uniform(12, 50)
        texture += ((along % period) < 1.5) * -rng.uniform(15, 60) + np.sin(along * 9 / period) * 4
    elif kind == 1:
        period, across = rng.uniform(15, 50), columns * np.cos(angle) - rows * np.sin(angle)
        texture += (((along % period) < 2) | ((across % period) < 2)) * rng.uniform(-50, 50)
    elif kind == 2:
        texture += np.sin(along / rng.uniform(3, 12) + 3 * _noise(rng, 3)) * rng.uniform(5, 25)
    ground = colour[None, None, :] + texture[..., None]
    return np.clip(ground, 0, 255).astype(np.uint8)


def _noise(rng, cells: int) -> np.ndarray:
    """Smooth noise of about `cells` blobs a side, within −1 and 1."""
    grid = rng.integers(0, 256, (int(cells) + 1, int(cells) + 1), np.uint8)
    smooth = Image.fromarray(grid).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    return np.asarray(smooth, np.float32) / 127.5 - 1


def _relit(pixels: np.ndarray, rng, strength: float) -> np.ndarray:
    """Change light, contrast and tint, shade unevenly, and at times blur or grain."""
    contrast = 1 + rng.uniform(-0.25, 0.25) * strength
    light = np.exp(rng.uniform(-0.35, 0.3) * strength)
    tint = np.exp(rng.normal(0, 0.05 * strength, 3))
    values = np.arange(256, dtype=np.float32)
    table = np.clip(((values - 128) * contrast + 128)[:, None] * light * tint, 0, 255)
    view = table[pixels, np.arange(3)]
    if rng.random() < 0.5 * strength:
        view = view * (1 + _noise(rng, rng.integers(1, 3)) * rng.uniform(0.05, 0.35))[..., None]
    if rng.random() < 0.2 * strength:
        view = view + rng.standard_normal((HEIGHT, WIDTH, 1), np.float32) * rng.uniform(2, 12)
    view = np.clip(view, 0, 255).astype(np.uint8)
    if rng.random() < 0.2 * strength:
        blurred = Image.fromarray(view).filter(ImageFilter.BoxBlur(rng.uniform(0.5, 1.8)))
        view = np.asarray(blurred)
    return view
