"""From a product to its picture."""

import numpy as np
from PIL import Image, ImageFilter

from .canvas import Board
from .drawing.shading import Light
from .garments import BUILDERS
from .product import Product


def draw_garment_rgba(product: Product, height: int = 640, width: int = 480) -> np.ndarray:
    """Draw the garment alone, cut out.

    Parameters
    ----------
    product : Product
        What to draw.
    height, width : int
        Size in pixels. Cost grows with their product; a small picture shows the same garment.

    Returns
    -------
    ndarray of uint8, shape (height, width, 4)
        RGBA; nothing touches the edge.
    """
    view = product.view
    build = BUILDERS[product.article_type]
    outlines = [panel.outline for panel in build(product, 8.0)]
    points = np.concatenate(outlines)
    bounds = (*points.min(axis=0).tolist(), *points.max(axis=0).tolist())
    board = Board(height, width, bounds, view.fill, product.seed)
    light = Light(side=view.side, strength=view.exposure)
    for panel in build(product, board.scale):
        board.lay(panel, light)
    picture = board.rgba()
    if view.tilt or view.shift:
        picture = _tilted(picture, view.tilt, view.shift)
    return picture


def draw_product(product: Product, height: int = 640, width: int = 480) -> np.ndarray:
    """Draw the shop's picture of a product: the garment on white with a soft shadow.

    Parameters
    ----------
    product : Product
        What to draw.
    height, width : int
        Size in pixels.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        RGB; the border is pure white.
    """
    cut_out = draw_garment_rgba(product, height, width).astype(np.float32) / np.float32(255)
    cover = cut_out[..., 3]
    ground = np.ones_like(cover)
    mask = Image.fromarray((cover * 255).astype(np.uint8))
    for soft, down, dark in ((0.004, 0.003, 0.20), (0.016, 0.010, 0.13)):
        blurred = mask.filter(ImageFilter.GaussianBlur(max(0.6, soft * height)))
        shadow = np.asarray(blurred, dtype=np.float32) / np.float32(255)
        shift = max(1, round(down * height))
        shadow = np.pad(shadow, ((shift, 0), (0, 0)))[:height]
        ground -= np.float32(dark) * shadow
    picture = cut_out[..., :3] * cover[..., None] + (ground * (1 - cover))[..., None]
    return np.floor(np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)


def _tilted(picture: np.ndarray, degrees: float, shift: float) -> np.ndarray:
    """Return an RGBA picture turned and moved; colours are weighted first, so that edges stay clean."""
    weighted = Image.fromarray(picture).convert("RGBa")
    angle = np.deg2rad(degrees)
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    cx, cy = picture.shape[1] / 2, picture.shape[0] / 2
    tx = cx + shift * picture.shape[1]
    matrix = (cos, sin, cx - cos * tx - sin * cy, -sin, cos, cy + sin * tx - cos * cy)
    turned = weighted.transform(
        weighted.size, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC, fillcolor=(0, 0, 0, 0)
    )
    return np.asarray(turned.convert("RGBA"))
