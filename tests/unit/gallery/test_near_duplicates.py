import pytest

from core.gallery.near_duplicates import DEFINITION, KeptPairs, NearDuplicates


@pytest.fixture
def found() -> NearDuplicates:
    """`a`, `b` and `c` are of one file; `d` is like them and like `e`, which is not like them."""
    return NearDuplicates(KeptPairs(DEFINITION, [["a", "b", "c"]], [("a", "d"), ("d", "e"), ("x", "y")]))


def test_the_near_duplicates_of_a_product(found):
    assert sorted(found.of("b")) == ["a", "c", "d"]
    assert sorted(found.of("d")) == ["a", "b", "c", "e"]
    assert (list(found.of("y")), list(found.of("z"))) == (["x"], [])


def test_each_goes_to_the_first_that_is_itself_none(found):
    assert found.leaders("zcbda") == [None, None, 1, 1, 1]
    assert found.leaders("edab") == [None, 0, None, 2]
    assert found.leaders("adeb") == [None, 0, None, 0]
    assert found.leaders("") == []
