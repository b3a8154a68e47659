"""A student's file beside a network: a function in its forms, numbers, and what cannot be used, in one line."""

import json
import pathlib

import numpy as np
import pytest

import thalweg as tw
from thalweg.gradient_check.student_file import check_file, dict_of

NET = tw.mlp(2, 3, 1, hidden="sigmoid")
PARAMS = NET.init(4)
P = np.array([[0.0, 1.0], [1.0, 1.0], [0.5, -1.0]])
T = np.array([[1.0], [0.0], [0.5]])
BODY = """
import numpy as np

def run(x, P, T, slope=True):
    a = 1 / (1 + np.exp(-P @ x["W1"].T - x["b1"]))
    e = a @ x["W2"].T + x["b2"] - T
    s2 = e / len(P)
    s1 = s2 @ x["W2"] * (a * (1 - a) if slope else 1)
    return 0.5 * np.mean(e**2), {"W1": s1.T @ P, "b1": s1.sum(0), "W2": s2.T @ a, "b2": s2.sum(0)}
"""
DATA = f"\nP, T = np.array({P.tolist()}), np.array({T.tolist()})\n"


def check(tmp_path, text, name="student.py", which=""):
    file = tmp_path / name
    file.write_text(text)
    return check_file(f"{file}{which}", NET, tw.losses.HalfMSE(), PARAMS, P, T)


@pytest.mark.parametrize(
    "text",
    [
        BODY + "def gradient(x, P, T):\n    return run(x, P, T)[1]\n",
        BODY + "def loss_and_gradient(x, P, T):\n    return run(x, P, T)\n",
        BODY + DATA + "def loss(x):\n    return run(x, P, T)[0]\ndef gradient(x):\n    return run(x, P, T)[1]\n",
        BODY,
    ],
)
def test_a_function_is_found_and_called(tmp_path, text):
    found = check(tmp_path, text)
    assert found.passed, found.explanation
    assert len(found.names) == NET.parameter_count


def test_a_named_function_and_its_mistake(tmp_path):
    text = BODY + "def mine(x, P, T):\n    return run(x, P, T, slope=False)\ndef other(x):\n    return 1\n"
    (found,) = check(tmp_path, text, which=":mine").findings
    assert found.text == "this is what comes out without f' in layer1"
    assert found.where == ("W1", "b1")


def test_numbers(tmp_path):
    found = {}
    exec(BODY, found)
    _, g = found["run"](dict_of(NET, PARAMS), P, T, slope=False)
    (tmp_path / "g.json").write_text(json.dumps({f"d{name}": value.tolist() for name, value in g.items()}))
    np.savez(tmp_path / "g.npz", **g)
    for name in ("g.json", "g.npz"):
        told = check_file(tmp_path / name, NET, tw.losses.HalfMSE(), PARAMS, P, T)
        assert [one.kind for one in told.findings] == ["no_slope"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def gradient(x:\n", "student.py, line 1: no Python ("),
        ("1 / 0\n", "raises ZeroDivisionError: division by zero, at student.py, line 1"),
        ("import no_such_module\n", "No module named 'no_such_module'"),
        ("x = 1\n", "no function is named loss_and_gradient or gradient or backprop; it has none"),
        ("def a(x): pass\ndef b(x): pass\n", "it has a, b: name one"),
        ("def gradient(x, P): pass\n", "gradient(x, P) takes neither x alone nor x, P and T"),
        ("def gradient(x): return x['W9']\n", "raises KeyError: 'W9', at student.py, line 1"),
        ("def gradient(x): pass\n", "is None: does it end with return?"),
    ],
)
def test_what_cannot_be_used_is_one_line(tmp_path, text, told):
    with pytest.raises(tw.ThalwegError) as caught:
        check(tmp_path, text)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_files(tmp_path):
    for name, text, told in (
        ("g.txt", "1", "it ends with .txt"),
        ("g.json", "[1]", "no numbers by name"),
        ("g.json", '{"W1": "a"}', "no numbers by name"),
        ("g.npz", "PK", "damaged"),
    ):
        with pytest.raises(tw.FileError, match=told):
            check(tmp_path, text, name)
    with pytest.raises(tw.FileError, match="no such file"):
        check_file(pathlib.Path("nowhere.py"), NET, None, PARAMS, P, T)
    with pytest.raises(tw.FileError, match="unknown function 'mien'"):
        check(tmp_path, BODY, which=":mien")
