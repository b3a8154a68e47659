"""Runs that end in the middle, as if their process had been killed, for the tests of checkpoints."""

import numpy as np
import pytest

import thalweg as tw

P = np.random.default_rng(0).normal(size=(23, 2))
T = np.sin(P[:, :1]) + P[:, 1:]
NET = tw.mlp(2, 4, 1)


class Killed(Exception):  # noqa: N818 - no error of the library
    pass


def killed_in(epoch):
    """A callback that ends everything in an epoch, with nothing saved of it."""

    def kill(end):
        if end.epoch == epoch:
            raise Killed

    return kill


def train_until_killed(folder, epoch=11, every="3epochs", net=NET, examples=(P, T), callbacks=(), **options):
    with pytest.raises(Killed):
        tw.train(
            net, *examples, callbacks=[*callbacks, killed_in(epoch)],
            checkpoint=tw.Checkpoints(folder, every=every), **options,
        )  # fmt: skip


def assert_same(one, other):
    """Two runs are the same, to the bit, but for their times."""
    for name in ("epochs", "updates", "best_epoch", "stopped_because", "explanation", "engine", "seed"):
        assert getattr(one, name) == getattr(other, name), name
    ravel = one.network.ravel
    np.testing.assert_array_equal(ravel(one.params), ravel(other.params), strict=True)
    assert one.history.names() == other.history.names()
    for name in one.history.names():
        if name != "seconds":
            np.testing.assert_array_equal(one.history[name], other.history[name], strict=True)
