import numpy as np
import pytest
from streamlit.runtime.scriptrunner import StopException

from core.errors import ModelError
from core.explain import grad_cam
from core.imaging.encode import encode_jpeg
from core.labels import LABELS
from core.models.finder.garment import Garment
from core.retrieval.verdicts.verdict import reach_verdict
from core.storage import artifacts
from tests.conftest import ToyModel, garment
from tests.pages.search.test_turning import TO_THE_LEFT, lying, picture


def shown(page) -> str:
    kinds = ("title", "header", "subheader", "markdown", "caption", "error", "warning", "info", "success")
    return "\n".join(element.value for kind in kinds for element in page.get(kind))


def button(page, label: str):
    return next(found for found in page.button if label in found.label)


def jpeg(colour=(200, 30, 40), dark=False) -> bytes:
    return encode_jpeg(np.zeros((80, 60, 3), np.uint8) if dark else garment(colour, 16))


def upload(page, *files: tuple[str, bytes]):
    return page.file_uploader[0].set_value([(name, data, "image/jpeg") for name, data in files]).run()


@pytest.fixture(autouse=True)
def looked(monkeypatch):
    """Stand in for Grad-CAM, which has its own tests; gives the labels that were asked for."""
    asked = []

    def explain(model, image, label, layer=None):
        asked.append((model.name, label))
        heat = np.ones(image.shape[:2], np.float32)
        return grad_cam.ActivationMap(label, "toy", np.ones((10, 7), np.float32), heat)

    monkeypatch.setattr("pages._shared.classify.classifier_panel.grad_cam", explain)
    return asked


@pytest.fixture
def classify(app):
    return lambda: app().run().switch_page("pages/classify.py").run()


def differing(monkeypatch, **labels: str):
    """Let single models call everything something else than the toy's shirt."""

    class Stubborn(ToyModel):
        def judge(self, pictures):
            probabilities, margins = super().judge(pictures)
            probabilities[:] = 0.1
            probabilities[:, LABELS.index(labels[self.name])] = 0.6
            return probabilities, margins

    monkeypatch.setattr(
        "core.models.load_model", lambda name: Stubborn(name) if name in labels else ToyModel(name)
    )


def test_starts_without_loading_a_model(classify, toy_catalogue, toy_models):
    page = classify()
    assert not page.exception
    assert page.title[0].value == "What is it?"
    assert "T-shirt, Shirt, Jeans, Skirt, Kurta" in shown(page)
    assert "kept in memory for this visit and let go soon after" in shown(page)
    assert toy_models == []


def test_one_picture_is_named_by_every_judge(classify, toy_catalogue, toy_models, looked):
    page = upload(classify(), ("red.jpg", jpeg()))
    assert not page.exception
    assert page.header[0].value == "Shirt, 80 %"
    for name in ("VGG19", "VGG16", "VAE", "RGB"):
        assert f"**{name}** · Shirt" in shown(page)
    assert "**Neighbours' vote** · " in shown(page)
    bars = [bar.text for bar in page.get("progress")]
    assert bars.count("Shirt · 80 %") == 4
    assert sum(int(bar.split(" · ")[1].split(" of ")[0]) for bar in bars if " of 12" in bar) == 12
    assert looked == [("vgg19", "Shirts")]
    assert sorted(toy_models) == ["rgb", "vae", "vgg16", "vgg19"]


def test_who_differs_is_named(classify, toy_catalogue, monkeypatch):
    differing(monkeypatch, vae="Kurtas")
    page = upload(classify(), ("red.jpg", jpeg()))
    assert not page.exception
    assert "VAE says Kurta" in page.warning[0].value
    assert page.warning[0].value.startswith("3 of 4 judges agree.")
    assert page.header[0].value == "Shirt, 80 %"


def test_where_it_looked_can_be_asked_for_another_class(classify, toy_catalogue, toy_models, looked):
    page = upload(classify(), ("red.jpg", jpeg()))
    page.pills[0].set_value("Jeans").run()
    assert not page.exception
    assert looked[-1] == ("vgg19", "Jeans")
    assert "Where it looked for Jeans" in shown(page)


def test_what_is_none_of_the_classes_is_said_and_no_bar_above_says_otherwise(
    classify, toy_catalogue, toy_models
):
    page = upload(classify(), ("shoe.jpg", jpeg(dark=True)))
    assert page.header[0].value == "None of these classes"
    assert "**VGG19** · None of these" in shown(page)
    (folded,) = page.expander
    inside = [bar.text for bar in folded.get("progress")]
    assert inside.count("Shirt · 80 %") == 4
    outside = [bar.text for bar in page.get("progress") if bar.text not in inside]
    assert all(" of 12" in text for text in outside)
    assert "share out 100 %" in folded.caption[0].value


def test_what_the_nearest_products_are_is_said_of_what_is_none_of_the_classes(
    classify, toy_catalogue, toy_products, toy_models
):
    sarees = toy_products.assign(articleType=["Sarees"] * 16 + toy_products["articleType"].tolist()[16:])
    replace_products(toy_catalogue, sarees)
    page = upload(classify(), ("saree.jpg", jpeg(dark=True)))
    assert page.header[0].value.startswith("Sarees")
    assert "of 12 nearest" in page.header[0].value
    assert "None of these" not in page.header[0].value


def replace_products(catalogue, products) -> None:
    files = {
        path.relative_to(catalogue): path.read_bytes()
        for path in catalogue.rglob("*")
        if path.is_file() and path.name not in ("products.csv", "manifest.json")
    }
    with artifacts.write_folder(catalogue, force=True, manifest={"source": "toy garments"}) as work:
        for name, content in files.items():
            (work / name).parent.mkdir(exist_ok=True)
            (work / name).write_bytes(content)
        products.to_csv(work / "products.csv", index=False)


def test_many_pictures_come_as_a_table_conflicts_first(classify, toy_catalogue, monkeypatch):
    class TakenIn(ToyModel):
        def judge(self, pictures):
            probabilities, margins = super().judge(pictures)
            return probabilities, np.abs(margins) if self.name == "rgb" else margins

    monkeypatch.setattr("core.models.load_model", TakenIn)
    page = upload(classify(), ("a.jpg", jpeg()), ("=b.jpg", jpeg(dark=True)))
    assert not page.exception
    table = page.dataframe[0].value
    assert table["file"].tolist() == ["=b.jpg", "a.jpg"]
    assert table["verdict"].tolist() == ["None of these classes", "Shirt, 80 %"]
    assert table["looked at"].tolist() == ["the whole picture"] * 2
    assert np.isnan(table["probability"][0])
    assert table["agree"].tolist() == ["3 of 4", "4 of 4"]
    assert table["rgb"].tolist() == ["Shirt", "Shirt"]
    assert table["picture"].str.startswith("data:image/jpeg;base64,").all()
    assert "2 pictures, the judges differ on 1" in shown(page)
    assert page.download_button[0].label == "Download as CSV"


def test_one_unreadable_file_does_not_stop_the_others(classify, toy_catalogue, toy_models):
    page = upload(classify(), ("torn.jpg", b"no picture"), ("a.jpg", jpeg()), ("b.jpg", jpeg((0, 0, 200))))
    assert not page.exception
    assert "1 of 3 pictures could not be judged" in page.error[0].value
    assert "torn\\.jpg" in page.error[0].value
    assert sorted(page.dataframe[0].value["file"]) == ["a.jpg", "b.jpg"]


def test_a_single_unreadable_file_is_explained(classify, toy_catalogue, toy_models):
    page = upload(classify(), ("torn.jpg", b"no picture"))
    assert not page.exception
    assert "torn\\.jpg" in page.error[0].value
    assert not page.header


def test_one_of_many_can_be_looked_at_closer(classify, toy_catalogue, toy_models):
    page = upload(classify(), ("a.jpg", jpeg()), ("b.jpg", jpeg((0, 0, 200))))
    closer = page.selectbox(key="classify-closer")
    other = next(option for option in closer.options if option.startswith("b.jpg"))
    closer.select(other).run()
    assert not page.exception
    assert "b\\.jpg" in shown(page)
    assert page.header[-1].value == "Shirt, 80 %"


def test_samples_are_one_click_and_are_judged_once(classify, toy_catalogue, toy_models, monkeypatch):
    page = classify()
    button(page, "20 products of the catalogue").click().run()
    assert not page.exception
    assert len(page.dataframe[0].value) == 20
    decoded = []
    monkeypatch.setattr(
        "pages._shared.classify.classifier_panel.classify_image", lambda *given: decoded.append(given)
    )
    page.run()
    assert decoded == []
    button(page, "Start over").click().run()
    assert button(page, "Try it")


def test_what_was_judged_is_kept_when_a_click_interrupts_the_rest(
    classify, toy_catalogue, toy_models, monkeypatch
):
    page, judged = classify(), []

    def interrupted(evidence, worth):
        if len(judged) == 2:
            judged.append(None)
            raise StopException  # what a rerun or a stop raises in the script
        judged.append(evidence)
        return reach_verdict(evidence, worth)

    monkeypatch.setattr("pages._shared.classify.classifier_panel.reach_verdict", interrupted)
    colours = [(200, 30, 40), (0, 0, 200), (0, 200, 0)]
    upload(page, *((f"{place}.jpg", jpeg(colour)) for place, colour in enumerate(colours)))
    assert len(judged) == 3
    page.run()
    assert not page.exception
    assert len(judged) == 4  # the third alone
    assert len(page.dataframe[0].value) == 3


@pytest.mark.parametrize(
    ("changed", "again"), [("vgg16", True), ("vgg19", True), ("finder", True), ("other", False)]
)
def test_pictures_are_judged_again_after_a_judge_was_replaced(
    classify, toy_catalogue, toy_models, toy_finder, monkeypatch, changed, again
):
    asked = []
    monkeypatch.setattr(
        "pages._shared.classify.classifier_panel.reach_verdict",
        lambda evidence, worth: asked.append(evidence) or reach_verdict(evidence, worth),
    )
    page = upload(classify(), ("a.jpg", jpeg()))
    with artifacts.write_folder(artifacts.model_dir(changed)) as work:
        (work / "card.json").write_text("{}")
    page.run()
    assert not page.exception
    assert len(asked) == (2 if again else 1)


def test_a_missing_model_is_named_and_the_others_answer(classify, toy_catalogue, monkeypatch):
    def load(name):
        if name == "vgg19":
            raise ModelError("there is no model 'vgg19'; make it with `python -m core train DATA`")
        return ToyModel(name)

    monkeypatch.setattr("core.models.load_model", load)
    page = upload(classify(), ("a.jpg", jpeg()))
    assert not page.exception
    assert "VGG19 is not asked" in page.warning[0].value
    assert "`python -m core train DATA`" in page.warning[0].value
    assert "**VGG16** · Shirt" in shown(page)
    assert "Where it looked is not known" in shown(page)


def test_without_any_judge_it_says_so(classify, kept, monkeypatch):
    def load(name):
        raise ModelError(f"there is no model {name!r}")

    monkeypatch.setattr("core.models.load_model", load)
    page = upload(classify(), ("a.jpg", jpeg()))
    assert not page.exception
    assert len(page.warning) == 5
    assert "There is no catalogue" in page.warning[4].value
    assert not page.header


# Garments ------------------------------------------------------------------------------------------------


def at(left: float, top: float, right: float, bottom: float, label: str, probability: float) -> Garment:
    return Garment((left, top, right, bottom), label, probability, np.ones((1, 1), bool))


THREE = (
    at(0.3, 0.1, 0.7, 0.5, "Shirts", 0.9),
    at(0.3, 0.5, 0.7, 0.9, "Jeans", 0.8),
    at(0.3, 0.9, 0.7, 1.0, "Shoes", 0.6),
)


@pytest.fixture
def seen_sizes(monkeypatch):
    """Give the height and width of each picture that VGG19 is asked about."""
    sizes = []

    class Measuring(ToyModel):
        def judge(self, pictures):
            if self.name == "vgg19":
                sizes.extend(picture.shape[:2] for picture in pictures)
            return super().judge(pictures)

    monkeypatch.setattr("core.models.load_model", Measuring)
    return sizes


def garments_offered(page):
    return next(pills for pills in page.pills if pills.label == "Classify")


def test_the_garment_that_a_search_starts_with_is_classified(classify, toy_catalogue, toy_finder, seen_sizes):
    toy_finder.garments = THREE
    page = upload(classify(), ("street.jpg", jpeg()))
    assert not page.exception
    assert "Classified: the shirt, the likeliest of 3 garments." in shown(page)
    assert "**Garment finder** · Shirt, 90 %" in shown(page)
    assert garments_offered(page).options == ["Whole picture", "Shirt, 90 %", "Jeans, 80 %", "Shoes, 60 %"]
    ((height, width),) = seen_sizes
    assert height < 50
    assert width < 40


def test_another_garment_or_the_whole_picture_can_be_classified(
    classify, toy_catalogue, toy_finder, seen_sizes
):
    toy_finder.garments = THREE
    page = upload(classify(), ("street.jpg", jpeg()))
    garments_offered(page).set_value(2).run()
    assert "Classified: the jeans, one of 3 garments." in shown(page)
    assert "**Garment finder** · Jeans, 80 %" in shown(page)
    garments_offered(page).set_value(0).run()
    assert "Classified: the whole picture." in shown(page)
    assert "Garment finder" not in shown(page)
    assert seen_sizes[-1] == (80, 60)
    assert not page.exception


def test_what_the_finder_sees_that_no_classifier_knows_is_the_headline(
    classify, toy_catalogue, toy_finder, toy_models
):
    toy_finder.garments = (
        at(0.2, 0.1, 0.8, 0.9, "Dresses", 0.86),
        at(0.3, 0.9, 0.7, 1.0, "Shoes", 0.6),
    )
    page = upload(classify(), ("dress.jpg", jpeg()))
    assert page.header[0].value == "Dress, 86 %"


def test_one_garment_that_fills_the_picture_is_classified_whole(
    classify, toy_catalogue, toy_finder, seen_sizes
):
    toy_finder.garments = (at(0.1, 0.1, 0.9, 0.9, "Shirts", 0.9),)
    page = upload(classify(), ("flat.jpg", jpeg()))
    assert "Classified: the whole picture." in shown(page)
    assert garments_offered(page).options == ["Whole picture", "Shirt, 90 %"]
    assert seen_sizes == [(80, 60)]
    assert "**Garment finder** · Shirt, 90 %" in shown(page)


def test_what_the_finder_sees_in_a_whole_picture_counts_too(classify, toy_catalogue, toy_finder, toy_models):
    toy_finder.garments = (at(0.1, 0.1, 0.9, 0.9, "Dresses", 0.9),)
    page = upload(classify(), ("dress.jpg", jpeg()))
    assert page.header[0].value == "Dress, 90 %"
    assert "Classified: the whole picture." in shown(page)


def test_without_a_garment_there_is_nothing_to_choose(classify, toy_catalogue, toy_finder, seen_sizes):
    page = upload(classify(), ("wall.jpg", jpeg()))
    assert not page.exception
    assert "Classified:" not in shown(page)
    assert seen_sizes == [(80, 60)]


def test_without_the_finder_whole_pictures_are_classified_and_that_is_said(
    classify, toy_catalogue, toy_models
):
    page = upload(classify(), ("red.jpg", jpeg()))
    assert not page.exception
    assert "Whole pictures are classified; garments are not looked for" in shown(page)
    assert page.header[0].value == "Shirt, 80 %"


def test_products_of_the_catalogue_are_classified_whole_as_they_are_searched(
    classify, toy_catalogue, toy_finder, toy_models
):
    toy_finder.garments = THREE
    page = classify()
    button(page, "20 products of the catalogue").click().run()
    assert set(page.dataframe[0].value["looked at"]) == {"the whole picture"}


def test_the_table_says_which_garment_of_each_picture_was_classified(
    classify, toy_catalogue, toy_finder, toy_models
):
    toy_finder.garments = THREE
    page = upload(classify(), ("a.jpg", jpeg()), ("b.jpg", jpeg((0, 0, 200))))
    assert set(page.dataframe[0].value["looked at"]) == {"the shirt, the likeliest of 3 garments"}


def turned_by(page) -> list[str]:
    return [caption.value for caption in page.caption if caption.value.startswith("Turned")]


def test_a_picture_on_its_side_is_judged_as_it_stands_upright(
    classify, toy_catalogue, toy_models, toy_finder, knows_upright, monkeypatch
):
    seen = []
    real = ToyModel.judge
    monkeypatch.setattr(ToyModel, "judge", lambda self, given: seen.extend(given) or real(self, given))
    page = upload(classify(), ("bed.png", lying(270)))
    assert not page.exception
    assert turned_by(page) == [TO_THE_LEFT]
    assert len(seen) == 4
    for image in seen:
        np.testing.assert_array_equal(image, picture())
    toy_finder.garments = (Garment((0.1, 0.1, 0.4, 0.4), "Jeans", 0.9, np.ones((1, 1), bool)),)
    button(page, "Undo").click().run()
    assert turned_by(page) == []
    assert "Classified: the jeans, the only garment found" in shown(page)
    garments_offered(page).set_value(0).run()
    assert seen[-1].shape == (240, 320, 3)
    button(page, "Turn the photo").click().run()
    assert turned_by(page) == ["Turned by a quarter to the right"]
    assert "Classified: the jeans" in shown(page), "what was chosen of it before is let go"


def test_each_of_several_pictures_is_turned_by_itself(classify, toy_catalogue, toy_models, knows_upright):
    page = upload(classify(), *((f"{turn}.png", lying(turn)) for turn in (0, 90, 270)))
    assert not page.exception
    table = page.dataframe[0].value
    assert dict(zip(table["file"], table["turned"], strict=True)) == {
        "0.png": 0,
        "90.png": 90,
        "270.png": 270,
    }
    assert len(set(table["picture"])) == 1
    page.selectbox(key="classify-closer").set_value(page.selectbox(key="classify-closer").options[1]).run()
    assert len(turned_by(page)) <= 1


def test_where_none_was_turned_no_column_says_so(classify, toy_catalogue, toy_models, knows_upright):
    page = upload(classify(), ("a.jpg", jpeg()), ("b.jpg", jpeg((30, 140, 60))))
    assert "turned" not in page.dataframe[0].value


def test_products_are_not_turned(classify, toy_catalogue, toy_models, monkeypatch):
    monkeypatch.setattr(ToyModel, "upright", lambda self, pictures: [0.0 for _ in pictures])
    page = button(classify(), "products of the catalogue").click().run()
    assert not page.exception
    assert "turned" not in page.dataframe[0].value
    assert not [found for found in page.button if "Turn the photo" in found.label]
