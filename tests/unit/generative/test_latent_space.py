import numpy as np
import pandas as pd
import pytest

from core.errors import SearchError
from core.generative.latent_space import (
    LatentSample,
    contrasting_pair,
    directions,
    learnable_classes,
    move_along,
    sample_latents,
    stratified_rows,
)


def test_a_sample_takes_rare_classes_whole_and_repeats():
    products = pd.DataFrame({"articleType": ["Tshirts"] * 90 + ["Skirts"] * 5 + ["Jeans"] * 30})
    rows = stratified_rows(products, 35, seed=3)
    assert products["articleType"][rows].value_counts().to_dict() == {"Tshirts": 15, "Jeans": 15, "Skirts": 5}
    assert (np.diff(rows) > 0).all()
    assert np.array_equal(rows, stratified_rows(products, 35, seed=3))
    assert not np.array_equal(rows, stratified_rows(products, 35, seed=4))
    assert len(stratified_rows(products, 1000)) == 125


def test_new_designs_are_spread_like_the_class():
    rng = np.random.default_rng(0)
    known = rng.normal([5, -2, 0], [3, 1, 0.1], (4000, 3))
    new = sample_latents(known, 4000, seed=1)
    assert new.mean(axis=0) == pytest.approx([5, -2, 0], abs=0.2)
    assert new.std(axis=0) == pytest.approx([3, 1, 0.1], rel=0.15, abs=0.05)
    calm = sample_latents(known, 4000, variety=0.5, seed=1)
    assert calm.std(axis=0) == pytest.approx(new.std(axis=0) / 2, rel=1e-3)
    assert np.array_equal(new, sample_latents(known, 4000, seed=1))
    assert sample_latents(known, 2, variety=0) == pytest.approx(np.tile(known.mean(axis=0), (2, 1)))


def test_few_examples_of_many_numbers_still_vary_and_one_is_too_few():
    known = np.random.default_rng(0).normal(size=(3, 128))
    assert np.isfinite(sample_latents(known, 5)).all()
    with pytest.raises(SearchError, match="too few"):
        sample_latents(known[:1], 5)


def sample_along_x() -> LatentSample:
    numbers = np.zeros((40, 3), np.float32)
    numbers[:, 0] = np.linspace(-4, 4, 40)
    numbers[:, 2] = np.tile([1, -1], 20)
    types = ["Jeans"] * 20 + ["Skirts"] * 20
    # Black is the commonest everywhere, so it tells nothing of the low end, where Blue stands out.
    colours = ["Blue", "Black", "Black"] + ["Black"] * 17 + [""] * 20
    return LatentSample(pd.DataFrame({"articleType": types, "baseColour": colours}), numbers)


def test_directions_are_those_of_greatest_variance_and_say_what_lies_at_their_ends():
    sample = sample_along_x()
    first, second = directions(sample, 2)
    assert first.vector == pytest.approx([1, 0, 0], abs=0.03)
    assert abs(second.vector[2]) == pytest.approx(1, abs=0.03)
    assert first.standard_deviation == pytest.approx(sample.latents[:, 0].std(ddof=1), rel=0.01)
    assert 0.8 < first.share < 1
    assert (first.low, first.high) == ("Jeans, Blue", "Skirts")


def test_moving_is_in_standard_deviations_along_each_direction():
    first, second = directions(sample_along_x(), 2)
    start = np.array([1, 1, 1], np.float32)
    there = move_along(start, [first, second], [2, 0])
    assert there - start == pytest.approx(2 * first.standard_deviation * first.vector, abs=1e-5)
    assert move_along(start, [first, second], [0, 0]) == pytest.approx(start)
    with pytest.raises(ValueError, match="zip"):
        move_along(start, [first, second], [1])


def test_equal_products_have_no_direction_to_fail_on():
    alike = LatentSample(
        pd.DataFrame({"articleType": ["Jeans"] * 3, "baseColour": [""] * 3}), np.ones((3, 4), np.float32)
    )
    assert all(np.isfinite(d.share) and d.standard_deviation == pytest.approx(0) for d in directions(alike))
    with pytest.raises(SearchError, match="no direction"):
        directions(LatentSample(alike.products[:1], alike.latents[:1]))


def test_classes_to_learn_are_the_five_then_the_larger_ones():
    counts = {"Heels": 12, "Watches": 40, "Kurtas": 10, "Tshirts": 11, "Belts": 9, "": 30}
    products = pd.DataFrame({"articleType": [name for name, n in counts.items() for _ in range(n)]})
    assert learnable_classes(products) == ["Tshirts", "Kurtas", "Watches", "Heels"]


def test_two_products_to_start_with_are_of_different_classes_where_there_are_two():
    products = pd.DataFrame({"id": list("abcd"), "articleType": ["Jeans", "Jeans", "Skirts", "Kurtas"]})
    assert contrasting_pair(products) == ("a", "c")
    assert contrasting_pair(products, "d") == ("d", "a")
    assert contrasting_pair(products.iloc[:2]) == ("a", "b")
