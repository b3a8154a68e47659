"""What a step file's network is read from; the files themselves are tested in test_step_file.py."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.worked.step_files.network import check_keys, read_array, read_network, read_number, read_rows

LAYERS = [{"name": "out", "size": 2, "weights": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "bias": [7.0, 8.0]}]
DATA = {"network": {"inputs": {"p": 3}, "layers": LAYERS}}


def test_weights_stand_as_they_are_given_and_others_are_drawn():
    net, params = read_network(DATA, "float64", None, "nnd", 100)
    np.testing.assert_array_equal(net.ravel(params), np.arange(1.0, 9.0))
    drawn = read_network(
        {"seed": 3, "network": {"inputs": {"p": 3}, "layers": [{"size": 2}]}}, "float64", None, "nnd", 9
    )
    np.testing.assert_array_equal(drawn[0].ravel(drawn[1]), drawn[0].ravel(drawn[0].init(3)))


def test_matrices_from_to_are_the_others_transposed():
    turned = [{**LAYERS[0], "weights": np.transpose(LAYERS[0]["weights"]).tolist()}]
    net, params = read_network({"network": {"inputs": {"p": 3}, "layers": turned}}, "float64", "from, to", "nnd", 100)
    np.testing.assert_array_equal(net.ravel(params), np.arange(1.0, 9.0))


def test_a_network_that_is_too_large_is_refused_before_it_is_drawn():
    with pytest.raises(tw.ArgumentError, match="most_parameters"):
        read_network({"network": {"inputs": 1, "layers": [{"size": 30_000_000}]}}, "float64", None, "nnd", 1_000_000)


@pytest.mark.parametrize(
    ("read", "says"),
    [
        (lambda: read_array([[1.0, 2.0]], "W", (2, 3), "float64"), r"W has shape \(1, 2\); the network needs \(2, 3\)"),
        (lambda: read_array([[1, 2], [3, 4], [5, 6]], "W", (2, 3), "float64"), "transposed"),
        (lambda: read_array([[1, 2], [3]], "W", (2, 2), "float64"), "rows of equal length"),
        (lambda: read_rows([1.0, float("nan")], "P"), "P has a number that is not finite"),
        (lambda: read_number("l2", True), "l2 is True; it must be a number"),
        (lambda: check_keys("the file", {"titel": 1}, ["title"]), "did you mean 'title'"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(read, says):
    with pytest.raises(tw.ArgumentError, match=says):
        read()
