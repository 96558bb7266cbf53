from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from core.errors import ModelError, SearchError
from core.gallery.local import LocalGallery
from core.generative.autoencoder import Autoencoder, interpolate, open_autoencoder, sketch_interpolation


@pytest.fixture
def toy_autoencoder() -> Autoencoder:
    """Give halves that undo each other: the latent vector is the picture's 2×3 pixels, brightest last."""
    return toy(lambda latents: latents.reshape(len(latents), 2, 3, 3))


def toy(decode) -> Autoencoder:
    """Encode a picture as its pixels, and search by the first three numbers."""
    return Autoencoder(
        lambda pixels: pixels.reshape(len(pixels), -1) / 255,
        decode,
        lambda latents: latents[:, :3],
        height=2,
        width=3,
        size=18,
    )


def gallery_of(ids: list[str], vectors: np.ndarray) -> LocalGallery:
    return LocalGallery(pd.DataFrame({"id": ids}), {"vae": lambda: vectors})


def test_a_reconstruction_tells_how_far_off_it_is(toy_autoencoder):
    image = np.random.default_rng(0).integers(0, 256, (2, 3, 3), dtype=np.uint8)
    same = toy_autoencoder.reconstruct(image)
    assert np.array_equal(same.seen, image)
    assert np.array_equal(same.drawn, image)
    assert same.error == 0
    assert (same.difference == 255).all()
    dark = toy(lambda latents: np.zeros((len(latents), 2, 3, 3)))
    assert dark.reconstruct(image).error == pytest.approx(image.mean() / 255)


def test_what_is_drawn_is_a_picture_whatever_the_decoder_says(toy_autoencoder):
    drawn = toy_autoencoder.decode(np.full((1, 18), 7.0))
    assert drawn.dtype == np.uint8
    assert (drawn == 255).all()
    assert (toy_autoencoder.decode(np.full((1, 18), -7.0)) == 0).all()


def test_pictures_of_any_number_keep_their_order(toy_autoencoder):
    images = [np.full((4, 6, 3), value, np.uint8) for value in range(150)]
    assert toy_autoencoder.encode(images)[:, 0] * 255 == pytest.approx(np.arange(150))
    with pytest.raises(SearchError, match="at least one"):
        toy_autoencoder.encode([])


def test_a_classifier_is_no_autoencoder():
    class Classifier:
        name = "vgg19"

    with pytest.raises(ModelError, match="vgg19 draws no pictures"):
        open_autoencoder(Classifier())


def test_an_interpolation_turns_evenly_and_reaches_both_ends():
    start, end = np.array([3.0, 0, 0]), np.array([0, 5.0, 0])
    way = interpolate(start, end, 5)
    assert way[0] == pytest.approx(start)
    assert way[-1] == pytest.approx(end)
    lengths = np.linalg.norm(way, axis=1)
    assert lengths == pytest.approx([3, 3.5, 4, 4.5, 5])
    turns = np.degrees(np.arctan2(way[:, 1], way[:, 0]))
    assert turns == pytest.approx([0, 22.5, 45, 67.5, 90], abs=1e-4)


@pytest.mark.parametrize("end", [[2.0, 0.0], [-1.0, 0.0], [0.0, 0.0]])
def test_an_interpolation_without_an_arc_goes_straight(end):
    way = interpolate(np.array([1.0, 0.0]), np.array(end), 3)
    assert np.isfinite(way).all()
    assert way[1] == pytest.approx((np.array([1.0, 0.0]) + end) / 2)


def test_an_interpolation_of_one_step_is_refused():
    with pytest.raises(SearchError, match="2 ends"):
        interpolate(np.ones(2), np.ones(2), 1)


def test_a_sketch_is_searched_by_its_embedding_and_not_by_all_of_its_latent_vector(toy_autoencoder):
    gallery = gallery_of(["red", "green"], np.eye(3)[:2])
    numbers = np.zeros((2, 18))
    numbers[:, 1], numbers[:, 10] = [0.5, 0.2], 0.9
    first, second = toy_autoencoder.sketch(numbers, gallery, 2)
    assert first.near.ids == ("green", "red")
    assert first.near.scores == pytest.approx([1, 0])
    assert first.picture[0, 0, 1] == 128
    assert second.picture[0, 0, 1] == 51
    assert second.picture[1, 0, 1] == 230


def test_between_the_ends_stand_other_products(toy_autoencoder):
    def pictured(degrees):
        return np.pad([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], (0, 16))

    ids = ["a", "mid", "b", "far", "as-a"]
    gallery = gallery_of(ids, np.stack([pictured(angle)[:3] for angle in (0, 44, 90, 200, 0)]))
    way = interpolate(pictured(0) * 7, pictured(90) * 9, 4)
    met = sketch_interpolation(toy_autoencoder, gallery, way, ["as-a", "b"])
    # Each end stands beside itself, though another product is as near.
    assert [step.near.ids for step in met] == [("as-a",), ("mid",), ("mid",), ("b",)]
    assert [step.near.scores[0] for step in met[::3]] == pytest.approx([1, 1])
    assert [len(sketch_interpolation(toy_autoencoder, gallery, way[[0, -1]], ["a", "b"]))] == [2]
    with pytest.raises(SearchError, match="only its two ends"):
        sketch_interpolation(toy_autoencoder, gallery_of(["a", "b"], np.eye(3)[:2]), way, ["a", "b"])


def test_a_real_network_is_taken_apart_at_its_own_width():
    from core.models.vae import build_vae

    network = build_vae((7, 4, 3), height=16, width=12)
    images = np.random.default_rng(0).integers(0, 256, (3, 16, 12, 3), dtype=np.uint8)
    whole = {key: np.asarray(value) for key, value in network(images.astype(np.float32)).items()}
    draws = open_autoencoder(SimpleNamespace(name="vae", network=network))
    numbers = draws.encode(images)
    assert (draws.height, draws.width, draws.size) == (16, 12, whole["latent"].shape[1])
    assert numbers == pytest.approx(whole["latent"], abs=1e-5)
    assert draws.embed(numbers) == pytest.approx(whole["embedding"], abs=1e-5)
    assert np.abs(draws.decode(numbers) - 255 * whole["picture"]).max() < 1
