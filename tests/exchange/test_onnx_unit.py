"""Factor and offset of operations by constants, beside NumPy; constants that are no rows."""

import numpy as np
import pytest

from thalweg.errors import ArgumentError
from thalweg.exchange.assembly import Assembly
from thalweg.exchange.onnx_activation import PROBE
from thalweg.exchange.onnx_unit import Unit, affine_of, check_rows, said_of

VALUE = Assembly().input("p", 1)
CONSTANT = np.array(0.5)
KNOWN = [(None, None), (np.array(3.0), None), (None, np.array(-1.0)), (np.array(2.0), np.array(5.0))]
FUNCTIONS = {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide}


def unit(text: str) -> Unit:
    return Unit(VALUE, text, PROBE, "node", (None, None))


@pytest.mark.parametrize(
    "known", [(None, None), (np.array(3.0), None), (None, np.array(-1.0)), (np.array(2.0), np.array(5.0))]
)
@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize("kind", FUNCTIONS)
def test_an_operation_by_a_number_scales_and_shifts(kind, behind, known):
    given = [CONSTANT, unit("n")] if behind else [unit("n"), CONSTANT]
    found = affine_of(kind, given, known)
    if kind == "Div" and behind:
        assert found is None
        return
    factor, offset = known
    before = PROBE * (1.0 if factor is None else factor) + (0.0 if offset is None else offset)
    expected = FUNCTIONS[kind](*((CONSTANT, before) if behind else (before, CONSTANT)))
    factor, offset = found
    got = PROBE * (1.0 if factor is None else factor) + (0.0 if offset is None else offset)
    np.testing.assert_allclose(got, expected, rtol=1e-14, atol=1e-14)


def test_a_sign_is_turned_and_all_else_is_no_scaling():
    factor, offset = affine_of("Neg", [unit("n")], (np.array(2.0), np.array(3.0)))
    assert (float(factor), float(offset)) == (-2.0, -3.0)
    assert affine_of("Tanh", [unit("n")], (None, None)) is None
    assert affine_of("Add", [unit("n"), unit("n")], (None, None)) is None
    assert affine_of("Add", [unit("n"), CONSTANT], None) is None


def test_a_text_stands_in_brackets_within_another():
    assert [said_of(unit(text))[0] for text in ("n", "n + 1", "")] == ["n", "(n + 1)", ""]


@pytest.mark.parametrize("shape", [(), (1,), (4,), (1, 4), (1, 1, 1)])
def test_rows_and_single_numbers_stand_beside_rows(shape):
    check_rows([np.zeros(shape)], "node")


@pytest.mark.parametrize("shape", [(4, 1), (2, 2), (1, 1, 4)])
def test_a_column_is_no_row(shape):
    with pytest.raises(ArgumentError, match=r"node: a constant of shape \(.*\); beside rows it must be"):
        check_rows([np.zeros(shape)], "node")
