"""Every verb in this process, with toy models: what it prints, and what it says when it cannot."""

import csv
import io
import json
import shutil
import sys
import types

import numpy as np
import pytest

from core import cli, models
from core.comparison.taste import Choice, Trial, cast_vote, votes_to_lines
from core.errors import ArtifactError, TrainingError
from core.gallery.near_duplicates import NearDuplicates
from core.gallery.stored_catalogue import open_catalogue
from core.imaging.encode import encode_jpeg
from core.labels import LABELS
from core.models.compared.methods import DEMO_METHODS
from core.models.names import MODEL_NAMES
from core.storage import artifacts, readers
from tests.near_duplicates import tell_nothing
from tests.reporting import compared


@pytest.fixture
def command(capsys):
    """Give a function that runs a command: exit status, standard output, standard error."""

    def run(*arguments):
        capsys.readouterr()
        try:
            status = cli.main([str(argument) for argument in arguments])
        except SystemExit as ended:
            status = ended.code
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def photo(toy_catalogue):
    """Give a picture that is in the demo catalogue."""
    return toy_catalogue / "images" / "121.jpg"


def failed(result, *said):
    """See that a command failed with one line that says all this, and nothing else."""
    status, out, err = result
    assert status == 1
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    for text in said:
        assert text in err


# search ----------------------------------------------------------------------------------------------


def test_search_prints_one_json_document(command, photo, toy_models):
    status, out, _ = command("search", photo, "--top", 3, "--json")
    assert status == 0
    found = json.loads(out)
    assert list(found)[:6] == ["query", "catalogue", "extractor", "hits", "prediction", "took_ms"]
    assert (found["order"], found["total"], found["page"], found["n_pages"]) == ("score", 20, 1, 7)
    assert (found["query"], found["catalogue"], found["extractor"]) == (str(photo), "demo", "vgg16")
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3]
    first = found["hits"][0]
    assert list(first) == [
        "rank",
        "product_id",
        "score",
        "closeness",
        "label",
        "name",
        "duplicates",
        "picture",
    ]
    assert (first["product_id"], first["label"], first["name"]) == ("121", "Jeans", "Loom *Navy Blue* Jean")
    assert 0.99 < first["score"] <= 1
    assert found["prediction"]["model"] == "vgg19"
    assert found["prediction"]["label"] == "Shirts"
    assert tuple(found["prediction"]["probabilities"]) == LABELS
    assert sum(found["prediction"]["probabilities"].values()) == pytest.approx(1)
    assert found["prediction"]["known"] is True
    assert {"decode", "extract", "search"} <= set(found["took_ms"])
    assert all(value >= 0 for value in found["took_ms"].values())
    assert toy_models == ["vgg16", "vgg19"]


def test_the_query_is_repeated_as_it_was_given(command, photo, toy_models, monkeypatch):
    monkeypatch.chdir(photo.parent)
    (photo.parent / "é \"'.jpg").write_bytes(photo.read_bytes())
    _, out, _ = command("search", "./é \"'.jpg", "--json")
    assert json.loads(out)["query"] == "./é \"'.jpg"


def test_search_is_a_table_for_people(command, photo, toy_models):
    status, out, err = command("search", photo, "--top", 2)
    assert status == 0
    assert err == ""
    lines = out.splitlines()
    assert lines[0] == f"{photo}, looked for in demo by vgg16"
    assert lines[1] == "vgg19: Shirts, 80.0 %"
    assert lines[2].startswith("likely: Shirt, 80 %. So says VGG19; of the 12 nearest products ")
    assert lines[3] == "20 hits, page 1 of 10"
    assert lines[5].split() == ["rank", "score", "product", "label", "name"]
    assert lines[6].split()[:4] == ["1", "1.000", "121", "Jeans"]
    assert len(lines) == 8


def test_groups_folds_facets_and_agreement_are_seen_in_the_text(command, photo, toy_models, monkeypatch):
    _, out, _ = command("search", photo, "--order", "groups", "--facets", "--agreement")
    assert "Shirts (4 of 4):\n" in out
    assert "baseColour: Green 5, Navy Blue 5, Red 5, White 5" in out
    assert "agreed on by vgg19, " in out
    monkeypatch.setattr(
        NearDuplicates, "leaders", lambda self, ids: [None, 0, *[None] * (len(list(ids)) - 2)]
    )
    _, out, _ = command("search", photo, "--no-fold")
    (header,) = [line for line in out.splitlines() if line.startswith("rank")]
    assert header.split()[-1] == "name"
    status, out, _ = command("search", photo)
    assert status == 0
    (header,) = [line for line in out.splitlines() if line.startswith("rank")]
    assert header.split()[-1] == "folded"


@pytest.mark.parametrize("form", [[], ["--json"], ["--csv"]])
def test_hits_that_cannot_be_folded_are_said_to_be_one_by_one(
    command, photo, toy_models, toy_catalogue, form
):
    mend = "index it again with `python -m core index DATA --name demo --force`"
    _, _, err = command("search", photo, "--top", 2, *form)
    assert "Near-duplicates" not in err
    tell_nothing(toy_catalogue)
    status, out, err = command("search", photo, "--top", 2, *form)
    assert status == 0
    assert "Hits are not folded: Near-duplicates of demo were not told" in err
    assert mend in err
    if form == ["--json"]:
        assert mend in json.loads(out)["not_folded"]
    _, _, err = command("search", photo, "--top", 2, "--no-fold", *form)
    assert "Near-duplicates" not in err, "that they stand one by one was asked for"


def test_hits_are_printed_as_csv(command, photo, toy_models):
    _, printed, _ = command("search", photo, "--top", 3, "--json")
    status, out, err = command("search", photo, "--top", 3, "--csv")
    assert (status, err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(out)))
    hits = json.loads(printed)["hits"]
    assert [(row["product_id"], int(row["rank"])) for row in rows] == [
        (hit["product_id"], hit["rank"]) for hit in hits
    ]
    assert [float(row["score"]) for row in rows] == [round(hit["score"], 6) for hit in hits]
    assert toy_models == ["vgg16", "vgg19"], "the class is not asked for again"


def test_csv_has_all_hits_with_what_was_asked(command, photo, toy_models):
    _, out, _ = command("search", photo, "--csv", "--words", "red", "--price", "500:")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert len(rows) == 4
    assert {(row["query"], row["catalogue"], row["extractor"]) for row in rows} == {
        (str(photo), "demo", "vgg16")
    }
    assert {row["asked"] for row in rows} == {"words: red; price: from 500"}
    _, out, _ = command("search", photo, "--csv")
    assert len(list(csv.DictReader(io.StringIO(out)))) == 20
    _, out, _ = command("search", photo, "--csv", "--threshold", "0.99")
    _, printed, _ = command("search", photo, "--threshold", "0.99", "--json")
    assert len(list(csv.DictReader(io.StringIO(out)))) == json.loads(printed)["total"]


def test_words_are_searched_with_and_without_a_picture(command, photo, toy_models):
    _, out, _ = command("search", "--words", "navy tee", "--json")
    found = json.loads(out)
    assert [(hit["product_id"], hit["label"]) for hit in found["hits"]] == [("101", "Tshirts")]
    assert [(term["text"], term["column"], term["values"]) for term in found["words"]] == [
        ("navy", "baseColour", ["Navy Blue"]),
        ("tee", "articleType", ["Tshirts"]),
    ]
    assert toy_models == []
    _, out, err = command("search", photo, "--words", "red", "--words", "anorak", "--json")
    assert {hit["label"] for hit in json.loads(out)["hits"]} == set(LABELS)
    assert json.loads(out)["total"] == 5
    assert "No product has the word anorak" in err
    failed(command("search", "--words", "anorak"), "No product has the word anorak")
    for nothing in ([], ["--words", " "]):
        status, _, err = command("search", *nothing)
        assert status == 2
        assert "nothing is looked for; give a picture, a `--product` or `--words`" in err


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--json", "--csv"), "`--json` or as `--csv`"),
        (("--csv", "--page", "2"), "`--csv` has the hits of all pages"),
        (("--csv", "--facets"), "`--csv` has the hits alone"),
        (("--weight", "vgg16=2"), "vgg16 is the extractor itself"),
    ],
)
def test_options_without_effect_are_refused(command, photo, toy_models, options, why):
    failed(command("search", photo, *options), why)
    assert toy_models == []


def test_a_product_has_no_crop(command, toy_catalogue, toy_models):
    failed(command("search", "--product", "121", "--crop", 1, 2, 30, 40), "`--crop` is for a picture")


def test_hits_are_narrowed(command, photo, toy_models):
    _, out, _ = command("search", photo, "--label", "Skirts", "--json")
    assert [hit["label"] for hit in json.loads(out)["hits"]] == ["Skirts"] * 4
    _, out, _ = command("search", photo, "--label", "Skirts", "--label", "Jeans", "--top", 50, "--json")
    assert len(json.loads(out)["hits"]) == 8
    _, out, _ = command("search", photo, "--threshold", "0.99", "--json")
    scores = [hit["score"] for hit in json.loads(out)["hits"]]
    assert scores
    assert min(scores) >= 0.99
    status, out, _ = command("search", photo, "--threshold", "1", "--label", "Kurtas")
    assert status == 0
    assert "No product scores that high" in out


def test_without_the_classifier_the_hits_come_all_the_same(command, photo, toy_models, monkeypatch):
    real = models.load_model

    def load(name):
        if name == "vgg19":
            raise ArtifactError("there is no model 'vgg19'")
        return real(name)

    monkeypatch.setattr(models, "load_model", load)
    status, out, err = command("search", photo, "--json")
    assert status == 0
    assert json.loads(out)["prediction"] is None
    assert len(json.loads(out)["hits"]) == 12
    assert "there is no model 'vgg19'" in err


def test_a_search_that_cannot_be_done_says_why_before_a_model_is_loaded(command, photo, toy_models):
    failed(command("search", "nope.jpg", "--json"), "nope.jpg is not there")
    failed(command("search", photo.parent), "is a folder")
    failed(command("search", photo, "--catalogue", "shop"), "no catalogue 'shop'", "python -m core index")
    failed(command("search", photo, "--catalogue", "../x"), "cannot be a name")
    failed(command("search", photo, "--extractor", "vae"), "no embeddings of 'vae'")
    failed(command("search", photo, "--label", "Sarees"), "No product has articleType 'Sarees'")
    photo.with_name("bad.jpg").write_bytes(b"no picture")
    failed(command("search", photo.with_name("bad.jpg"), "--json"), "is not a picture")
    (photo.parents[1] / "manifest.json").unlink()
    failed(command("search", photo), "'demo' is torn")
    assert toy_models == []


def test_stale_embeddings_are_not_searched(command, photo, toy_models, monkeypatch):
    monkeypatch.setattr(
        "core.gallery.stored_catalogue.StoredCatalogue.stale", lambda self, name: f"{name} is stale; do this"
    )
    failed(command("search", photo), "vgg16 is stale; do this")


# classify --------------------------------------------------------------------------------------------


def test_classify_answers_every_picture_in_order(command, photo, toy_models):
    bad = photo.with_name("bad.jpg")
    bad.write_bytes(b"no picture")
    dark = photo.with_name("dark.jpg")
    dark.write_bytes(encode_jpeg(np.zeros((80, 60, 3), np.uint8)))
    status, out, _ = command("classify", photo, bad, dark, "--model", "vae", "--json")
    assert status == 0
    answers = json.loads(out)
    assert [answer["image"] for answer in answers] == [str(photo), str(bad), str(dark)]
    assert all(
        list(answer) == ["image", "model", "label", "probabilities", "known", "known_margin", "error", "turn"]
        for answer in answers
    )
    assert {answer["model"] for answer in answers} == {"vae"}
    assert [answer["known"] for answer in answers] == [True, None, False]
    assert answers[1]["label"] is answers[1]["probabilities"] is None
    assert "bad.jpg is not a picture" in answers[1]["error"]
    assert answers[0]["error"] is None
    assert answers[0]["label"] == "Shirts"


def test_many_pictures_go_through_in_batches(command, photo, toy_models, monkeypatch):
    monkeypatch.setattr("core.cli.verbs.BATCH", 2)
    given = [photo, "nope.jpg", "nope.jpg", "nope.jpg", photo]
    status, out, _ = command("classify", *given, "--json")
    assert status == 0
    assert [answer["error"] is None for answer in json.loads(out)] == [True, False, False, False, True]


def test_classify_fails_only_where_nothing_could_be_answered(command, photo, toy_models):
    status, out, err = command("classify", "nope.jpg", "nada.jpg", "--json")
    assert status == 1
    assert [answer["image"] for answer in json.loads(out)] == ["nope.jpg", "nada.jpg"]
    assert err == "error: none of 2 pictures can be read\n"
    status, out, err = command("classify", "nope.jpg", "--json")
    assert status == 1
    assert json.loads(out)[0]["label"] is None
    assert "nope.jpg is not there" in err


def test_classify_for_people(command, photo, toy_models):
    _, out, _ = command("classify", photo, "nope.jpg")
    lines = out.splitlines()
    assert "Shirts, 80.0 %" in lines[1]
    assert "nope.jpg is not there" in lines[2]


def test_a_model_that_is_not_trained_is_named(command, kept):
    before = set(sys.modules)
    failed(command("classify", "a.jpg", "--json"), "no model 'vgg19'", "python -m core train")
    assert not (set(sys.modules) - before) & {"keras", "tensorflow"}


# evaluate and train, whose work is done elsewhere ----------------------------------------------------


@pytest.fixture
def measured(monkeypatch):
    """Put a fixed answer in place of measuring; gives what it was asked."""
    asked = []
    result = {
        "labels": list(LABELS),
        "classification": {
            "vgg19": {"n": np.int64(4), "accuracy": np.float32(0.5), "loss": float("nan"), "macro_f1": 0.25}
        },
        "retrieval": {"vgg16": {"n_queries": 4, "all": {"p_at_10": 0.875, "map": 0.5}}},
    }

    def evaluate(folder, **options):
        asked.append((folder, options))
        return result

    stand_in = types.SimpleNamespace(evaluate=evaluate, STANDARD="standard")
    monkeypatch.setitem(sys.modules, "core.evaluation.run", stand_in)
    return asked


def test_evaluate_prints_and_keeps_the_same_figures(command, kept, tmp_path, measured):
    status, out, _ = command(
        "evaluate", tmp_path, "--split", "test", "--catalogue", "demo", "--report", "mine", "--json"
    )
    assert status == 0
    found = json.loads(out)
    assert found["classification"]["vgg19"] == {"n": 4, "accuracy": 0.5, "loss": None, "macro_f1": 0.25}
    assert readers.read_json(kept / "reports" / "mine.json") == found
    assert artifacts.verify_folder(kept / "reports") == []
    (folder, options) = measured[0]
    assert folder == tmp_path
    assert (options["split"], options["photos"], options["catalogue"]) == ("test", None, "demo")
    assert (options["outlined"], options["screenshots"]) == (None, None)
    assert (options["tasks"], options["sample"]) == (("standard",), None)


def test_evaluate_for_people_shows_what_matters(command, kept, tmp_path, measured):
    status, out, _ = command("evaluate", tmp_path)
    assert status == 0
    assert measured[0][1]["split"] == "all"
    lines = [line.split() for line in out.splitlines() if line]
    assert lines[0] == ["classification", "n", "accuracy", "loss", "macro_f1", "ece"]
    assert lines[1] == ["vgg19", "4", "0.500", "–", "0.250", "–"]
    assert lines[3] == ["vgg16,", "all", "0.875", "–", "–", "0.500"]


def test_a_report_s_name_is_looked_at_before_measuring(command, kept, tmp_path, measured):
    failed(command("evaluate", tmp_path, "--report", "../mine"), "cannot be a name")
    assert measured == []


def test_evaluate_hands_on_tasks_and_the_size_of_the_sample(command, kept, tmp_path, measured):
    command("evaluate", tmp_path, "--task", "identical", "standard", "identical", "--sample", 12)
    assert (measured[0][1]["tasks"], measured[0][1]["sample"]) == (("identical", "standard"), 12)


@pytest.fixture
def votes(tmp_path):
    """Give a file of seven votes for VGG16, which stood on the right, and one for the VAE."""
    trial = Trial("vae", "vgg16")
    cast = [cast_vote(trial, Choice.RIGHT, catalogue="demo") for _ in range(7)]
    cast.append(cast_vote(trial, Choice.LEFT, catalogue="demo"))
    path = tmp_path / "votes.jsonl"
    path.write_bytes(votes_to_lines(cast))
    return path


def test_votes_alone_need_no_folder_and_measure_nothing(command, votes, measured):
    status, out, _ = command("evaluate", "--taste", votes, votes, "--json")
    assert status == 0
    assert measured == []
    found = json.loads(out)
    assert found["labels"] == list(LABELS)
    assert (found["taste"]["n_votes"], found["taste"]["n_left"], found["taste"]["n_right"]) == (8, 1, 7)
    (pair,) = found["taste"]["pairs"]
    assert (pair["first"], pair["n_first"], pair["n_second"], pair["better"]) == ("vae", 1, 7, None)
    assert pair["p_value"] == pytest.approx(18 / 256)


def test_votes_for_people_say_what_they_mean(command, votes):
    status, out, _ = command("evaluate", "--taste", votes)
    assert status == 0
    lines = out.splitlines()
    assert lines[0].split()[:3] == ["taste", "first", "second"]
    assert lines[1].startswith("vae or vgg16")
    assert "vgg16 has 7 of 8 votes, which means nothing yet" in lines[1]
    assert lines[2] == "1 of 8 votes for the left row, 7 for the right (p = 0.070)."


def test_votes_stand_beside_what_is_measured(command, kept, tmp_path, votes, measured):
    status, out, _ = command("evaluate", tmp_path, "--taste", votes, "--json")
    assert status == 0
    assert {"classification", "taste"} <= set(json.loads(out))


def test_a_damaged_file_of_votes_is_named_before_measuring(command, tmp_path, measured):
    path = tmp_path / "votes.jsonl"
    path.write_text("{}")
    failed(
        command("evaluate", tmp_path, "--taste", path), "votes.jsonl, line 1 is no vote", "delete the line"
    )
    assert measured == []


@pytest.fixture
def trained(monkeypatch, tmp_path):
    """Put a note of what was asked in place of training."""
    asked = []

    def train(folder, options, bar):
        if "broken" in str(folder):
            raise TrainingError("there is nothing\nto train on")
        asked.append((folder, options))
        return [tmp_path / "models" / name for name in options["models"]]

    monkeypatch.setitem(sys.modules, "core.training.train", types.SimpleNamespace(train=train))
    monkeypatch.setitem(sys.modules, "core.training.run.options", types.SimpleNamespace(Options=dict))
    return asked


def test_train_hands_its_options_on(command, kept, tmp_path, trained):
    status, out, _ = command("train", tmp_path, "--model", "vae", "rgb", "--epochs", 2, "--teacher", "none")
    assert status == 0
    assert [line.split(":")[0] for line in out.splitlines()] == ["Trained vae", "Trained rgb"]
    command("train", tmp_path, "--init", "imagenet", "--resume", "--force", "--photos", tmp_path)
    command("train", tmp_path, "--outlined", tmp_path)
    (_, first), (_, second), (_, third) = trained
    assert first == {
        "photos": None,
        "outlined": None,
        "models": ("vae", "rgb"),
        "init": "scratch",
        "mean_with": None,
        "epochs": 2,
        "resume": False,
        "force": False,
        "teacher": False,
    }
    assert second["models"] == MODEL_NAMES
    assert (second["init"], second["resume"], second["force"]) == ("imagenet", True, True)
    assert (second["photos"], second["teacher"]) == (tmp_path, None)
    assert (third["outlined"], third["models"]) == (tmp_path, (*MODEL_NAMES, "finder"))


def test_an_error_of_several_lines_becomes_one(command, kept, trained):
    failed(command("train", "broken"), "there is nothing to train on")


# index and render-demo -------------------------------------------------------------------------------


@pytest.fixture
def shop(tmp_path, toy_catalogue, toy_products):
    """Give a folder in Kaggle's layout that has one unreadable picture."""
    (tmp_path / "shop").mkdir()
    shutil.copytree(toy_catalogue / "images", tmp_path / "shop" / "images")
    (tmp_path / "shop" / "images" / "100.jpg").write_bytes(b"no picture")
    toy_products.to_csv(tmp_path / "shop" / "styles.csv", index=False)
    return tmp_path / "shop"


def test_index_then_search(command, shop, toy_models):
    status, out, _ = command("index", shop, "--name", "mine", "--extractor", "vgg16", "--no-map")
    assert status == 0
    lines = out.splitlines()
    assert lines[0] == "Read 20 products from 20 rows."
    assert "100.jpg is not a picture" in lines[-2]
    assert lines[-1].startswith("Indexed 19 products by vgg16: ")
    _, out, _ = command("search", shop / "images" / "121.jpg", "--catalogue", "mine", "--json")
    assert json.loads(out)["hits"][0]["product_id"] == "121"


def test_index_prints_one_json_document(command, shop, toy_models):
    _, out, _ = command("index", shop, "--name", "mine", "--extractor", "vgg16", "--no-map", "--json")
    found = json.loads(out)
    assert (found["catalogue"], found["n_products"], found["extractors"]) == ("mine", 19, ["vgg16"])
    assert list(found["unreadable"]) == ["100"]
    assert found["read"]["n_rows"] == 20


def test_index_takes_a_table_of_other_columns_and_another_encoding(command, shop, toy_models, toy_products):
    table = toy_products.rename(columns={"articleType": "Warengruppe"}).assign(productDisplayName="Žlutý kůň")
    table.to_csv(shop / "styles.csv", index=False, sep=";", encoding="cp1250")
    asked = ("index", shop, "--name", "mine", "--extractor", "vgg16", "--no-map")
    failed(
        command(*asked),
        "lacks the column articleType; it has the columns id, gender",
        "--map articleType=COLUMN",
    )
    failed(command(*asked, "--map", "articleType=nothing"), "no column nothing to take for articleType")
    failed(command(*asked, "--map", "articleType=Warengruppe", "--encoding", "ascii"), "not in ascii")
    status, out, _ = command(*asked, "--map", "articleType=Warengruppe", "--encoding", "cp1250")
    assert status == 0
    assert "articleType from Warengruppe" in out
    products = open_catalogue("mine").products
    assert products["articleType"].tolist() == toy_products["articleType"].tolist()[1:]
    assert set(products["productDisplayName"]) == {"Žlutý kůň"}


def test_index_takes_pictures_alone(command, shop, toy_models):
    (shop / "styles.csv").unlink()
    _, out, _ = command("index", shop, "--name", "mine", "--extractor", "vgg16", "--no-map")
    assert out.splitlines()[0] == "Read 20 products from 20 pictures."
    assert len(open_catalogue("mine").products) == 19


def test_what_cannot_be_indexed_is_one_line(command, shop, toy_models, tmp_path):
    failed(command("index", tmp_path / "nope", "--name", "x", "--extractor", "vgg16"), "is not there")
    failed(command("index", shop, "--name", "demo", "--extractor", "vgg16"), "replace it with --force")
    failed(command("index", shop, "--name", "mine", "--extractor", "vgg19"), "does not extract")


def test_index_again_says_what_has_changed(command, shop):
    options = ("--name", "mine", "--extractor", "colour", "--no-map")
    command("index", shop, *options)
    (shop / "images" / "101.jpg").write_bytes(encode_jpeg(np.full((8, 6, 3), 90, np.uint8)))
    table = (shop / "styles.csv").read_text().splitlines(keepends=True)
    (shop / "styles.csv").write_text("".join(table[:-1]))
    (shop / "images" / "143.jpg").unlink()
    status, out, _ = command("index", shop, *options, "--force")
    assert status == 0
    assert "Since it was indexed before: 0 new, 1 changed, 1 gone, 17 unchanged." in out.splitlines()
    _, out, _ = command("index", shop, *options, "--force", "--json")
    found = json.loads(out)
    assert found["changes"] == {"new": 0, "changed": 0, "gone": 0, "unchanged": 18}
    assert found["embedded"] == {"colour": 0}
    (shop / "styles.csv").write_text("".join(table)[:-40])
    failed(command("index", shop, *options, "--force"), "ends in the middle of a row", "--allow-loss")
    assert command("index", shop, *options, "--force", "--allow-loss")[0] == 0


# add and remove --------------------------------------------------------------------------------------


@pytest.fixture
def indexed(command, shop):
    """Give the folder of a catalogue called `mine`, searchable by colour."""
    assert command("index", shop, "--name", "mine", "--extractor", "colour")[0] == 0
    return shop


def test_a_product_is_added_and_removed(command, indexed, tmp_path):
    picture = tmp_path / "300.jpg"
    picture.write_bytes(encode_jpeg(np.full((80, 60, 3), (10, 200, 90), np.uint8)))
    cells = ("--set", "articleType=Jeans", "--set", "price=9")
    status, out, _ = command("add", picture, "--name", "mine", *cells)
    assert (status, out.splitlines()[0]) == (0, "Added 1 product: 300.")
    _, out, _ = command("search", picture, "--catalogue", "mine", "--extractor", "colour", "--json")
    assert [json.loads(out)["hits"][0][key] for key in ("product_id", "label")] == ["300", "Jeans"]
    status, out, _ = command("remove", "300", "101", "--name", "mine", "--json")
    assert status == 0
    assert json.loads(out)["removed"] == ["300", "101"]
    assert json.loads(out)["n_products"] == 18
    assert command("verify", "mine")[0] == 0
    _, out, _ = command("search", picture, "--catalogue", "mine", "--extractor", "colour", "--json")
    assert not {"300", "101"} & {hit["product_id"] for hit in json.loads(out)["hits"]}


def test_what_cannot_be_added_or_removed_is_one_line(command, indexed, tmp_path):
    failed(command("add", tmp_path / "nope.jpg", "--name", "mine"), "Nothing was added", "is not there")
    picture = indexed / "images" / "101.jpg"
    failed(command("add", picture, "--name", "nope"), "there is no catalogue 'nope'")
    failed(command("add", picture, "--name", "mine", "--set", "size=L"), "no size to be set")
    failed(command("remove", "7", "--name", "mine"), "mine has no product '7', and nothing was removed")


@pytest.fixture
def small_demo(monkeypatch, shop):
    """Put the toy products in place of drawn ones."""

    def render(folder, *, progress):
        shutil.copytree(shop, folder, dirs_exist_ok=True)
        progress(1, 1)

    monkeypatch.setattr("core.demo.render_catalogue", render)
    picture = np.full((8, 6, 3), 90, np.uint8)
    monkeypatch.setattr("core.demo.scenes.sample_queries", lambda: [("1-a-shirt", "A shirt", picture)])


def test_render_demo_takes_the_demo_s_place(command, small_demo, toy_catalogue):
    status, out, _ = command("render-demo")
    assert status == 0
    assert "Indexed 19 products by colour" in out
    manifest = artifacts.check_folder(toy_catalogue, deep=True)
    assert manifest["source"] == "demo"
    assert set(DEMO_METHODS) <= set(manifest["embeddings"])
    assert "seed" in manifest["drawn"]
    assert "queries/1-a-shirt.jpg" in manifest["files"]


def test_render_demo_into_a_folder_leaves_the_catalogue(command, small_demo, toy_catalogue, tmp_path):
    before = (toy_catalogue / "manifest.json").read_bytes()
    status, out, _ = command("render-demo", tmp_path / "drawn", "--json")
    assert status == 0
    assert json.loads(out) == {"folder": str(tmp_path / "drawn")}
    assert (tmp_path / "drawn" / "styles.csv").is_file()
    assert (toy_catalogue / "manifest.json").read_bytes() == before


# verify ----------------------------------------------------------------------------------------------


def test_verify_finds_everything_in_order(command, toy_catalogue):
    artifacts.write_report("mine", {"n": 1})
    status, out, err = command("verify")
    assert (status, err) == (0, "")
    assert out.splitlines() == ["catalogues/demo: ok, 25 files", "reports: ok, 1 files"]
    assert command("verify", "demo")[1] == "catalogues/demo: ok, 25 files\n"
    assert json.loads(command("verify", "catalogues/demo", "--json")[1]) == {
        "catalogues/demo": {"ok": True, "problems": []}
    }


@pytest.mark.parametrize("file", ["images/121.jpg", "embeddings/vgg16.npy", "products.csv"])
def test_verify_names_the_file_of_which_a_byte_changed(command, toy_catalogue, file):
    content = bytearray((toy_catalogue / file).read_bytes())
    content[len(content) // 2] ^= 1
    (toy_catalogue / file).write_bytes(content)
    status, out, err = command("verify")
    assert status == 1
    assert f"{file}: changed" in out
    assert err.count("\n") == 1
    assert f"catalogues/demo is not as it was kept: {file}: changed" in err


def test_verify_names_what_a_stopped_index_can_go_on_from(command, toy_catalogue):
    left = toy_catalogue.with_name(".demo.embedded")
    left.mkdir()
    (left / "000001.npz").write_bytes(b"vectors")
    status, out, err = command("verify")
    assert (status, out) == (0, "catalogues/demo: ok, 25 files\n")
    assert f"{left} holds 0.0 MB that a stopped `index` of demo has embedded" in err
    assert json.loads(command("verify", "--json")[1]) == {"catalogues/demo": {"ok": True, "problems": []}}


def test_verify_names_what_is_missing_torn_or_does_not_fit(command, toy_catalogue):
    (toy_catalogue / "images" / "121.jpg").unlink()
    assert "images/121.jpg: missing" in command("verify", "demo")[2]
    with artifacts.write_folder(toy_catalogue, force=True) as work:
        (work / "embeddings").mkdir()
        np.save(work / "embeddings" / "vgg16.npy", np.ones((3, 16), np.float32))
        (work / "products.csv").write_text("id\n1\n")
    assert "products.csv lacks the column gender" in command("verify", "demo")[2]
    (toy_catalogue / "manifest.json").unlink()
    assert "is torn" in command("verify")[2]


def test_verify_needs_something_to_look_at(command, kept, toy_catalogue, monkeypatch):
    failed(command("verify", "nope"), "nothing called 'nope'", "catalogues/demo")
    monkeypatch.setenv("ARTIFACTS_DIR", str(kept / "empty"))
    failed(command("verify"), "nothing is kept in")


# usage -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nope"],
        ["search", "a.jpg", "--top", "0"],
        ["search", "a.jpg", "--top", "x"],
        ["search", "a.jpg", "--threshold", "1.5"],
        ["search", "a.jpg", "--threshold", "nan"],
        ["classify"],
        ["classify", "a.jpg", "--model", "resnet"],
        ["train"],
        ["train", "d", "--epochs", "0"],
        ["index", "d"],
        ["index", "d", "--name", "n", "--map", "articleType"],
        ["index", "d", "--name", "n", "--map", "kind=category"],
        ["add", "--name", "mine"],
        ["add", "a.jpg"],
        ["add", "a.jpg", "--name", "mine", "--set", "Jeans"],
        ["remove", "--name", "mine"],
        ["evaluate", "d", "--split", "train"],
        ["evaluate"],
        ["evaluate", "--task", "identical"],
        ["evaluate", "d", "--task", "speed"],
        ["evaluate", "d", "--sample", "0"],
        ["search", "a.jpg", "--nope"],
        ["search", "a.jpg", "--garment", "-1"],
        ["search", "a.jpg", "--garment", "shirt"],
        ["garments"],
    ],
)
def test_usage_errors_exit_with_2_and_print_no_result(command, kept, arguments):
    status, out, err = command(*arguments)
    assert (status, out) == (2, "")
    assert "usage: python -m core" in err


@pytest.mark.parametrize(
    "verb",
    [
        "train",
        "index",
        "add",
        "remove",
        "search",
        "garments",
        "classify",
        "evaluate",
        "render-demo",
        "verify",
    ],
)
def test_every_verb_explains_itself(command, verb):
    status, out, _ = command(verb, "--help")
    assert status == 0
    assert f"usage: python -m core {verb}" in out


# errors nobody meant ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyboardInterrupt(), "stopped"),
        (MemoryError(), "memory is too short"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
    ],
)
def test_whatever_happens_there_is_one_line_and_no_traceback(
    command, photo, toy_models, monkeypatch, error, said
):
    def fails(*given, **more):
        raise error

    monkeypatch.setattr("core.retrieval.search.search", fails)
    failed(command("search", photo, "--json"), said)
    if isinstance(error, ZeroDivisionError):
        with pytest.raises(ZeroDivisionError):
            command("search", photo, "--debug")


# other distances and methods -------------------------------------------------------------------------


def test_search_compares_by_the_distance_that_is_named(command, toy_catalogue, toy_models):
    by = {}
    for distance in ("cosine", "euclidean"):
        status, out, _ = command("search", "--product", "100", "--distance", distance, "--json")
        assert status == 0
        by[distance] = json.loads(out)
        assert by[distance]["distance"] == distance
    ids = [[hit["product_id"] for hit in found["hits"]] for found in by.values()]
    assert ids[0] == ids[1], "rows of unit length are in one order"
    assert by["euclidean"]["hits"][-1]["score"] != by["cosine"]["hits"][-1]["score"]
    failed(
        command("search", "--product", "100", "--distance", "hamming"), "VGG16 is not compared by the hamming"
    )
    refused = ("search", "--product", "100", "--distance", "euclidean", "--like", "101")
    failed(command(*refused), "Likes and dislikes are searched by the cosine")


def test_evaluate_measures_methods_in_a_gallery_and_nothing_else(
    command, tmp_path, toy_catalogue, monkeypatch
):
    asked = {}
    monkeypatch.setattr(
        "core.evaluation.method_table.evaluate_methods",
        lambda data, **given: (
            asked.update(given) or {"labels": list(LABELS), "methods": compared()["methods"]}
        ),
    )
    status, out, _ = command("evaluate", tmp_path, "--catalogue", "demo", "--methods", "cld", "--report", "m")
    assert status == 0
    assert (asked["names"], asked["catalogue"], asked["split"]) == (["cld"], "demo", "all")
    assert [line.split()[:2] for line in out.splitlines()[1:]] == [
        ["cld", "cosine"], ["cld", "weighted"], ["vgg16", "cosine"],
    ]  # fmt: skip
    failed(command("evaluate", tmp_path, "--methods"), "give `--catalogue NAME`")
    failed(
        command("evaluate", tmp_path, "--catalogue", "demo", "--methods", "--outlined", tmp_path), "leave out"
    )


def test_the_small_cnn_is_trained_when_it_is_named(command, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "core.training.train.train", lambda data, options, bar: asked.append(options.models) or []
    )
    assert command("train", tmp_path, "--model", "cnn")[0] == 0
    assert command("train", tmp_path)[0] == 0
    assert asked == [("cnn",), MODEL_NAMES]
