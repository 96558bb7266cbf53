"""A way to the server that can be cut and mended, as a phone's is while it takes a photo."""

import socket
import threading
from contextlib import suppress

EXPECTED = r"net::ERR_|Client Error|Streamlit server is not responding"
"""What the browser says of a connection that is cut."""


class Connection:
    """Hands on whatever goes to and from a server on this machine, until it is cut.

    Parameters
    ----------
    port : int
        Of the server.

    Attributes
    ----------
    url : str
        Where the server is reached through it.
    """

    def __init__(self, port: int) -> None:
        self._port, self._is_open, self._ends = port, True, set[socket.socket]()
        self._waits = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._waits.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End what is connected, and refuse whoever comes."""
        self._is_open = False
        for end in list(self._ends):
            self._close(end)

    def mend(self) -> None:
        """Let everybody through again."""
        self._is_open = True

    def close(self) -> None:
        """Cut it for good."""
        self.cut()
        self._close(self._waits)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                browser, _ = self._waits.accept()
                if not self._is_open:
                    browser.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._port))
                self._ends |= {browser, server}
                for pair in ((browser, server), (server, browser)):
                    threading.Thread(target=self._hand_on, args=pair, daemon=True).start()

    def _hand_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
        for end in (source, target):
            self._close(end)

    def _close(self, end: socket.socket) -> None:
        self._ends.discard(end)
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
