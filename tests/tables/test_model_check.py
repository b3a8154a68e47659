"""The gradient of a model on its table."""

import dataclasses

import numpy as np
import pytest
from model_cases import FRAME

import thalweg as tw
from thalweg.tables.check import check_model


def test_the_gradient_of_a_model_has_the_penalty_of_its_training(trained):
    model = trained.model
    P, _ = model.encoding.inputs_of(FRAME)
    params = model.network.unravel(model.network.ravel(model.params).astype("float64"))
    _, g = tw.gradient(model.network, model.loss, params, P, model.encoding.targets_of(FRAME), l2=0.01)
    check = check_model(model, FRAME)
    assert check.passed
    np.testing.assert_array_equal(check.analytic, model.network.ravel(g))
    assert "The error has the l2 penalty of the training, 0.01." in check.explanation
    some = check_model(model, FRAME, rows=7, weights=20)
    assert len(some.names) < len(check.names)
    assert "7 of 60 rows were used, spread over the table." in some.explanation
    bare = check_model(dataclasses.replace(model, record={}), FRAME, rows="all")
    assert bare.passed
    assert "l2" not in bare.explanation


def test_a_gradient_that_cannot_be_checked_is_told(trained):
    with pytest.raises(tw.ArgumentError, match="rows is 0"):
        check_model(trained.model, FRAME, rows=0)
    with pytest.raises(tw.ArgumentError, match="on arrays"):
        check_model(dataclasses.replace(trained.model, encoding=None), FRAME)
    with pytest.raises(tw.DataError, match="'y' is not a column"):
        check_model(trained.model, FRAME.drop("y"))
