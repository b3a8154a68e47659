"""The page as a server: on loopback unless told otherwise, guarded, and opened in the browser."""

from __future__ import annotations

import logging
import os
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ArgumentError, FileError
from .security import Guard, is_loopback, new_token

if TYPE_CHECKING:
    from .building import OwnTable
    from .spec import Spec

PORT = 8188
_NEXT_TRIED = 20
_SECONDS_TO_RECONNECT = 60.0


def check_installed() -> None:
    """Raise ArgumentError, which names what to install, where the page's libraries are missing."""
    from importlib.util import find_spec

    missing = [name for name in ("nicegui", "anywidget") if find_spec(name) is None]
    if missing:
        raise ArgumentError(f"the studio needs {' and '.join(missing)}: pip install 'thalweg[studio]'")


def check_port(host: str, port: int) -> None:
    """Raise FileError, which says by what and offers the next, for a port in use or an address that is not here."""
    problem = _taken(host, port)
    if problem is None:
        return
    if isinstance(problem, PermissionError):
        raise FileError(f"port {port} of {host} is not for everybody: give one above 1023, such as --port {PORT}")
    import errno

    if isinstance(problem, socket.gaierror) or problem.errno == errno.EADDRNOTAVAIL:
        raise FileError(f"host {host!r} is no address of this machine: give --host 127.0.0.1, or one that it has")
    free = next((one for one in range(port + 1, min(port + _NEXT_TRIED, 65536)) if _taken(host, one) is None), None)
    by = _user_of(port)
    remedy = "give another one with --port" if free is None else f"give the next one, --port {free}"
    raise FileError(f"port {port} of {host} is in use{f' by {by}' if by else ''}: {remedy}")


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = PORT,
    own: OwnTable | None = None,
    spec: Spec | None = None,
    opens: bool = True,
    told: bool = True,
) -> None:
    """Serve the page until it is interrupted; an address that others reach has a token, which is printed."""
    check_installed()
    check_port(host, port)
    with tempfile.TemporaryDirectory(prefix="thalweg-studio-") as folder:
        os.environ.setdefault("NICEGUI_STORAGE_PATH", folder)
        os.environ.setdefault("MATPLOTLIB", "false")  # of NiceGUI: figures of its own are not used
        sys.setswitchinterval(0.001)  # trainings in Python let the page have its turn
        from nicegui import app, core, ui

        from .shell import make_page

        token = None if is_loopback(host) else new_token()
        core.sio.eio.cors_allowed_origins = None  # the guard asks for the page's own origin
        app.add_middleware(Guard, host=host, port=port, token=token)
        make_page(own, spec)
        path = f"/?token={token}" if token else "/"
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
        if told:
            print(f"Thalweg Studio: http://{shown}:{port}{path}  (Ctrl-C ends it)", flush=True)
        opens = opens and _has_browser()
        logging.getLogger("uvicorn.error").addFilter(_of_a_page_that_is_there)
        ui.run(
            host=host,
            port=port,
            title="Thalweg Studio",
            favicon=_FAVICON,
            dark=None,
            language="en-US",
            show=path if opens else False,
            reload=False,
            reconnect_timeout=_SECONDS_TO_RECONNECT,
            show_welcome_message=False,
            uvicorn_logging_level="error",
            tailwind=False,
        )


_FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path d="M2 6C9 6 9 26 16 26S23 6 30 6" fill="none" '
    'stroke="#0072b2" stroke-width="4"/><circle cx="16" cy="26" r="4" fill="#d55e00"/></svg>'
)


def _of_a_page_that_is_there(record: logging.LogRecord) -> bool:
    """Whether a fault is one: Starlette says so, too, of an answer that a browser no longer waits for."""
    error = record.exc_info[1] if record.exc_info else None
    return not (isinstance(error, RuntimeError) and str(error) == "No response returned.")


def _has_browser() -> bool:
    import webbrowser

    try:
        webbrowser.get()
    except webbrowser.Error:
        print("no browser was found here: open the address above in one", flush=True)
        return False
    return True


def _taken(host: str, port: int) -> OSError | None:
    """Why nothing can listen there; None if it can."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as one:
            if os.name != "nt":
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((host, port))
    except OSError as error:
        return error
    return None


def _user_of(port: int) -> str:
    """The program that listens at a port, where the system tells it; else nothing."""
    wanted = f"{port:04X}"
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        inodes |= {
            line.split()[9] for line in lines if line.split()[1].endswith(f":{wanted}") and line.split()[3] == "0A"
        }
    if not inodes:
        return ""
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = str(link.readlink())
        except OSError:
            continue
        if target.startswith("socket:[") and target[8:-1] in inodes:
            number = link.parts[2]
            try:
                name = Path("/proc", number, "comm").read_text(encoding="utf-8").strip()
            except OSError:
                name = "a program"
            return f"{name} (process {number})"
    return ""
