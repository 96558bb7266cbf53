import numpy as np
import pytest
from streamlit.runtime.scriptrunner import StopException

from core.errors import ModelError
from core.explain import grad_cam
from core.imaging.encode import encode_jpeg
from core.labels import LABELS
from core.models.consensus import predict_all
from core.storage import artifacts
from tests.conftest import ToyModel, garment


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
        def classify(self, pictures):
            probabilities, known = super().classify(pictures)
            probabilities[:] = 0.1
            probabilities[:, LABELS.index(labels[self.name])] = 0.6
            return probabilities, known

    monkeypatch.setattr(
        "core.models.load_model", lambda name: Stubborn(name) if name in labels else ToyModel(name)
    )


def test_starts_without_loading_a_model(classify, toy_catalogue, toy_models):
    page = classify()
    assert not page.exception
    assert page.title[0].value == "What is it?"
    assert "T-shirt, Shirt, Jeans, Skirt, Kurta" in shown(page)
    assert "never stored" in shown(page)
    assert toy_models == []


def test_one_picture_is_named_by_every_judge(classify, toy_catalogue, toy_models, looked):
    page = upload(classify(), ("red.jpg", jpeg()))
    assert not page.exception
    assert page.header[0].value == "Shirt, 80 %"
    for name in ("VGG19", "VGG16", "VAE", "RGB"):
        assert f"**{name}** · Shirt" in shown(page)
    assert "**Neighbours' vote** · " in shown(page)
    bars = [bar.text for bar in page.get("progress")]
    assert len(bars) == 25
    assert bars.count("Shirt · 80 %") == 4
    assert looked == [("vgg19", "Shirts")]
    assert sorted(toy_models) == ["rgb", "vae", "vgg16", "vgg19"]


def test_who_differs_is_named(classify, toy_catalogue, monkeypatch):
    differing(monkeypatch, vae="Kurtas")
    page = upload(classify(), ("red.jpg", jpeg()))
    assert not page.exception
    assert "VAE says Kurta" in page.warning[0].value
    assert page.header[0].value == "Shirt, 80 %"


def test_where_it_looked_can_be_asked_for_another_class(classify, toy_catalogue, toy_models, looked):
    page = upload(classify(), ("red.jpg", jpeg()))
    page.pills[0].set_value("Jeans").run()
    assert not page.exception
    assert looked[-1] == ("vgg19", "Jeans")
    assert "Where it looked for Jeans" in shown(page)


def test_what_is_none_of_the_classes_is_said(classify, toy_catalogue, toy_models):
    page = upload(classify(), ("shoe.jpg", jpeg(dark=True)))
    assert page.header[0].value == "None of these; the nearest is Shirt"
    assert "**VGG19** · None of these" in shown(page)


def test_many_pictures_come_as_a_table_conflicts_first(classify, toy_catalogue, monkeypatch):
    class TakenIn(ToyModel):
        def classify(self, pictures):
            probabilities, known = super().classify(pictures)
            return probabilities, known | (self.name == "rgb")

    monkeypatch.setattr("core.models.load_model", TakenIn)
    page = upload(classify(), ("a.jpg", jpeg()), ("=b.jpg", jpeg(dark=True)))
    assert not page.exception
    table = page.dataframe[0].value
    assert table["file"].tolist() == ["=b.jpg", "a.jpg"]
    assert table["verdict"].tolist() == ["None of these", "Shirt"]
    assert table["agree"].tolist() == ["3 of 5", "4 of 5"]
    assert table["rgb"].tolist() == ["Shirt", "Shirt"]
    assert table["picture"].str.startswith("data:image/jpeg;base64,").all()
    assert "2 pictures, the judges differ on 2" in shown(page)
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
    assert page.header[0].value == "Shirt, 80 %"


def test_samples_are_one_click_and_are_judged_once(classify, toy_catalogue, toy_models, monkeypatch):
    page = classify()
    button(page, "20 products of the catalogue").click().run()
    assert not page.exception
    assert len(page.dataframe[0].value) == 20
    decoded = []
    monkeypatch.setattr("core.models.consensus.classify_image", lambda *given: decoded.append(given))
    page.run()
    assert decoded == []
    button(page, "Start over").click().run()
    assert button(page, "Try it")


def test_what_was_judged_is_kept_when_a_click_interrupts_the_rest(
    classify, toy_catalogue, toy_models, monkeypatch
):
    page, judged = classify(), []

    def interrupted(image, classifiers, *rest, **options):
        if len(judged) == 2:
            judged.append(None)
            raise StopException  # what a rerun or a stop raises in the script
        judged.append(image)
        return predict_all(image, classifiers, *rest, **options)

    monkeypatch.setattr("pages._shared.classify.classifier_panel.predict_all", interrupted)
    colours = [(200, 30, 40), (0, 0, 200), (0, 200, 0)]
    upload(page, *((f"{place}.jpg", jpeg(colour)) for place, colour in enumerate(colours)))
    assert len(judged) == 3
    page.run()
    assert not page.exception
    assert len(judged) == 4  # the third alone
    assert len(page.dataframe[0].value) == 3


@pytest.mark.parametrize(("changed", "again"), [("vgg16", True), ("vgg19", True), ("other", False)])
def test_pictures_are_judged_again_after_a_judge_was_replaced(
    classify, toy_catalogue, toy_models, monkeypatch, changed, again
):
    asked = []
    monkeypatch.setattr(
        "pages._shared.classify.classifier_panel.predict_all",
        lambda *given, **options: asked.append(given) or predict_all(*given, **options),
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
