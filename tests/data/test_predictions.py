"""Labels, numbers and probabilities in the forms in which they are scored and drawn."""

import numpy as np
import pytest

from thalweg.data.predictions import class_indices, class_names, class_probabilities, judged, numbers, plain_label
from thalweg.errors import ArgumentError, DataError

ROWS = np.array([[0.25, 0.75], [0.9, 0.1]])


@pytest.mark.parametrize("actual", [[1, 0], [[1.0], [0.0]], np.array([True, False])])
@pytest.mark.parametrize("chances", [ROWS, ROWS[:, 1], ROWS[:, 1:], ROWS.astype("float32")])
def test_targets_and_outputs_of_a_network_are_read(actual, chances):
    told = judged(actual, chances)
    assert told.indices.tolist() == [1, 0]
    np.testing.assert_allclose(told.probabilities, ROWS, atol=1e-7)
    assert told.classes == [0, 1]


def test_probabilities_of_a_short_type_add_up_to_1():
    rounded = np.array([[0.3334, 0.3333, 0.3335], [0.25, 0.25, 0.4995]])
    np.testing.assert_allclose(class_probabilities(rounded, (2, 3)), rounded / [[1.0002], [0.9995]], rtol=1e-12)


def test_labels_are_found_among_the_classes_as_these_are_ordered():
    told = judged(["b", "a"], ROWS, ["b", "a"])
    assert told.indices.tolist() == [0, 1]
    assert told.classes == ["b", "a"]
    assert judged([2, 0], np.full((2, 3), 1 / 3)).classes == [0, 1, 2]


def test_labels_become_pythons_own():
    assert [type(plain_label(value)) for value in (np.int64(1), np.str_("a"), np.bool_(True))] == [int, str, bool]
    with pytest.raises(ArgumentError, match="not list"):
        plain_label([1])


@pytest.mark.parametrize("classes", [["a"], [], ["a", "a"], [1, 1.0]])
def test_classes_are_two_or_more_different_ones(classes):
    with pytest.raises(ArgumentError, match="two or more different labels"):
        class_names(classes)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: class_indices("actual", [["a"]], ["a", "b"]), r"shape \(1, 1\)"),
        (lambda: class_indices("actual", ["a", "c"], ["a", "b"]), r"actual, row 2: 'c' is not one of the classes"),
        (lambda: class_probabilities([[0.5, 0.4]], (1, 2)), "row 1: they must be 0 or more and add up to 1"),
        (lambda: class_probabilities([[np.nan, 1.0]], (1, 2)), "row 1"),
        (lambda: class_probabilities([[0.5, 0.5]], (2, 2)), r"\(2, 2\), not \(1, 2\)"),
        (lambda: numbers("actual", [1.0, np.inf], use="draw"), "row 2: inf is not a finite number; draw finite"),
        (lambda: numbers("actual", [[1.0, 2.0]], use="draw"), r"shape \(1, 2\)"),
    ],
)
def test_mistakes(call, words):
    with pytest.raises(DataError, match=words):
        call()
