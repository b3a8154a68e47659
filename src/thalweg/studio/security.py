"""Who may speak to the page: the names it answers to, the pages that may call it, the token, the size of what comes."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "thalweg_studio"
LARGEST_BODY = 24 << 20
"""Bytes of a request: an upload and what its form adds."""
_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:; style-src 'self' "
        b"'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' blob: data:; "
        b"object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    ),
)
"""The page's library compiles its templates in the browser, hence eval; all comes from the page's own server."""


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine alone.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(24)


class Guard:
    """Lets a request or a WebSocket through that names this server and comes from its own pages.

    A page elsewhere, whose name was made to point here, has another Host and Origin, and is refused. With a token the
    first request names it, `?token=...`, and a cookie keeps it.
    """

    def __init__(self, app: Application, *, host: str, port: int, token: str | None = None) -> None:
        self._app = app
        self._token = token
        self._cookie = f"{COOKIE}_{port}"
        self._port = port
        self._host = host
        names = {*_LOCAL_NAMES, host, f"[{host}]"}
        if not is_loopback(host):
            names.add(socket.gethostname().lower())
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is refused, and hand on the rest."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(headers)
        if refusal is not None:
            await _refuse(scope, receive, send, *refusal)
            return
        if self._token is not None and not self._has_token(headers):
            await self._ask_token(scope, receive, send)
            return
        length = headers.get(b"content-length", "0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            await _refuse(scope, receive, send, 413, _too_large())
            return
        await self._app(scope, _limited(receive), _with_headers(send))

    def _refusal(self, headers: dict[bytes, str]) -> tuple[int, str] | None:
        host = headers.get(b"host", "")
        if not self._is_ours(host):
            return 421, "this address is none of this server's: open the one that it printed"
        origin = headers.get(b"origin")
        if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
            return 403, "another page called this server, which answers its own pages alone"
        return None

    def _is_ours(self, host: str) -> bool:
        name, _, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
        if not name:
            name, port = host, ""
        if port not in ("", str(self._port)):
            return False
        name = name.lower()
        if name in self._names:
            return True
        if is_loopback(self._host):
            return False
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True

    def _has_token(self, headers: dict[bytes, str]) -> bool:
        assert self._token is not None
        try:
            found = SimpleCookie(headers.get(b"cookie", "")).get(self._cookie)
        except CookieError:
            return False
        return found is not None and secrets.compare_digest(found.value.encode(), self._token.encode())

    async def _ask_token(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the token of the address into a cookie, and lead to the address without it; else refuse."""
        assert self._token is not None
        query = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        given = dict(query).get("token", "")
        if scope["type"] != "http" or not secrets.compare_digest(given.encode(), self._token.encode()):
            told = "this server asks for its token: open the address that it printed, which ends in ?token=..."
            await _refuse(scope, receive, send, 403, told)
            return
        rest = urlencode([(name, value) for name, value in query if name != "token"])
        path = "/" + scope["path"].lstrip("/")
        cookie = f"{self._cookie}={self._token}; Path=/; HttpOnly; SameSite=Strict"
        headers = [(b"location", (path + ("?" + rest if rest else "")).encode("latin-1", "ignore"))]
        headers += [(b"set-cookie", cookie.encode()), (b"cache-control", b"no-store"), *_HEADERS]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def _limited(receive: Receive) -> Receive:
    """What comes, cut where it is more than a request may have."""
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > LARGEST_BODY:
                return {"type": "http.disconnect"}
        return message

    return limited


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *_HEADERS]}
        await send(message)

    return sent


def _too_large() -> str:
    return f"more than {LARGEST_BODY >> 20} MiB came at once, which is the most that this page takes"


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, told: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": told[:120]})
        return
    body = told.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode()), *_HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
