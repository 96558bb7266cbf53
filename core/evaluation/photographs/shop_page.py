"""Screenshots of a shop that does not exist: a product's picture among text, buttons and other products.

Everything about a page follows from the product's id: layout, colours, text sizes, prices. It is drawn with
Pillow and its own typeface, so that the same id gives the same pixels on any machine.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

N_OTHERS = 6
"""Most pictures of other products that a page shows."""

Colour = tuple[int, int, int]
_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Place = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels."""

WHITE: Colour = (255, 255, 255)
GREY: Colour = (128, 130, 134)

_GROUNDS: tuple[Colour, ...] = (WHITE, WHITE, (250, 248, 244), (244, 246, 249), (24, 26, 30))
_ACCENTS: tuple[Colour, ...] = (
    (17, 17, 17),
    (214, 51, 75),
    (35, 98, 196),
    (20, 128, 96),
    (236, 138, 20),
    (112, 60, 170),
)
_SHOPS = ("Lane & Loom", "northside", "KALA", "Velmora", "buttonhole", "Oak/Indigo")
_LINKS = ("New", "Women", "Men", "Shoes", "Sale", "Journal")
_LIKE = ("You may also like", "Complete the look", "Others also viewed", "More from this brand")
_BUY = ("Add to bag", "Add to cart", "Buy now", "Reserve in store")
_SENTENCES = (
    "Cut from a soft cloth that keeps its shape wash after wash.",
    "Free returns within 30 days. Delivery in two to four working days.",
    "The model is 1.78 m tall and wears size M.",
    "Machine wash at 30 degrees with similar colours, do not tumble dry.",
    "Regular fit. Take your usual size.",
)


@dataclass(frozen=True)
class _Style:
    """What a shop's pages have in common."""

    shop: str
    ground: Colour
    accent: Colour
    scale: float  # of the text
    bold: bool
    capitals: bool
    radius: int  # of buttons and tiles, in pixels
    currency: str

    @property
    def ink(self) -> Colour:
        return (28, 28, 30) if sum(self.ground) > 384 else (236, 236, 238)


class _Canvas:
    """A page that is being drawn."""

    def __init__(self, width: int, height: int, style: _Style) -> None:
        self.style = style
        self.image = Image.new("RGB", (width, height), style.ground)
        self._draw = ImageDraw.Draw(self.image)

    def box(self, place: Place, fill: Colour | None, outline: Colour | None = None) -> None:
        self._draw.rounded_rectangle(place, self.style.radius, fill=fill, outline=outline, width=2)

    def bar(self, place: Place, fill: Colour) -> None:
        self._draw.rectangle(place, fill=fill)

    def text(
        self,
        at: tuple[int, int],
        words: str,
        size: int,
        *,
        fill: Colour | None = None,
        anchor: str = "lt",
        width: int | None = None,
        strong: bool = False,
    ) -> int:
        """Write words, in lines no wider than `width`; returns where the next line would begin."""
        font = ImageFont.load_default(round(size * self.style.scale))
        left, top = at
        for line in self._lines(words, font, width):
            self._draw.text(
                (left, top),
                line,
                font=font,
                fill=fill or self.style.ink,
                anchor=anchor,
                stroke_width=1 if strong and self.style.bold else 0,
            )
            top += round(1.35 * size * self.style.scale)
        return top

    def picture(self, place: Place, pixels: np.ndarray, *, ground: Colour = WHITE) -> None:
        """Show a whole picture in the middle of a place."""
        left, top, right, bottom = place
        self.bar((left, top, right - 1, bottom - 1), ground)
        shown = Image.fromarray(np.ascontiguousarray(pixels))
        scale = min((right - left) / shown.width, (bottom - top) / shown.height)
        size = max(1, round(shown.width * scale)), max(1, round(shown.height * scale))
        shown = shown.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        self.image.paste(shown, (left + (right - left - size[0]) // 2, top + (bottom - top - size[1]) // 2))

    def button(self, place: Place, words: str, *, filled: bool = True) -> None:
        accent = self.style.accent
        self.box(place, accent if filled else None, accent)
        middle = ((place[0] + place[2]) // 2, (place[1] + place[3]) // 2)
        size = round(0.4 * (place[3] - place[1]))
        self.text(middle, self.worded(words), size, fill=WHITE if filled else accent, anchor="mm")

    def worded(self, words: str) -> str:
        """Write words as this shop does."""
        return words.upper() if self.style.capitals else words

    def _lines(self, words: str, font: _Font, width: int | None) -> list[str]:
        if width is None:
            return [words]
        lines = [""]
        for word in words.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and font.getlength(longer) > width:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines


@dataclass(frozen=True)
class _Product:
    """What a page tells of its product."""

    picture: np.ndarray
    title: str
    others: Sequence[np.ndarray]
    prices: Sequence[str]
    generator: np.random.Generator

    def one_of(self, words: Sequence[str]) -> str:
        return words[int(self.generator.integers(len(words)))]


def draw_shop_page(
    product_id: str, picture: np.ndarray, others: Sequence[np.ndarray], *, title: str
) -> np.ndarray:
    """Draw a screenshot of the page of a product.

    Parameters
    ----------
    product_id : str
        Decides on everything that is not given.
    picture : uint8 array (height, width, 3)
        The product.
    others : sequence of uint8 arrays (height, width, 3)
        Other products that the page offers too; the first `N_OTHERS` at most are shown.
    title : str
        Its name.

    Returns
    -------
    uint8 array (height, width, 3)
        As large as the screen of a phone or of a desktop, or, of a page that was scrolled, longer.

    Examples
    --------
    >>> red = np.full((80, 60, 3), (200, 30, 40), np.uint8)
    >>> page = draw_shop_page("15970", red, [red // 2], title="Red shirt")
    >>> page.shape == (*draw_shop_page("15970", red, [], title="").shape[:2], 3)
    True
    """
    seed = int.from_bytes(hashlib.sha256(product_id.encode()).digest()[:8], "big")
    generator = np.random.default_rng(seed)
    layout = LAYOUTS[seed % len(LAYOUTS)]
    style = _style(generator)
    prices = [f"{style.currency}{int(generator.integers(9, 150))}.{digits}" for digits in ("99", "00") * 4]
    product = _Product(picture, title, others[:N_OTHERS], prices, generator)
    return np.asarray(layout(product, style).image)


def _style(generator: np.random.Generator) -> _Style:
    def pick(length: int) -> int:
        return int(generator.integers(length))

    return _Style(
        shop=_SHOPS[pick(len(_SHOPS))],
        ground=_GROUNDS[pick(len(_GROUNDS))],
        accent=_ACCENTS[pick(len(_ACCENTS))],
        scale=float(generator.uniform(0.85, 1.2)),
        bold=bool(pick(2)),
        capitals=bool(pick(2)),
        radius=(0, 8, 28)[pick(3)],
        currency=("$", "Rs. ", "EUR ")[pick(3)],
    )


def _phone(product: _Product, style: _Style) -> _Canvas:
    """Draw a phone: the picture over the whole width, text and buttons below, two others cut off."""
    page = _Canvas(1080, 2220, style)
    _phone_head(page)
    page.picture((0, 220, 1080, 1420), product.picture)
    for dot in range(4):
        page.box((470 + 40 * dot, 1385, 486 + 40 * dot, 1401), style.accent if dot == 0 else GREY)
    top = page.text((48, 1460), page.worded(product.title), 52, width=960, strong=True)
    top = page.text((48, top + 16), product.prices[0], 56, fill=style.accent)
    for place, size in enumerate(("S", "M", "L", "XL")):
        page.button((48 + 180 * place, top + 30, 198 + 180 * place, top + 120), size, filled=place == 1)
    page.button((48, top + 160, 1032, top + 290), product.one_of(_BUY))
    page.text((48, top + 340), product.one_of(_LIKE), 46, strong=True)
    _grid(page, product, (48, top + 420), size=(480, 560), columns=2, n=2)
    return page


def _phone_cards(product: _Product, style: _Style) -> _Canvas:
    """Draw a phone: the picture on a card, small details below it, a row of four others."""
    page = _Canvas(1170, 2532, style)
    _phone_head(page)
    page.box((40, 240, 1130, 1500), WHITE, GREY)
    page.picture((80, 280, 1090, 1460), product.picture)
    _details(page, product, (40, 1530), size=(220, 260), across=True)
    top = page.text((40, 1830), page.worded(product.title), 50, width=1090, strong=True)
    top = page.text((40, top + 10), f"{product.prices[0]}   4.6 out of 5 (213)", 44, fill=GREY)
    page.button((40, top + 30, 1130, top + 150), product.one_of(_BUY))
    page.text((40, top + 190), product.one_of(_LIKE), 44, strong=True)
    _grid(page, product, (40, top + 260), size=(255, 300), columns=4, n=4)
    return page


def _phone_scrolled(product: _Product, style: _Style) -> _Canvas:
    """Draw a phone's page scrolled to its end: picture, sentences, and a grid of six others."""
    page = _Canvas(1080, 4000, style)
    _phone_head(page)
    page.picture((60, 230, 1020, 1510), product.picture)
    top = page.text((60, 1550), page.worded(product.title), 54, width=960, strong=True)
    top = page.text((60, top + 10), product.prices[0], 54, fill=style.accent)
    page.button((60, top + 30, 1020, top + 160), product.one_of(_BUY))
    top += 220
    for sentence in product.generator.permutation(_SENTENCES)[:4]:
        top = page.text((60, top), str(sentence), 40, fill=GREY, width=960) + 24
    page.text((60, top + 20), product.one_of(_LIKE), 50, strong=True)
    _grid(page, product, (60, top + 110), size=(300, 380), columns=3, n=6)
    return page


def _desktop(product: _Product, style: _Style) -> _Canvas:
    """Draw a desktop: a column of details, the picture, text at the right, a strip of others below."""
    page = _Canvas(1440, 1000, style)
    _desktop_head(page)
    _details(page, product, (60, 110), size=(90, 110), across=False)
    page.picture((170, 110, 750, 780), product.picture)
    _facts(page, product, (800, 120), width=560)
    page.text((60, 805), product.one_of(_LIKE), 24, strong=True)
    _grid(page, product, (60, 850), size=(200, 240), columns=6, n=6)
    return page


def _desktop_right(product: _Product, style: _Style) -> _Canvas:
    """Draw a desktop: text at the left, the picture on a tinted panel at the right, others in a column."""
    page = _Canvas(1600, 900, style)
    _desktop_head(page)
    _facts(page, product, (70, 150), width=480)
    page.bar((600, 80, 1290, 899), (236, 234, 230))
    page.picture((640, 110, 1250, 870), product.picture, ground=(236, 234, 230))
    page.text((1330, 100), product.one_of(_LIKE), 20, strong=True)
    _grid(page, product, (1330, 140), size=(210, 200), columns=1, n=3)
    return page


LAYOUTS: tuple[Callable[[_Product, _Style], _Canvas], ...] = (
    _phone,
    _phone_cards,
    _phone_scrolled,
    _desktop,
    _desktop_right,
)


def _phone_head(page: _Canvas) -> None:
    width = page.image.width
    page.text((48, 24), "9:41", 34)
    page.text((width - 48, 24), "5G  82%", 34, anchor="rt")
    page.bar((0, 80, width, 82), GREY)
    page.text((width // 2, 150), page.worded(page.style.shop), 60, anchor="mm", strong=True)
    for bar in range(3):
        page.bar((48, 128 + 18 * bar, 104, 133 + 18 * bar), page.style.ink)
    page.box((width - 110, 120, width - 56, 178), None, page.style.ink)


def _desktop_head(page: _Canvas) -> None:
    page.bar((0, 0, page.image.width, 70), page.style.accent)
    page.text((60, 36), page.worded(page.style.shop), 34, fill=WHITE, anchor="lm", strong=True)
    for place, link in enumerate(_LINKS):
        page.text((420 + 120 * place, 36), page.worded(link), 20, fill=WHITE, anchor="lm")
    page.box((page.image.width - 260, 16, page.image.width - 60, 54), WHITE)
    page.text((page.image.width - 245, 36), "Search", 18, fill=GREY, anchor="lm")


def _facts(page: _Canvas, product: _Product, at: tuple[int, int], *, width: int) -> None:
    """Write a product's name, price and description in a column, with its buttons."""
    left, top = at
    top = page.text((left, top), page.worded(product.title), 36, width=width, strong=True)
    top = page.text((left, top + 10), product.prices[0], 34, fill=page.style.accent)
    for sentence in product.generator.permutation(_SENTENCES)[:3]:
        top = page.text((left, top + 12), str(sentence), 20, fill=GREY, width=width)
    for place, size in enumerate(("XS", "S", "M", "L", "XL")):
        page.button((left + 72 * place, top + 30, left + 60 + 72 * place, top + 82), size, filled=False)
    page.button((left, top + 110, left + width - 60, top + 176), product.one_of(_BUY))


def _details(
    page: _Canvas, product: _Product, at: tuple[int, int], *, size: tuple[int, int], across: bool
) -> None:
    """Show the picture again, small, and two details of it."""
    height, width = product.picture.shape[:2]
    parts = (
        product.picture,
        product.picture[: max(1, height // 2)],
        product.picture[height // 4 : max(height // 4 + 1, 3 * height // 4), width // 4 :],
    )
    for place, part in enumerate(parts):
        left = at[0] + (size[0] + 20) * place * across
        top = at[1] + (size[1] + 20) * place * (not across)
        page.picture((left, top, left + size[0], top + size[1]), part)


def _grid(
    page: _Canvas, product: _Product, at: tuple[int, int], *, size: tuple[int, int], columns: int, n: int
) -> None:
    """Show other products with their prices; what reaches beyond the page is cut."""
    text = size[0] // 9
    for place, other in enumerate(product.others[:n]):
        left = at[0] + (size[0] + 24) * (place % columns)
        top = at[1] + (size[1] + 3 * text) * (place // columns)
        page.picture((left, top, left + size[0], top + size[1]), other)
        page.text((left, top + size[1] + text // 2), product.prices[1 + place], text, fill=GREY)
