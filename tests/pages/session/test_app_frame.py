import pytest


@pytest.mark.parametrize("page", ["map", "studio"])
def test_a_page_asked_for_first_is_framed_by_the_app(app, toy_catalogue, page):
    # Each run of an AppTest starts like a new server: Streamlit takes the files in pages/ for bare pages.
    opened = app().run().switch_page(f"pages/{page}.py").run()
    assert not opened.exception
    assert [box.label for box in opened.sidebar.selectbox] == ["Catalogue", "Look by"]


@pytest.mark.parametrize("page", [None, "map", "studio"])
def test_without_any_catalogue_a_page_says_how_to_make_one(app, page):
    opened = app().run()
    if page:
        opened = opened.switch_page(f"pages/{page}.py").run()
    assert not opened.exception
    assert "index DATA --name NAME" in opened.error[0].value
