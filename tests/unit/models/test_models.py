"""The networks: shapes, exact transformations, and weights that travel."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest

from core.errors import ArtifactError, ModelError, TrainingError
from core.models import available_models, load_model
from core.models.layers import Blend, DrawnToNames, ImageNetMeans
from core.models.names import LEARNED_EXTRACTORS, MODEL_NAMES
from core.models.rgb import build_rgb
from core.models.vae import build_vae, decoder_of
from core.models.vgg import (
    CONVOLUTIONS,
    build_vgg,
    fold_batch_norm,
    grow,
    load_convolutions,
    unfold_batch_norm,
)
from core.training.model_export import save_float16

NAMES = (7, 4, 3)


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(0).integers(0, 256, (2, 80, 60, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def vgg16():
    keras.utils.set_random_seed(1)
    return build_vgg(16, names=NAMES)


def answers(network, pictures):
    return {key: np.asarray(value) for key, value in network(pictures, training=False).items()}


@pytest.mark.parametrize("depth", [16, 19])
def test_vgg_has_the_convolutions_of_keras_applications(depth):
    original = {16: keras.applications.VGG16, 19: keras.applications.VGG19}[depth](
        weights=None, include_top=False
    )
    ours = build_vgg(depth)
    shapes = {layer.name: layer.kernel.shape for layer in original.layers if hasattr(layer, "kernel")}
    assert len(shapes) == sum(CONVOLUTIONS[depth]) == depth - 3
    assert {name: ours.get_layer(name).kernel.shape for name in shapes} == shapes


def test_vgg_takes_weights_of_keras_applications_from_a_file(tmp_path, vgg16):
    original = keras.applications.VGG16(weights=None, include_top=False)
    original.save_weights(tmp_path / "notop.weights.h5")
    target = build_vgg(16)
    load_convolutions(target, 16, str(tmp_path / "notop.weights.h5"))
    for name in ("block1_conv1", "block5_conv3"):
        np.testing.assert_array_equal(target.get_layer(name).kernel, original.get_layer(name).kernel)


def test_vgg_refuses_weights_that_are_none(tmp_path):
    (tmp_path / "none.weights.h5").write_bytes(b"not weights")
    with pytest.raises(ModelError, match=r"VGG16 cannot start from .*--init scratch"):
        load_convolutions(build_vgg(16), 16, str(tmp_path / "none.weights.h5"))


def test_means_are_those_of_keras_preprocessing(pictures):
    expected = keras.applications.vgg16.preprocess_input(pictures.copy())
    np.testing.assert_allclose(ImageNetMeans(dtype="float32")(pictures), expected, atol=1e-4)


def test_vgg_answers(vgg16, pictures):
    found = answers(vgg16, pictures)
    assert found["label"].shape == (2, 5)
    assert found["known"].shape == (2, 1)
    assert found["embedding"].shape == (2, 160)
    np.testing.assert_allclose(np.linalg.norm(found["embedding"], axis=1), 1, atol=1e-5)


def test_blend_gives_each_part_its_share_of_the_cosine():
    rng = np.random.default_rng(3)
    parts = [rng.normal(size=(2, width)) for width in (96, 32, 16)]
    parts = [(part / np.linalg.norm(part, axis=1, keepdims=True)).astype(np.float32) for part in parts]
    layer = Blend(dtype="float32")
    layer.build([part.shape for part in parts])
    layer.share.assign((0.7, 0.2, 0.1))
    joined = np.asarray(layer(parts))
    expected = sum(share * (part @ part.T)[0, 1] for share, part in zip((0.7, 0.2, 0.1), parts, strict=True))
    assert joined[0] @ joined[1] == pytest.approx(expected, abs=1e-5)


def test_drawing_brings_rows_nearer_to_the_names_they_are_likely_to_have():
    layer = DrawnToNames(2, scale=10.0, dtype="float32")
    rows = np.array([[0.8, 0.6, 0.0], [0.0, 0.6, 0.8]], np.float32)
    np.testing.assert_allclose(layer(rows), rows, atol=1e-6)  # as made, nothing is drawn
    layer.vectors.assign(np.array([[1, 0, 0], [0, 0, 1]], np.float32))
    layer.strength.assign(1.0)
    drawn = np.asarray(layer(rows))
    likely = np.exp(8) / (np.exp(8) + 1)  # cosines of 0.8 and 0 to the two names
    expected = np.array([0.8 + likely, 0.6, 1 - likely])
    np.testing.assert_allclose(drawn[0], expected / np.linalg.norm(expected), atol=1e-5)
    assert drawn[0] @ drawn[1] < rows[0] @ rows[1]


def test_folded_normalisation_is_the_same_function(pictures):
    keras.utils.set_random_seed(2)
    trained, plain = build_vgg(16, names=NAMES, batch_norm=True), build_vgg(16, names=NAMES)
    for layer in trained.layers:
        if isinstance(layer, keras.layers.BatchNormalization) and layer.scale:
            width = layer.gamma.shape[0]
            rng = np.random.default_rng(width)
            layer.set_weights(
                [rng.uniform(low, high, width) for low, high in ((0.5, 1.5), (-1, 1), (-1, 1), (0.5, 2))]
            )
    fold_batch_norm(trained, plain)
    a, b = answers(trained, pictures), answers(plain, pictures)
    for key in a:
        np.testing.assert_allclose(a[key], b[key], rtol=1e-3, atol=1e-3 * np.abs(a[key]).max())


def test_a_network_given_normalisations_is_the_same_function_in_training_too(vgg16, pictures):
    normed, again = build_vgg(16, names=NAMES, batch_norm=True), build_vgg(16, names=NAMES)
    unfold_batch_norm(vgg16, normed, pictures, ("block1_",))
    was, now = answers(vgg16, pictures), answers(normed, pictures)
    for key in was:
        np.testing.assert_allclose(was[key], now[key], rtol=1e-3, atol=1e-3 * np.abs(was[key]).max())
    for layer in normed.layers:
        layer.trainable = not layer.name.startswith("block1_")
    see = keras.Model(normed.input, normed.get_layer("block5_pool").output)
    learning = np.asarray(see(pictures, training=True))
    np.testing.assert_allclose(learning, np.asarray(see(pictures, training=False)), rtol=0.02, atol=0.02)
    fold_batch_norm(normed, again)
    for key, value in answers(again, pictures).items():
        np.testing.assert_allclose(was[key], value, rtol=1e-3, atol=1e-3 * np.abs(was[key]).max())


def test_grown_vgg19_starts_as_vgg16(vgg16, pictures):
    grown = build_vgg(19)
    grow(vgg16, grown)
    a, b = answers(vgg16, pictures), answers(grown, pictures)
    np.testing.assert_allclose(a["label"], b["label"], rtol=1e-4, atol=1e-5)
    assert set(b) == {"label", "known"}


def test_vae_embeds_by_its_mean_and_draws_back(pictures):
    vae = build_vae(NAMES)
    first, second = answers(vae, pictures), answers(vae, pictures)
    np.testing.assert_array_equal(first["embedding"], second["embedding"])
    assert first["picture"].shape == (2, 80, 60, 3)
    assert first["picture"].min() >= 0
    assert first["picture"].max() <= 1
    drawn = np.asarray(decoder_of(vae)(first["latent"], training=False))
    np.testing.assert_allclose(drawn, first["picture"], atol=1e-5)


def test_vae_samples_in_training_only(pictures):
    vae = build_vae(NAMES)
    one, two = (np.asarray(vae(pictures, training=True)["picture"]) for _ in range(2))
    assert np.abs(one - two).max() > 0


def test_rgb_has_no_convolution():
    network = build_rgb()
    assert not any("conv" in type(layer).__name__.lower() for layer in network.layers)
    assert network.output["label"].shape == (None, 5)


def test_weights_are_kept_in_half_precision_without_changing_answers(tmp_path, pictures):
    network = build_rgb()
    save_float16(network, tmp_path / "model.weights.h5")
    assert (tmp_path / "model.weights.h5").stat().st_size < 2.1 * network.count_params() + 60_000
    again = build_rgb()
    again.load_weights(tmp_path / "model.weights.h5")
    small = pictures[:, :20, :15]
    np.testing.assert_allclose(answers(network, small)["label"], answers(again, small)["label"], atol=5e-2)
    assert list(tmp_path.iterdir()) == [tmp_path / "model.weights.h5"]


def test_unknown_and_untrained_models_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    with pytest.raises(ModelError, match="expected one of vgg16, vgg19, vae, rgb"):
        load_model("resnet")
    with pytest.raises(ArtifactError):
        load_model("vgg16")
    assert available_models() == ()
    assert set(LEARNED_EXTRACTORS) <= set(MODEL_NAMES)


def test_a_picture_and_its_mirror_image_are_one_to_a_shipped_model():
    model = load_model("vae")
    picture = np.full((80, 60, 3), 255, np.uint8)
    picture[20:70, 10:40] = np.random.default_rng(3).integers(0, 200, (50, 30, 3))
    rows = model.extract([picture, picture[:, ::-1], picture[::-1]])
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(rows[0], rows[1], atol=1e-5)
    assert rows[0] @ rows[2] < 0.99
    np.testing.assert_allclose(rows[:1], model.extract([picture]), atol=1e-5)


def test_no_imagenet_weights_for_our_own_networks():
    from core.training.schedule import PLANS
    from core.training.stages import initial_network

    with pytest.raises(TrainingError, match="no ImageNet weights for rgb"):
        initial_network(PLANS["rgb"], "imagenet", NAMES)
