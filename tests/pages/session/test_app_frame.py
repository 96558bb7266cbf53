import pytest


@pytest.mark.parametrize("page", ["map", "compare", "stress", "studio"])
def test_a_page_asked_for_first_is_framed_by_the_app(app, toy_catalogue, page):
    # Each run of an AppTest starts like a new server: Streamlit takes the files in pages/ for bare pages.
    opened = app().run().switch_page(f"pages/{page}.py").run()
    assert not opened.exception
    labels = [box.label for box in opened.sidebar.selectbox]
    assert labels == (["Catalogue", "Look by"] if page == "map" else ["Catalogue"])


@pytest.mark.parametrize("page", [None, "map", "compare", "stress", "studio"])
def test_without_any_catalogue_a_page_says_how_to_make_one(app, page):
    opened = app().run()
    if page:
        opened = opened.switch_page(f"pages/{page}.py").run()
    assert not opened.exception
    assert "index DATA --name NAME" in opened.error[0].value


def test_a_lone_catalogue_that_is_of_no_use_is_not_called_none(app, toy_catalogue):
    (toy_catalogue / "products.csv").unlink()
    opened = app().run()
    assert not opened.exception
    said = " ".join(error.value for error in opened.error).replace("\\", "")
    assert "No catalogue here can be used: catalogue 'demo' is damaged: products.csv: missing" in said
    assert "There is no catalogue yet" not in said


def test_a_lost_picture_closes_nothing_and_is_said(app, toy_catalogue):
    (toy_catalogue / "images" / "101.jpg").unlink()
    query = toy_catalogue / "queries" / "red.jpg"
    query.write_bytes(bytes(query.stat().st_size))
    opened = app().run()
    assert not opened.exception
    assert not opened.error
    (said,) = (warning.value.replace("\\", "") for warning in opened.warning)
    assert "catalogue 'demo' lacks 1 of its pictures and other files (images/101.jpg: missing)" in said
    assert opened.sidebar.selectbox[0].value == "demo"
