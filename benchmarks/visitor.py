"""A visitor of the dashboard without a browser: a real session over its websocket, and uploads over HTTP."""

import fnmatch
import re
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from websockets.sync.client import ClientConnection, connect

from core.retrieval.verdicts.calibration import Closeness

XSRF_COOKIE = "_streamlit_xsrf"

_HIT = re.compile(rf"\d+ · (?:score \d|(?:{'|'.join(Closeness)})\b)")


class Visitor:
    """One session, which asks for a run of the page and waits for it, as often as it likes.

    Every interaction runs the whole page; a browser would run a control's fragment alone.

    Parameters
    ----------
    server : str
        Host and port, such as ``localhost:8501``.
    query : str
        Query parameters that the session starts with.
    page : str
        The page's path in the address; the Search page's is empty.

    Attributes
    ----------
    query : str
        The query parameters as the page wrote them last.
    session : str
        The session's id, once the page ran.
    elements : list of Element
        What the last run drew.
    ran : bool
        Whether the last run ended without an uncaught error.
    hits_at : float or None
        When the last run drew its first hit, by `time.monotonic`; None where it drew none.
    """

    def __init__(self, server: str, query: str = "", page: str = "") -> None:
        self.server, self.query, self.page = server, query, page
        self.session, self.elements, self.ran = "", list[Element](), False
        self.hits_at: float | None = None
        self._states: dict[str, WidgetState] = {}
        self._cached: dict[str, ForwardMsg] = {}
        self.cookie = _xsrf_cookie(server)
        self._open = ExitStack()
        self._connection: ClientConnection = self._open.enter_context(
            connect(
                f"ws://{server}/_stcore/stream",
                subprotocols=["streamlit", self.cookie],  # type: ignore[list-item]
                additional_headers={"Cookie": f"{XSRF_COOKIE}={self.cookie}"},
                max_size=None,
            )
        )

    def leave(self) -> None:
        """Close the page."""
        self._open.close()

    def run(self, *, timeout: float = 120.0) -> float:
        """Have the page run with the widgets as they are; gives the seconds until it was drawn.

        Raises
        ------
        TimeoutError
            If it was not drawn in time.
        """
        began = time.monotonic()
        message = BackMsg()
        client = message.rerun_script
        client.query_string, client.page_name = self.query, self.page
        client.widget_states.CopyFrom(WidgetStates(widgets=self._states.values()))
        self._connection.send(message.SerializeToString())
        self.elements, self.ran, self.hits_at = [], False, None
        while True:
            answer = self._receive(began + timeout - time.monotonic())
            kind = answer.WhichOneof("type")
            if kind == "new_session":
                self.session = answer.new_session.initialize.session_id or self.session
                self.elements, self.hits_at = [], None  # a page that starts over draws anew
            elif kind == "delta" and answer.delta.WhichOneof("type") == "new_element":
                self.elements.append(answer.delta.new_element)
                if self.hits_at is None and is_hit_line(answer.delta.new_element.markdown.body):
                    self.hits_at = time.monotonic()
            elif kind == "page_info_changed":
                self.query = answer.page_info_changed.query_string
            elif kind == "script_finished" and answer.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                self.ran = not any(element.HasField("exception") for element in self.elements)
                return time.monotonic() - began

    def upload(self, name: str, data: bytes, *, timeout: float = 120.0) -> float:
        """Hand in a picture at the first uploader; gives the seconds until its first hit was drawn.

        Raises
        ------
        HTTPError
            If the server takes no such file.
        """
        began = time.monotonic()
        uploader = next(
            element.file_uploader for element in self.elements if element.HasField("file_uploader")
        )
        file_id = str(uuid4())
        self.put(name, data, file_id=file_id)
        state = WidgetState(id=uploader.id)
        info = state.file_uploader_state_value.uploaded_file_info.add()
        info.file_id, info.name, info.size = file_id, name, len(data)
        info.file_urls.file_id = file_id
        self._states[state.id] = state
        self.run(timeout=timeout)
        return (self.hits_at or time.monotonic()) - began

    def put(self, name: str, data: bytes, *, file_id: str) -> None:
        """Send a file that no widget may ever ask for; raises like `upload`."""
        border = uuid4().hex
        head = f'--{border}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
        body = head.encode() + b"Content-Type: image/jpeg\r\n\r\n" + data + f"\r\n--{border}--\r\n".encode()
        request = urllib.request.Request(
            f"http://{self.server}/_stcore/upload_file/{self.session}/{file_id}",
            data=body,
            method="PUT",
            headers={
                "Content-Type": f"multipart/form-data; boundary={border}",
                "X-Xsrftoken": self.cookie,
                "Cookie": f"{XSRF_COOKIE}={self.cookie}",
            },
        )
        with urllib.request.urlopen(request, timeout=60):
            pass

    def set(self, key: str, **value: Any) -> float:
        """Set the widget of a key, such as ``string_array_value=["Men"]``, and have the page run.

        Raises
        ------
        LookupError
            If the page has no such widget.
        """
        return self._send(self.widget_id(key), **value)

    def _send(self, widget: str, **value: Any) -> float:
        state = WidgetState(id=widget)
        for field, of_field in value.items():
            if field.endswith("_array_value"):
                getattr(state, field).data.extend(of_field)
            else:
                setattr(state, field, of_field)
        self._states[state.id] = state
        seconds = self.run()
        if "trigger_value" in value:
            del self._states[state.id]
        return seconds

    def press(self, label: str) -> float:
        """Press the button of a label; raises like `set`."""
        for element in self.elements:
            if element.HasField("button") and element.button.label == label:
                return self._send(element.button.id, trigger_value=True)
        raise LookupError(f"the page has no button {label!r}")

    def clear_cache(self) -> None:
        """Send the message by which a browser's menu empties the caches of the server."""
        self._connection.send(BackMsg(clear_cache=True).SerializeToString())

    def widget_id(self, key: str) -> str:
        """Give the id of the widget whose key is this, or is like it (``*`` and ``?`` as in a shell)."""
        for element in self.elements:
            kind = element.WhichOneof("type")
            widget = getattr(element, kind) if kind else None
            found: str = getattr(widget, "id", "")
            own = found.split("-", 2)[-1] if found.startswith("$$ID-") else ""
            if fnmatch.fnmatchcase(own, key):
                return found
        raise LookupError(f"the page has no widget {key!r}")

    def texts(self) -> list[str]:
        """Give what the page says in Markdown, captions and headings included."""
        said = [element.markdown.body for element in self.elements if element.HasField("markdown")]
        said += [element.alert.body for element in self.elements if element.HasField("alert")]
        return said + [element.heading.body for element in self.elements if element.HasField("heading")]

    def _receive(self, timeout: float) -> ForwardMsg:
        data = self._connection.recv(timeout=max(0.0, timeout))
        message = ForwardMsg()
        message.ParseFromString(data if isinstance(data, bytes) else data.encode())
        if message.WhichOneof("type") == "ref_hash":
            held = ForwardMsg()
            held.CopyFrom(self._cached[message.ref_hash])
            held.metadata.CopyFrom(message.metadata)
            return held
        if message.metadata.cacheable:
            self._cached[message.hash] = message
        return message


def is_hit_line(text: str) -> bool:
    """Say whether a text is the line of a hit's card that gives its rank, and how close it is.

    Examples
    --------
    >>> is_hit_line("3 · score 0.910"), is_hit_line("3 · very close"), is_hit_line("12 products")
    (True, True, False)
    """
    return _HIT.match(text) is not None


def _xsrf_cookie(server: str) -> str:
    with urllib.request.urlopen(f"http://{server}/_stcore/health", timeout=30) as answer:
        for header in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = header.partition(";")[0].partition("=")
            if name == XSRF_COOKIE:
                return str(value)
    return ""
