"""A visit to the dashboard in a browser: what it opens, waits for, hands in, and must not come upon."""

import json
import re
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

ROOT = Path(__file__).parents[2]
QUERIES = sorted((ROOT / "artifacts" / "catalogues" / "demo" / "queries").glob("*.jpg"))
PRODUCT = "10002"

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
ZOOMED = {"width": 640, "height": 450}
"""What is left of a window of 1280 by 900 pixels that is zoomed to 200 %."""

PATIENCE = 90_000
"""Milliseconds: a server's first query loads the models, and the machine may be busy."""

NOT_OURS = re.compile(
    # Streamlit asks for its server beside a page's own address before it asks at the root.
    r"status of 404|_stcore/(health|host-config)"
    # Drawing without a graphics card is slow, and the browser says so.
    r"|GPU stall|willReadFrequently|WebGL"
)

# What is on the page once nothing is running, waiting or half loaded; null until then.
_SETTLED = """() => {
  const app = document.querySelector('[data-testid="stApp"]');
  if (app?.getAttribute("data-test-connection-state") !== "CONNECTED") return null;
  if (app.getAttribute("data-test-script-state") !== "notRunning") return null;
  const seen = (element) => element.getClientRects().length > 0;
  const busy = '[data-testid="stSpinner"], [data-testid="stSkeleton"], [data-testid="stAppSkeleton"], '
    + '[data-stale="true"], [data-testid="stStatusWidgetRunningIcon"]';
  if ([...document.querySelectorAll(busy)].some(seen)) return null;
  const charts = [...document.querySelectorAll('[data-testid="stPlotlyChart"]')].filter(seen);
  if (charts.some((chart) => !chart.querySelector(".main-svg"))) return null;
  return `${app.innerText.length} ${app.querySelectorAll("*").length}`;
}"""

_GROUND = """() => getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor"""


class Visit:
    """One page of a browser.

    Parameters
    ----------
    page : Page
    url : str
        Of the server.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda said: said.type == "error" and self._complain(said.text))
        page.on("pageerror", lambda error: self._complain(str(error)))

    def _complain(self, text: str) -> None:
        if not NOT_OURS.search(text):
            self.complaints.append(" ".join(text.split())[:400])

    def open(self, path: str = "/") -> "Visit":
        self.page.goto(self.url + path, wait_until="domcontentloaded")
        self.page.locator("h1").first.wait_for()
        return self.settle()

    def settle(self) -> "Visit":
        """Wait until the page has stayed the same for more than half a second."""
        last, same = None, 0
        for _ in range(PATIENCE // 125):
            now = self.page.evaluate(_SETTLED)
            same = same + 1 if now is not None and now == last else 0
            if same >= 5:
                return self
            last = now
            self.page.wait_for_timeout(125)
        raise AssertionError("the page does not come to rest")

    def button(self, words: str, within: str = "") -> Locator:
        """Give the first button in sight with these words, whatever icon stands before them."""
        return self.page.locator(f"{within} button:visible").filter(has_text=words).first

    def press(self, words: str, within: str = "") -> "Visit":
        self.button(words, within).click()
        return self.settle()

    def upload(self, *files: Path | dict[str, Any]) -> "Visit":
        with self.page.expect_file_chooser() as chooser:
            self.page.locator('[data-testid="stFileUploaderDropzone"] button').first.click()
        chooser.value.set_files(list(files))
        return self

    def hits(self) -> "Visit":
        self.page.locator(".st-key-hits img").first.wait_for()
        return self.settle()

    def announced(self) -> str:
        return self.page.locator("#announcement").text_content() or ""

    def focused(self) -> str:
        """Give the tag of what has the focus, and its name or words."""
        return self.page.evaluate(
            "() => { const held = document.activeElement;"
            " return `${held.tagName} ${held.getAttribute('aria-label') ?? held.innerText ?? ''}`; }"
        )

    def wide(self) -> int:
        """By how many pixels the page is wider than the window."""
        return self.page.evaluate(
            """() => Math.max(...['html', '[data-testid="stMain"]'].map((name) => {
                 const part = document.querySelector(name);
                 return part.scrollWidth - part.clientWidth;
               }))"""
        )

    def in_theme(self, theme: str) -> "Visit":
        wanted = {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 20, 19)"}[theme]
        self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        self.page.wait_for_function(f"(wanted) => ({_GROUND})() === wanted", arg=wanted)
        return self.settle()  # colours fade over

    def findings(self) -> list[str]:
        """List what axe-core finds serious or critical in what is shown."""
        results = Axe().run(
            self.page,
            options={"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}},
        )
        return [
            f"{found['id']}: {node['html'][:160]} {json.dumps(node['any'][:1])[:300]}"
            for found in results.response["violations"]
            if found["impact"] in ("serious", "critical")
            for node in found["nodes"]
        ]
