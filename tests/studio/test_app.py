"""Where the page may be served, and what is said where it may not."""

import logging
import socket
import sys
import webbrowser

import pytest

from thalweg.errors import ArgumentError, FileError
from thalweg.studio import app


def test_a_port_in_use_is_told_by_what_and_the_next_is_offered():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        port = one.getsockname()[1]
        with pytest.raises(FileError) as caught:
            app.check_port("127.0.0.1", port)
        told = str(caught.value)
        assert told.startswith(f"port {port} of 127.0.0.1 is in use")
        assert "--port " in told
        if sys.platform == "linux":
            assert "in use by " in told
            assert "process" in told
        offered = int(told.rpartition("--port ")[2])
        app.check_port("127.0.0.1", offered)


def test_an_address_that_is_not_here_is_told():
    for host in ("203.0.113.7", "no such name"):
        with pytest.raises(FileError, match="no address of this machine"):
            app.check_port(host, 0)


def test_what_to_install_is_told(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ArgumentError, match=r"pip install 'thalweg\[studio\]'"):
        app.check_installed()


def test_without_a_browser_the_address_is_to_be_opened_elsewhere(monkeypatch, capsys):
    def none():
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", none)
    assert not app._has_browser()
    assert capsys.readouterr().out == "no browser was found here: open the address above in one\n"


def test_a_browser_that_left_is_no_fault():
    def told(error):
        return app._of_a_page_that_is_there(logging.LogRecord("", logging.ERROR, "", 0, "", None, (None, error, None)))

    assert not told(RuntimeError("No response returned."))
    assert told(RuntimeError("another"))
    assert app._of_a_page_that_is_there(logging.LogRecord("", logging.ERROR, "", 0, "a line", None, None))
