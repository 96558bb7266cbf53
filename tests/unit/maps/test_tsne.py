import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from core.maps import tsne


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def clusters():
    """Give three groups of 20 around three directions."""
    rng = np.random.default_rng(0)
    return unit(np.repeat(np.eye(8)[:3], 20, axis=0) + rng.normal(0, 0.05, (60, 8)))


def no_bar(title, total):
    return lambda n, loss: None


def test_groups_stay_together_on_every_map(clusters):
    drawn = tsne.draw_maps(clusters, ["a"] * 60, "map", no_bar)
    assert {kind: places.shape for kind, places in drawn.items()} == {
        "2d": (60, 2),
        "3d": (60, 3),
        "trust": (60,),
    }
    assert all(places.dtype == np.float32 for places in drawn.values())
    for kind in ("2d", "3d"):
        groups = drawn[kind].reshape(3, 20, -1)
        centres = groups.mean(axis=1)
        nearest = np.linalg.norm(drawn[kind][:, None] - centres, axis=2).argmin(axis=1)
        assert np.array_equal(nearest, np.repeat([0, 1, 2], 20))
    assert drawn["trust"].mean() > 0.7


def test_the_same_vectors_give_the_same_map(clusters):
    assert np.array_equal(tsne.tsne_map(clusters, 2), tsne.tsne_map(clusters, 2))
    assert np.array_equal(tsne.tsne_map(clusters, 3), tsne.tsne_map(clusters, 3))


def test_progress_counts_every_step(clusters):
    steps = []

    def bar(title, total):
        steps.append(total)
        return lambda n, loss: steps.append(-n)

    tsne.draw_maps(clusters, ["a"] * 60, "map", bar)
    assert sum(steps) == 0


@pytest.mark.parametrize("n", [1, 2, 4, 5, 9])
def test_few_products_have_maps_too(clusters, n):
    drawn = tsne.draw_maps(clusters[:n], ["a"] * n, "map", no_bar)
    assert np.isfinite(drawn["2d"]).all()
    assert np.isfinite(drawn["3d"]).all()
    assert ((drawn["trust"] >= 0) & (drawn["trust"] <= 1)).all()


def test_equal_products_do_not_stop_it(clusters):
    assert np.isfinite(tsne.tsne_map(np.repeat(clusters[:1], 12, axis=0), 2)).all()


def test_the_products_in_space_are_chosen_by_the_share_of_their_class(monkeypatch, clusters):
    classes = ["a"] * 40 + ["b"] * 20
    rows = tsne.sample_by_class(classes, 12)
    assert [classes[row] for row in rows] == ["a"] * 8 + ["b"] * 4
    assert np.array_equal(rows, tsne.sample_by_class(classes, 12))
    assert np.array_equal(tsne.sample_by_class(classes, 100), np.arange(60))
    monkeypatch.setattr(tsne, "MOST_IN_SPACE", 12)
    space = tsne.draw_maps(clusters, classes, "map", no_bar)["3d"]
    assert np.array_equal(np.flatnonzero(np.isfinite(space).all(axis=1)), rows)
    assert np.isnan(np.delete(space, rows, axis=0)).all()


def test_neighbourhood_preservation_is_the_share_of_neighbours_kept():
    angles = np.array([0.0, 0.1, 0.3, 0.7])
    vectors = np.column_stack([np.cos(angles), np.sin(angles)])
    kept = np.column_stack([angles, np.zeros(4)])
    assert np.array_equal(tsne.neighbourhood_preservation(vectors, kept, 2), [1, 1, 1, 1])
    # The last two change places: 0, 1, 2 | 3 lie at 0, 0.1, 0.7 | 0.3.
    swapped = np.column_stack([angles[[0, 1, 3, 2]], np.zeros(4)])
    assert np.array_equal(tsne.neighbourhood_preservation(vectors, swapped, 2), [0.5, 0.5, 0.5, 0.5])


def test_neighbourhood_preservation_is_not_trustworthiness():
    # A line folded in two: neighbours of the fold's ends are strangers, some far and some near.
    points = unit(np.column_stack([np.linspace(1, 2, 20), np.ones(20), np.linspace(0, 1, 20) ** 2]))
    folded = np.column_stack([np.abs(np.arange(20) - 12.3), np.zeros(20)])
    kept = tsne.neighbourhood_preservation(points, folded, 5)
    assert 0 < kept.mean() < 1
    assert abs(kept.mean() - trustworthiness(points, folded, n_neighbors=5)) > 0.02
