"""What serves answers as Keras does, without it, and is refused where it was made for something else."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest

from core.errors import ArtifactError, ModelError
from core.models import load_finder, load_model
from core.models.finder.keras_finder import compiled, load_finder_network
from core.models.finder.network import build_finder
from core.models.names import COMPARED_MODELS, GRAPH, MODEL_NAMES, WEIGHTS
from core.models.serving.keras_network import BUILDERS, KerasNetwork, load_network
from core.models.serving.network import ModelFolder
from core.models.serving.onnx_graph import save_graph, write_graph
from core.models.serving.onnx_network import OnnxNetwork
from core.models.serving.quantisation import output_steps
from core.storage.artifacts import model_dir
from core.storage.checksums import sha256
from core.training.model_export import IN_8_BITS, SERVED_OUTPUTS, save_float16, save_served_graph

NAMES = (7, 4, 3)


def assert_close(mine, expected):
    """Assert that outputs differ by rounding alone, measured by the largest of them."""
    expected = np.asarray(expected)
    assert np.abs(mine - expected).max() <= 1e-5 * max(1.0, np.abs(expected).max())


def shaken(network, seed):
    """Give a network weights that leave no layer without effect."""
    rng = np.random.default_rng(seed)
    for layer in network.layers:
        for variable in layer.variables:
            if variable.dtype.startswith("float") and variable.shape and "share" not in variable.name:
                scale = 0.02 if len(variable.shape) > 1 else 0.1
                offset = 1.0 if "variance" in variable.name or "gamma" in variable.name else 0.0
                noise = (
                    np.abs(rng.normal(offset, scale, variable.shape))
                    if offset
                    else rng.normal(0, scale, variable.shape)
                )
                variable.assign(variable + noise if not offset else noise)
    for layer in network.layers:
        if layer.name.endswith("_drawn"):
            layer.strength.assign(0.7)
        if layer.name == "embedding":
            layer.share.assign((0.5, 0.3, 0.2))
    return network


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(8).integers(0, 256, (3, 80, 60, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", [*MODEL_NAMES, *COMPARED_MODELS])
def test_a_graph_answers_as_keras_does(name, tmp_path, pictures):
    weights = tmp_path / WEIGHTS
    keras.utils.set_random_seed(5)
    network = BUILDERS[name](NAMES)
    save_float16(shaken(network, 5), weights)
    network = load_network(name, NAMES, weights)
    path = save_graph(network, weights, SERVED_OUTPUTS[name], mirrored=True)
    assert path.stat().st_size < 60_000  # the weights are not in it
    served = OnnxNetwork(ModelFolder(name, tmp_path, sha256(weights), has_graph=True))
    assert served.input_size == network.input_shape[1:3]
    high, wide = served.input_size
    seen = pictures[:, :high, :wide]
    answers = served.answer(seen, SERVED_OUTPUTS[name])
    either = [
        {key: np.asarray(value) for key, value in network(side.astype(np.float32), training=False).items()}
        for side in (seen, seen[:, :, ::-1])
    ]
    for key, values in answers.items():
        assert values.dtype == np.float32
        assert values.std(axis=0).max() > 1e-4  # the pictures differ, and so do the answers
        assert_close(values, (either[0][key] + either[1][key]) / 2)


def test_the_finders_graph_answers_as_keras_does(tmp_path):
    weights = tmp_path / WEIGHTS
    keras.utils.set_random_seed(6)
    save_float16(shaken(build_finder(), 6), weights)
    network = load_finder_network(weights)
    save_graph(network, weights, tuple(network.output), mirrored=False)
    served = OnnxNetwork(ModelFolder("finder", tmp_path, sha256(weights), has_graph=True))
    for shape in ((64, 96, 3), (128, 64, 3)):
        pixels = np.random.default_rng(9).integers(0, 256, shape, dtype=np.uint8)
        answers = served.answer(pixels[None], ("labels", "boxes", "fit"))
        keras_answers = network(pixels[None].astype(np.float32), training=False)
        for key, values in answers.items():
            assert_close(values, keras_answers[key])


def test_a_graph_takes_a_score_apart_as_keras_does(tmp_path, pictures):
    weights = tmp_path / WEIGHTS
    keras.utils.set_random_seed(7)
    save_float16(shaken(BUILDERS["vgg16"](NAMES), 7), weights)
    expected = KerasNetwork("vgg16", NAMES, weights)
    save_graph(expected.model, weights, ("embedding",), mirrored=True, explained="score")
    served = OnnxNetwork(ModelFolder("vgg16", tmp_path, sha256(weights), has_graph=True))
    assert served.widths == {"embedding": 160}
    ours, theirs = (network.score_places(pictures[:2]) for network in (served, expected))
    assert ours.layer == theirs.layer == "block4_conv3_relu"
    assert [places.shape for places in ours.places] == [(4, 10, 7), (4, 40, 30), (4, 20, 15)]
    for mine, their in zip(ours.places, theirs.places, strict=True):
        assert np.abs(their).max() > 1e-6
        np.testing.assert_allclose(mine, their, atol=1e-3 * np.abs(their).max())
    assert ours.cosines == pytest.approx(dict(theirs.cosines), abs=1e-5)


def test_eight_bits_answer_nearly_the_same(tmp_path):
    weights = tmp_path / WEIGHTS
    keras.utils.set_random_seed(7)
    save_float16(shaken(BUILDERS["vgg16"](NAMES), 7), weights)
    network = load_network("vgg16", NAMES, weights)
    generator = np.random.default_rng(4)
    drawn = np.full((12, 80, 60, 3), 255, np.uint8)
    drawn[:, 10:-10, 8:-8] = generator.integers(0, 256, (12, 60, 44, 3), dtype=np.uint8)
    save_served_graph("vgg16", network, weights, [list(drawn)])
    whole = {
        node.op_type for node in onnx.load(weights.with_name(GRAPH), load_external_data=False).graph.node
    }
    assert {"QuantizeLinear", "DequantizeLinear"} <= whole
    served = OnnxNetwork(ModelFolder("vgg16", tmp_path, sha256(weights), has_graph=True))
    exact = KerasNetwork("vgg16", NAMES, weights)
    ours, theirs = (each.answer(drawn, SERVED_OUTPUTS["vgg16"]) for each in (served, exact))
    cosines = (ours["embedding"] * theirs["embedding"]).sum(axis=1) / (
        np.linalg.norm(ours["embedding"], axis=1) * np.linalg.norm(theirs["embedding"], axis=1)
    )
    assert cosines.min() > 0.99
    assert cosines.max() < 1  # it is 8 bits that answer
    spread = theirs["label"].std(axis=0).max()
    assert np.abs(ours["label"] - theirs["label"]).max() < spread
    apart = served.score_places(drawn[:2])
    assert apart.cosines["embedding"] == pytest.approx(
        float(ours["embedding"][0] @ ours["embedding"][1])
        / float(np.linalg.norm(ours["embedding"][0]) * np.linalg.norm(ours["embedding"][1])),
        abs=1e-4,
    )


@pytest.mark.parametrize("from_identity", [False, True])
def test_a_kernel_is_rounded_only_where_it_stays_nearly_the_same(from_identity, tmp_path, monkeypatch):
    keras.utils.set_random_seed(3)
    images = keras.Input((8, 8, 3))
    x = images
    for number, filters in ((1, 16), (2, 16)):
        x = keras.layers.Conv2D(filters, 3, padding="same", name=f"conv{number}")(x)
        x = keras.layers.ReLU(name=f"conv{number}_relu")(x)
    network = keras.Model(images, {"label": keras.layers.GlobalAveragePooling2D()(x)})
    if from_identity:
        kernel = np.random.default_rng(2).normal(0, 0.006, (3, 3, 16, 16))
        kernel[1, 1] += np.eye(16)
        network.get_layer("conv2").set_weights([kernel, np.zeros(16)])
    weights = tmp_path / WEIGHTS
    save_float16(network, weights)
    seen = np.random.default_rng(4).integers(0, 256, (4, 8, 8, 3), dtype=np.uint8)
    steps = output_steps(network, seen, ["conv1_relu", "conv2_relu"])
    path = save_graph(network, weights, ("label",), mirrored=False, steps=steps)
    rounded = [
        node
        for node in onnx.load(path, load_external_data=False).graph.node
        if node.op_type == "QuantizeLinear" and node.attribute  # along an axis: a kernel
    ]
    assert len(rounded) == (0 if from_identity else 1)  # the first convolution sees pixels, in float32
    served = OnnxNetwork(ModelFolder("vgg19", tmp_path, sha256(weights), has_graph=True))
    exact = np.asarray(network(seen.astype(np.float32), training=False)["label"])
    assert np.abs(served.answer(seen, ("label",))["label"] - exact).max() < 0.02 * np.abs(exact).max()


def test_steps_are_of_nearly_all_outputs_of_a_layer():
    images = keras.Input((4, 4, 3))
    network = keras.Model(images, keras.layers.ReLU(name="passed_relu")(images))
    pictures = np.full((2, 4, 4, 3), 51, np.uint8)
    assert output_steps(network, pictures, ["passed_relu"]) == {"passed_relu": pytest.approx(51 / 255)}
    assert output_steps(network, np.zeros_like(pictures), ["passed_relu"]) == {}


def test_a_graph_that_takes_no_score_apart_says_so(tmp_path, pictures):
    weights = tmp_path / WEIGHTS
    save_float16(shaken(BUILDERS["vae"](NAMES), 5), weights)
    save_graph(load_network("vae", NAMES, weights), weights, ("embedding",), mirrored=True)
    served = OnnxNetwork(ModelFolder("vae", tmp_path, sha256(weights), has_graph=True))
    with pytest.raises(ModelError, match="does not say which places a score comes from"):
        served.score_places(pictures[:2])


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_the_shipped_graphs_answer_as_the_shipped_networks(name, pictures):
    if not model_dir(name).is_dir():
        pytest.skip("no trained model is at hand")
    model = load_model(name)
    keys = SERVED_OUTPUTS[name]
    folder = ModelFolder.open(name)
    graph = OnnxNetwork(folder)
    network = load_network(name, model.card.names, folder.weights)
    drawn = np.stack([np.roll(np.full((*graph.input_size, 3), 255 - 3 * n, np.uint8), n) for n in range(64)])
    drawn[:, 3:-3, 4:-4] = np.random.default_rng(3).integers(0, 256, (64, 1, 1, 3), dtype=np.uint8)
    answers = graph.answer(drawn, keys)
    in_8_bits = name in IN_8_BITS
    both = [network.predict_on_batch(side.astype(np.float32)) for side in (drawn, drawn[:, :, ::-1])]
    for key in keys:
        expected = (np.asarray(both[0][key]) + np.asarray(both[1][key])) / 2
        if key == "embedding":
            lengths = np.linalg.norm(expected, axis=1) * np.linalg.norm(answers[key], axis=1)
            least = 0.98 if in_8_bits else 0.99999
            assert ((expected * answers[key]).sum(axis=1) / lengths).min() > least
        else:
            assert np.abs(expected - answers[key]).max() < (1.5 if in_8_bits else 1e-3)


def test_the_shipped_finder_finds_the_same_by_either():
    if not model_dir("finder").is_dir():
        pytest.skip("no trained model is at hand")
    pixels = np.full((96, 64, 3), 240, np.uint8)
    pixels[20:80, 12:52] = (40, 60, 150)
    finder = load_finder()
    answer = compiled(load_finder_network(ModelFolder.open("finder").weights))
    for key, values in vars(finder._answer(pixels)).items():
        np.testing.assert_allclose(values, vars(answer(pixels))[key], rtol=1e-3, atol=1e-3)


# What is refused --------------------------------------------------------------------------------------


@pytest.fixture
def rgb(tmp_path):
    """A folder with the weights and the graph of a small model."""
    save_float16(BUILDERS["rgb"](NAMES), tmp_path / WEIGHTS)
    network = load_network("rgb", NAMES, tmp_path / WEIGHTS)
    save_graph(network, tmp_path / WEIGHTS, ("label", "known"), mirrored=True)
    return tmp_path


def test_a_graph_of_other_weights_is_refused(rgb):
    with pytest.raises(ArtifactError, match=r"model\.onnx was written for other weights"):
        OnnxNetwork(ModelFolder("rgb", rgb, "0" * 64, has_graph=True))


@pytest.mark.parametrize("damage", [b"", b"no graph", None])
def test_a_graph_that_cannot_be_read_is_refused(rgb, damage):
    path = rgb / GRAPH
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage)
    with pytest.raises(ArtifactError, match=r"model\.onnx cannot be read"):
        OnnxNetwork(ModelFolder("rgb", rgb, sha256(rgb / WEIGHTS), has_graph=True))


def test_a_layer_that_has_no_operator_is_named(rgb):
    images = keras.Input((4, 4, 3))
    network = keras.Model(images, {"label": keras.layers.Softmax(name="odd")(images)})
    with pytest.raises(ModelError, match=r"cannot be written as ONNX, odd \(Softmax\)"):
        write_graph(network, rgb / WEIGHTS, ("label",), mirrored=False)


def test_who_serves_is_chosen_by_the_environment(monkeypatch, rgb):
    folder = ModelFolder("rgb", rgb, sha256(rgb / WEIGHTS), has_graph=True)
    monkeypatch.delenv("SERVE_WITH", raising=False)
    assert folder.serves_by_graph
    monkeypatch.setenv("SERVE_WITH", "keras")
    assert not folder.serves_by_graph
    monkeypatch.setenv("SERVE_WITH", "torch")
    with pytest.raises(ModelError, match="SERVE_WITH is 'torch'; expected keras or onnx"):
        _ = folder.serves_by_graph
    monkeypatch.setenv("SERVE_WITH", "onnx")
    bare = ModelFolder("rgb", rgb, folder.weights_sha256, has_graph=False)
    with pytest.raises(ModelError, match=r"rgb has no model\.onnx"):
        _ = bare.serves_by_graph
    monkeypatch.delenv("SERVE_WITH")
    assert not bare.serves_by_graph  # an older model: Keras serves it


def test_every_weight_of_a_graph_lies_in_the_weights_file(rgb):
    graph = onnx.load(rgb / GRAPH, load_external_data=False).graph
    outside = [tensor for tensor in graph.initializer if tensor.external_data]
    assert len(outside) == 14  # kernels, biases and moments; what is inside are numbers such as scales
    entries = [entry for tensor in outside for entry in tensor.external_data]
    assert {entry.value for entry in entries if entry.key == "location"} == {WEIGHTS}


SEARCH_CLASSIFY_EXPLAIN = """
import json, sys
from core.explain.grad_cam import grad_cam
from core.explain.similarity_map import similarity_map
from core.models import load_finder, load_model
import numpy as np
picture = np.full((80, 60, 3), 200, np.uint8)
vgg16 = load_model("vgg16")
vgg16.extract([picture])
similarity_map(vgg16, picture, picture)
vgg19 = load_model("vgg19")
vgg19.classify([picture])
grad_cam(vgg19, picture, "Jeans")
load_finder().find(picture)
print(json.dumps(sorted({"tensorflow", "keras", "h5py", "onnx"} & set(sys.modules))))
"""


def test_a_search_a_class_and_why_import_no_tensorflow():
    if not model_dir("vgg16").is_dir():
        pytest.skip("no trained model is at hand")
    environment = {key: value for key, value in os.environ.items() if key != "SERVE_WITH"}
    done = subprocess.run(
        [sys.executable, "-c", SEARCH_CLASSIFY_EXPLAIN],
        cwd=Path(__file__).parents[3],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == []
