"""Networks, examples and a plain training loop that the tests of training share."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.core.arrays import tree_map
from thalweg.core.losses import LOSSES
from thalweg.optimizers import RULES
from thalweg.optimizers.full_batch import FullBatchRule

ENGINES = ("numpy", "xla")
BATCH_RULES = [name for name in RULES if not issubclass(RULES[name], FullBatchRule)]
FULL_BATCH_RULES = [name for name in RULES if name not in BATCH_RULES]

CHAIN = tw.mlp(3, 5, 2, hidden="tanh")
SHORTCUTS = tw.cascade(3, 4, 3, 2, hidden="sigmoid")
SEVERAL_INPUTS = tw.Network(
    inputs={"p": 3, "q": 2},
    layers=[
        tw.Layer("first", 4, "tanh", ("p",)),
        tw.Layer("second", 3, "elliott", ("first", "q"), bias=False),
        tw.Layer("out", 2, "linear", ("second", "p")),
    ],
)
LARGE = tw.mlp(3, 400, 130, 2, hidden="tanh")  # above the size up to which XLA carries one vector


bits = pytest.mark.compiled_as_for_users


def train_chain(engine, net=CHAIN, **settings):
    """A short run of Momentum in float64 on `examples`."""
    P, T, _ = examples(net=net)
    return tw.train(
        net,
        P,
        T,
        engine=engine,
        **{"optimizer": tw.Momentum(0.05), "batch_size": 8, "epochs": 12, "dtype": "float64", **settings},
    )


def examples(count=23, seed=5, net=CHAIN):
    """Inputs from [-1, 1], smooth targets, positive weights."""
    rng = np.random.default_rng(seed)
    P = {name: rng.uniform(-1, 1, (count, size)) for name, size in net.inputs.items()}
    every = np.concatenate(list(P.values()), axis=1)
    T = np.stack([np.sin(2 * every[:, 0]) * every[:, 1], every[:, 2] ** 2 - 0.3], axis=1)
    weight = rng.uniform(0.2, 3.0, count)
    return (P if len(P) > 1 else P["input"]), T, weight


def taken(P, rows):
    return {name: values[rows] for name, values in P.items()} if isinstance(P, dict) else P[rows]


def by_hand(net, P, T, loss, rule, rows, params, weight=None, l1=0.0, l2=0.0):
    """Batch by batch, as a book writes it; gives the parameters before each update and at the end, and each F."""
    state = rule.init(params)
    path, losses = [params], []
    for batch in rows.reshape(-1, rows.shape[-1]):
        batch = batch[batch < len(T)]  # noqa: PLW2901
        of_batch = None if weight is None else weight[batch]
        F, g = tw.gradient(net, loss, params, taken(P, batch), T[batch], of_batch, l1=l1, l2=l2)
        delta, state = rule.update(g, state, params, value=F)
        params = tree_map(lambda x, d: x + d, params, delta)
        path.append(params)
        losses.append(float(F))
    return path, np.array(losses)


def epoch_losses(losses, rows, count, loss="mse", weight=None):
    """The history that `by_hand`'s losses make: the mean over the epoch's examples, or the sum."""
    losses = losses.reshape(rows.shape[:2])
    if LOSSES.get(loss).reduction == "sum":
        return losses.sum(axis=1)
    weight = np.append(np.ones(count) if weight is None else weight, 0.0)
    of_batches = weight[rows].sum(axis=2)
    return (losses * of_batches).sum(axis=1) / of_batches.sum(axis=1)


def vector(run_or_params, net=None):
    """All parameters as one vector."""
    if net is None:
        return run_or_params.network.ravel(run_or_params.params)
    return net.ravel(run_or_params)


def assert_close(one, other, tolerance):
    """Two runs are the same up to rounding: their ends, parameters and histories."""
    assert (one.epochs, one.updates, one.best_epoch) == (other.epochs, other.updates, other.best_epoch)
    assert one.stopped_because == other.stopped_because
    assert one.explanation == other.explanation
    np.testing.assert_allclose(vector(one), vector(other), rtol=tolerance, atol=tolerance)
    for name in ("loss", "validation_loss", "gradient_norm"):
        first, second = getattr(one.history, name), getattr(other.history, name)
        assert (first is None) == (second is None), name
        if first is not None:
            np.testing.assert_allclose(first, second, rtol=tolerance, atol=tolerance, err_msg=name)


def assert_bit_identical(one, other):
    np.testing.assert_array_equal(vector(one), vector(other), strict=True)
    np.testing.assert_array_equal(one.history.loss, other.history.loss)
    assert (one.epochs, one.updates, one.best_epoch) == (other.epochs, other.updates, other.best_epoch)
    for name in ("validation_loss", "gradient_norm"):
        first, second = getattr(one.history, name), getattr(other.history, name)
        assert (first is None) == (second is None)
        if first is not None:
            np.testing.assert_array_equal(first, second)
