"""Lines that show only the first of many terms: what is left out is one number, with which they are still true."""

import numpy as np
import pytest
from core.oracles import random_case

import thalweg as tw
from thalweg.core.losses import LOSSES
from thalweg.worked.notations import NOTATIONS, notation_named

SHORT = {"most_terms": 1, "most_examples": 1}
KEPT = (
    "net_input",
    "output",
    "error",
    "example_error",
    "error_before",
    "sensitivity",
    "gradient",
    "delta",
    "new_weight",
)


def opened(net, loss, examples=4, weighted=False, **more):
    case = random_case(net, LOSSES.get(loss), 3, examples, weighted=weighted)
    for name in more.get("shared_bias", ()):
        case.params[name].bias[:] = case.params[name].bias[0]
    return tw.worked_step(net, case.loss, case.params, case.P, case.T, "gd", sample_weight=case.weight, **more)


def dropped():
    net, rng = tw.mlp(2, 4, 3, 1, hidden="softmax", dropout=0.5), np.random.default_rng(0)
    masks = {name: 2.0 * (rng.random((2, size)) > 0.5) for name, size in (("layer1", 4), ("layer2", 3))}
    return tw.worked_step(net, "mse", net.init(1), rng.normal(size=(2, 2)), rng.normal(size=(2, 1)), masks=masks)


STEPS = {
    "weighed, l1, l2": lambda: opened(tw.mlp(2, 3, 2), "mse", weighted=True, l1=0.02, l2=0.1),
    "shared biases that are penalized": lambda: opened(
        tw.mlp(2, 3, 2), "half_mse", l1=0.02, l2=0.1, shared_bias=["layer1"], penalize="all"
    ),
    "softmax inside, with dropout": dropped,
}
SIGNS = [next(name for name in NOTATIONS if notation_named(name).sign == sign) for sign in (1, -1)]


@pytest.mark.parametrize("notation", SIGNS)
@pytest.mark.parametrize("step", STEPS)
def test_every_line_keeps_its_formula(step, notation):
    """One that were not true would stand without it."""
    values = STEPS[step]()
    for view in ({}, SHORT):
        *lines, _, _ = values.document(notation, **view).lines()  # the last two are F before and after
        kept = [line for line in lines if line.about["quantity"] in KEPT or line.about.get("shared")]
        assert len(kept) > 30
        assert [line.about for line in kept if len(line.steps) < 2] == []
