"""Hidden units that are copies, by comparing every pair."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.training.copies import copies

P = np.random.default_rng(0).normal(size=(30, 2))
T = np.sin(P[:, :1])


def by_pairs(net, params, layer):
    """How many units of a layer have the same weights to and from all others as another one."""
    rows = [*params[layer].weights.values(), params[layer].bias[:, None]]
    rows += [params[fed].weights[layer].T for fed in net.fed_by[layer]]
    table = np.hstack(rows)
    return sum(any(i != j and (a == b).all() for j, b in enumerate(table)) for i, a in enumerate(table))


@pytest.mark.parametrize("net", [tw.mlp(2, 6, 5, 1), tw.cascade(2, 6, 5, 1)])
def test_copies_are_counted(net):
    params = net.init(3)
    assert copies(net, params) == {}
    for unit in (4, 5):
        for weights in params["layer1"].weights.values():
            weights[unit] = weights[0]
        params["layer1"].bias[unit] = params["layer1"].bias[0]
        for fed in net.fed_by["layer1"]:
            params[fed].weights["layer1"][:, unit] = params[fed].weights["layer1"][:, 0]
    assert copies(net, params) == {"layer1": by_pairs(net, params, "layer1")} == {"layer1": 3}
    params["layer2"].weights["layer1"][0, 4] += 0.1
    assert copies(net, params) == {"layer1": by_pairs(net, params, "layer1")} == {"layer1": 2}


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_equal_initial_weights_stay_copies(engine, caplog):
    net = tw.mlp(2, 4, 1)
    ones = net.unravel(np.full(net.parameter_count, 0.3))
    run = tw.train(net, P, T, params=ones, epochs=60, engine=engine)
    (found,) = run.findings
    assert found.kind == "copies"
    assert found.text.startswith("4 of 4 units of layer1 are copies of each other")
    assert [record.getMessage() for record in caplog.records] == [str(found)]


def test_copies_that_part_or_that_a_penalty_made_are_told_nothing():
    net = tw.mlp(2, 4, 1, dropout=0.5)
    ones = net.unravel(np.full(net.parameter_count, 0.3))
    assert "copies" not in [one.kind for one in tw.train(net, P, T, params=ones, epochs=60).findings]
    sparse = tw.train(tw.mlp(2, 30, 1), P, T, l1=0.05, optimizer=tw.Adam(0.01), epochs=300)
    assert "copies" not in [one.kind for one in sparse.findings]
