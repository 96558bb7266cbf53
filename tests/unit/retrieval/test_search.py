from dataclasses import replace

import numpy as np
import pytest

from core.errors import ArtifactError, ModelError, SearchError
from core.imaging.decode import read_image
from core.models.prediction import classify_images
from core.retrieval.gallery import open_catalogue
from core.retrieval.ranking import SearchOptions
from core.retrieval.search import find_like_product, find_similar
from tests.conftest import ToyModel


@pytest.fixture
def demo(toy_catalogue):
    return open_catalogue("demo")


def test_a_product_s_picture_finds_the_product_first(demo):
    image = read_image(demo.image_path("121"))
    result = find_similar(image, demo, ToyModel(), options=SearchOptions(top=3))
    assert [hit.rank for hit in result.hits] == [1, 2, 3]
    assert result.hits[0].product_id == "121"
    assert result.hits[0].score > 0.99
    assert result.prediction is None
    assert set(result.took_ms) == {"extract", "search"}


def test_the_classifier_s_answer_stands_beside_the_hits(demo):
    result = find_similar(
        np.full((8, 6, 3), 90, np.uint8), demo, ToyModel(), ToyModel("vgg19"), SearchOptions(top=1)
    )
    assert result.prediction.model == "vgg19"
    assert result.prediction.label == "Shirts"
    assert list(result.prediction.probabilities) == list(ToyModel.labels)
    assert sum(result.prediction.probabilities.values()) == pytest.approx(1)
    assert result.prediction.known is False


def test_several_pictures_keep_their_order():
    white, dark = np.full((8, 6, 3), 255, np.uint8), np.zeros((8, 6, 3), np.uint8)
    assert [answer.known for answer in classify_images([white, dark, white], ToyModel())] == [
        True,
        False,
        True,
    ]
    assert classify_images([], ToyModel()) == []


def test_a_product_is_never_its_own_hit(demo):
    options = SearchOptions(top=50, filters={"articleType": ("Jeans",)})
    result = find_like_product("121", demo, "vgg16", options)
    assert {hit.product_id for hit in result.hits} == {"120", "122", "123"}
    assert replace(options, exclude=None) == options


def test_what_does_not_fit_is_refused(demo):
    class Longer(ToyModel):
        def extract(self, pictures):
            return np.ones((len(pictures), 17), np.float32)

    picture = np.zeros((8, 6, 3), np.uint8)
    with pytest.raises(ModelError, match="vgg16 gives 17 numbers but demo holds 16"):
        find_similar(picture, demo, Longer())
    with pytest.raises(ArtifactError, match="no embeddings of 'vae'"):
        find_similar(picture, demo, ToyModel("vae"))
    with pytest.raises(SearchError, match="no product 'x'"):
        find_like_product("x", demo, "vgg16")
