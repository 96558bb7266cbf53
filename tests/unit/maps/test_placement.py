import math

import numpy as np
import pandas as pd
import pytest

from core.errors import SearchError
from core.gallery.index import Index, Neighbours
from core.maps.placement import close_up, group_rare_values, mean_preservation, place, select_products

NAN = float("nan")


def neighbours(ids, scores, rows) -> Neighbours:
    return Neighbours(tuple(ids), np.array(scores, np.float32), np.array(rows))


def test_a_new_point_goes_to_the_weighted_mean_of_its_nearest_five():
    positions = np.array([[0, 0], [10, 0], [0, 10], [10, 10], [5, 5], [900, 900]], float)
    scores = [0.8, 0.4, 0.4, 0.2, 0.2, 0.1]
    placed = place(positions, neighbours("abcdef", scores, range(6)))
    x = (0.8 * 0 + 0.4 * 10 + 0.4 * 0 + 0.2 * 10 + 0.2 * 5) / 2.0
    assert placed.position == pytest.approx([x, x])
    assert placed.ids == tuple("abcdef")
    assert placed.ends.tolist() == positions.tolist()


def test_scores_below_zero_pull_nothing():
    positions = np.array([[0, 0], [4, 0]], float)
    assert place(positions, neighbours("ab", [0.5, -0.5], [0, 1])).position.tolist() == [0, 0]
    assert place(positions, neighbours("ab", [-0.1, -0.5], [0, 1])).position.tolist() == [2, 0]


def test_a_product_stays_on_its_own_dot_and_is_not_counted_as_its_own_neighbour():
    positions = np.array([[0, 0], [1, 0], [2, 0], [50, 0]], float)
    placed = place(positions, neighbours(["c", "far"], [0.9, 0.8], [2, 3]), own_row=0)
    assert placed.position.tolist() == [0, 0]
    # The two nearest dots are rows 1 and 2; of the true neighbours only row 2 is one of them.
    assert placed.kept == 1


def test_a_product_that_is_not_drawn_is_placed_like_a_new_one():
    positions = np.array([[NAN, NAN, NAN], [1, 1, 1], [NAN, NAN, NAN]])
    placed = place(positions, neighbours(["b", "c"], [0.9, 0.8], [1, 2]), own_row=0)
    assert placed.position.tolist() == [1, 1, 1]
    assert placed.ids == ("b",)
    assert placed.not_drawn == 1
    assert placed.kept == 1


def test_a_close_up_holds_all_its_nearest_and_is_as_wide_as_high():
    positions = np.array([[0, 0], [1, 0], [0, -3], [100, 100]], float)
    placed = place(positions, neighbours(["b", "c"], [0.9, 0.8], [1, 2]), own_row=0)
    assert close_up(positions, placed) == pytest.approx(np.array([[-3.6, 3.6], [-3.6, 3.6]]))


def test_a_close_up_of_equal_products_is_no_point():
    positions = np.array([[5, 5], [5, 5], [NAN, NAN], [105, 5]])
    placed = place(positions, neighbours(["b"], [1.0], [1]), own_row=0)
    assert close_up(positions, placed)[0] == pytest.approx([3.8, 6.2])
    placed = place(positions[:2], neighbours(["b"], [1.0], [1]), own_row=0)
    assert (np.diff(close_up(positions[:2], placed)) > 0).all()


def test_a_map_that_draws_no_neighbour_cannot_place():
    positions = np.array([[NAN, NAN], [1, 1]])
    with pytest.raises(SearchError, match="None of the 1 products"):
        place(positions, neighbours(["a"], [0.9], [0]))


def test_neighbours_on_opposite_sides_are_called_scattered():
    ring = [[math.cos(a), math.sin(a)] for a in np.linspace(0, 2 * math.pi, 40, endpoint=False)]
    positions = np.array(ring) * 10
    assert place(positions, neighbours("ab", [0.9, 0.9], [0, 20])).scattered
    assert not place(positions, neighbours("ab", [0.9, 0.9], [0, 1])).scattered


def test_the_index_and_the_map_speak_of_the_same_rows():
    index = Index(["p", "q", "r"], np.array([[1, 0], [0, 1], [0.9, 0.1]], np.float32))
    placed = place(np.array([[0, 0], [5, 5], [1, 1]], float), index.search(index.vectors[0], 2)[0])
    assert placed.ids == ("p", "r")
    assert placed.ends.tolist() == [[0, 0], [1, 1]]


def test_a_selection_holds_exactly_the_ids_given(toy_products):
    chosen = select_products(toy_products, ["141", "100", "141", "121"])
    assert chosen.products["id"].tolist() == ["100", "121", "141"]
    assert chosen.classes == {"Tshirts": 1, "Jeans": 1, "Kurtas": 1}
    assert chosen.colours == {"Navy Blue": 2, "Red": 1}
    assert select_products(toy_products, []).products.empty


def test_a_selection_of_another_catalogue_is_refused(toy_products):
    with pytest.raises(SearchError, match="product 9"):
        select_products(toy_products, ["100", "9"])


def test_rare_values_become_other_and_empty_ones_unknown():
    values = pd.Series(["a"] * 3 + ["b"] * 2 + ["c", "", "d"])
    assert group_rare_values(values, 2).tolist() == ["a"] * 3 + ["b"] * 2 + ["Other", "Unknown", "Other"]
    assert group_rare_values(values, 2, first=("d", "z")).tolist()[-3:] == ["Other", "Unknown", "d"]
    assert group_rare_values(values, 9).tolist()[5] == "c"


def test_the_mean_preservation_is_that_of_what_is_known():
    assert mean_preservation(np.array([1.0, 0.5, NAN])) == 0.75
    assert math.isnan(mean_preservation(np.array([])))
