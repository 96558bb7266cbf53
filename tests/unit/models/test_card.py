"""A card that does not fit gives one sentence, whoever reads it."""

import json
from pathlib import Path

import msgspec
import pytest

from core.errors import ArtifactError
from core.labels import LABELS
from core.models import load_model
from core.models.card import Card, kept_weights_sha256, load_card
from core.models.names import CARD, WEIGHTS
from core.storage import artifacts
from core.storage.checksums import sha256

SHIPPED = Path(__file__).parents[3] / "artifacts"
FIELDS = [field.name for field in msgspec.structs.fields(Card)]
NEEDED = ("names", "temperature", "known_logit")
OTHERS = (None, True, -1, 0.5, 1e300, 10**400, "text", [], [1], [1, 2, 3], ["a", "b"], {}, {"a": []})


def model(card, name="rgb"):
    with artifacts.write_folder(artifacts.model_dir(name), force=True) as work:
        (work / "model.weights.h5").write_bytes(b"weights")
        (work / "MODEL_CARD.md").write_text("# Card")
        (work / "card.json").write_text(json.dumps(card))


def whole() -> dict:
    return json.loads((SHIPPED / "models" / "rgb" / "card.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["vgg16", "vgg19", "vae", "rgb"])
def test_shipped_cards_fit(monkeypatch, name):
    monkeypatch.setenv("ARTIFACTS_DIR", str(SHIPPED))
    written = json.loads((SHIPPED / "models" / name / "card.json").read_text(encoding="utf-8"))
    expected = {key: written[key] for key in FIELDS} | {"schedule": {"seed": written["schedule"]["seed"]}}
    assert json.loads(msgspec.json.encode(load_card(name))) == expected


def fits(field: str, value: object) -> bool:
    whole_numbers = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1e15
    number = whole_numbers or value == 0.5
    if value is None:
        return field not in NEEDED
    return {
        "temperature": number and value > 0,
        "known_logit": number,
        "seconds": number,
        "created": isinstance(value, str),
        "init": isinstance(value, str),
        "schedule": isinstance(value, dict),
        "data": value == {},
        "split": value == {},
        "names": value == [1, 2, 3],
    }.get(field, False)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", OTHERS, ids=lambda value: repr(value)[:20])
def test_a_field_of_any_other_type_is_read_or_refused_by_its_name(kept, field, value):
    model(whole() | {field: value})
    if fits(field, value):
        load_card("rgb")
        return
    with pytest.raises(ArtifactError) as error:
        load_card("rgb")
    sentence = str(error.value)
    assert sentence.startswith(f"models/rgb/card.json, field {field}")
    assert "`python -m core train DATA --model rgb --force`" in sentence


@pytest.mark.parametrize("field", FIELDS)
def test_an_older_card_that_lacks_a_field_is_read_unless_it_is_served_by_it(kept, field):
    card = whole()
    del card[field]
    model(card)
    if field in NEEDED:
        with pytest.raises(ArtifactError, match=f"card.json lacks the field {field}, which"):
            load_card("rgb")
    else:
        assert getattr(load_card("rgb"), field) is None


def test_a_card_of_another_model_or_of_other_classes_is_foreign(kept):
    model(whole(), name="vgg19")
    with pytest.raises(ArtifactError, match=r"vgg19/card.json, field name: expected 'vgg19', got 'rgb'"):
        load_card("vgg19")
    model(whole() | {"labels": ["Hats", *LABELS[1:]]})
    with pytest.raises(ArtifactError, match=r"rgb/card.json, field labels: expected .*Tshirts.*, got .*Hats"):
        load_card("rgb")


def test_a_newer_card_may_say_more(kept):
    model(whole() | {"tomorrow": {"a": 1}})
    assert load_card("rgb").temperature == whole()["temperature"]


@pytest.mark.parametrize("damage", [{"names": None}, {"temperature": "warm"}, {"name": "vgg16"}])
def test_a_model_is_not_served_by_a_card_that_does_not_fit(kept, damage):
    model(whole() | damage)
    with pytest.raises(ArtifactError, match=f"models/rgb/card.json, field {next(iter(damage))}: expected"):
        load_model("rgb")


def test_a_model_is_served_without_what_is_only_told_about_it(kept):
    with artifacts.write_folder(artifacts.model_dir("rgb")) as work:
        for file in (WEIGHTS, CARD, "history.csv"):
            (work / file).write_text("{}")
    (artifacts.model_dir("rgb") / "history.csv").unlink()
    assert artifacts.check_files(artifacts.model_dir("rgb"), (WEIGHTS, CARD))["kind"] == "model"
    (artifacts.model_dir("rgb") / CARD).write_text("[]")
    with pytest.raises(ArtifactError, match=r"^model 'rgb' is damaged: card.json: changed.*core train"):
        artifacts.check_files(artifacts.model_dir("rgb"), (WEIGHTS, CARD))


def test_a_model_whose_manifest_names_no_weights_is_said(kept):
    with artifacts.write_folder(artifacts.model_dir("rgb")) as work:
        (work / "card.json").write_text(json.dumps(whole()))
    assert kept_weights_sha256("rgb") is None
    with pytest.raises(
        ArtifactError, match=r"model 'rgb' is damaged: model.weights.h5: missing; .*core train"
    ):
        load_model("rgb")


def test_the_weights_at_hand_are_those_of_the_manifest(kept):
    assert kept_weights_sha256("rgb") is None
    model(whole())
    assert kept_weights_sha256("rgb") == sha256(artifacts.model_dir("rgb") / "model.weights.h5")
    (artifacts.model_dir("rgb") / "manifest.json").write_text("[]")
    assert kept_weights_sha256("rgb") is None
