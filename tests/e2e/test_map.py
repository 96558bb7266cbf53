"""The map in a browser: what the pointer shows, and what the keyboard and a finger can do."""

from playwright.sync_api import expect

from tests.e2e.visit import PHONE, PRODUCT

DOT = """() => {
  const chart = document.querySelector(".js-plotly-plot");
  const { xaxis, yaxis } = chart._fullLayout;
  const inside = chart.querySelector(".nsewdrag").getBoundingClientRect();
  const dots = chart._fullData.filter((trace) => trace.customdata && trace.x.length);
  for (const trace of dots) {
    for (let place = 0; place < trace.x.length; place++) {
      const [x, y] = [xaxis.l2p(trace.x[place]), yaxis.l2p(trace.y[place])];
      if (x > 40 && y > 40 && x < inside.width - 40 && y < inside.height - 40) {
        return { x: inside.left + x, y: inside.top + y };
      }
    }
  }
}"""


def test_pointing_at_a_dot_shows_its_product(visit):
    shown = visit().open("/map")
    dot = shown.page.evaluate(DOT)
    shown.page.mouse.move(dot["x"] - 3, dot["y"] - 3)
    shown.page.mouse.move(dot["x"], dot["y"], steps=3)
    card = shown.page.locator(".card:visible")
    card.locator("img[src]").wait_for()
    assert card.locator("strong").inner_text()
    box = card.bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 900


def test_a_mark_stands_with_its_nearest_products(visit):
    shown = visit().open(f"/map?product={PRODUCT}")
    shown.page.get_by_text("Marked on the map").wait_for()
    shown.page.get_by_role("heading", name="Its true nearest products").wait_for()


def test_keys_go_from_dot_to_dot_and_select(visit):
    shown = visit().open("/map")
    chart = shown.page.get_by_role("application", name="Map of")
    chart.focus()
    card = shown.page.locator(".card:visible strong")
    chart.press("ArrowRight")
    card.filter(has_text=" ").wait_for()
    first = card.inner_text()
    chart.press("ArrowRight")
    expect(card).not_to_have_text(first)
    chart.press("Enter")
    shown.page.get_by_role("heading", name="1 selected product").wait_for()
    assert "1 selected product" in shown.settle().announced()


def test_tools_of_the_chart_are_buttons_with_names(visit):
    shown = visit().open("/map")
    lasso = shown.page.get_by_role("button", name="Lasso Select")
    lasso.focus()
    lasso.press("Enter")
    assert (
        shown.page.evaluate("() => document.querySelector('.js-plotly-plot')._fullLayout.dragmode") == "lasso"
    )


def test_what_is_selected_stands_beside_the_chart(visit):
    shown = visit().open("/map").press("Select in view")
    heading = shown.page.get_by_role("heading", name="selected products")
    chart = shown.page.locator(".js-plotly-plot").bounding_box()
    assert heading.bounding_box()["x"] > chart["x"] + chart["width"]
    assert heading.bounding_box()["y"] < 900


def test_the_controls_of_the_map_stand_in_one_row(visit):
    shown = visit().open("/map")
    places = [shown.button(words).bounding_box() for words in ("Place a photo", "Select in view")]
    assert places[0]["y"] == places[1]["y"]
    assert places[0]["height"] == places[1]["height"]


def test_one_finger_scrolls_past_the_map(visit):
    shown = visit(PHONE, touch=True).open("/map")
    frame = shown.page.locator(".js-plotly-plot").bounding_box()
    x, y = frame["x"] + frame["width"] / 2, min(frame["y"] + frame["height"] / 2, 700)
    session = shown.page.context.new_cdp_session(shown.page)

    def touch(what: str, *points: dict[str, float]) -> None:
        session.send("Input.dispatchTouchEvent", {"type": what, "touchPoints": list(points)})

    touch("touchStart", {"x": x, "y": y})
    for step in range(1, 20):
        touch("touchMove", {"x": x, "y": y - 20 * step})
        shown.page.wait_for_timeout(30)
    touch("touchEnd")
    shown.page.wait_for_timeout(500)
    top = "() => document.querySelector('[data-testid=\"stMain\"]').scrollTop"
    assert shown.page.evaluate(top) > 200
