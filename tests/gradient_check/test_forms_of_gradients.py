"""Right gradients in the forms that people use: each passes, and its x is read for what it is."""

from typing import NamedTuple

import numpy as np
import pytest
from backprop_by_hand import data_of, loss_and_gradient

import thalweg as tw

HOW = {"sizes": (3, 4, 3), "hidden": "tanh", "output": "linear", "loss": "half_mse", "l2": 0.0, "N": 5, "seed": 7}
SQUARE = {**HOW, "sizes": (3, 3, 3), "hidden": "sigmoid"}
NET = {4: tw.mlp(3, 4, 3), 3: tw.mlp(3, 3, 3, hidden="sigmoid")}


class Tuple(NamedTuple):
    W1: np.ndarray
    b1: np.ndarray
    W2: np.ndarray
    b2: np.ndarray


def _flat(*arrays, order="C"):
    return np.concatenate([np.ravel(array, order=order) for array in arrays])


def _unflat(order, *which):
    """The way back from a vector of arrays in some order, each laid out by rows (C) or columns (F)."""

    def back(vector, sizes):
        i, h, o = sizes
        shapes = {"W1": (h, i), "b1": (h,), "W2": (o, h), "b2": (o,)}
        found, start = {}, 0
        for name in which:
            stop = start + int(np.prod(shapes[name]))
            found[name], start = vector[start:stop].reshape(shapes[name], order=order), stop
        return found

    return back


def _theta(x, first=True):
    parts = [(x[f"b{m}"][:, None], x[f"W{m}"]) for m in (1, 2)]
    return [np.hstack(part if first else part[::-1]) for part in parts]


def _untheta(one, two, first=True):
    found = {}
    for m, M in ((1, one), (2, two)):
        found[f"W{m}"], found[f"b{m}"] = (M[:, 1:], M[:, 0]) if first else (M[:, :-1], M[:, -1])
    return found


def _theta_of_vector(vector, sizes, order="F"):
    i, h, o = sizes
    cut = h * (i + 1)
    return _untheta(vector[:cut].reshape((h, i + 1), order=order), vector[cut:].reshape((o, h + 1), order=order))


D = ("W1", "b1", "W2", "b2")
FORMS = {
    "a dict": (dict, lambda s, n: s),
    "a dict, all weights first": (lambda x: {k: x[k] for k in ("W1", "W2", "b1", "b2")}, lambda s, n: s),
    "a dict, the output first": (lambda x: {k: x[k] for k in ("W2", "b2", "W1", "b1")}, lambda s, n: s),
    "a dict of b before W": (lambda x: {k: x[k] for k in ("b1", "W1", "b2", "W2")}, lambda s, n: s),
    "a list": (lambda x: [x[k] for k in D], lambda s, n: dict(zip(D, s, strict=True))),
    "a named tuple": (lambda x: Tuple(**x), lambda s, n: s._asdict()),
    "pairs": (
        lambda x: [(x["W1"], x["b1"]), (x["W2"], x["b2"])],
        lambda s, n: {"W1": s[0][0], "b1": s[0][1], "W2": s[1][0], "b2": s[1][1]},
    ),
    "weights and biases": (
        lambda x: ([x["W1"], x["W2"]], [x["b1"], x["b2"]]),
        lambda s, n: {"W1": s[0][0], "b1": s[1][0], "W2": s[0][1], "b2": s[1][1]},
    ),
    "biases as columns": (
        lambda x: {k: v[:, None] if k[0] == "b" else v for k, v in x.items()},
        lambda s, n: {k: v[:, 0] if k[0] == "b" else v for k, v in s.items()},
    ),
    "weights from, to, biases as rows": (
        lambda x: {k: v[None] if k[0] == "b" else v.T for k, v in x.items()},
        lambda s, n: {k: v[0] if k[0] == "b" else v.T for k, v in s.items()},
    ),
    "a dict in a dict": (
        lambda x: {"one": {"W": x["W1"], "b": x["b1"]}, "two": {"W": x["W2"], "b": x["b2"]}},
        lambda s, n: {"W1": s["one"]["W"], "b1": s["one"]["b"], "W2": s["two"]["W"], "b2": s["two"]["b"]},
    ),
    "Theta, the bias first": (lambda x: dict(zip(("Theta1", "Theta2"), _theta(x), strict=True)),
                              lambda s, n: _untheta(s["Theta1"], s["Theta2"])),
    "Theta, the bias last": (lambda x: _theta(x, False), lambda s, n: _untheta(*s, first=False)),
    "Theta from, to": (lambda x: [M.T for M in _theta(x)], lambda s, n: _untheta(*(M.T for M in s))),
    "a vector": (lambda x: _flat(*(x[k] for k in D)), _unflat("C", *D)),
    "a vector by columns": (lambda x: _flat(*(x[k] for k in D), order="F"), _unflat("F", *D)),
    "a vector of weights, then biases": (
        lambda x: _flat(x["W1"], x["W2"], x["b1"], x["b2"]),
        _unflat("C", "W1", "W2", "b1", "b2"),
    ),
    "a vector of biases first": (
        lambda x: _flat(x["b1"], x["W1"], x["b2"], x["W2"]),
        _unflat("C", "b1", "W1", "b2", "W2"),
    ),
    "a vector of Theta by columns": (lambda x: _flat(*_theta(x), order="F"), _theta_of_vector),
    "a vector of Theta by rows": (
        lambda x: _flat(*_theta(x)),
        lambda s, n: _theta_of_vector(s, n, order="C"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("style", ["both", "each"])
@pytest.mark.parametrize("form", FORMS)
def test_a_right_gradient_passes_in_every_form(form, style):
    to, back = FORMS[form]
    for how in (HOW, SQUARE):
        x, P, T = data_of(how)
        network = NET[how["sizes"][1]]

        def f(given, how=how, P=P, T=T):
            F, g = loss_and_gradient(how, P, T, back(given, how["sizes"]))
            return F, to(g)

        calls = (f,) if style == "both" else (lambda given, f=f: f(given)[0], lambda given, f=f: f(given)[1])
        check = tw.check_gradient(*calls, to(x), network=network, loss="half_mse", data=(P, T))
        assert check.passed, check.explanation
        assert set(check.verdicts) == {"right"}
        assert check.notes == check.before == ()

        def wrong(given, how=how, P=P, T=T):
            F, g = loss_and_gradient(how, P, T, back(given, how["sizes"]), ("no f'",))
            return F, to(g)

        if style == "both":  # and with a mistake it has its name, which takes x to be read rightly
            told = tw.check_gradient(wrong, to(x), network=network, loss="half_mse", data=(P, T)).explanation
            assert "this is what comes out without f' in layer1" in told, told


def test_a_gradient_alone_has_the_loss_of_the_network():
    x, P, T = data_of(HOW)
    given = lambda wrong: lambda x: loss_and_gradient(HOW, P, T, x, wrong)[1]  # noqa: E731
    options = {"network": NET[4], "loss": "half_mse", "data": (P, T)}
    assert tw.check_gradient(given(()), x, **options).passed
    assert tw.check_gradient(None, given(("the sign",)), x, **options).findings[0].kind == "sign"


def test_of_a_gradient_alone_x_is_read_as_more_of_it_is_right():
    x, P, T = data_of(HOW)
    columns = lambda v: _unflat("F", *D)(v, HOW["sizes"])  # noqa: E731
    f = lambda v: FORMS["a vector by columns"][0](loss_and_gradient(HOW, P, T, columns(v))[1])  # noqa: E731
    check = tw.check_gradient(f, _flat(*(x[k] for k in D), order="F"), network=NET[4], loss="half_mse", data=(P, T))
    assert check.passed
    assert "by columns" in check.before[0]
