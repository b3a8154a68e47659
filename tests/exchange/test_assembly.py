"""Networks put together from operations, against the same operations in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thalweg.core.checked import forward
from thalweg.errors import ArgumentError
from thalweg.exchange.assembly import Assembly, Value

OPERATIONS = ("weigh", "shift", "scale", "pick", "join", "add", "activate", "mix")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(OPERATIONS), min_size=1, max_size=8), st.integers(0, 10**6))
def test_any_chain_of_operations_gives_what_they_give(operations: list[str], seed: int) -> None:
    rng = np.random.default_rng(seed)
    made, P = Assembly(), rng.normal(size=(4, 3))
    known: list[tuple[Value, np.ndarray]] = [(made.input("p", 3), P)]
    for operation in operations:
        value, a = known[rng.integers(len(known))] if rng.random() < 0.4 else known[-1]
        other, b = known[rng.integers(len(known))]
        known.append(_done(made, operation, value, a, other, b, rng))
    value, a = known[-1]
    net, params = made.finish(value)
    np.testing.assert_allclose(forward(net, params, {"p": P}).output, a, rtol=1e-9, atol=1e-9)


def _done(
    made: Assembly, operation: str, value: Value, a: np.ndarray, other: Value, b: np.ndarray, rng: Any
) -> tuple[Value, np.ndarray]:
    size = a.shape[1]
    M, v, u = rng.normal(size=(2, size)), rng.normal(size=size), rng.normal(size=1)
    match operation:
        case "weigh":
            return made.weigh(value, M, v if size == 2 else None, "w"), a @ M.T + (v if size == 2 else 0)
        case "mix":
            return made.mix(value, M, "m"), a @ M.T
        case "shift":
            return made.shift(value, v, "s"), a + v
        case "scale":
            return made.scale(value, u, v, "s"), a * u + v
        case "pick":
            index = rng.integers(size, size=2)
            return made.pick(value, index, "p"), a[:, index]
        case "join":
            return made.join([value, other]), np.hstack([a, b])
        case "add" if a.shape == b.shape:
            return made.add(value, other, "a"), a + b
    return made.activate(value, "tanh"), np.tanh(a)


def test_a_scaling_of_a_linear_output_goes_into_it() -> None:
    made = Assembly()
    value = made.activate(made.weigh(made.input("p", 1), [[2.0]], [1.0], "w"), "linear", "out")
    net, params = made.finish(made.scale(value, 3.0, 4.0, "s"))
    assert [layer.name for layer in net.layers] == ["out"]
    assert params["out"] == ({"p": np.array([[6.0]])}, np.array([7.0]))


def test_float32_stays_where_all_is_float32() -> None:
    for kind in ("float32", "float64"):
        made = Assembly()
        net, params = made.finish(made.weigh(made.input("p", 1), np.ones((2, 1), kind), None, "w"))
        assert net.ravel(params).dtype == kind


def test_names_are_made_ones_that_a_network_takes() -> None:
    made = Assembly()
    value = made.activate(made.weigh(made.input("a/b", 1), [[1.0]], None, "w"), "tanh", "a/b")
    net, _ = made.finish(made.weigh(value, [[1.0]], None, "a b"))
    assert list(net.sizes) == ["a_b", "a_b_2", "a_b_3"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda m, p: m.weigh(p, np.ones((2, 3)), None, "layer 1"), r"the weights of layer 1 have shape \(2, 3\)"),
        (lambda m, p: m.weigh(p, np.ones(2), None, "layer 1"), "they must be a matrix"),
        (lambda m, p: m.shift(p, np.ones(3), "b"), r"has shape \(3,\); it must have 2 numbers"),
        (lambda m, p: m.weigh(p, np.ones((3, 2)), np.ones(1), "w"),
         r"the bias of w has shape \(1,\); it must have shape \(3,\)"),
        (lambda m, p: m.weigh(p, np.ones((2, 2)), np.ones((1, 2, 1)), "w"), r"has shape \(1, 2, 1\)"),
        (lambda m, p: m.bias(p, np.ones((1, 2)), "b", column=True), r"\(1, 2\); it must have shape \(2, 1\)"),
        (lambda m, p: m.pick(p, [2], "slice"), "not among the 2"),
        (lambda m, p: m.add(p, m.input("q", 3), "sum"), "sum adds 2 values to 3"),
        (lambda m, p: m.scale(p, np.nan, None, "s"), "not finite"),
        (lambda m, p: m.scale(p, 1j, None, "s"), "complex"),
        (lambda m, p: m.scale(p, "x", None, "s"), "values of type"),
        (lambda m, p: m.weigh(p, [[1.0], [2.0, 3.0]], None, "w"), "no matrix of numbers"),
        (lambda m, p: m.finish(m.scale(m.scale(m.weigh(p, np.eye(2), None, "w"), 1e300, None, "s"), 1e300, None, "s")),
         "not finite once its scaling is in them"),
        (lambda m, p: m.input("big", 10**10), "it must be from 1 to"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(wrong: Any, told: str) -> None:
    made = Assembly()
    with np.errstate(all="ignore"), pytest.raises(ArgumentError, match=told):
        wrong(made, made.input("p", 2))


def test_too_many_weights_are_refused_before_memory_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    from thalweg.exchange import assembly

    monkeypatch.setattr(assembly, "MOST_PARAMETERS", 1000)
    made = Assembly()
    wide = made.input("p", 900)
    with pytest.raises(ArgumentError, match="more than 1,000 weights"):
        made.activate(made.join([wide, wide]), "tanh")
