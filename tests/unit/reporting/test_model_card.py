import json

import pytest

from core.errors import ArtifactError
from core.reporting.model_card import read_card, read_history
from core.storage import artifacts

SERVED_BY = {"names": [3, 4], "temperature": 0.7, "known_logit": 2.0}
CARD = SERVED_BY | {
    "created": "2026-11-25T00:06:19+00:00",
    "parameters": 20027462,
    "input": [80, 60],
    "init": "scratch",
    "schedule": {"seed": 7},
    "seconds": 120.0,
    "data": {"folder": "shop", "training_products": 99},
    "split": {"products": "by id"},
}
HISTORY = (
    "epoch,loss,accuracy,val_loss,val_accuracy,photo_val_accuracy\n1,0.9,0.5,0.8,0.6,\n2,0.7,0.7,,0.65,\n"
)


def model(card=CARD, history=HISTORY, text="# Card"):
    with artifacts.write_folder(artifacts.model_dir("vgg19"), force=True) as work:
        (work / "model.weights.h5").write_bytes(b"0" * 1_500_000)
        if card is not None:
            (work / "card.json").write_text(json.dumps(card))
        if history is not None:
            (work / "history.csv").write_text(history)
        if text is not None:
            (work / "MODEL_CARD.md").write_text(text)


def test_a_history_keeps_its_gaps_and_drops_columns_without_any_number(kept):
    model()
    found = read_history("vgg19")
    assert list(found.table.columns) == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy"]
    assert found.table["val_loss"].isna().tolist() == [False, True]
    assert found.missing == ()


def test_missing_curves_are_named(kept):
    model(history="epoch,loss,accuracy\n1,0.9,0.5\n")
    assert read_history("vgg19").missing == ("val_loss", "val_accuracy")


@pytest.mark.parametrize("history", [None, "", "epoch,loss\n", "loss\n0.5\n"])
def test_a_history_without_epochs_is_said(kept, history):
    model(history=history)
    with pytest.raises(ArtifactError, match=r"vgg19.*history\.csv.*core train DATA --model vgg19 --force"):
        read_history("vgg19")


def test_a_card_in_words(kept):
    model()
    found = read_card("vgg19")
    assert found.text == "# Card"
    assert found.facts == {
        "Trained on": "2026-11-25",
        "Parameters": "20,027,462",
        "Size of the file": "1.5 MB, float16",
        "Input": "80×60",
        "Start": "scratch",
        "Seed": "7",
        "Data": "shop",
        "Learned from": "99 products",
        "Split of products": "by id",
        "Time to train": "2 minutes",
    }


def test_a_card_that_lacks_things_leaves_them_out(kept):
    model(card=SERVED_BY | {"data": None})
    assert list(read_card("vgg19").facts) == ["Size of the file"]


@pytest.mark.parametrize(("card", "text"), [(None, "#"), ([], "#"), (CARD, None)])
def test_a_model_without_a_card_is_said(kept, card, text):
    model(card=card, text=text)
    with pytest.raises(ArtifactError, match=r"card|CARD"):
        read_card("vgg19")


def test_a_model_that_is_not_there(kept):
    with pytest.raises(ArtifactError, match="there is no model 'vgg19'"):
        read_history("vgg19")
    with pytest.raises(ArtifactError, match="there is no model 'vgg19'"):
        read_card("vgg19")
