"""Who is let through: Host and Origin, the token, the size; over HTTP and WebSocket."""

import contextlib
from typing import NamedTuple

import pytest

from thalweg.studio.security import LARGEST_BODY, Guard, is_loopback, new_token

HERE = "127.0.0.1:8188"


class Answer(NamedTuple):
    status: int
    headers: dict
    text: str
    taken: int


async def page(scope, receive, send):
    """Takes all that comes, and says hello."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        return
    taken, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        taken += len(message["body"])
        more = message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-taken", str(taken).encode())]})
    await send({"type": "http.response.body", "body": b"hello " + scope["query_string"]})


def finish(coroutine):
    """Run what never waits, without a loop: one may run already, of a browser."""
    with contextlib.suppress(StopIteration):
        coroutine.send(None)
        raise AssertionError("it waits")


def ask(path="/", *, kind="http", listens="127.0.0.1", token=None, pieces=(b"",), **headers):
    """What the guarded page answers; for a WebSocket 101, or the code with which it was closed."""
    headers = {"host": HERE, **headers}
    path, _, query = path.partition("?")
    listed = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items() if value is not None]
    scope = {"type": kind, "path": path, "query_string": query.encode(), "headers": listed, "method": "GET"}
    come = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    come = [*come[:-1], {**come[-1], "more_body": False}] if kind == "http" else [{"type": "websocket.connect"}]
    sent = []

    async def receive():
        return come.pop(0)

    async def send(message):
        sent.append(message)

    finish(Guard(page, host=listens, port=8188, token=token)(scope, receive, send))
    if kind == "websocket":
        return Answer(101 if sent[0]["type"] == "websocket.accept" else sent[0]["code"], {}, "", 0)
    if not sent:
        return Answer(0, {}, "", 0)
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], found, sent[1]["body"].decode(), int(found.get("x-taken", 0)))


FOREIGN = (
    "evil.example",
    "evil.example:8188",
    "127.0.0.1:80",
    "127.0.0.1.evil.example:8188",
    "",
    "localhost:8188@evil.example",
    "192.168.0.7:8188",
)


@pytest.mark.parametrize("name", [HERE, "localhost:8188", "LOCALHOST:8188", "[::1]:8188"])
def test_its_own_names_are_let_through(name):
    assert ask(host=name).text == "hello "
    assert ask(host=name, origin=f"http://{name}").status == 200
    assert ask(kind="websocket", host=name, origin=f"http://{name}").status == 101


@pytest.mark.parametrize("name", FOREIGN)
def test_a_name_that_was_made_to_point_here_is_refused(name):
    answer = ask(host=name)
    assert answer.status == 421
    assert "hello" not in answer.text
    assert ask(kind="websocket", host=name).status == 1008


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://127.0.0.1:9999", "http://127.0.0.1:8188.evil", "http://localhost:8188", ""],
)
def test_another_pages_call_is_refused(origin):
    assert ask(origin=origin).status == 403
    assert ask(kind="websocket", origin=origin).status == 1008


def test_an_address_that_others_reach_asks_for_the_token():
    token = new_token()
    reached = {"listens": "0.0.0.0", "token": token, "host": "192.168.0.7:8188"}
    for path in ("/", "/?token=", "/?token=wrong", f"/?token={token}x"):
        refused = ask(path, **reached)
        assert refused.status == 403
        assert token not in refused.text
    assert ask(kind="websocket", **reached).status == 1008
    assert ask(f"/?token={token}", kind="websocket", **reached).status == 1008
    led = ask(f"/?token={token}&data=circle", **reached)
    assert led.status == 303
    assert led.headers["location"] == "/?data=circle"
    assert "HttpOnly" in led.headers["set-cookie"]
    assert "SameSite=Strict" in led.headers["set-cookie"]
    cookie = led.headers["set-cookie"].partition(";")[0]
    assert ask(led.headers["location"], **reached, cookie=cookie).text == "hello data=circle"
    assert ask(kind="websocket", **reached, cookie=cookie).status == 101
    assert ask(**reached, cookie=cookie + "x").status == 403
    assert ask(**reached, cookie='="' * 40).status == 403


def test_leading_on_stays_here():
    led = ask("//evil.example/?token=t", listens="0.0.0.0", token="t", host="192.168.0.7:8188")
    assert led.headers["location"] == "/evil.example/"


def test_a_name_of_ones_own_is_no_address_of_an_open_server():
    assert ask("/?token=t", listens="0.0.0.0", token="t", host="evil.example:8188").status == 421


def test_too_much_at_once_is_refused_whether_announced_or_not():
    assert ask(pieces=[b"x" * 600, b"x" * 400]).taken == 1000
    answer = ask(content_length=str(LARGEST_BODY + 1))
    assert answer.status == 413
    assert "24 MiB" in answer.text
    assert ask(content_length="-1").status == 413
    assert ask(pieces=[b"x" * (1 << 20)] * (LARGEST_BODY // (1 << 20) + 2)).status == 0


def test_what_is_answered_is_not_framed_nor_guessed_and_loads_from_here_alone():
    headers = ask().headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http:" not in policy


@pytest.mark.parametrize(
    ("host", "own"), [("127.0.0.8", True), ("::1", True), ("10.0.0.1", False), ("::", False), ("x", False)]
)
def test_loopback(host, own):
    assert is_loopback(host) is own
