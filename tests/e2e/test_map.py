"""The map in a browser: what the pointer shows, and what the keyboard and a finger can do."""

from tests.e2e.visit import PRODUCT

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
