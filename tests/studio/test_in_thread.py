"""Work off the page's thread: its answer, its errors, and its end when the page is left."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from thalweg.errors import ArgumentError

pytest.importorskip("nicegui", reason="nicegui is not installed: there is no page")
from thalweg.studio.in_thread import in_thread


def ended(coroutine):
    """What it gives, in a loop of its own: a browser of other tests has the loop of this thread."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(lambda: (asyncio.run(coroutine), threading.get_ident())).result()


def refused():
    raise ArgumentError("no")


def test_the_answer_of_another_thread_also_if_it_is_none():
    worked_in, waited_in = ended(in_thread(threading.get_ident))
    assert worked_in != waited_in
    assert ended(in_thread(dict, a=1))[0] == {"a": 1}
    assert ended(in_thread(lambda: None))[0] is None
    with pytest.raises(ArgumentError, match="no"):
        ended(in_thread(refused))


def test_nothing_goes_on_with_it_when_the_page_was_left():
    went_on, free = [], threading.Event()

    async def page():
        went_on.append(await in_thread(free.wait, 10))

    async def left():
        task = asyncio.create_task(page())
        await asyncio.sleep(0)
        task.cancel()
        free.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    ended(left())
    assert went_on == []
