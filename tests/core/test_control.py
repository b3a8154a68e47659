"""Loops over chunks of rows: which chunks a function is given, and that zeros fill the last one for JAX alone."""

import jax.numpy as jnp
import numpy as np
import pytest

from thalweg.core.control import fold_rows

ROWS = np.arange(1.0, 12.0)[:, None]


@pytest.mark.parametrize(("rows", "sizes"), [(4, [4, 4, 3]), (5, [5, 5, 1]), (11, [11]), (50, [11])])
def test_numpy_is_given_the_rows_there_are(rows, sizes):
    seen = []
    fold_rows(np, lambda _, chunk: seen.append(chunk), None, ROWS, rows)
    assert [len(chunk) for chunk in seen] == sizes
    np.testing.assert_array_equal(np.concatenate(seen), ROWS)


@pytest.mark.parametrize("rows", [4, 5, 11, 50])
def test_jax_adds_up_the_same(rows):
    total = fold_rows(jnp, lambda total, chunk: total + chunk.sum(), jnp.float32(0.0), jnp.asarray(ROWS), rows)
    assert float(total) == ROWS.sum()
