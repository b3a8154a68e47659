"""The pass that mistakes are made in is the core's as long as there is none, on chains and graphs."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.gradient_check.mistakes.backward import gradient_with
from thalweg.gradient_check.mistakes.mistake import Mistake
from thalweg.gradient_check.mistakes.problem import Point, Problem, array_of, arrays_of
from thalweg.training.examples import Examples

GRAPH = tw.Network(
    {"p": 2, "q": 3},
    [
        tw.Layer("first", 4, "tanh", ("p",)),
        tw.Layer("second", 4, "relu", ("q", "first"), bias=False),
        tw.Layer("aside", 3, "softmax", ("first",)),
        tw.Layer("out", 2, "sigmoid", ("second", "aside", "p")),
    ],
)
NETS = {
    "chain": (tw.mlp(3, 4, 4, 2, hidden="elliott", output="tanh"), "huber"),
    "softmax": (tw.mlp(3, 4, 3, hidden="sigmoid", output="softmax"), "cross_entropy"),
    "cascade": (tw.cascade(3, 2, 2, 1), "mse"),
    "graph": (GRAPH, "half_sse"),
}


@pytest.mark.parametrize("weighed", ["", "examples", "targets"])
@pytest.mark.parametrize("name", NETS)
def test_without_a_mistake_it_is_the_gradient(name, weighed):
    net, loss = NETS[name]
    rng = np.random.default_rng(0)
    inputs = {source: rng.normal(size=(6, size)) for source, size in net.inputs.items()}
    T = rng.dirichlet(np.ones(net.output.size), 6)
    weight = {"": None, "examples": rng.random(6), "targets": rng.random(T.shape)}[weighed]
    problem = Problem(net, tw.losses.LOSSES.get(loss), Examples(inputs, T, weight), 1.0, 0.1, 0.2)
    params = net.init(1)
    given = {"sample_weight": weight} if weighed != "targets" else {"target_weight": weight}
    F, expected = tw.gradient(net, loss, params, inputs, T, l1=0.1, l2=0.2, **given)
    at = Point(problem, params)
    assert problem.value(params) == pytest.approx(float(F), rel=1e-14)
    for place in arrays_of(net):
        for found in (gradient_with(at), at.right):
            np.testing.assert_allclose(array_of(found, *place), array_of(expected, *place), rtol=1e-12, atol=1e-15)


def test_a_mistake_changes_its_layer_and_those_before_it_alone():
    net, loss = NETS["chain"]
    rng = np.random.default_rng(0)
    examples = Examples({"input": rng.normal(size=(5, 3))}, rng.normal(size=(5, 2)), None)
    at = Point(Problem(net, tw.losses.LOSSES.get(loss), examples), net.init(0))
    without = Mistake("no_slope", "slope", "layer2", "without f'", lambda place, right: place.v)
    found = gradient_with(at, (without,))
    changed = {layer for layer, source in arrays_of(net) if not np.array_equal(
        array_of(found, layer, source), array_of(gradient_with(at), layer, source)
    )}  # fmt: skip
    assert changed == {"layer1", "layer2"}
