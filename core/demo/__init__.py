"""The demo catalogue: about 1,000 garments, drawn by the project itself, the same on every machine."""

from .draw import draw_garment_rgba, draw_product
from .plan import DEMO_SEED, DEMO_SIZE, plan_catalogue
from .product import Product, View
from .render import render_catalogue

__all__ = [
    "DEMO_SEED",
    "DEMO_SIZE",
    "Product",
    "View",
    "draw_garment_rgba",
    "draw_product",
    "plan_catalogue",
    "render_catalogue",
]
