"""An order of examples of one's own."""

import numpy as np
import pytest

import thalweg as tw

P = np.linspace(-1, 1, 10)[:, None]
NET = tw.mlp(1, 3, 1)


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_updates_see_the_rows_in_this_order(engine: str) -> None:
    """Against a loop over the batches, one gradient at a time."""
    orders = [np.random.default_rng(epoch).permutation(10) for epoch in range(3)]
    given = tw.GivenOrder(lambda epoch: orders[epoch])
    options = {"optimizer": tw.optimizers.GradientDescent(0.1), "batch_size": 4, "dtype": "float64", "engine": engine}
    run = tw.train(NET, P, P**2, "mse", epochs=3, order=given, **options)
    x = NET.ravel(NET.init(0))
    for order in orders:
        for rows in (order[:4], order[4:8], order[8:]):
            x = x - 0.1 * NET.ravel(tw.gradient(NET, "mse", NET.unravel(x), P[rows], P[rows] ** 2)[1])
    np.testing.assert_allclose(NET.ravel(run.params), x, rtol=1e-12)
    assert run.step(5).rows.tolist() == orders[1][4:8].tolist()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (lambda epoch: np.arange(9), "it must give 10 row numbers"),
        (lambda epoch: np.arange(10.0), "it must give 10 row numbers"),
        (lambda epoch: np.zeros(10, int), "order leaves out row 1 in epoch 0"),
        (lambda epoch: np.arange(1, 11), "order leaves out row 0"),
        (lambda epoch: np.arange(-1, 9), "order leaves out row 9"),
        (lambda epoch: 3, "order gives"),
    ],
)
def test_orders_that_are_none(rows, message: str) -> None:
    with pytest.raises(tw.ArgumentError, match=message):
        tw.train(NET, P, P**2, order=tw.GivenOrder(rows), batch_size=4, epochs=2)


def test_it_is_a_function() -> None:
    with pytest.raises(tw.ArgumentError, match="rows"):
        tw.GivenOrder([1, 2, 3])
