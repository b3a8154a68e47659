"""The page of a running command: who gets it, what it asks for, how it ends."""

import json
import socket
import threading
import time
import urllib.error
import urllib.request

import polars as pl
import pytest

import thalweg as tw
from thalweg.errors import ArgumentError, FileError
from thalweg.studio import watch_server
from thalweg.studio.watch_pictures import TablePictures
from thalweg.studio.watch_server import Window

BAD = "<img src=x onerror=alert(1)>"


def asked(address, **headers):
    """The status and the text of an answer."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def table(rows=60):
    x = pl.int_range(rows, eager=True) / rows
    return pl.DataFrame({BAD: x, "y": (x * 7) % 1, "class": (x * 4).floor().cast(int).cast(str) + BAD})


def trained(pictures, epochs):
    settings = tw.Settings(hidden=(4,), epochs=epochs, patience=0, engine="numpy", record="all")
    found = tw.train_table(
        table(), "class", settings, callbacks=(pictures.looking,), verbose=False,
        on_prepared=lambda prepared, net: pictures.prepare(prepared),
    )  # fmt: skip
    pictures.conclude(found)
    return found


@pytest.fixture
def window():
    found = Window(opens=False)
    found.start()
    yield found
    found.close()


def test_it_answers_its_own_address_alone(window, capsys):
    assert asked(window.address)[0] == 200
    assert "has not begun" in asked(window.address)[1]
    assert asked(window.address, Host="evil.example")[0] == 421
    assert asked(window.address, Origin="http://evil.example")[0] == 403
    assert asked(f"{window.address}../../etc/passwd")[0] == 404
    assert asked(f"{window.address}state-0")[0] == 404
    window.pictures = pictures = TablePictures(None, "t")
    trained(pictures, 3)
    status, page = asked(window.address)
    assert status == 200
    assert BAD not in page
    posted = urllib.request.Request(window.address, data=b"x")
    with pytest.raises(urllib.error.HTTPError, match="405"):
        urllib.request.urlopen(posted, timeout=20)


def test_what_changed_is_told_as_soon_as_it_has(window):
    window.pictures = pictures = TablePictures(table(), "t")
    trained(pictures, 30)
    page = asked(window.address)[1]
    state = window.address + json.loads(page.partition('id="values">')[2].partition("</script>")[0])["asks"][1:]
    first = json.loads(asked(f"{state}?since=0")[1])
    assert not first["over"]
    assert {"status", "curves", "network", "regions", "scores", "rule"} == set(first["values"])
    assert "<math>" in first["values"]["rule"]["data"]["html"]
    waiting = threading.Thread(target=window.end)
    waiting.start()
    last = json.loads(asked(f"{state}?since={first['version']}")[1])
    waiting.join(5)
    assert not waiting.is_alive()
    assert (last["over"], last["values"]) == (True, {})


def test_nobody_is_waited_for_where_no_page_is_open(window):
    began = time.monotonic()
    window.end()
    assert time.monotonic() - began < 3


def test_the_next_free_port_is_taken_and_one_in_use_is_told(window, monkeypatch):
    monkeypatch.setattr(watch_server, "PORT", window.port)
    other = Window(opens=False)
    assert window.port < other.port < window.port + 30
    with pytest.raises(FileError, match=f"port {window.port} of 127.0.0.1 is in use.*--port"):
        Window(window.port)
    monkeypatch.setattr(watch_server, "_NEXT_TRIED", 1)
    with pytest.raises(FileError, match="are in use: give another one with --port"):
        Window()
    other._socket.close()


def test_what_to_install_is_told(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ArgumentError, match=r"--watch needs uvicorn and anywidget: pip install 'thalweg\[studio\]'"):
        watch_server.check_installed()


def test_a_browser_is_opened_where_there_is_one_with_windows(monkeypatch, capsys):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert not watch_server._open_browser("http://127.0.0.1:1/")
    monkeypatch.setenv("BROWSER", "some")
    assert watch_server._open_browser("http://127.0.0.1:1/")
    assert opened == ["http://127.0.0.1:1/"]


def test_a_page_shows_the_run_and_stays_when_it_has_ended(browser, window, tmp_path):
    window.pictures = pictures = TablePictures(table(), f"Training on {BAD}")
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    said = []

    def train():
        trained(pictures, 20_000)
        window.end()

    pictures_of = threading.Thread(target=train)
    pictures_of.start()
    page = context.new_page()
    page.set_default_timeout(20_000)
    for name in ("console", "pageerror", "dialog"):
        page.on(name, lambda what: said.append(str(what)))
    page.goto(window.address)
    lines = page.locator(".status-picture .lines")
    lines.wait_for()
    before = lines.inner_text()
    page.wait_for_function("text => document.querySelector('.status-picture .lines').innerText !== text", arg=before)
    page.locator(".words-picture math").first.wait_for()
    pictures.looking.going.stop()
    save = page.get_by_role("button", name="Save this page")
    save.wait_for()
    pictures_of.join(10)
    assert page.get_by_text("interrupted after").first.is_visible()
    assert page.get_by_role("button", name="Stop").count() == 0
    page.locator(".regions-picture").get_by_role("button", name="To the start").click()
    page.locator(".curves-picture output", has_text="epoch 1 of").wait_for()
    with page.expect_download() as download:
        save.click()
    download.value.save_as(tmp_path / "kept.html")
    kept = context.new_page()
    kept.on("pageerror", lambda error: said.append(str(error)))
    kept.goto((tmp_path / "kept.html").as_uri())
    kept.locator(".network-picture .diagram").wait_for()
    assert kept.get_by_text("interrupted after").first.is_visible()
    assert kept.get_by_role("button", name="Save this page").count() == 0
    context.close()
    assert not said


def test_the_port_of_one_that_has_ended_is_free_again():
    one = Window(opens=False)
    one.start()
    one.close()
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", one.port))
