"""The page of a command that trains: a server of its own, in a thread, that shows what an onlooker keeps of the run."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from ..errors import ArgumentError, FileError
from .security import Guard, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from .watch_pictures import TablePictures

HOST, PORT = "127.0.0.1", 8188
_NEXT_TRIED = 30
_SECONDS_FOR_BROWSER, _SECONDS_FOR_PAGE = 15.0, 10.0
"""How long the end waits for a browser that was opened, and for a page that is."""
_SECONDS_OPEN = 2.5
"""After so long without a question a page is not open any more."""
_SECONDS_BETWEEN, _MOST_WAITS = 0.25, 60
"""Between two answers at the least; and how often it is looked whether there is something to tell."""
_WAITING = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="1">'
    '<link rel="icon" href="data:,"><title>Thalweg</title><style>body{font:16px system-ui;margin:2rem;'
    "color-scheme:light dark}</style><p>The training has not begun yet."
)
_log = logging.getLogger("thalweg")


def check_installed() -> None:
    """Raise ArgumentError, which names what to install, where what serves the page is missing."""
    from importlib.util import find_spec

    missing = [name for name in ("uvicorn", "anywidget") if find_spec(name) is None]
    if missing:
        raise ArgumentError(f"--watch needs {' and '.join(missing)}: pip install 'thalweg[studio]'")


class Window:
    """A page that shows a training while it goes on, and its end; who is shown is `pictures`, once there is something.

    What fails in it is told in the log, and neither ends nor changes the training.
    """

    def __init__(self, port: int | None = None, *, opens: bool = True) -> None:
        self._opens = opens
        self._socket = _listening(port)
        self.port: int = self._socket.getsockname()[1]
        self.address = f"http://{HOST}:{self.port}/"
        self.pictures: TablePictures | None = None
        self._state = f"/state-{secrets.token_hex(8)}"  # a page of the command before asks in vain
        self._asked = time.monotonic()
        self._was_asked, self._opened, self._ended, self._failed = False, False, False, False
        self._closing = False
        self._open = 0
        """Questions that wait for an answer."""
        self._seen = threading.Event()
        self._server: Any = None
        self._thread = threading.Thread(target=self._serve, name="thalweg watch", daemon=True)

    def start(self) -> None:
        """Serve, and open the browser."""
        self._thread.start()
        self._opened = self._opens and _open_browser(self.address)
        shown = "" if self._opened or not self._opens else ", which no browser here opens"
        print(f"watch   {self.address} (until the training ends; the page stays as it is then){shown}", file=sys.stderr)

    def end(self) -> None:
        """Nothing comes any more: let the page that is open have the end, for some seconds at most; Ctrl-C leaves."""
        self._ended = True
        waits = 0.0
        if self._open or (self._was_asked and time.monotonic() - self._asked < _SECONDS_OPEN):
            waits = _SECONDS_FOR_PAGE
        elif self._opened and not self._was_asked and self.pictures is not None:
            waits = _SECONDS_FOR_BROWSER
        if waits:
            with _interruptible(self._seen):
                self._seen.wait(waits)
        self.close()

    def close(self) -> None:
        """Serve no more."""
        self._closing = True
        if self._server is not None:
            self._server.should_exit = True
        self._thread.join(2.0)
        self._socket.close()

    def _serve(self) -> None:
        try:
            import uvicorn

            app = Guard(self._answer, host=HOST, port=self.port)
            quiet: dict[str, Any] = {"log_level": "critical", "access_log": False}
            quiet["log_config"] = None  # one of uvicorn's own would close the log handlers of the whole process
            config = uvicorn.Config(app, lifespan="off", ws="none", **quiet)
            self._server = uvicorn.Server(config)
            if not self._closing:
                self._server.run(sockets=[self._socket])
        except Exception as error:
            self._tell(error)

    def _tell(self, error: Exception) -> None:
        if not self._failed:
            _log.warning(f"the page of --watch failed, and the training goes on without it: {error!r}")
        self._failed = True

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._answered(scope, send)
        except Exception as error:
            self._tell(error)
            await _send(send, 500, "text/plain", "something failed, which the terminal tells")
            self._seen.set()

    async def _answered(self, scope: Scope, send: Send) -> None:
        path, pictures = scope["path"], self.pictures
        if path in ("/", self._state):
            self._asked, self._was_asked = time.monotonic(), True
        status, kind, over = 200, "text/html; charset=utf-8", False
        if scope["method"] != "GET":
            status, kind, body = 405, "text/plain", "this page is only looked at"
        elif path == "/":
            body = _WAITING if pictures is None or not pictures.begun else pictures.page(self._state)
        elif path == self._state and pictures is not None and pictures.begun:
            since = parse_qs(scope["query_string"].decode("latin-1")).get("since", ["0"])[0]
            found = await self._changed(pictures, int(since) if since.isdigit() and len(since) < 12 else 0)
            over = found["over"]
            kind, body = "application/json", json.dumps(found, allow_nan=False)
        else:
            status, kind, body = 404, "text/plain", "there is nothing here: the page is at /"
        await _send(send, status, kind, body)
        if over:
            self._seen.set()

    async def _changed(self, pictures: TablePictures, since: int) -> dict[str, Any]:
        """What changed, as soon as something has: the page asks at once again, as timers of a hidden one may sleep."""
        self._open += 1
        try:
            await asyncio.sleep(_SECONDS_BETWEEN)
            for _ in range(_MOST_WAITS):
                if self._ended or pictures.has_news(since):
                    break
                await asyncio.sleep(_SECONDS_BETWEEN)
            ended = self._ended
            return {**pictures.state(since), "over": ended}
        finally:
            self._open -= 1
            self._asked = time.monotonic()


async def _send(send: Send, status: int, kind: str, body: str) -> None:
    data = body.encode("utf-8", errors="replace")
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(data)).encode()),
               (b"cache-control", b"no-store")]  # fmt: skip
    start: Message = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": data})


def _listening(port: int | None) -> socket.socket:
    """A socket at a port, or at the next free one; raises FileError, which says by what the port is used."""
    from .app import check_port

    if port is not None:
        check_port(HOST, port)
    for one in [port] if port is not None else range(PORT, PORT + _NEXT_TRIED):
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if os.name != "nt":
                found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind((HOST, one))
            found.listen(64)
        except OSError:
            found.close()
            continue
        return found
    last = PORT + _NEXT_TRIED - 1
    raise FileError(f"ports {PORT} to {last} of {HOST} are in use: give another one with --port")


def _open_browser(address: str) -> bool:
    """Open an address in a browser with windows of its own; whether there is one."""
    import webbrowser

    windows = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    )
    try:
        return windows and webbrowser.open(address)
    except (webbrowser.Error, OSError):
        return False


@contextmanager
def _interruptible(seen: threading.Event) -> Iterator[None]:
    """Ctrl-C ends the waiting, and nothing else: all is written."""
    import signal

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, lambda number, frame: seen.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
