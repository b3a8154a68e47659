"""Turns are taken in order, by no more than may at once."""

import threading
import time

from thalweg.studio.turns import Turns


def test_no_more_than_may_have_turns_at_once():
    turns, lock = Turns(2), threading.Lock()
    now, most = 0, 0

    def take():
        nonlocal now, most
        for _ in range(8):
            with turns:
                with lock:
                    now += 1
                    most = max(most, now)
                time.sleep(0.001)
                with lock:
                    now -= 1

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (now, most) == (0, 2)
    assert not turns.crowded


def test_who_waits_longest_comes_next():
    turns, order = Turns(1), []

    def take(name):
        with turns:
            order.append(name)

    threads = [threading.Thread(target=take, args=(name,)) for name in range(5)]
    with turns:
        for count, thread in enumerate(threads, 1):
            thread.start()
            until = time.monotonic() + 30
            while turns.waiting < count and time.monotonic() < until:  # each waits before the next one comes
                time.sleep(0.001)
            assert turns.waiting == count
        assert turns.crowded
    for thread in threads:
        thread.join(30)
    assert order == list(range(5))
