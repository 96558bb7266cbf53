import pytest

from core.descriptors import DESCRIPTORS, descriptor_version
from core.errors import ModelError
from core.models.extractors import available_extractors, load_extractor, weights_at_hand
from core.storage import artifacts, checksums


def keep_model(name):
    with artifacts.write_folder(artifacts.model_dir(name)) as work:
        (work / "model.weights.h5").write_bytes(name.encode())


def test_trained_models_that_extract_and_descriptors_are_at_hand(kept):
    assert available_extractors() == DESCRIPTORS
    for name in ("vae", "vgg19"):
        keep_model(name)
    assert available_extractors() == ("vae", *DESCRIPTORS)


def test_the_weights_at_hand_are_known_without_loading_them(kept):
    assert weights_at_hand("vae") is None
    keep_model("vae")
    expected = checksums.sha256(artifacts.model_dir("vae") / "model.weights.h5")
    assert weights_at_hand("vae") == expected
    (artifacts.model_dir("vae") / "manifest.json").write_text("[")
    assert weights_at_hand("vae") is None


def test_a_descriptor_has_a_version_in_the_place_of_weights(kept):
    assert weights_at_hand("colour") == descriptor_version("colour")


@pytest.mark.parametrize(
    ("name", "said"), [("vgg19", "classifies and does not extract"), ("sift", "is no extractor")]
)
def test_what_is_no_extractor_is_refused(name, said):
    with pytest.raises(ModelError, match=f"'{name}' {said}; expected one of vgg16, vae"):
        load_extractor(name)


def test_an_extractor_is_loaded_by_name(toy_models):
    assert load_extractor("vae").name == "vae"
    assert toy_models == ["vae"]


def test_a_descriptor_is_loaded_by_name_and_no_model_for_it(toy_models):
    assert [load_extractor(name).name for name in DESCRIPTORS] == list(DESCRIPTORS)
    assert toy_models == []
