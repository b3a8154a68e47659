"""Places that ONNX's nodes take, beside NumPy's own indexing and onnx's reference evaluator."""

import numpy as np
import onnx.reference.ops.op_split as reference
import pytest

from thalweg.errors import ArgumentError
from thalweg.exchange.onnx_picks import gathered, sliced, split

SIZE = 7


@pytest.mark.parametrize("index", [[0], [-1, -7, 6], [[3, 3]]])
def test_gather(index):
    np.testing.assert_array_equal(gathered(np.array(index), SIZE, "node"), np.arange(SIZE)[np.ravel(index)])


@pytest.mark.parametrize(("index", "told"), [([7], "not among the 7"), ([-8], "not among the 7"), ([0.5], "whole")])
def test_gather_of_none(index, told):
    with pytest.raises(ArgumentError, match=f"node.*{told}"):
        gathered(np.array(index), SIZE, "node")


@pytest.mark.parametrize("bounds", [(0, 3, 1), (-2, 2**62, 1), (6, -(2**62), -2), (2, -1, 2), (5, 2, 1)])
def test_slice(bounds):
    start, end, step = bounds
    given = [np.array([one]) for one in (start, end, 1, step)]
    np.testing.assert_array_equal(sliced(given, {}, SIZE, "node"), np.arange(SIZE)[start:end:step])
    if step == 1:
        older = {"starts": [start], "ends": [end], "axes": [1]}
        np.testing.assert_array_equal(sliced([], older, SIZE, "node"), np.arange(SIZE)[start:end])


@pytest.mark.parametrize("given", [[[0], [3]], [[0], [3], [0]], [[0, 0], [3, 3], [0, 1]]])
def test_a_slice_of_examples_is_refused(given):
    with pytest.raises(ArgumentError, match="node: a slice of examples"):
        sliced([np.array(one) for one in given], {}, SIZE, "node")


@pytest.mark.parametrize(("lengths", "outputs"), [(None, 2), (None, 3), (None, 7), ([3, 0, 4], 3), ([7], 1)])
def test_split(lengths, outputs):
    given = None if lengths is None else np.array(lengths)
    expected = reference.Split_18.eval(np.arange(SIZE), given, num_outputs=None if lengths else outputs, axis=0)
    expected = [expected] if isinstance(expected, np.ndarray) else expected
    for at, part in enumerate(expected):
        np.testing.assert_array_equal(split(given, SIZE, outputs, at, "node"), part)


@pytest.mark.parametrize(("lengths", "outputs"), [([3, 3], 2), ([9, -2], 2), ([7], 2), (None, 5)])
def test_lengths_that_do_not_fit_are_told(lengths, outputs):
    with pytest.raises(ArgumentError, match="node: 7 values are split into"):
        split(lengths, SIZE, outputs, 0, "node")
