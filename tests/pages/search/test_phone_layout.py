import re
from pathlib import Path

from pages._shared.search import phone_layout

PAGES = Path(__file__).parents[3] / "pages"


def test_what_is_laid_out_otherwise_on_a_phone_is_on_the_page():
    code = "".join(path.read_text("utf-8") for path in PAGES.rglob("*.py"))
    keys = set(re.findall(r"\.st-key-([\w-]+)", phone_layout._STYLE))
    assert len(keys) > 5
    assert not [key for key in keys if not is_drawn(key, code)]


def is_drawn(key: str, code: str) -> bool:
    """Whether code names a key, or makes it of a beginning and a name, as in "turned-query"."""
    beginnings = [key[: place + 1] for place, letter in enumerate(key) if letter == "-"]
    return f'key="{key}"' in code or any(f'key=f"{beginning}{{' in code for beginning in beginnings)
