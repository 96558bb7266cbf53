"""When an answer is made again, and when it is not."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from core.storage import artifacts
from pages._shared.session.cache_decorator import (
    DoNotCache,
    cached,
    catalogue_version,
    file_version,
    model_version,
    version_of_model,
)
from tests.pages.conftest import forget_everything

CALLS: list[tuple] = []


@dataclass(frozen=True)
class Picture:
    """Stands in for a photo: no hash of its bytes, but a key."""

    key: str
    pixels: np.ndarray = field(default_factory=lambda: np.zeros(3), compare=False)


@cached(depends_on=(catalogue_version(), model_version(), version_of_model("vgg19")), max_entries=8)
def answer(catalogue_name: str, extractor: str, pictures: tuple[Picture, ...] = (), *, k: int = 1) -> int:
    CALLS.append((catalogue_name, extractor, pictures, k))
    return len(CALLS)


@cached(depends_on=(file_version(),), max_entries=8)
def text_of(path: Path) -> str:
    return path.read_text()


@pytest.fixture(autouse=True)
def _nothing_cached(kept):
    forget_everything()
    CALLS.clear()
    for folder in (
        artifacts.catalogue_dir("demo"),
        artifacts.catalogue_dir("other"),
        *map(artifacts.model_dir, ("vgg16", "vgg19", "vae")),
    ):
        write_again(folder)
    yield
    forget_everything()


def write_again(folder: Path) -> None:
    with artifacts.write_folder(folder, force=True) as work:
        (work / "card.json").write_text("{}")


def test_an_answer_is_computed_once_however_its_arguments_are_given():
    assert answer("demo", "vgg16") == answer("demo", extractor="vgg16", pictures=(), k=1) == 1
    assert answer("demo", "vgg16", k=2) == 2


@pytest.mark.parametrize("changed", ["catalogues/demo", "models/vgg16", "models/vgg19"])
def test_an_answer_is_computed_again_after_what_it_depends_on_changed(kept, changed):
    answer("demo", "vgg16")
    write_again(kept / changed)
    assert answer("demo", "vgg16") == 2
    assert answer("demo", "vgg16") == 2


@pytest.mark.parametrize("unrelated", ["catalogues/other", "models/vae"])
def test_an_answer_stays_after_something_unrelated_changed(kept, unrelated):
    answer("demo", "vgg16")
    write_again(kept / unrelated)
    assert answer("demo", "vgg16") == 1


def test_a_handcrafted_extractor_has_no_manifest_and_is_no_problem():
    assert answer("demo", "colour") == answer("demo", "colour") == 1


def test_arguments_with_a_key_are_told_apart_by_it_alone():
    assert answer("demo", "vgg16", (Picture("a"),)) == 1
    assert answer("demo", "vgg16", (Picture("a", np.ones(3)),)) == 1
    assert answer("demo", "vgg16", (Picture("b"),)) == 2
    assert answer("demo", "vgg16", (Picture("b"), Picture("a"))) == 3


def test_a_file_is_read_again_after_it_changed(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("one")
    assert text_of(path) == text_of(path) == "one"
    path.write_text("three")
    assert text_of(path) == "three"


def test_a_dependency_on_a_parameter_that_is_not_there_is_refused_at_import():
    with pytest.raises(TypeError, match=r"bad is declared to depend on its parameter 'extractor'"):

        @cached(depends_on=(model_version(),), max_entries=1)
        def bad(words: str) -> str:
            return words


def test_a_parameter_that_names_something_on_disk_has_to_be_declared():
    with pytest.raises(TypeError, match=r"careless has the parameter 'extractor'"):

        @cached(depends_on=(catalogue_version(),), max_entries=1)
        def careless(catalogue_name: str, extractor: str) -> str:
            return catalogue_name


def test_resources_are_shared_and_data_are_copied():
    @cached(depends_on=(), max_entries=1, kind="resource")
    def shared() -> list[int]:
        return [1]

    @cached(depends_on=(), max_entries=1)
    def copied() -> list[int]:
        return [1]

    assert shared() is shared()
    assert copied() is not copied()


def test_what_belongs_to_a_visit_is_not_kept_for_all():
    @cached(depends_on=(), max_entries=1, scope="session")
    def of_visit(words: str) -> str:
        return words

    with pytest.raises(RuntimeError, match="There is no visit here"):
        of_visit("a")


@cached(depends_on=(), max_entries=8)
def unsettled(question: str) -> str:
    CALLS.append((question,))
    if len(CALLS) == 1:
        raise DoNotCache("for the moment")
    return "for good"


def test_an_unsettled_answer_is_given_and_not_remembered():
    assert [unsettled("why") for _ in range(3)] == ["for the moment", "for good", "for good"]
    assert len(CALLS) == 2
