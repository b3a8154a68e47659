"""Work of which only what was asked for last is done."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from thalweg.errors import ArgumentError

pytest.importorskip("nicegui", reason="nicegui is not installed: there is no page")
from nicegui import background_tasks, core

from thalweg.studio.latest_only import INSIDE, LatestOnly


def done(script, monkeypatch):
    """What was shown and told in the end."""
    shown, told = [], []

    async def play():
        monkeypatch.setattr(core, "loop", asyncio.get_running_loop())
        work = LatestOnly(told.append)
        script(work, shown)
        while background_tasks.running_tasks or work.busy:
            await asyncio.sleep(0.005)

    with ThreadPoolExecutor(1) as apart:  # a browser of other tests has the loop of this thread
        apart.submit(lambda: asyncio.run(play())).result()
    return shown, told


def test_what_waits_is_replaced_by_what_comes(monkeypatch):
    def script(work, shown):
        for number in range(5):
            work(lambda number=number: number, shown.append)

    assert done(script, monkeypatch) == ([4], [])


def test_what_is_at_work_is_shown_and_then_the_last(monkeypatch):
    begun = threading.Event()

    def script(work, shown):
        work(lambda: begun.set() or "first", lambda first: (shown.append(first), work(lambda: "next", shown.append)))

    assert done(script, monkeypatch) == (["first", "next"], [])
    assert begun.is_set()


def test_mistakes_are_told_and_insides_are_not(monkeypatch, caplog):
    def fails(error):
        def compute():
            raise error

        return compute

    def script(work, shown):
        work(fails(ArgumentError("points is 0")), lambda _: None)

    assert done(script, monkeypatch) == ([], ["points is 0"])
    assert done(lambda work, shown: work(fails(KeyError("secret")), shown.append), monkeypatch) == ([], [INSIDE])
    assert "secret" in caplog.text


def test_what_was_ended_shows_nothing(monkeypatch):
    def script(work, shown):
        work(lambda: 1, shown.append)
        work.end()
        work(lambda: 2, shown.append)

    assert done(script, monkeypatch) == ([], [])
