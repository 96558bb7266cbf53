"""What the garments of a picture are called, by the finder and the classifier together."""

from dataclasses import replace

import numpy as np
import pytest

from core.errors import ModelError
from core.labels import LABELS
from core.models.finder.garment import Garment
from core.models.finder.labels import FINDER_LABELS
from core.models.names import GARMENT_NAMER
from core.models.prediction import Prediction
from core.retrieval.garment_choice import choose_garment
from core.retrieval.photograph.garment_names import name_garments

STREET = np.random.default_rng(3).integers(0, 256, (200, 100, 3), np.uint8)
UPPER, LOWER = (0.2, 0.1, 0.8, 0.5), (0.2, 0.5, 0.8, 0.95)


def found(label, box=UPPER, probability=0.9, **shares):
    rest = (1 - sum(shares.values())) / (len(FINDER_LABELS) - len(shares))
    told = {name: shares.get(name, rest) for name in FINDER_LABELS}
    return Garment(box, label, probability, np.ones((1, 1), bool), label_shares=told)


UNSURE_TOP = found("Tops", Tops=0.5, Shirts=0.4)


class Encoder:
    """Finds what it was told to, and says of every garment what it was told to."""

    def __init__(self, label="Shirts", *, margin=3.0, garments=()):
        shares = {name: 0.9 if name == label else 0.025 for name in LABELS}
        self.answer = Prediction(GARMENT_NAMER, label, shares, margin >= 0, margin)
        self.garments, self.asked = garments, []

    def find(self, image, key):
        return self.garments

    def classify(self, classifier, image, key):
        self.asked.append((classifier, image.shape, key))
        return self.answer


def test_a_garment_is_called_what_finder_and_classifier_both_think_likely():
    (named,) = name_garments((UNSURE_TOP,), STREET, Encoder("Shirts"))
    assert named.label == "Shirts"
    assert named.box == UNSURE_TOP.box
    assert 0.5 < named.certainty < UNSURE_TOP.certainty  # two who differ are less sure than one


@pytest.mark.parametrize(
    "encoder",
    [
        Encoder("Shirts", margin=-4.0),  # it is none of the five classes
        Encoder("Skirts"),  # nothing that the finder thinks possible
    ],
)
def test_a_garment_keeps_its_name_where_the_classifier_gives_no_reason_for_another(encoder):
    assert name_garments((UNSURE_TOP,), STREET, encoder) == (UNSURE_TOP,)


def test_a_sure_finder_is_not_overruled():
    dress = found("Dresses", Dresses=0.97)
    assert name_garments((dress,), STREET, Encoder("Kurtas")) == (dress,)


def test_a_finder_that_sees_nothing_but_the_classes_can_be_contradicted():
    torn = found("Tshirts", Tshirts=0.6, Shirts=0.4)
    assert sum(share for label, share in torn.label_shares.items() if label not in LABELS) == 0
    (named,) = name_garments((torn,), STREET, Encoder("Shirts"))
    assert named.label == "Shirts"


def test_nobody_is_asked_about_shoes_and_bags_nor_about_what_nobody_weighed():
    encoder = Encoder()
    garments = (found("Shoes", Shoes=0.6), found("Bags", Bags=0.5), replace(UNSURE_TOP, label_shares={}))
    assert name_garments(garments, STREET, encoder) == garments
    assert not encoder.asked


def test_the_classifier_sees_what_would_be_searched_with_and_its_answer_can_be_remembered():
    encoder = Encoder(garments=(UNSURE_TOP, found("Jeans", LOWER, 0.8, Jeans=0.9)))
    choose_garment(STREET, encoder, key="photo")
    height, width = round(0.4 * 1.16 * 200), round(0.6 * 1.16 * 100)
    assert encoder.asked[0][0] == GARMENT_NAMER
    assert encoder.asked[0][1] == pytest.approx((height, width, 3), abs=2)
    assert [key for *_, key in encoder.asked] == ["photo-garment-1", "photo-garment-2"]


def test_garments_stay_in_the_order_of_their_probabilities():
    jeans = found("Jeans", LOWER, 0.85, Jeans=0.98)
    named = name_garments((UNSURE_TOP, jeans), STREET, Encoder("Shirts"))
    assert [garment.label for garment in named] == ["Jeans", "Shirts"]
    assert named[0].probability >= named[1].probability


def test_without_the_classifier_the_finder_names_them_alone():
    encoder = Encoder()
    encoder.classify = lambda *asked: (_ for _ in ()).throw(ModelError("not at hand"))
    assert name_garments((UNSURE_TOP,), STREET, encoder) == (UNSURE_TOP,)
