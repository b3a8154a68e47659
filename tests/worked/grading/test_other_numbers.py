"""The calculations of one step with the numbers of another: those of its own document, or none."""

import numpy as np
import pytest
from student_by_hand import KINDS, a_step

import thalweg as tw
from thalweg.worked.grading.comparing import whole_view
from thalweg.worked.grading.ledger import ledger_of
from thalweg.worked.grading.other_numbers import with_numbers_of


def ledger(step, notation="nnd"):
    return ledger_of(step, step.document(notation, **whole_view(step)), notation)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("notation", ["nnd", "qmind"])
def test_they_are_those_that_its_own_document_has(kind, notation):
    first, second = a_step(kind, 1, 2), a_step(kind, 2, 2)
    found, wanted = with_numbers_of(ledger(first, notation), second), ledger(second, notation)
    assert found is not None
    assert found.calculations.keys() == wanted.calculations.keys()
    for key, one in wanted.calculations.items():
        if one.formula is not None:
            np.testing.assert_allclose(found.exact[key], wanted.exact[key], rtol=1e-9, atol=1e-12, err_msg=key)
    assert found.given == wanted.given
    assert found.rounded(4).keys() == wanted.rounded(4).keys()


def test_where_other_cases_hold_the_calculations_are_others():
    net = tw.mlp(1, 1, 1, hidden="relu")
    alive, dead = (
        tw.worked_step(net, "sse", net.unravel(np.array([1.0, bias, 0.5, 0.1])), [[0.5]], [[1.0]])
        for bias in (1.0, -3.0)
    )
    assert with_numbers_of(ledger(alive), dead) is None
    assert with_numbers_of(ledger(alive), alive) is not None
