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


APART = ("a dict", "a list", "a vector by columns", "Theta from, to")


@pytest.mark.parametrize(
    ("form", "style"),
    [
        pytest.param(form, style, marks=[] if style == "both" or form in APART else pytest.mark.thorough)
        for form in FORMS
        for style in ("both", "each")
    ],
)
def test_a_right_gradient_passes_in_every_form(form, style):
    to, back = FORMS[form]
    for how in (HOW, SQUARE) if style == "both" else (SQUARE,):
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

        if style == "both" and how is SQUARE:  # and with a mistake it has its name, which takes x to be read rightly
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


def tanh_network(how="dict", slope=True, divide=1):
    """f of a 4-3-2 network with the gradient in a form, by hand; its x, and what is known of it."""
    net = tw.mlp(4, 3, 2, hidden="sigmoid", output="tanh")
    rng = np.random.default_rng(0)
    P, T = rng.normal(size=(6, 4)), rng.uniform(size=(6, 2))
    x = {"W1": rng.normal(size=(3, 4)), "b1": rng.normal(size=3), "W2": rng.normal(size=(2, 3)), "b2": np.ones(2)}

    def f(x):
        a1 = 1 / (1 + np.exp(-P @ x["W1"].T - x["b1"]))
        a2 = np.tanh(a1 @ x["W2"].T + x["b2"])
        s2 = (a2 - T) / 6 * (1 - a2**2 if slope else 1)
        s1 = s2 @ x["W2"] * a1 * (1 - a1)
        g = {"W1": s1.T @ P / divide, "b1": s1.sum(0), "W2": s2.T @ a1, "b2": s2.sum(0)}
        forms = {"flat": np.concatenate([part.ravel() for part in g.values()]), "list": list(g.values())}
        forms["short"] = forms["list"][:3]
        return ((a2 - T) ** 2).sum() / 12, forms.get(how, g)

    return f, x, {"network": net, "loss": "half_mse", "data": (P, T)}


@pytest.mark.parametrize("known", [False, True])
def test_a_dict_of_parameters_with_a_vector_or_a_list_for_a_gradient(known):
    found = {}
    for how in ("flat", "list"):
        f, x, network = tanh_network(how)
        found[how] = tw.check_gradient(f, x, **(network if known else {}))
        assert set(found[how].verdicts) == {"right"}
    assert "one vector of 23 entries" in found["flat"].explanation
    assert "a list of arrays: they were taken for those of W1, b1, W2 and b2" in found["list"].explanation
    f, x, network = tanh_network("short")
    with pytest.raises(tw.ArgumentError, match="the gradient is a list of 3; x has a dict of W1, b1, W2, b2: give a"):
        tw.check_gradient(f, x, **(network if known else {}))


def test_what_follows_from_a_named_mistake_holds_none_of_its_own():
    net = tw.mlp(2, 3, 3, 1, hidden="tanh")
    rng = np.random.default_rng(1)
    P, T = rng.normal(size=(5, 2)), rng.normal(size=(5, 1))

    def gradient(x):
        a1 = np.tanh(P @ x["W1"].T + x["b1"])
        a2 = np.tanh(a1 @ x["W2"].T + x["b2"])
        s3 = (a2 @ x["W3"].T + x["b3"] - T) / 5
        s2 = s3 @ x["W3"]  # and where is f'?
        s1 = s2 @ x["W2"] * (1 - a1**2)
        by_weight = {"W1": s1.T @ P, "W2": s2.T @ a1, "W3": s3.T @ a2}
        return {**by_weight, "b1": s1.sum(0), "b2": s2.sum(0), "b3": s3.sum(0)}

    shapes = {"W1": (3, 2), "b1": (3,), "W2": (3, 3), "b2": (3,), "W3": (1, 3), "b3": (1,)}
    x = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    told = tw.check_gradient(None, gradient, x, network=net, loss="half_mse", data=(P, T)).explanation
    assert "W2 and b2: this is what comes out without f' in layer2" in told
    assert "W1 and b1 are wrong as what follows from it, and hold no mistake of their own" in told
    f, x, network = tanh_network(divide=3)
    assert "no mistake of" not in tw.check_gradient(f, x, **network).explanation


def test_an_array_divided_by_its_entries_is_told_so_too():
    f, x, network = tanh_network(divide=12)
    told = tw.check_gradient(f, x, **network).explanation
    assert "over the 6 examples" in told
    assert "or divided by its 12 entries)" in told
