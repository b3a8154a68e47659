"""The mean of members."""

import numpy as np

from thalweg.ensembles.averaging import mean_output


def test_the_mean_is_that_of_numpy() -> None:
    rng = np.random.default_rng(0)
    outputs = [rng.random((7, 3)).astype(np.float32) for _ in range(4)]
    weights = [0.1, 0.5, 0.2, 0.2]
    found = mean_output(outputs, weights)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, np.average(np.stack(outputs).astype(np.float64), axis=0, weights=weights))


def test_what_has_no_weight_need_not_be_finite() -> None:
    assert mean_output([np.array([[np.nan]]), np.array([[2.0]])], [0.0, 1.0]).tolist() == [[2.0]]
