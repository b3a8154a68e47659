"""A student's function that raises, hangs, prints, exits or changes its argument: one line, with the place."""

import inspect
import sys
import threading
import time

import numpy as np
import pytest
from backprop_by_hand import NETS, data_of, loss_and_gradient

import thalweg as tw

HOW = NETS["2-4-1 sigmoid, sigmoid"]
X, P, T = data_of(HOW)
OPTIONS = {
    "network": tw.mlp(2, 4, 1, hidden="sigmoid", output="sigmoid"),
    "loss": "cross_entropy",
    "l2": 0.02,
    "data": (P, T),
}


def line_of(function, text):
    """The number of the line of a function that has a text."""
    lines, first = inspect.getsourcelines(function)
    return first + next(number for number, line in enumerate(lines) if text in line)


def right(x):
    return loss_and_gradient(HOW, P, T, x)


def test_a_function_that_raises():
    def f(x):
        return x["W3"]

    with pytest.raises(tw.ArgumentError) as caught:
        tw.check_gradient(f, X, **OPTIONS)
    place = f"test_guarded.py, line {line_of(f, 'W3')}"
    assert str(caught.value) == f"f(x) raises KeyError: 'W3', at {place} (return x[\"W3\"])"
    assert isinstance(caught.value.__cause__, KeyError)


def test_an_error_within_a_library_is_told_at_the_own_line():
    def f(x):
        return np.ones(2) @ np.ones(3)

    with pytest.raises(tw.ArgumentError) as caught:
        tw.check_gradient(f, X, **OPTIONS)
    assert f"line {line_of(f, 'np.ones(2)')} (return np.ones(2) @ np.ones(3))" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_function_that_exits():
    with pytest.raises(tw.ArgumentError, match="raises SystemExit: 3"):
        tw.check_gradient(lambda x: sys.exit(3), X, **OPTIONS)


@pytest.mark.parametrize("with_network", [True, False])
def test_a_function_that_hangs(with_network):
    def f(x):
        while True:
            try:
                np.sum(x["W1"])
            except Exception:
                continue

    began = time.perf_counter()
    with pytest.raises(tw.ArgumentError) as caught:
        tw.check_gradient(f, X, max_seconds=0.05, **(OPTIONS if with_network else {}))
    assert time.perf_counter() - began < 5.0
    assert "f(x) has not come back after 0.05 s, at test_guarded.py, line " in str(caught.value)
    assert "does a loop end?" in str(caught.value)
    assert not [thread for thread in threading.enumerate() if thread.daemon and "_watch" in thread.name]


def test_it_may_hang_in_a_thread_and_late():
    calls = []

    def f(x):
        calls.append(1)
        while len(calls) > 5:
            pass
        return right(x)

    caught = []

    def go():
        try:
            tw.check_gradient(f, X, max_seconds=0.05, **OPTIONS)
        except tw.ArgumentError as error:
            caught.append(str(error))

    thread = threading.Thread(target=go)
    thread.start()
    thread.join(20.0)
    assert "has not come back" in caught[0]


def test_a_function_that_prints(capsys):
    def f(x):
        F, g = right(x)
        print("loss", round(F, 3))
        print("more")
        return F, g

    check = tw.check_gradient(f, X, **OPTIONS)
    assert check.passed
    assert capsys.readouterr().out == ""
    note = f'a function prints, at test_guarded.py, line {line_of(f, "loss")} (print("loss", round(F, 3))): \'loss '
    assert check.notes[0].startswith(note)
    assert check.notes[0].endswith("lines in all); what it prints was kept back")


def test_a_function_that_changes_its_argument():
    def f(x):
        F, g = right(x)
        x["b1"] -= 0.1 * g["b1"]
        return F, g

    check = tw.check_gradient(f, X, **OPTIONS)
    assert not check.passed
    assert {found.kind for found in check.findings} == {"changes_argument"}
    assert "b1[0] was " in check.findings[0].text


def test_a_function_alone_must_give_both():
    with pytest.raises(tw.ArgumentError, match=r"alone it must give both, \(F, gradient\)"):
        tw.check_gradient(np.sum, np.ones(3))
    with pytest.raises(tw.ArgumentError, match="x is missing"):
        tw.check_gradient(np.sum)
    assert tw.check_gradient(lambda x: (np.sum(x**2), 2 * x), np.ones(3)).passed
    assert tw.check_gradient(lambda x: (2 * x, np.sum(x**2)), np.arange(3.0)).passed
