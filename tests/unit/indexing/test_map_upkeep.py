import numpy as np

from core.indexing.map_upkeep import DrawnMaps, carry_maps
from core.maps.tsne import neighbourhood_preservation


def circle(n):
    angles = np.linspace(0, 2 * np.pi, n, endpoint=False)
    vectors = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    return vectors, (10 * vectors).astype(np.float32)


def drawn_circle(n=40):
    vectors, places = circle(n)
    maps = {
        "2d": places,
        "3d": np.column_stack([places, places[:, :1]]),
        "trust": neighbourhood_preservation(vectors, places),
    }
    return DrawnMaps([str(row) for row in range(n)], vectors, maps)


def test_another_order_and_fewer_products_move_no_place():
    drawn = drawn_circle()
    rows = np.random.default_rng(0).permutation(40)[:39]
    carried = carry_maps(drawn, [str(row) for row in rows], drawn.vectors[rows])
    for kind in drawn.maps:
        assert np.array_equal(carried.maps[kind], drawn.maps[kind][rows])
    assert carried.n_changed == 1
    assert not carried.is_due


def test_a_new_product_lies_among_its_nearest():
    drawn = drawn_circle()
    between = (drawn.vectors[3] + drawn.vectors[4]) / np.linalg.norm(drawn.vectors[3] + drawn.vectors[4])
    vectors = np.vstack([between, drawn.vectors]).astype(np.float32)
    carried = carry_maps(drawn, ["new", *drawn.ids], vectors)
    place = carried.maps["2d"][0]
    assert np.linalg.norm(place - 10 * between) < 1
    assert np.isfinite(carried.maps["3d"][0]).all()
    expected = neighbourhood_preservation(vectors, carried.maps["2d"])[0]
    assert carried.maps["trust"][0] == np.float32(expected)
    assert carried.n_changed == 1


def test_a_map_of_a_sample_draws_no_more_products():
    drawn = drawn_circle()
    drawn.maps["3d"][::2] = np.nan
    vectors = np.vstack([drawn.vectors, [[1, 0]]]).astype(np.float32)
    carried = carry_maps(drawn, [*drawn.ids, "new"], vectors)
    assert np.isnan(carried.maps["3d"][-1]).all()
    assert np.isfinite(carried.maps["2d"]).all()


def test_changes_add_up_until_the_map_is_due():
    drawn = drawn_circle()
    for number in range(3):
        assert not drawn.is_due
        vectors = np.vstack([drawn.vectors, [[0.6, 0.8]]]).astype(np.float32)
        drawn = carry_maps(drawn, [*drawn.ids, f"new {number}"], vectors)
    assert drawn.n_changed == 3
    assert drawn.is_due


def test_a_map_of_other_vectors_is_not_kept():
    drawn = drawn_circle()
    assert carry_maps(drawn, drawn.ids, -drawn.vectors) is None
    assert carry_maps(drawn, drawn.ids, np.ones((40, 5), np.float32)) is None
    assert carry_maps(DrawnMaps(drawn.ids, drawn.vectors, {}), drawn.ids, drawn.vectors) is None


def test_a_map_of_three_products_is_kept_while_they_are_the_same():
    drawn = drawn_circle(3)
    assert carry_maps(drawn, drawn.ids, drawn.vectors).n_changed == 0
    assert carry_maps(drawn, ["0", "1"], drawn.vectors[:2]).maps["2d"].shape == (2, 2)
    assert carry_maps(drawn, ["0", "1", "new"], drawn.vectors[[0, 1, 0]]) is None
