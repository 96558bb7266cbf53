from contextlib import suppress

import numpy as np
import pytest

from core.errors import ArtifactError
from core.indexing import checkpoint as module
from core.indexing.checkpoint import Checkpoint, hold_catalogue, open_checkpoint
from core.indexing.pictures import content_hash
from core.storage.leftovers import find_leftovers

ROWS = np.arange(8, dtype=np.float32).reshape(2, 4)
CONTENTS = [content_hash(b"a"), content_hash(b"b")]


@pytest.fixture
def target(tmp_path):
    return tmp_path / "catalogues" / "shop"


def stop_after(target, work):
    with suppress(ZeroDivisionError), open_checkpoint(target, {"toy": "v1"}) as checkpoint:
        work(checkpoint)
        raise ZeroDivisionError


def keep_rows(checkpoint):
    checkpoint.keep_vectors("toy", CONTENTS, ROWS)
    checkpoint.keep_picture(CONTENTS[0], b"small a", content_hash(b"small a"))


def test_what_was_kept_before_a_stop_is_there_again(target):
    stop_after(target, keep_rows)
    with open_checkpoint(target, {"toy": "v1"}) as again:
        assert again.resumed == frozenset(CONTENTS)
        assert np.array_equal(again.vectors["toy"][CONTENTS[1]], ROWS[1])
        assert again.picture(CONTENTS[0]).path.read_bytes() == b"small a"
        assert again.picture(CONTENTS[1]) is None
    assert list(target.parent.iterdir()) == []


def test_nothing_is_left_of_a_stop_before_anything_was_embedded(target):
    stop_after(target, lambda checkpoint: checkpoint.keep_picture(CONTENTS[0], b"a", content_hash(b"a")))
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("versions", [{"toy": "v2"}, {"toy": None}, {"other": "v1"}])
def test_vectors_of_other_weights_are_passed_over(target, versions):
    stop_after(target, keep_rows)
    with open_checkpoint(target, versions) as again:
        assert again.resumed == frozenset()


@pytest.mark.parametrize(
    "damage", [lambda data: b"", lambda data: data[:5], lambda data: data[:-5], lambda data: b"x" * 99]
)
def test_what_a_power_cut_tore_is_passed_over(target, damage):
    stop_after(target, keep_rows)
    (folder,) = target.parent.iterdir()
    for path in [*folder.glob("*.npz"), *folder.glob("*/*.jpg")]:
        path.write_bytes(damage(path.read_bytes()))
    with open_checkpoint(target, {"toy": "v1"}) as again:
        assert again.resumed == frozenset()
        assert again.picture(CONTENTS[0]) is None
        again.keep_picture(CONTENTS[0], b"small a", content_hash(b"small a"))
        assert again.picture(CONTENTS[0]).path.read_bytes() == b"small a"


def test_a_catalogue_is_held_by_one_at_a_time(target, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    with (
        hold_catalogue(target),
        pytest.raises(ArtifactError, match="another process is changing catalogue 'shop'"),
        hold_catalogue(target),
    ):
        pass
    with hold_catalogue(target) as folder:
        assert folder.is_dir()


def test_adding_a_product_leaves_what_a_stopped_index_had_embedded(target):
    stop_after(target, keep_rows)
    with hold_catalogue(target):
        pass
    with open_checkpoint(target, {"toy": "v1"}) as again:
        assert again.resumed == frozenset(CONTENTS)


def test_chunks_are_numbered_on_after_a_stop(target):
    stop_after(target, keep_rows)
    more = [content_hash(b"c"), content_hash(b"d")]
    stop_after(target, lambda checkpoint: checkpoint.keep_vectors("toy", more, ROWS))
    (folder,) = target.parent.iterdir()
    assert len(Checkpoint(folder, {"toy": "v1"}).resumed) == 4


def test_what_another_catalogue_can_go_on_from_stays_and_what_it_cannot_goes(kept):
    target = kept / "catalogues" / "shop"
    stop_after(target, keep_rows)
    empty = target.with_name(".other.embedded")
    (empty / "pictures-1").mkdir(parents=True)
    (empty / "pictures-1" / "torn.jpg").write_bytes(b"half")
    assert [(left.name, left.is_resumed) for left in find_leftovers()] == [("other", False), ("shop", True)]
    assert "a stopped `index` of shop" in find_leftovers()[1].sentence()
    assert find_leftovers()[1].n_bytes > ROWS.nbytes
    with hold_catalogue(target.with_name("third")):
        assert not empty.exists()
        assert [left.name for left in find_leftovers()] == ["shop"], "and not the one that is held"
    with open_checkpoint(target, {"toy": "v1"}) as again:
        assert again.resumed == frozenset(CONTENTS)


def test_an_empty_one_that_another_process_holds_stays(target):
    with hold_catalogue(target) as folder, hold_catalogue(target.with_name("other")):
        assert folder.is_dir()
