"""Turns are taken in order, by no more than may at once."""

import threading
import time

from thalweg.studio.turns import Turns


def test_all_have_as_many_turns_and_never_more_at_once():
    turns, lock = Turns(2), threading.Lock()
    now, most, order = 0, 0, []

    def take(name):
        nonlocal now, most
        for _ in range(8):
            with turns:
                with lock:
                    now += 1
                    most = max(most, now)
                    order.append(name)
                time.sleep(0.001)
                with lock:
                    now -= 1

    threads = [threading.Thread(target=take, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert most == 2
    assert not turns.crowded
    middle = order[12:36]
    assert all(middle.count(name) >= 2 for name in range(6))
