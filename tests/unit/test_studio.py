import numpy as np
import pandas as pd
import pytest

from core import studio
from core.errors import ModelError, SearchError
from core.index import Index


@pytest.fixture
def toy_studio() -> studio.Studio:
    """Give halves that undo each other: the latent vector is the picture's 2×3 pixels, brightest last."""
    return studio.Studio(
        lambda pixels: pixels.reshape(len(pixels), -1) / 255,
        lambda latents: latents.reshape(len(latents), 2, 3, 3),
        2,
        3,
    )


def test_redrawing_tells_how_far_off_it_is(toy_studio):
    image = np.random.default_rng(0).integers(0, 256, (2, 3, 3), dtype=np.uint8)
    same = toy_studio.redraw(image)
    assert np.array_equal(same.seen, image)
    assert np.array_equal(same.drawn, image)
    assert same.error == 0
    assert (same.difference == 255).all()
    dark = studio.Studio(toy_studio._encode, lambda latents: np.zeros((len(latents), 2, 3, 3)), 2, 3)
    assert dark.redraw(image).error == pytest.approx(image.mean() / 255)


def test_what_is_drawn_is_a_picture_whatever_the_decoder_says(toy_studio):
    drawn = toy_studio.decode(np.full((1, 18), 7.0))
    assert drawn.dtype == np.uint8
    assert (drawn == 255).all()
    assert (toy_studio.decode(np.full((1, 18), -7.0)) == 0).all()


def test_pictures_of_any_number_keep_their_order(toy_studio):
    images = [np.full((4, 6, 3), value, np.uint8) for value in range(150)]
    assert toy_studio.encode(images)[:, 0] * 255 == pytest.approx(np.arange(150))
    with pytest.raises(SearchError, match="at least one"):
        toy_studio.encode([])


def test_a_classifier_has_no_studio():
    class Classifier:
        name = "vgg19"

    with pytest.raises(ModelError, match="vgg19 draws no pictures"):
        studio.studio_of(Classifier())


def test_a_walk_turns_evenly_and_reaches_both_ends():
    start, end = np.array([3.0, 0, 0]), np.array([0, 5.0, 0])
    way = studio.walk(start, end, 5)
    assert way[0] == pytest.approx(start)
    assert way[-1] == pytest.approx(end)
    lengths = np.linalg.norm(way, axis=1)
    assert lengths == pytest.approx([3, 3.5, 4, 4.5, 5])
    turns = np.degrees(np.arctan2(way[:, 1], way[:, 0]))
    assert turns == pytest.approx([0, 22.5, 45, 67.5, 90], abs=1e-4)


@pytest.mark.parametrize("end", [[2.0, 0.0], [-1.0, 0.0], [0.0, 0.0]])
def test_a_walk_without_an_arc_goes_straight(end):
    way = studio.walk(np.array([1.0, 0.0]), np.array(end), 3)
    assert np.isfinite(way).all()
    assert way[1] == pytest.approx((np.array([1.0, 0.0]) + end) / 2)


def test_a_walk_of_one_step_is_refused():
    with pytest.raises(SearchError, match="2 ends"):
        studio.walk(np.ones(2), np.ones(2), 1)


def test_between_the_ends_stand_other_products():
    angles = np.radians([0, 44, 90, 200])
    index = Index(["a", "mid", "b", "far"], np.stack([np.cos(angles), np.sin(angles)], 1))
    way = studio.walk(index.vectors[0] * 7, index.vectors[2] * 9, 4)
    assert [step.ids for step in studio.nearest_on_the_way(index, way, ["a", "b"])] == [
        ("a",),
        ("mid",),
        ("mid",),
        ("b",),
    ]
    with pytest.raises(SearchError, match="only its two ends"):
        studio.nearest_on_the_way(Index(["a", "b"], np.eye(2)), way, ["a", "b"])


def test_a_sample_takes_rare_classes_whole_and_repeats():
    products = pd.DataFrame({"articleType": ["Tshirts"] * 90 + ["Skirts"] * 5 + ["Jeans"] * 30})
    rows = studio.rows_to_sample(products, 35, seed=3)
    assert products["articleType"][rows].value_counts().to_dict() == {"Tshirts": 15, "Jeans": 15, "Skirts": 5}
    assert (np.diff(rows) > 0).all()
    assert np.array_equal(rows, studio.rows_to_sample(products, 35, seed=3))
    assert not np.array_equal(rows, studio.rows_to_sample(products, 35, seed=4))
    assert len(studio.rows_to_sample(products, 1000)) == 125


def test_new_designs_are_spread_like_the_class():
    rng = np.random.default_rng(0)
    latents = rng.normal([5, -2, 0], [3, 1, 0.1], (4000, 3))
    new = studio.invent(latents, 4000, seed=1)
    assert new.mean(axis=0) == pytest.approx([5, -2, 0], abs=0.2)
    assert new.std(axis=0) == pytest.approx([3, 1, 0.1], rel=0.15, abs=0.05)
    calm = studio.invent(latents, 4000, variety=0.5, seed=1)
    assert calm.std(axis=0) == pytest.approx(new.std(axis=0) / 2, rel=1e-3)
    assert np.array_equal(new, studio.invent(latents, 4000, seed=1))
    assert studio.invent(latents, 2, variety=0) == pytest.approx(np.tile(latents.mean(axis=0), (2, 1)))


def test_few_examples_of_many_numbers_still_vary_and_one_is_too_few():
    latents = np.random.default_rng(0).normal(size=(3, 128))
    assert np.isfinite(studio.invent(latents, 5)).all()
    with pytest.raises(SearchError, match="too few"):
        studio.invent(latents[:1], 5)


def sample_along_x() -> studio.LatentSample:
    latents = np.zeros((40, 3), np.float32)
    latents[:, 0] = np.linspace(-4, 4, 40)
    latents[:, 2] = np.tile([1, -1], 20)
    types = ["Jeans"] * 20 + ["Skirts"] * 20
    # Black is the commonest everywhere, so it tells nothing of the low end, where Blue stands out.
    colours = ["Blue", "Black", "Black"] + ["Black"] * 17 + [""] * 20
    return studio.LatentSample(pd.DataFrame({"articleType": types, "baseColour": colours}), latents)


def test_directions_are_those_of_greatest_variance_and_say_what_lies_at_their_ends():
    sample = sample_along_x()
    first, second = studio.directions(sample, 2)
    assert first.vector == pytest.approx([1, 0, 0], abs=0.03)
    assert abs(second.vector[2]) == pytest.approx(1, abs=0.03)
    assert first.spread == pytest.approx(sample.latents[:, 0].std(ddof=1), rel=0.01)
    assert 0.8 < first.share < 1
    assert (first.low, first.high) == ("Jeans, Blue", "Skirts")
    assert sample.of_class("Skirts").shape == (20, 3)


def test_moving_is_in_standard_deviations_along_each_direction():
    first, second = studio.directions(sample_along_x(), 2)
    start = np.array([1, 1, 1], np.float32)
    there = studio.moved(start, [first, second], [2, 0])
    assert there - start == pytest.approx(2 * first.spread * first.vector, abs=1e-5)
    assert studio.moved(start, [first, second], [0, 0]) == pytest.approx(start)
    with pytest.raises(ValueError, match="zip"):
        studio.moved(start, [first, second], [1])


def test_equal_products_have_no_direction_to_fail_on():
    alike = studio.LatentSample(
        pd.DataFrame({"articleType": ["Jeans"] * 3, "baseColour": [""] * 3}), np.ones((3, 4), np.float32)
    )
    assert all(np.isfinite(d.share) and d.spread == pytest.approx(0) for d in studio.directions(alike))
    with pytest.raises(SearchError, match="no direction"):
        studio.directions(studio.LatentSample(alike.products[:1], alike.latents[:1]))


def test_classes_to_learn_are_the_five_then_the_larger_ones():
    counts = {"Heels": 12, "Watches": 40, "Kurtas": 10, "Tshirts": 11, "Belts": 9, "": 30}
    products = pd.DataFrame({"articleType": [name for name, n in counts.items() for _ in range(n)]})
    assert studio.classes_to_learn(products) == ["Tshirts", "Kurtas", "Watches", "Heels"]
