"""The one verdict, as a table: what the judges say, what the headline says, and how sure it is."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from core.labels import LABELS
from core.models.consensus import KNN, knn_vote
from core.models.finder.garment import Garment
from core.models.names import FINDER
from core.models.prediction import Prediction
from core.retrieval.verdicts.evidence import Evidence
from core.retrieval.verdicts.verdict import product_verdict, reach_verdict

FIVE = LABELS
MANY = (*LABELS, "Tops", "Dresses", "Sarees", "Watches", "Casual Shoes", "Trousers", "Jackets", "Shorts")
SPANISH = ("Camisetas", "Vaqueros")


def says(label: str, probability: float = 0.97, *, known: bool = True, model: str = "vgg19") -> Prediction:
    rest = (1 - probability) / 4
    return Prediction(model, label, {one: probability if one == label else rest for one in LABELS}, known)


def none_of_these(label: str = "Jeans", probability: float = 0.97, model: str = "vgg19") -> Prediction:
    return says(label, probability, known=False, model=model)


def garment(label: str, probability: float = 0.9) -> Garment:
    return Garment((0.1, 0.1, 0.9, 0.9), label, probability, np.ones((1, 1), bool))


def nearest(**counts: int):
    return knn_vote([kind.replace("_", " ") for kind in Counter(counts).elements()])


def very_close(**counts: int):
    return replace(nearest(**counts), very_close=True)


SPLIT = nearest(Watches=4, Sarees=3, Jeans=2, Shirts=2, Tops=1)

# name: (classifier, garment, nearest, stocked, heading, sureness, class)
TABLE = {
    # classifier and finder name the same class
    "both say jeans": (
        says("Jeans"), garment("Jeans"), nearest(Jeans=12), MANY, "Jeans, 97 %", "sure", "Jeans",
    ),
    "both say jeans, nearest split": (
        says("Jeans"), garment("Jeans"), SPLIT, MANY, "Jeans, 97 %", "sure", "Jeans",
    ),
    "both say jeans, weakly": (
        says("Jeans", 0.5), garment("Jeans", 0.4), SPLIT, MANY, "Jeans, 50 %", "likely", "Jeans",
    ),
    "a weak class, a firm garment, nearest split": (
        says("Jeans", 0.47), garment("Jeans"), SPLIT, MANY, "Jeans, 90 %", "likely", "Jeans",
    ),
    "a weak class, a firm garment, and so are the nearest": (
        says("Jeans", 0.47), garment("Jeans"), nearest(Jeans=7, Trousers=5), MANY,
        "Jeans, 90 %", "sure", "Jeans",
    ),
    "a confident class and the nearest against a garment that is hardly firm": (
        says("Skirts", 0.99), garment("Shorts", 0.64), nearest(Skirts=12), FIVE,
        "Skirt, 99 %", "likely", "Skirts",
    ),
    "a confident class and the nearest against a garment that is very firm": (
        says("Skirts", 0.99), garment("Shorts", 0.88), nearest(Skirts=12), FIVE,
        "Shorts, 88 %", "likely", None,
    ),
    "both say jeans, all nearest are dresses": (
        says("Jeans"), garment("Jeans"), nearest(Dresses=12), MANY, "Jeans, 97 %", "likely", "Jeans",
    ),
    # the finder sees what the classifier does not know
    "a dress taken for a T-shirt": (
        says("Tshirts", 0.98), garment("Dresses"), SPLIT, MANY, "Dress, 90 %", "likely", None,
    ),
    "a dress, and so are the nearest": (
        says("Tshirts", 0.98), garment("Dresses"), nearest(Dresses=10, Tops=2), MANY,
        "Dress, 90 %", "sure", None,
    ),
    "a dress where the catalogue has none": (
        says("Tshirts", 0.98), garment("Dresses"), nearest(Tshirts=12), FIVE, "Dress, 90 %", "likely", None,
    ),
    "a dress, but all nearest are T-shirts": (
        says("Tshirts", 0.98), garment("Dresses"), nearest(Tshirts=12), MANY,
        "T-shirt, 98 %", "likely", "Tshirts",
    ),
    "a coat taken for a shirt": (
        says("Shirts", 0.99), garment("Jackets"), nearest(Shirts=12), FIVE, "Jacket, 90 %", "likely", None,
    ),
    "a bag taken for a skirt": (says("Skirts"), garment("Bags"), SPLIT, FIVE, "Bag, 90 %", "likely", None),
    "a hat": (none_of_these(), garment("Hats"), SPLIT, MANY, "Hat, 90 %", "likely", None),
    "shorts taken for a skirt": (
        says("Skirts", 0.99), garment("Shorts"), nearest(Shorts=9, Skirts=3), MANY,
        "Shorts, 90 %", "sure", None,
    ),
    "shoes, and the nearest say which": (
        none_of_these(), garment("Shoes"), nearest(Casual_Shoes=11, Watches=1), MANY,
        "Casual Shoes: 11 of 12 nearest", "sure", None,
    ),
    # the finder's word is broader than the class
    "a T-shirt is a top": (
        says("Tshirts"), garment("Tops"), nearest(Tshirts=8, Tops=4), MANY,
        "T-shirt, 97 %", "sure", "Tshirts",
    ),
    "a top, and the nearest are tops": (
        says("Tshirts"), garment("Tops"), nearest(Tops=8, Tshirts=4), MANY, "Top, 90 %", "likely", None,
    ),
    "jeans are trousers": (says("Jeans"), garment("Trousers"), SPLIT, MANY, "Jeans, 97 %", "sure", "Jeans"),
    # the classifier knows none, the finder does
    "jeans after all": (
        none_of_these("Jeans"), garment("Jeans", 0.93), nearest(Jeans=11, Trousers=1), MANY,
        "Jeans, 93 %", "sure", "Jeans",
    ),
    "jeans after all, where the nearest can only be of the five": (
        none_of_these("Jeans"), garment("Jeans", 0.93), nearest(Jeans=12), FIVE,
        "Jeans, 93 %", "likely", "Jeans",
    ),
    "jeans by a finder that is not firm": (
        none_of_these("Jeans"), garment("Jeans", 0.4), nearest(Jeans=11, Trousers=1), MANY,
        "Jeans, 40 %", "likely", "Jeans",
    ),
    "jeans by the finder alone": (
        none_of_these(), garment("Jeans"), SPLIT, MANY, "Jeans, 90 %", "likely", "Jeans",
    ),
    "jeans by a finder that is not firm alone": (
        none_of_these(), garment("Jeans", 0.4), SPLIT, MANY, "Jeans, 40 %", "unsure", "Jeans",
    ),
    "jeans by the finder, trousers by the nearest": (
        none_of_these(), garment("Jeans"), nearest(Trousers=12), MANY, "Jeans, 90 %", "likely", "Jeans",
    ),
    "jeans by the finder, dresses by the nearest": (
        none_of_these(), garment("Jeans"), nearest(Dresses=12), MANY, "Jeans or Dress", "unsure", "Jeans",
    ),
    "jeans by a finder that is not firm, dresses by the nearest": (
        none_of_these(), garment("Jeans", 0.4), nearest(Dresses=12), MANY,
        "Jeans or Dress", "unsure", "Jeans",
    ),
    "a weak finder against a confident classifier": (
        says("Shirts"), garment("Dresses", 0.3), SPLIT, MANY, "Shirt, 97 %", "likely", "Shirts",
    ),
    "a weak finder against the classifier": (
        says("Shirts", 0.7), garment("Dresses", 0.3), SPLIT, MANY, "Shirt or Dress", "unsure", "Shirts",
    ),
    # two classes
    "two against the finder": (
        says("Shirts"), garment("Tshirts"), nearest(Shirts=8, Tshirts=4), MANY,
        "Shirt, 97 %", "likely", "Shirts",
    ),
    "two against the classifier": (
        says("Shirts"), garment("Tshirts"), nearest(Tshirts=8, Shirts=4), MANY,
        "T-shirt, 90 %", "likely", "Tshirts",
    ),
    "nobody with the finder or the classifier": (
        says("Shirts"), garment("Tshirts"), SPLIT, MANY, "T-shirt or Shirt", "unsure", "Tshirts",
    ),
    "a weak finder against the classifier and the nearest": (
        says("Shirts", 0.7), garment("Dresses", 0.3), nearest(Shirts=7, Dresses=5), MANY,
        "Shirt, 70 %", "likely", "Shirts",
    ),
    # the whole picture
    "as today": (says("Shirts"), None, nearest(Shirts=12), MANY, "Shirt, 97 %", "sure", "Shirts"),
    "as today, nearest split": (says("Shirts"), None, SPLIT, MANY, "Shirt, 97 %", "sure", "Shirts"),
    "as today, nobody votes": (says("Shirts", 0.8), None, None, (), "Shirt, 80 %", "likely", "Shirts"),
    "a weak class": (says("Shirts", 0.4), None, SPLIT, MANY, "Shirt, 40 %", "unsure", "Shirts"),
    "a dress taken for a T-shirt, whole": (
        says("Tshirts", 0.98), None, nearest(Dresses=10, Tops=2), MANY,
        "Dresses: 10 of 12 nearest", "likely", None,
    ),
    "tops do not rule out a T-shirt": (
        says("Tshirts", 0.98), None, nearest(Tops=10, Tshirts=2), MANY, "T-shirt, 98 %", "sure", "Tshirts",
    ),
    "skirt above twelve T-shirts": (
        says("Skirts", 0.79), None, nearest(Tshirts=12), MANY,
        "Tshirts: 12 of 12 nearest", "likely", "Tshirts",
    ),
    "a confident skirt above twelve T-shirts": (
        says("Skirts", 0.95), None, nearest(Tshirts=12), MANY, "Skirt or T-shirt", "unsure", "Skirts",
    ),
    # none of the classes
    "sarees": (none_of_these(), None, nearest(Sarees=12), MANY, "Sarees: 12 of 12 nearest", "likely", None),
    "mostly sarees": (
        none_of_these(), None, nearest(Sarees=7, Watches=5), MANY, "Sarees: 7 of 12 nearest", "unsure", None,
    ),
    "nearest split": (none_of_these(), None, SPLIT, MANY, "None of these classes", "unsure", None),
    "the nearest can only be of the five": (
        none_of_these("Jeans"), None, nearest(Jeans=12), FIVE, "None of these classes", "unsure", None,
    ),
    "jeans among many types": (
        none_of_these("Jeans"), None, nearest(Jeans=12), MANY, "Jeans: 12 of 12 nearest", "likely", "Jeans",
    ),
    # without the classifier
    "the nearest alone": (None, None, nearest(Jeans=12), MANY, "Jeans: 12 of 12 nearest", "likely", "Jeans"),
    "the finder alone": (None, garment("Dresses"), None, (), "Dress, 90 %", "likely", None),
    "nobody can say": (None, None, SPLIT, MANY, "Not recognised", "unsure", None),
    # other spellings
    "another language": (
        says("Tshirts", 0.98), None, nearest(Camisetas=9, Vaqueros=3), SPANISH,
        "T-shirt, 98 %", "sure", "Tshirts",
    ),
    "another language, none of the five": (
        none_of_these(), None, nearest(Camisetas=9, Vaqueros=3), SPANISH,
        "Camisetas: 9 of 12 nearest", "likely", None,
    ),
    "a dress where the catalogue has none, and the nearest are very close": (
        says("Kurtas", 0.99), garment("Dresses", 0.92), very_close(Kurtas=12), FIVE,
        "Kurta, 99 %", "likely", "Kurtas",
    ),
    "a dress where the catalogue has none, and the nearest are not very close": (
        says("Kurtas", 0.99), garment("Dresses", 0.92), nearest(Kurtas=12), FIVE,
        "Dress, 92 %", "likely", None,
    ),
    "another language, very close": (
        says("Tshirts", 0.98), None, very_close(Camisetas=12), SPANISH, "T-shirt, 98 %", "sure", "Tshirts",
    ),
    "small letters": (
        says("Skirts", 0.79), None, knn_vote(["tshirts"] * 6 + ["t-shirt"] * 6), ("tshirts", "skirts"),
        "Tshirts: 12 of 12 nearest", "likely", "Tshirts",
    ),
}  # fmt: skip


def verdict_of(name: str):
    classifier, found, vote, stocked, *_ = TABLE[name]
    return reach_verdict(Evidence([classifier] if classifier else [], found, vote, stocked))


@pytest.mark.parametrize("name", TABLE)
def test_one_thing_is_said(name):
    *_, heading, sureness, label = TABLE[name]
    verdict = verdict_of(name)
    assert (verdict.heading, verdict.sureness, verdict.label) == (heading, sureness, label)
    assert verdict.known == (label is not None)


@pytest.mark.parametrize("name", TABLE)
def test_no_verdict_contradicts_what_stands_beside_it(name):
    classifier, *_ = TABLE[name]
    verdict = verdict_of(name)
    if classifier is not None:
        own = classifier.label if classifier.known else None
        assert verdict.changed == (own != verdict.label)
    if verdict.known and "None" in verdict.heading:
        pytest.fail("a class is named, and none")
    assert not set(verdict.agreeing) & set(verdict.differing)
    assert set(verdict.decided_by) <= set(verdict.agreeing)
    assert verdict.sentence.endswith(".")
    assert verdict.sentence[0].isupper()


def test_who_says_so_and_who_does_not_is_said_in_one_sentence():
    judges = [says("Shirts"), says("Shirts", model="vgg16"), none_of_these("Jeans", model="rgb")]
    verdict = reach_verdict(Evidence(judges, garment("Shirts"), nearest(Shirts=8, Tops=3, Watches=1), MANY))
    assert verdict.agreeing == ("vgg19", "vgg16", FINDER, KNN)
    assert verdict.differing == {"rgb": "None of these"}
    assert verdict.n_judges == 5
    assert verdict.sentence == (
        "So say VGG19, VGG16 and the garment finder; of the 12 nearest products 8 are Shirts, 3 Tops and "
        "1 Watches; RGB says None of these."
    )


def test_what_the_finder_changed_is_said_in_plain_data():
    verdict = verdict_of("jeans after all")
    assert verdict.changed
    assert verdict.decided_by == (FINDER, KNN)
    assert verdict.opinions == {"vgg19": "None of these", FINDER: "Jeans", KNN: "Jeans: 11 of 12 nearest"}
    assert verdict.reason == "since the garment finder and the nearest products agree"
    assert verdict_of("as today").reason == "since VGG19 is 97 % sure"
    assert not verdict_of("as today").changed


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("as today", True),
        ("both say jeans", True),
        ("a weak class, a firm garment, nearest split", False),
        ("jeans after all", False),
        ("skirt above twelve T-shirts", False),
        ("a confident skirt above twelve T-shirts", False),
        ("sarees", False),
        ("nearest split", False),
    ],
)
def test_bars_stand_only_beside_the_class_that_they_speak_of(name, fits):
    assert verdict_of(name).fits_classifier is fits


def test_nearest_products_that_cannot_know_do_not_contradict():
    verdict = verdict_of("another language")
    assert not verdict.conflict
    assert verdict.agreeing == ("vgg19",)
    assert "9 are Camisetas" in verdict.sentence
    assert verdict_of("a dress where the catalogue has none").differing == {"vgg19": "T-shirt"}


def test_without_vgg19_the_next_classifier_speaks():
    judges = [says("Jeans", model="rgb"), says("Skirts", model="vae")]
    verdict = reach_verdict(Evidence(judges))
    assert (verdict.kind, verdict.differing) == ("Skirts", {"rgb": "Jeans"})


def test_a_product_is_what_its_row_says():
    verdict = product_verdict("Jeans", Evidence([none_of_these()], None, nearest(Jeans=12), MANY))
    assert (verdict.heading, verdict.label, verdict.sureness) == ("Jeans", "Jeans", "sure")
    assert verdict.sentence == (
        "So says the catalogue; all 12 nearest products are Jeans; VGG19 says None of these."
    )
    plain = product_verdict("t-shirts", Evidence())
    assert (plain.heading, plain.label, plain.sentence) == ("T-shirt", "Tshirts", "So says the catalogue.")
    assert product_verdict("Sarees", Evidence()).known is False


RGB_DIFFERS = [says("Jeans"), says("Shirts", model="rgb")]
WORTH = {"vgg19": 3.0, FINDER: 2.0, KNN: 2.0, "rgb": 0.5}


@pytest.mark.parametrize(
    ("found", "vote", "worth", "doubted"),
    [
        # RGB alone contradicts, and is worth little: said, and no reason to doubt.
        (None, nearest(Jeans=12), WORTH, False),
        (garment("Jeans"), SPLIT, WORTH, False),
        (None, SPLIT, WORTH, False),
        # Were it worth as much as the classifier, it would be one; also where nobody was measured.
        (None, SPLIT, WORTH | {"rgb": 3.0}, True),
        (None, SPLIT, {}, True),
        # The nearest products and RGB against classifier and finder.
        (garment("Jeans"), nearest(Shirts=12), WORTH, True),
        (garment("Jeans"), nearest(Shirts=12), WORTH | {KNN: 1.0}, False),
    ],
)
def test_who_contradicts_is_weighed_by_what_it_is_worth(found, vote, worth, doubted):
    verdict = reach_verdict(Evidence(RGB_DIFFERS, found, vote, FIVE), worth)
    assert (verdict.label, verdict.conflict, verdict.doubted) == ("Jeans", True, doubted)


def test_where_all_agree_nothing_is_doubted():
    agreed = [says("Jeans"), says("Jeans", model="rgb")]
    assert not reach_verdict(Evidence(agreed, garment("Jeans"), nearest(Jeans=12), FIVE)).doubted


def test_what_a_products_own_row_says_is_not_doubted():
    verdict = product_verdict("Skirts", Evidence(RGB_DIFFERS, None, nearest(Jeans=12), MANY))
    assert verdict.conflict
    assert not verdict.doubted


def test_a_judge_says_a_kind_or_another_or_cannot_know():
    evidence = Evidence([none_of_these(), says("Jeans", model="rgb")], garment("Tops"), SPLIT, MANY)
    assert [evidence.agrees(judge, "Jeans") for judge in ("vgg19", "rgb", FINDER, KNN)] == [
        False, True, False, None,
    ]  # fmt: skip
    assert [evidence.agrees(judge, "Dresses") for judge in ("vgg19", "rgb")] == [True, False]
    assert evidence.agrees(FINDER, "Tshirts"), "a T-shirt is a top too"
    agreed = Evidence((), None, nearest(Jeans=12), MANY)
    assert [agreed.agrees(KNN, kind) for kind in ("Jeans", "Shirts", "Hats", None)] == [
        True, False, None, None,
    ]  # fmt: skip


def test_a_verdict_that_leaves_open_what_it_is_is_doubted():
    verdict = reach_verdict(Evidence([says("Jeans", 0.99)], None, nearest(Shirts=12), FIVE))
    assert verdict.decided_by == ()
    assert verdict.doubted
