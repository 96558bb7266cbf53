import re
from pathlib import Path

from pages._shared.search import phone_layout

PAGES = Path(__file__).parents[3] / "pages"


def test_what_is_laid_out_otherwise_on_a_phone_is_on_the_page():
    code = "".join(path.read_text("utf-8") for path in PAGES.rglob("*.py"))
    keys = set(re.findall(r"\.st-key-([\w-]+)", phone_layout._STYLE))
    assert len(keys) > 5
    assert not [key for key in keys if f'key="{key}"' not in code]
