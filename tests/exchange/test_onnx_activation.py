"""Operations of ONNX element by element, as texts and as values, beside onnx's reference evaluator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from thalweg.core.activations import ACTIVATIONS, Formula
from thalweg.errors import ArgumentError
from thalweg.exchange.onnx_activation import (
    ELEMENTWISE,
    PROBE,
    activation_of,
    elementwise_text,
    elementwise_values,
)

ATTRIBUTES: dict[str, list[dict[str, Any]]] = {
    "Elu": [{}, {"alpha": 0.3}], "Celu": [{}, {"alpha": 0.3}], "LeakyRelu": [{}, {"alpha": -0.2}],
    "Selu": [{}, {"alpha": 1.5, "gamma": 2.0}], "Gelu": [{}, {"approximate": "tanh"}],
    "HardSigmoid": [{}, {"alpha": 0.3, "beta": 0.25}], "ThresholdedRelu": [{}, {"alpha": -0.5}],
}  # fmt: skip
SECOND = {"PRelu": 0.3, "Pow": 2.0}
ABOVE_0 = ("Log", "Sqrt")
N = np.linspace(-3.1, 3.1, 32).astype(np.float32)


def by_onnx(kind: str, n: np.ndarray, others: list[float], attributes: dict[str, Any]) -> Any:
    """What the reference evaluator makes of n, a truth value as one."""
    names = [f"c{number}" for number in range(len(others))]
    nodes = [helper.make_node(kind, ["n", *names], ["out"], **attributes)]
    kinds = [TensorProto.FLOAT] * (1 + len(names))
    inputs = [helper.make_tensor_value_info(name, kind, None) for name, kind in zip(["n", *names], kinds, strict=True)]
    made = helper.make_graph(nodes, "g", inputs, [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)])
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)])
    feeds = dict(zip(names, (np.array(one, np.float32) for one in others), strict=True))
    return ReferenceEvaluator(model).run(None, {"n": n, **feeds})[0]


@pytest.mark.parametrize("kind", sorted(ELEMENTWISE - {"Where", "Clip"}))
def test_text_and_values_are_those_of_the_operation(kind: str) -> None:
    n = np.abs(N) + np.float32(0.1) if kind in ABOVE_0 else N
    pair = kind in ("Add", "Sub", "Mul", "Div", "Pow", "Sum", "Max", "Min", "PRelu") or kind in (
        "Greater", "Less", "GreaterOrEqual", "LessOrEqual",
    )  # fmt: skip
    others = [SECOND.get(kind, 0.75)] if pair else []
    for attributes in ATTRIBUTES.get(kind, [{}]):
        expected = by_onnx(kind, n, others, attributes)
        values = elementwise_values(kind, [n.astype(np.float64), *map(np.asarray, others)], attributes)
        np.testing.assert_allclose(values, expected, rtol=2e-6, atol=1e-6)
        text = elementwise_text(kind, ["n", *map(repr, others)], attributes)
        assert text is not None
        text = f"1 if {text} else 0" if expected.dtype == bool else text
        np.testing.assert_allclose(Formula(text)(n.astype(np.float64)) + 0.0 * n, expected, rtol=2e-6, atol=1e-6)


def test_a_choice_and_bounds() -> None:
    held = elementwise_text("Greater", ["n", "0.5"], {})
    text = elementwise_text("Where", [f"({held})", "n", "(-1.0)"], {})
    np.testing.assert_array_equal(Formula(str(text))(N), np.where(N > 0.5, N, np.float32(-1.0)))
    for bounds in (("(-0.5)", "1.5"), ("(-inf)", "1.5"), ("(-0.5)", "inf")):
        text = str(elementwise_text("Clip", ["n", *bounds], {}))
        low, high = (float(one.strip("()")) for one in bounds)
        np.testing.assert_array_equal(Formula(text)(N), np.clip(N, np.float32(low), np.float32(high)))


def test_what_is_not_known_is_nothing() -> None:
    assert elementwise_text("Conv", ["n"], {}) is None
    assert elementwise_values("Conv", [PROBE], {}) is None
    assert elementwise_text("Clip", ["n"], {}) is None


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name not in ("softmax", "formula")])
def test_every_registered_activation_is_known_by_its_values(name: str) -> None:
    with np.errstate(all="ignore"):
        values = np.asarray(ACTIVATIONS.get(name)(PROBE))
    found = activation_of("", values, "node")
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(found(PROBE), values, rtol=1e-7, atol=1e-7)
    assert not isinstance(found, Formula)


def test_what_is_none_of_ours_is_its_formula_or_refused() -> None:
    values = np.sin(PROBE)
    assert activation_of("sin(n)", values, "node") == Formula("sin(n)")
    with pytest.raises(ArgumentError, match="node: its activation is none that is known, and too long"):
        activation_of("", values, "node")
    with pytest.raises(ArgumentError, match="node: its activation 'sine"):
        activation_of("sine(n)", values, "node")
