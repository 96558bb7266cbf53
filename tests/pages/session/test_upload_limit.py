"""What lies with the server before a page has taken it is limited."""

import pytest
from starlette.exceptions import HTTPException
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from pages._shared.session import upload_limit


@pytest.fixture
def manager(monkeypatch) -> MemoryUploadedFileManager:
    """Give the holder of uploads, limited to 10 bytes and 3 files a visit and 15 bytes of all."""
    monkeypatch.setattr(upload_limit, "MAX_VISIT_BYTES", 10)
    monkeypatch.setattr(upload_limit, "MAX_VISIT_FILES", 3)
    monkeypatch.setattr(upload_limit, "MAX_BYTES", 15)
    monkeypatch.setattr(upload_limit, "available_bytes", lambda: None)
    limited = MemoryUploadedFileManager("/upload")
    upload_limit.limit_uploads(limited)
    return limited


def add(manager, visit: str, file_id: str, n_bytes: int) -> int:
    """Give the HTTP status that an upload ends with."""
    try:
        manager.add_file(visit, UploadedFileRec(file_id, "secret.jpg", "image/jpeg", b"x" * n_bytes))
    except HTTPException as error:
        return error.status_code
    return 204


def test_a_visit_may_not_hold_more_than_its_share(manager):
    assert [add(manager, "a", str(number), 5) for number in range(3)] == [204, 204, 413]
    assert add(manager, "b", "1", 5) == 204


def test_a_visit_may_not_hold_any_number_of_files(manager):
    assert [add(manager, "a", str(number), 1) for number in range(4)] == [204, 204, 204, 413]


def test_all_visits_may_not_hold_more_than_there_is_room_for(manager):
    assert [add(manager, visit, "1", 6) for visit in "abc"] == [204, 204, 507]


def test_memory_that_searches_need_is_not_taken(manager, monkeypatch):
    monkeypatch.setattr(upload_limit, "available_bytes", lambda: upload_limit.KEPT_FREE + 3)
    assert [add(manager, "a", "1", 4), add(manager, "a", "2", 3)] == [507, 204]


def test_what_a_page_has_taken_makes_room_again(manager):
    assert add(manager, "a", "1", 9) == 204
    assert add(manager, "a", "2", 9) == 413
    assert add(manager, "a", "1", 0) == 204  # emptied, and still there
    assert [rec.file_id for rec in manager.get_files("a", ["1"])] == ["1"]
    assert add(manager, "a", "2", 9) == 204


def test_a_refused_file_is_logged_without_its_name(manager, caplog):
    caplog.set_level("INFO")
    add(manager, "a", "1", 11)
    assert caplog.messages == ["refused a file of 11 bytes: the visit holds as many files as one may"]
