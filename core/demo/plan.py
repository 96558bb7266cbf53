"""What is in the demo catalogue: which garments, in which colours, by which names."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from .designs import DESIGNERS, Design
from .drawing.colours import BASE_COLOURS
from .drawing.noise import stream
from .names import BRANDS, STYLES, price_of
from .product import Product, View

DEMO_SEED = 20120717
"""Seed of the catalogue that the product ships."""

DEMO_SIZE = 1000

CLASS_SHARES: dict[str, float] = {
    "Tshirts": 0.28,
    "Shirts": 0.26,
    "Kurtas": 0.18,
    "Jeans": 0.15,
    "Skirts": 0.13,
}
"""Share of each class."""

TWIN_SHARE = 0.025  # of the products are near-duplicates of another

_SUB = {"Jeans": "Bottomwear", "Skirts": "Bottomwear"}
_FIRST_ID = 10001


def plan_catalogue(seed: int = DEMO_SEED, n: int | None = None) -> list[Product]:
    """Decide on every product of a catalogue, without drawing any.

    Parameters
    ----------
    seed : int
        The same seed gives the same products.
    n : int, optional
        How many; 1,000 by default.

    Returns
    -------
    list of Product
        In the order of their ids, classes mixed. Ids and names are unique. Products of a `family` share the
        cut and the pattern and differ in colour; a product with `twin_of` differs from another in how its
        picture was taken only.
    """
    n = DEMO_SIZE if n is None else n
    products: list[Product] = []
    names: set[str] = set()
    for article_type, count in _counts(n).items():
        products += _class(seed, article_type, count, names)
    order = stream(seed, "order").permutation(len(products))
    ids = {products[int(k)].id: _FIRST_ID + place for place, k in enumerate(order)}
    found = [
        replace(p, id=ids[p.id], twin_of=None if p.twin_of is None else ids[p.twin_of]) for p in products
    ]
    return sorted(found, key=lambda product: product.id)


def _counts(n: int) -> dict[str, int]:
    """Return how many products of each class make n together."""
    edges = np.round(np.cumsum([0.0, *CLASS_SHARES.values()]) * n).astype(int)
    return dict(zip(CLASS_SHARES, np.diff(edges).tolist(), strict=True))


def _class(seed: int, article_type: str, count: int, names: set[str]) -> list[Product]:
    twins = round(count * TWIN_SHARE)
    singles = count - twins
    rng = stream(seed, article_type, "plan")
    base = list(CLASS_SHARES).index(article_type) * 10_000_000
    products: list[Product] = []
    family = 0
    colours = _colours(article_type, rng)
    while len(products) < singles:
        family += 1
        size = int(rng.choice([1, 2, 3, 4], p=[0.62, 0.16, 0.14, 0.08]))
        size = min(size, singles - len(products))
        taste = stream(seed, article_type, "family", family)
        wanted = [next(colours) for _ in range(size)]
        look = int(taste.integers(0, 2**31))
        for colour in dict.fromkeys(wanted):
            # The same generator state for each: one cut, one pattern, another colour.
            design = DESIGNERS[article_type](stream(look, "design"), colour, stream(look, colour))
            products.append(
                _product(seed, article_type, base + len(products), colour, design, family + base, look, names)
            )
    for k in range(twins):
        original = products[int(rng.integers(0, singles))] if singles else None
        if original is not None:
            products.append(_twin(original, base + singles + k, rng, names))
    return products


def _colours(article_type: str, rng: np.random.Generator) -> Iterator[str]:
    """Yield baseColour names for ever: every name comes round, the common ones more often."""
    weights = DESIGNERS[article_type].weights
    while True:
        deck = [name for name in BASE_COLOURS for _ in range(weights.get(name, 1))]
        for k in rng.permutation(len(deck)):
            yield deck[int(k)]


def _product(
    seed: int,
    article_type: str,
    number: int,
    colour: str,
    design: Design,
    family: int,
    look: int,
    names: set[str],
) -> Product:
    rng = stream(seed, article_type, "shop", number)
    shop = stream(look, "brand")
    brand = BRANDS[article_type][int(shop.integers(0, len(BRANDS[article_type])))]
    style = STYLES[article_type][int(shop.integers(0, len(STYLES[article_type])))]
    name = _unique(f"{brand} {design.gender} {colour} {style} {design.words}", names)
    return Product(
        id=number,
        gender=design.gender,
        sub_category=_SUB.get(article_type, "Topwear"),
        article_type=article_type,
        base_colour=colour,
        season=str(rng.choice(design.seasons)),
        year=int(rng.integers(2015, 2026)),
        usage=design.usage,
        name=name,
        price=price_of(article_type, design.gender, design.dear, shop),
        brand=brand,
        fabric=design.fabric,
        accents=design.accents,
        details=tuple(sorted(design.details.items())),
        seed=int(rng.integers(0, 2**31)),
        view=_view(rng),
        family=family,
    )


def _view(rng: np.random.Generator) -> View:
    return View(
        fill=round(float(rng.uniform(0.78, 0.90)), 3),
        tilt=round(float(rng.normal(0, 0.7)), 2),
        side=round(float(rng.choice([-1, 1]) * rng.uniform(0.25, 0.65)), 2),
        exposure=round(float(rng.uniform(0.97, 1.04)), 3),
    )


def _twin(original: Product, number: int, rng: np.random.Generator, names: set[str]) -> Product:
    """Return the same product listed twice: another photograph of it, its name told in another order."""
    view = original.view
    view = replace(
        view,
        fill=round(view.fill * float(rng.uniform(0.95, 0.985)), 3),
        tilt=round(view.tilt + float(rng.normal(0, 0.8)), 2),
        exposure=round(view.exposure * float(rng.uniform(0.97, 1.02)), 3),
        shift=round(float(rng.uniform(-0.012, 0.012)), 4),
    )
    rest = original.name.removeprefix(f"{original.brand} {original.gender} {original.base_colour} ")
    who = "Kids" if original.gender in ("Boys", "Girls") else original.gender
    name = _unique(f"{original.brand} {rest} for {who} {original.base_colour}", names)
    return replace(original, id=number, name=name, view=view, twin_of=original.id)


def _unique(name: str, names: set[str]) -> str:
    """Return the name, told apart by a number of the season's line where a shop would have to."""
    found, k = name, 2
    while found in names:
        found, k = f"{name} {k}", k + 1
    names.add(found)
    return found
