from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.demo import DEMO_SEED, Product, draw_garment_rgba, draw_product, plan_catalogue, render_catalogue
from core.demo.drawing.noise import stream
from core.demo.render import row_of
from core.demo.scenes import photograph, sample_pool, sample_queries
from core.errors import CatalogueError
from core.labels import LABELS

# Mean grey of 8 × 6 fields of the first product of each class, drawn at 160 × 120.
GOLDEN = {
    "Tshirts": [
        [255.0, 255.0, 255.0, 255.0, 255.0, 255.0],
        [255.0, 241.1, 216.3, 215.8, 241.3, 255.0],
        [246.5, 195.3, 208.4, 206.3, 200.5, 247.7],
        [248.2, 194.5, 195.0, 201.0, 204.8, 249.6],
        [255.0, 191.0, 184.6, 186.4, 202.8, 255.0],
        [255.0, 194.2, 186.7, 184.1, 203.5, 255.0],
        [255.0, 237.7, 240.7, 236.9, 243.4, 255.0],
        [255.0, 255.0, 255.0, 255.0, 255.0, 255.0],
    ],
    "Shirts": [
        [255.0, 255.0, 254.9, 254.9, 255.0, 255.0],
        [255.0, 205.3, 125.9, 134.0, 220.0, 255.0],
        [249.1, 112.3, 112.0, 115.5, 133.9, 253.7],
        [205.0, 103.9, 112.3, 114.6, 112.7, 219.9],
        [181.0, 140.3, 103.5, 114.9, 153.0, 189.5],
        [171.8, 151.0, 110.0, 117.5, 171.0, 164.8],
        [234.0, 151.6, 119.6, 122.7, 168.4, 235.0],
        [255.0, 253.4, 252.5, 252.2, 253.8, 255.0],
    ],
    "Jeans": [
        [255.0, 247.0, 214.0, 213.3, 246.3, 255.0],
        [255.0, 201.9, 122.3, 127.8, 201.8, 255.0],
        [255.0, 188.3, 144.7, 136.0, 205.6, 255.0],
        [255.0, 199.8, 156.6, 155.3, 202.7, 255.0],
        [255.0, 203.7, 183.5, 176.8, 212.3, 255.0],
        [255.0, 215.0, 183.3, 177.3, 220.7, 255.0],
        [255.0, 227.7, 170.9, 175.2, 225.0, 255.0],
        [255.0, 249.7, 231.9, 235.8, 249.0, 255.0],
    ],
    "Skirts": [
        [255.0, 255.0, 254.9, 254.9, 255.0, 255.0],
        [250.6, 141.9, 131.5, 135.7, 154.8, 253.4],
        [209.5, 134.1, 133.6, 138.5, 140.8, 218.0],
        [175.3, 130.0, 126.5, 128.6, 133.1, 191.7],
        [181.9, 127.3, 118.3, 117.4, 127.2, 201.3],
        [194.1, 123.7, 114.9, 119.2, 127.3, 211.9],
        [220.5, 146.6, 133.7, 138.3, 150.2, 226.7],
        [255.0, 254.5, 253.7, 253.8, 254.4, 255.0],
    ],
    "Kurtas": [
        [255.0, 253.3, 226.8, 224.6, 254.5, 255.0],
        [255.0, 190.6, 119.7, 119.7, 192.6, 255.0],
        [255.0, 205.5, 155.4, 140.1, 209.5, 255.0],
        [255.0, 225.7, 156.4, 133.7, 234.1, 255.0],
        [255.0, 213.4, 154.9, 141.7, 218.8, 255.0],
        [255.0, 188.0, 147.4, 147.4, 188.8, 255.0],
        [255.0, 164.0, 147.2, 150.1, 162.5, 255.0],
        [255.0, 219.5, 218.9, 219.7, 223.2, 255.0],
    ],
}


@pytest.fixture(scope="module")
def plan() -> list[Product]:
    return plan_catalogue()


@pytest.fixture(scope="module")
def one_of_each(plan) -> dict[str, Product]:
    return {label: next(p for p in plan if p.article_type == label) for label in LABELS}


def test_plan_has_a_thousand_products_of_five_classes(plan):
    counts = Counter(p.article_type for p in plan)
    assert len(plan) == 1000
    assert set(counts) == set(LABELS)
    assert min(counts.values()) >= 120
    assert min(counts[name] for name in ("Tshirts", "Shirts", "Kurtas", "Jeans")) >= 150


def test_plan_repeats_and_another_seed_is_another_plan():
    assert plan_catalogue(3, 60) == plan_catalogue(3, 60)
    assert [p.name for p in plan_catalogue(3, 60)] != [p.name for p in plan_catalogue(4, 60)]


@pytest.mark.parametrize("n", [0, 1, 7, 61, 1500])
def test_plan_has_as_many_products_as_asked(n):
    found = plan_catalogue(11, n)
    assert len(found) == n
    assert len({p.id for p in found}) == n
    assert len({p.name for p in found}) == n


def test_every_column_of_every_row_is_filled(plan):
    for product in plan:
        assert all(str(cell).strip() for cell in row_of(product))
    assert min(p.price for p in plan) >= 199
    assert max(p.price for p in plan) <= 4000


def test_colours_genders_and_families_vary(plan):
    assert len({p.base_colour for p in plan}) >= 20
    assert {p.gender for p in plan} == {"Men", "Women", "Boys", "Girls", "Unisex"}
    colours = {}
    for p in plan:
        if p.twin_of is None:
            colours.setdefault((p.article_type, p.family), []).append(p.base_colour)
    assert sum(len(found) >= 3 for found in colours.values()) >= 40
    assert all(len(set(found)) == len(found) for found in colours.values())


def test_twins_differ_in_the_view_only(plan):
    by_id = {p.id: p for p in plan}
    twins = [p for p in plan if p.twin_of is not None]
    assert 20 <= len(twins) <= 35
    for twin in twins:
        original = by_id[twin.twin_of]
        assert replace(twin, id=0, name="", view=original.view, twin_of=None) == replace(
            original, id=0, name=""
        )


def _small(product: Product) -> np.ndarray:
    return draw_product(product, 96, 72).astype(np.float64)


def test_twins_look_alike_and_others_do_not(plan):
    by_id = {p.id: p for p in plan}
    twins = [p for p in plan if p.twin_of is not None][:4]
    near = [np.abs(_small(p) - _small(by_id[p.twin_of])).mean() for p in twins]
    far = [np.abs(_small(p) - _small(q)).mean() for p in twins for q in plan[:6] if q.family != p.family]
    assert max(near) < min(far)


def test_no_two_singles_are_the_same_picture(plan):
    shirts = [p for p in plan if p.article_type == "Shirts" and p.twin_of is None][:24]
    seen = np.stack([draw_product(p, 64, 48).astype(np.float32).ravel() for p in shirts])
    gaps = np.abs(seen[:, None] - seen[None]).mean(axis=2) + 255 * np.eye(len(seen))
    assert gaps.min() > 2.0


@pytest.mark.parametrize("label", LABELS)
def test_drawing_repeats(one_of_each, label):
    product = one_of_each[label]
    np.testing.assert_array_equal(draw_garment_rgba(product, 160, 120), draw_garment_rgba(product, 160, 120))


@pytest.mark.parametrize("label", LABELS)
def test_pixels_are_the_known_ones_to_within_a_level(one_of_each, label):
    grey = Image.fromarray(draw_product(one_of_each[label], 160, 120)).convert("L")
    fields = np.asarray(grey, np.float64).reshape(8, 20, 6, 20).mean(axis=(1, 3))
    np.testing.assert_allclose(fields, GOLDEN[label], atol=1.0)


@pytest.mark.parametrize("label", LABELS)
def test_ground_is_white_and_the_garment_touches_no_border(one_of_each, label):
    picture = draw_product(one_of_each[label], 320, 240)
    assert picture.shape == (320, 240, 3)
    assert picture.dtype == np.uint8
    for edge in (picture[0], picture[-1], picture[:, 0], picture[:, -1]):
        assert edge.min() == 255
    cover = draw_garment_rgba(one_of_each[label], 320, 240)[..., 3] / 255
    assert 0.12 < cover.mean() < 0.75


@pytest.mark.parametrize("label", LABELS)
def test_a_thumbnail_shows_the_same_garment(one_of_each, label):
    product = one_of_each[label]
    large = Image.fromarray(draw_product(product, 640, 480)).resize((60, 80), Image.Resampling.BOX)
    small = Image.fromarray(draw_product(product, 160, 120)).resize((60, 80), Image.Resampling.BOX)
    assert np.abs(np.asarray(large, np.float32) - np.asarray(small, np.float32)).mean() < 4.0


def test_every_product_of_another_seed_can_be_drawn():
    for product in plan_catalogue(DEMO_SEED + 1, 60):
        cover = draw_garment_rgba(product, 64, 48)[..., 3]
        assert cover.max() == 255


def test_render_writes_the_layout(tmp_path):
    seen = []
    render_catalogue(tmp_path, n=5, seed=2, progress=lambda done, total: seen.append((done, total)))
    lines = (tmp_path / "styles.csv").read_text().splitlines()
    assert lines[0].startswith("id,gender,masterCategory,subCategory,articleType,baseColour")
    assert lines[0].endswith("productDisplayName,price,brandName")
    assert len(lines) == 6
    assert seen == [(k, 5) for k in range(1, 6)]
    for line in lines[1:]:
        with Image.open(tmp_path / "images" / f"{line.split(',')[0]}.jpg") as picture:
            assert picture.size == (240, 320)
            assert picture.format == "JPEG"


def test_render_refuses_a_folder_in_use(tmp_path):
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(CatalogueError, match="empty folder"):
        render_catalogue(tmp_path, n=1)
    with pytest.raises(CatalogueError, match="empty folder"):
        render_catalogue(tmp_path / "nowhere", n=1)


@pytest.mark.parametrize("kind", [None, "wood", "sheet", "carpet", "tiles", "concrete", "wall"])
def test_photograph_keeps_the_garment_visible(one_of_each, kind):
    garment = draw_garment_rgba(one_of_each["Tshirts"], 160, 120)
    # A garment in a colour that no background has shows how much of it is left in the frame.
    marked = garment.copy()
    marked[..., :3] = (255, 0, 255)
    for k in range(3):
        picture = photograph(marked, stream(5, "visible", k), 160, 120, kind=kind).astype(int)
        assert picture.shape == (160, 120, 3)
        pink = (picture[..., 0] - picture[..., 1] > 60) & (picture[..., 2] - picture[..., 1] > 60)
        assert pink.mean() > 0.12


def test_sample_garments_are_not_in_the_catalogue(plan):
    def look(product):
        return product.article_type, product.base_colour, product.fabric, product.details

    held = {look(p) for p in plan}
    assert not held & {look(p) for p in sample_pool(7)}


def test_photograph_repeats(one_of_each):
    garment = draw_garment_rgba(one_of_each["Shirts"], 160, 120)
    first, again = (photograph(garment, stream(9, "again"), 96, 72) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_sample_queries_are_ready_and_repeat():
    first, again = sample_queries(7), sample_queries(7)
    assert len(first) == 8
    assert len({name for name, _, _ in first}) == 8
    for (name, caption, picture), (_, _, other) in zip(first, again, strict=True):
        assert name
        assert caption
        assert picture.dtype == np.uint8
        assert picture.shape == (480, 360, 3)
        np.testing.assert_array_equal(picture, other)
