"""A student's own gradient: each planted mistake is diagnosed as what it is, and what follows no pattern as nothing."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from students import FLAT, SHAPES, N, P, T, X, everywhere, flat, function, gradient, planted, sigmoid

import thalweg as tw

ALL = tuple(SHAPES)
n = np.random.default_rng(0).normal(size=(4, 3))
t = np.random.default_rng(1).normal(size=(4, 3))
ONE_HOT = np.eye(3)[[0, 1, 2, 0]]


def softmax(n):
    e = np.exp(n)
    return e / e.sum(axis=-1, keepdims=True)


def test_the_right_gradient_passes():
    check = tw.check_gradient(function, gradient, X, examples=N)
    assert check.passed
    assert check.names[:4] == ("W1[0,0]", "W1[0,1]", "W1[0,2]", "W1[1,0]")
    assert len(check.names) == check.total == 26
    assert set(check.verdicts) == {"right"}
    assert check.error.max() < 1e-9
    assert check.explanation.startswith("The gradient is right: 26 of 26 entries agree with central differences")
    assert str(check).count("\n") == 12


def test_the_numbers_are_those_of_jax():
    with jax.enable_x64(True):

        def of(x):
            a = jax.nn.sigmoid(P @ x["W1"].T + x["b1"])
            e = a @ x["W2"].T + x["b2"] - T
            return 0.5 * jnp.mean(jnp.sum(e * e, axis=1))

        by_jax = jax.jit(jax.grad(of))(X)
    expected = np.concatenate([np.ravel(by_jax[name]) for name in SHAPES])
    check = tw.check_gradient(function, gradient, X)
    assert (np.abs(check.numeric - expected) <= check.uncertainty).all()
    np.testing.assert_allclose(check.numeric, expected, rtol=1e-8)


PLANTED = {
    "sign": (everywhere(lambda g, x: -g), "sign", ALL, -1.0),
    "sign of one": (planted(W2=lambda g, x: -g), "sign", ("W2",), -1.0),
    "sign of two": (planted(W1=lambda g, x: -g, b1=lambda g, x: -g), "sign", ("W1", "b1"), -1.0),
    "twice": (everywhere(lambda g, x: 2 * g), "factor", ALL, 2.0),
    "half": (planted(W1=lambda g, x: g / 2), "factor", ("W1",), 0.5),
    "minus half": (planted(W1=lambda g, x: -g / 2), "factor", ("W1",), -0.5),
    "sum": (everywhere(lambda g, x: N * g), "sum_for_mean", ALL, float(N)),
    "sum in the biases": (
        planted(b1=lambda g, x: N * g, b2=lambda g, x: N * g),
        "sum_for_mean",
        ("b1", "b2"),
        float(N),
    ),
    "mean of the mean": (everywhere(lambda g, x: g / N), "mean_for_sum", ALL, 1 / N),
    "sum and two": (everywhere(lambda g, x: 2 * N * g), "sum_for_mean", ALL, 2.0 * N),
    "sum and sign": (everywhere(lambda g, x: -N * g), "sum_for_mean", ALL, -float(N)),
    "no known factor": (planted(W2=lambda g, x: 0.37 * g), "factor", ("W2",), 0.37),
    "transposed in its shape": (planted(W1=lambda g, x: g.T), "transposed", ("W1",), None),
    "transposed": (planted(W1=lambda g, x: g.T.reshape(4, 3)), "transposed", ("W1",), None),
    "by columns": (planted(W1=lambda g, x: g.ravel().reshape(4, 3, order="F")), "transposed", ("W1",), None),
    "transposed and twice": (planted(W1=lambda g, x: 2 * g.T.reshape(4, 3)), "transposed", ("W1",), 2.0),
    "bias 0": (planted(b1=lambda g, x: 0 * g, b2=lambda g, x: 0 * g), "bias_missing", ("b1", "b2"), 0.0),
    "bias absent": (planted(b1=lambda g, x: None), "bias_missing", ("b1",), None),
    "biases absent": (planted(b1=lambda g, x: None, b2=lambda g, x: None), "bias_missing", ("b1", "b2"), None),
    "weights absent": (planted(W1=lambda g, x: None), "missing", ("W1",), None),
    "weights 0": (planted(W1=lambda g, x: 0 * g), "zero", ("W1",), 0.0),
    "a column 0": (planted(W1=lambda g, x: g * [0, 1, 1]), "zero", ("column 0 of W1",), 0.0),
    "a row's sign": (planted(W1=lambda g, x: g * [[1], [1], [-1], [1]]), "sign", ("row 2 of W1",), -1.0),
    "an entry's sign": (planted(W1=lambda g, x: g * (1 - 2 * np.eye(4, 3)[1] * np.eye(4)[:, 1:2])), "sign",
                        ("W1[1,1]",), -1.0),
    "offset": (planted(W2=lambda g, x: g + 0.5), "offset", ("W2",), 0.5),
    "penalty left out": (planted(W1=lambda g, x: g - 0.1 * x, W2=lambda g, x: g - 0.1 * x), "penalty_missing",
                         ("W1", "W2"), 0.1),
    "penalty on a bias": (planted(b1=lambda g, x: g + 0.01 * x), "penalty_extra", ("b1",), 0.01),
    "l1 left out": (planted(W1=lambda g, x: g - 0.02 * np.sign(x)), "absolute_penalty_missing", ("W1",), 0.02),
    "updated": (everywhere(lambda g, x: x - 0.1 * g), "updated", ALL, 0.1),
    "x itself": (everywhere(lambda g, x: x), "point", ALL, None),
    "absolute": (everywhere(lambda g, x: np.abs(g)), "absolute_value", ALL, None),
    "signs alone": (everywhere(lambda g, x: np.sign(g)), "sign_only", ALL, 1.0),
    "clipped": (everywhere(lambda g, x: np.clip(g, -0.1, 0.1)), "clipped", ALL, 0.1),
    "rows permuted": (planted(W1=lambda g, x: g[[2, 0, 3, 1]]), "rearranged", ("W1",), None),
    "two exchanged": (planted(b1=lambda g, x: g[[0, 3, 2, 1]]), "rearranged", ("b1",), None),
    "reversed": (planted(b1=lambda g, x: g[::-1]), "rearranged", ("b1",), None),
    "shifted": (planted(W2=lambda g, x: np.roll(g, 1)), "rearranged", ("W2",), None),
    "a unit's factor": (planted(W1=lambda g, x: g * [[2], [3], [5], [-7]]), "by_row", ("W1",), None),
    "a source's factor": (planted(W1=lambda g, x: g * [[2, 3, 5]]), "by_column", ("W1",), None),
    "not a number": (planted(b2=lambda g, x: g * [1, np.nan]), "not_finite", ("b2",), None),
    "infinite": (planted(W2=lambda g, x: g + np.inf), "not_finite", ("W2",), None),
    "a column vector": (planted(b2=lambda g, x: g[:, None]), "shape", ("b2",), None),
    "summed too far": (planted(b2=lambda g, x: g.sum()), "shape", ("b2",), None),
    "something more": (lambda x: {**gradient(x), "W3": np.ones(2)}, "extra", ("W3",), None),
    "off by differences": (planted(W1=lambda g, x: g * (1 + 1e-4 * np.sin(np.arange(12)).reshape(4, 3))), "imprecise",
                           ("W1",), None),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_mistake_is_told_as_what_it_is(name):
    wrong, kind, where, number = PLANTED[name]
    check = tw.check_gradient(function, wrong, X, examples=N)
    assert not check.passed
    assert [(found.kind, found.where) for found in check.findings] == [(kind, where)], check.explanation
    if number is None:
        assert check.findings[0].number is None
    else:
        assert check.findings[0].number == pytest.approx(number, rel=1e-6)
    hurt = {part for part in SHAPES for place in where if part in place}
    right = [part.name for part in check.parts if not part.wrong]
    assert set(right) >= set(SHAPES) - hurt
    for line in check.explanation.splitlines():
        assert line.endswith((".", ":"))


def test_two_mistakes_are_two_findings():
    wrong = planted(W1=lambda g, x: g.T.reshape(4, 3), b1=lambda g, x: 3 * g, W2=lambda g, x: -g)
    found = tw.check_gradient(function, wrong, X).findings
    assert [(one.kind, one.where) for one in found] == [
        ("transposed", ("W1",)),
        ("factor", ("b1",)),
        ("sign", ("W2",)),
    ]


def test_the_entries_are_named_with_both_numbers():
    check = tw.check_gradient(function, planted(W1=lambda g, x: g + 0.3 * np.eye(4, 3)[[1, 2, 3, 3]] ** 2), X)
    worst = check.worst(3)
    assert {entry.name for entry in worst} <= {"W1[0,1]", "W1[1,2]"} | set(check.names)
    wrong = [entry for entry in check.worst(26) if entry.verdict == "wrong"]
    assert {entry.name for entry in wrong} == {"W1[0,1]", "W1[1,2]"}
    for entry in wrong:
        assert entry.analytic - entry.numeric == pytest.approx(0.3)
        assert entry.name in str(check)


def test_the_sum_is_guessed_when_the_examples_are_not_told():
    found = tw.check_gradient(function, everywhere(lambda g, x: N * g), X).findings[0]
    assert (found.kind, round(found.number, 6)) == ("factor", N)
    assert "is 7 the number of examples" in found.text


SINGLE = {
    "left out": (lambda a: 1.0, "as if the derivative of its activation were left out (1 / (a (1 - a))"),
    "twice": (lambda a: (a * (1 - a)) ** 2, "taken twice"),
    "another's": (lambda a: 1 - a * a, "or that of another one taken"),
}


@pytest.mark.parametrize("name", SINGLE)
def test_a_derivative_of_the_activation_with_one_example(name):
    slope, told = SINGLE[name]
    check = tw.check_gradient(lambda x: function(x, P[:1], T[:1]), lambda x: gradient(x, P[:1], T[:1], slope=slope), X)
    assert [(found.kind, found.where) for found in check.findings] == [("by_row", ("W1", "b1"))]
    assert told in check.explanation
    assert "the mistake comes in on the way back to it" in check.explanation


def test_a_derivative_of_the_activation_with_many_examples_is_placed_but_not_named():
    check = tw.check_gradient(function, lambda x: gradient(x, slope=lambda a: 1.0), X)
    assert [(found.kind, found.where) for found in check.findings] == [("none", ("W1",)), ("none", ("b1",))]
    assert "All that comes after b1 is right: the mistake comes in on the way back to it" in check.explanation
    assert "Right: W2 and b2." in check.explanation


OWN = {
    "sigmoid left out": (sigmoid, lambda n: 2 * (sigmoid(n) - t), "the derivative of sigmoid at x is left out"),
    "relu left out": (lambda n: np.maximum(n, 0), lambda n: 2 * (np.maximum(n, 0) - t), "derivative of relu"),
    "tanh of its output": (
        np.tanh,
        lambda n: 2 * (np.tanh(n) - t) * (1 - np.tanh(np.tanh(n)) ** 2),
        "the derivative of tanh is taken at its output a",
    ),
    "softmax's diagonal": (
        softmax,
        lambda n: 2 * (softmax(n) - t) * softmax(n) * (1 - softmax(n)),
        "only the diagonal a (1 - a) of softmax's Jacobian",
    ),
}


@pytest.mark.parametrize("name", OWN)
def test_mistakes_in_an_activation_of_x_itself(name):
    f, wrong, told = OWN[name]
    check = tw.check_gradient(lambda n: np.sum((f(n) - t) ** 2), wrong, n)
    assert len(check.findings) == 1
    assert told in check.explanation


def test_softmax_by_its_diagonal_with_cross_entropy():
    check = tw.check_gradient(lambda n: -np.sum(ONE_HOT * np.log(softmax(n))), lambda n: -ONE_HOT * (1 - softmax(n)), n)
    assert [found.kind for found in check.findings] == ["softmax_diagonal"]


def test_softmax_by_its_diagonal_in_a_layer():
    x = {"W": n[:3, :2], "b": n[3]}
    p = np.array([0.3, -0.8])

    def wrong(x):
        s = np.array([0.0, softmax(x["W"] @ p + x["b"])[1] - 1.0, 0.0])
        return {"W": np.outer(s, p), "b": s}

    check = tw.check_gradient(lambda x: -np.log(softmax(x["W"] @ p + x["b"]))[1], wrong, x)
    assert [(found.kind, found.where) for found in check.findings] == [("softmax_diagonal", ("W", "b"))]
    assert "0 but for unit 1" in check.explanation


FLAT_MISTAKES = {
    "transposed": (
        planted(W1=lambda g, x: g.T.reshape(4, 3), W2=lambda g, x: g.T.reshape(2, 4)),
        [("transposed", ("x[0] to x[11]",)), ("transposed", ("x[16] to x[23]",))],
        [("transposed", ("W1",)), ("transposed", ("W2",))],
    ),
    "bias 0": (
        planted(b1=lambda g, x: 0 * g, b2=lambda g, x: 0 * g),
        [("zero", ("x[12] to x[15] and x[24] to x[25]",))],
        [("bias_missing", ("b1", "b2"))],
    ),
    "bias absent": (
        planted(b1=lambda g, x: None, b2=lambda g, x: None),
        [("missing", ("x[12] to x[15] and x[24] to x[25]",))],
        [("bias_missing", ("b1", "b2"))],
    ),
    "penalty": (
        planted(W1=lambda g, x: g - 0.1 * x, W2=lambda g, x: g - 0.1 * x),
        [("penalty_missing", ("x[0] to x[11] and x[16] to x[23]",))],
        [("penalty_missing", ("W1", "W2"))],
    ),
    "two factors": (
        planted(W1=lambda g, x: 2 * g, W2=lambda g, x: -g),
        [("factor", ("x[0] to x[11]",)), ("sign", ("x[16] to x[23]",))],
        [("factor", ("W1",)), ("sign", ("W2",))],
    ),
}


@pytest.mark.parametrize("name", FLAT_MISTAKES)
def test_mistakes_in_a_flat_vector(name):
    wrong, nameless, named = FLAT_MISTAKES[name]
    found = tw.check_gradient(flat(function), flat(wrong), FLAT).findings
    assert [(one.kind, one.where) for one in found] == nameless
    found = tw.check_gradient(flat(function), flat(wrong), FLAT, shapes=SHAPES).findings
    assert [(one.kind, one.where) for one in found] == named


def test_a_flat_gradient_of_a_tree():
    def wrong(x):
        return np.concatenate([array.ravel() for array in gradient(x).values()])

    check = tw.check_gradient(function, wrong, X)
    assert [found.kind for found in check.findings] == ["shape"]
    assert set(check.verdicts) == {"right"}
    assert "one vector of 26 entries, where x is a tree" in check.explanation


def test_one_gradient_for_each_example():
    w = np.array([1.0, 2.0, 3.0])
    singles = lambda w: 2 * (P @ w)[:, None] * P  # noqa: E731
    for F, kind in ((np.mean, "mean"), (np.sum, "sum")):
        check = tw.check_gradient(lambda w, F=F: F((P @ w) ** 2), singles, w)
        assert [found.kind for found in check.findings] == ["each_example"]
        assert f"take their {kind}" in check.explanation


def test_lists_tuples_numbers_and_parameters():
    pairs = [(W, X[f"b{place}"]) for place, W in ((1, X["W1"]), (2, X["W2"]))]

    def of(x):
        return function({"W1": x[0][0], "b1": x[0][1], "W2": x[1][0], "b2": x[1][1]})

    def right(x):
        g = gradient({"W1": x[0][0], "b1": x[0][1], "W2": x[1][0], "b2": x[1][1]})
        return [(g["W1"], g["b1"]), (g["W2"], g["b2"])]

    check = tw.check_gradient(of, right, pairs)
    assert check.passed
    assert check.names[0] == "x[0][0][0,0]"
    wrong = tw.check_gradient(of, lambda x: [right(x)[0], (right(x)[1][0], 0 * right(x)[1][1])], pairs)
    assert [(found.kind, found.where) for found in wrong.findings] == [("bias_missing", ("x[1][1]",))]
    assert tw.check_gradient(lambda x: x**3, lambda x: 3 * x**2, 2.0).names == ("x",)
    net = tw.mlp(3, 2, 2)
    params = net.init(0)
    of_net = tw.check_gradient(
        lambda params: tw.gradient(net, "mse", params, P, T)[0],
        lambda params: tw.gradient(net, "mse", params, P, T)[1],
        params,
    )
    assert of_net.passed
    assert of_net.names[0] == "layer1.weights.input[0,0]"


def test_a_gradient_of_jax_in_single_precision_passes():
    def of(x):
        a = jnp.tanh(P @ x["W1"].T + x["b1"])
        return jnp.mean((a @ x["W2"].T + x["b2"] - T) ** 2)

    on_jax = {name: jnp.asarray(array) for name, array in X.items()}
    of, slope = jax.jit(of), jax.jit(jax.grad(of))
    check = tw.check_gradient(of, slope, on_jax)
    assert check.passed, check.explanation
    assert "float32?" in check.explanation
    assert check.verdicts.count("right") > 20
    check = tw.check_gradient(of, lambda x: {**slope(x), "b1": -slope(x)["b1"]}, on_jax)
    assert [(found.kind, found.where) for found in check.findings] == [("sign", ("b1",))]


def test_kinks_are_told_and_are_no_mistake():
    x = np.array([0.0, 1.0, -1.0, 0.0])
    F = lambda x: np.sum(np.maximum(x, 0.0)) + np.abs(x[3])  # noqa: E731
    beside = np.array([0.0, 0.0, 0.0, 1.0])
    check = tw.check_gradient(F, lambda x: 1.0 * (x > 0) + beside * np.sign(x), x)
    assert check.verdicts == ("kink", "right", "right", "kink")
    assert check.passed
    assert "2 entries lie at a kink, where F has no derivative" in check.explanation
    check = tw.check_gradient(F, lambda x: np.where(x == 0.0, -3.0, 1.0 * (x > 0)), x)
    assert check.verdicts == ("wrong", "right", "right", "wrong")
    only = tw.check_gradient(lambda x: np.sum(np.maximum(x, 0.0)), np.zeros_like, np.zeros(3))
    assert only.passed
    assert "every entry lies at a kink" in only.explanation


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.3, 1.0, 30.0]), st.booleans())
def test_noise_is_given_no_diagnosis(seed, size, multiplied):
    rng = np.random.default_rng(seed)
    noise = {name: size * rng.normal(size=shape) for name, shape in SHAPES.items()}
    names = [name for name in SHAPES if rng.random() < 0.6] or ["W1"]

    def wrong(x):
        g = gradient(x)
        return {
            name: (g[name] * (1 + noise[name]) if multiplied else g[name] + noise[name]) if name in names else g[name]
            for name in g
        }

    check = tw.check_gradient(function, wrong, X, examples=N)
    assert {found.kind for found in check.findings} == {"none"}, check.explanation
    assert {name for found in check.findings for name in found.where} == set(names)
    assert "no simple pattern" in check.explanation


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1))
def test_noise_in_some_entries_is_given_no_diagnosis(seed):
    rng = np.random.default_rng(seed)
    mask = {name: rng.random(shape) < 0.3 for name, shape in SHAPES.items()}
    noise = {name: mask[name] * rng.normal(size=shape) for name, shape in SHAPES.items()}
    check = tw.check_gradient(function, lambda x: {k: g + noise[k] for k, g in gradient(x).items()}, X, examples=N)
    hurt = [name for name in SHAPES if mask[name].any()]
    assert [(found.kind, found.where) for found in check.findings] == [("none", (name,)) for name in hurt]
    wrong = {name for name, verdict in zip(check.names, check.verdicts, strict=True) if verdict == "wrong"}
    assert wrong == {
        f"{name}[{','.join(map(str, place))}]" for name in SHAPES for place in np.argwhere(mask[name]).tolist()
    }


def test_of_many_entries_some_are_checked():
    A = np.random.default_rng(2).normal(size=(60, 80))
    x = {"A": A, "b": np.ones(4)}
    F = lambda x: 0.5 * np.sum(x["A"] ** 2) + np.sum(x["b"] ** 2)  # noqa: E731
    check = tw.check_gradient(F, lambda x: {"A": x["A"], "b": 2 * x["b"]}, x, entries=100)
    assert check.passed
    assert len(check.names) == 104
    assert check.total == 4_804
    assert "104 of 4,804 were checked, drawn at random from each array" in check.explanation
    assert [part.checked for part in check.parts] == [100, 4]
    again = tw.check_gradient(F, lambda x: {"A": x["A"], "b": 2 * x["b"]}, x, entries=100, seed=1)
    assert again.names != check.names
    for wrong, kind in ((lambda A: -A, "sign"), (lambda A: A.T.reshape(A.shape), "transposed")):
        check = tw.check_gradient(F, lambda x, wrong=wrong: {"A": wrong(x["A"]), "b": 2 * x["b"]}, x, entries=100)
        assert [(found.kind, found.where) for found in check.findings] == [(kind, ("A",))]
    hidden = np.where(np.arange(A.size).reshape(A.shape) == 2_345, np.nan, A)
    check = tw.check_gradient(F, lambda x: {"A": hidden, "b": 2 * x["b"]}, x, entries=100)
    assert [found.kind for found in check.findings] == ["not_finite"]
    assert "A[29,25] is nan" in check.explanation
    small = {"A": A[:3, :4], "b": np.ones(4)}
    check = tw.check_gradient(F, lambda x: {"A": x["A"], "b": 2 * x["b"]}, small, entries="all")
    assert len(check.names) == check.total == 16


def test_a_function_that_differences_cannot_judge():
    rough = tw.check_gradient(lambda x: float(np.round(np.sum(x**2), 2)), lambda x: 2 * x, np.array([1.0, 2.0, 3.0]))
    assert not rough.passed
    nowhere = tw.check_gradient(lambda x: 1.0 if x[0] == 1.0 else np.nan, lambda x: x, np.array([1.0]))
    assert not nowhere.passed
    assert [found.kind for found in nowhere.findings] == ["rough"]
    edge = tw.check_gradient(lambda x: np.sum(np.sqrt(x)), lambda x: 0.5 / np.sqrt(x), np.array([1.0, 1e-7]))
    assert edge.passed
    assert edge.verdicts == ("right", "right")


def test_tiny_and_huge_scales():
    for scale in (1e-6, 1.0, 1e6):
        x = scale * np.array([0.5, -1.5, 2.0])
        F = lambda x, scale=scale: np.sum(np.sin(x / scale))  # noqa: E731
        check = tw.check_gradient(F, lambda x, scale=scale: np.cos(x / scale) / scale, x)
        assert check.passed
        assert set(check.verdicts) == {"right"}
        assert not tw.check_gradient(F, lambda x, scale=scale: (1 + 1e-5) * np.cos(x / scale) / scale, x).passed


def test_as_data():
    told = tw.check_gradient(function, planted(W1=lambda g, x: -g), X).to_dict()
    assert told["passed"] is False
    assert told["findings"][0]["kind"] == "sign"
    assert told["entries"]["name"][0] == told["parts"][0]["name"] + "[0,0]"
    assert told["entries"]["verdict"].count("wrong") == told["parts"][0]["wrong"] == 12
    assert len(told["worst"]) == 10


LOOP: list = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((function, gradient, {}), "x holds no array"),
        ((function, gradient, np.ones((0, 2))), "x has no entries"),
        ((function, gradient, {"W1": "text"}), "W1 holds values of type <U4; it must hold real numbers"),
        ((function, gradient, np.array([1.0 + 2j])), "complex128"),
        ((np.sum, np.ones_like, np.array([1.0, np.nan])), "x[1] is nan"),
        ((lambda x: x, gradient, np.ones(3)), "function(x) is an array of shape (3,); it must be one number"),
        ((lambda x: None, gradient, np.ones(3)), "function(x) is None: does it end with return?"),
        ((lambda x: "text", gradient, np.ones(3)), "function(x) is str 'text'"),
        ((lambda x: np.log(x - 1).sum(), gradient, np.ones(3)), "function(x) is -inf; choose an x"),
        (("text", gradient, X), "function is 'text'; it must be a function"),
        ((function, None, X), "gradient is None; it must be a function"),
        ((np.sum, np.ones_like, np.ma.array([1.0, 2.0], mask=[0, 1])), "x has masked values"),
        (
            (np.sum, lambda x: np.ma.array(x, mask=[0, 1, 0]), np.ones(3)),
            "x has masked values; it must hold real numbers",
        ),
        ((lambda x: np.ma.masked, np.ones_like, np.ones(3)), "it must be one number"),
        ((np.sum, lambda x: [[1.0], [1.0, 2.0]], np.ones(3)), "x is list, which is no array"),
        ((np.sum, lambda x: x * 1j, np.ones(3)), "values of type complex128"),
        ((np.sum, lambda x: x.astype(object), np.ones(3)), "values of type object"),
        ((np.sum, np.ones_like, {1.0, 2.0}), "x holds values of type object"),
        ((np.sum, np.ones_like, LOOP), "x holds itself"),
        ((np.sum, lambda x: None, np.ones(3)), "gradient(x) is None: does it end with return?"),
        ((np.sum, lambda x: "text", np.ones(3)), "gradient(x): x holds values of type <U4"),
        (
            (function, lambda x: {"first": 1.0}, X),
            "no entry can be compared: the gradient is a dict of first; x has W1",
        ),
        ((function, lambda x: [1, 2], X), "the gradient is a list of 2; x has a dict of W1, b1, W2, b2"),
        ((lambda x: np.sum(x[0]), lambda x: [x[0]], [np.ones(2), np.ones(3)]), "a list of 1; x has 2 parts there"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_what_cannot_be_checked_is_told_in_one_line(arguments, told):
    with pytest.raises(tw.ThalwegError) as caught:
        tw.check_gradient(*arguments)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_tolerance_of_numpy_is_one():
    assert tw.check_gradient(np.sum, np.ones_like, np.ones(4), tolerance=np.float32(1e-3)).passed


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"entries": 0}, "entries is 0"),
        ({"entries": "some"}, "or 'all'"),
        ({"examples": 0}, "examples is 0"),
        ({"examples": 2.5}, "examples is 2.5"),
        ({"tolerance": 0.0}, "tolerance is 0.0"),
        ({"tolerance": "small"}, "tolerance is 'small'"),
        ({"shapes": [(3, 2)]}, "it must name the parts"),
        ({"shapes": {"W": (3, 2)}}, "shapes has 6 entries together; x has 4"),
        ({"shapes": {"W": (2, 0)}}, "whole numbers of at least 1"),
        ({"shapes": {"W": 2.5}}, "whole numbers of at least 1"),
        ({"shapes": {"W": "ab"}}, "whole numbers of at least 1"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": "text"}, "seed is 'text'"),
    ],
)
def test_options_that_cannot_be_used(options, told):
    with pytest.raises(tw.ArgumentError) as caught:
        tw.check_gradient(np.sum, np.ones_like, np.ones(4), **options)
    assert told in str(caught.value)
    with pytest.raises(tw.ArgumentError, match="leave it out"):
        tw.check_gradient(function, gradient, X, shapes=SHAPES)
    with pytest.raises(tw.ArgumentError, match="count is 0"):
        tw.check_gradient(np.sum, np.ones_like, np.ones(4)).worst(0)


@pytest.mark.parametrize(("roundings", "right"), [(32, True), (200, False)])
def test_a_gradient_in_single_precision_may_be_off_by_some_roundings(roundings, right):
    x = np.array([0.5, 1.0, 2.0])
    off = 1.0 + roundings * np.finfo(np.float32).eps
    check = tw.check_gradient(lambda x: x @ x, lambda x: (2.0 * x * off).astype(np.float32), x)
    assert check.passed == right
