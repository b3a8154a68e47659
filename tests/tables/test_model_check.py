"""The gradient of a model on its table."""

import dataclasses

import numpy as np
import pytest
from model_cases import FRAME

import thalweg as tw
from thalweg.tables.check import check_model
from thalweg.tables.steps import open_row


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


def test_the_l1_of_its_training_is_in_the_error_and_in_the_step_of_a_row(trained):
    record = dict(trained.model.record)
    record["settings"] = {**record["settings"], "l1": 0.02}
    model = dataclasses.replace(trained.model, record=record)
    params = model.network.unravel(model.network.ravel(model.params).astype("float64"))
    signs = model.network.ravel({k: v._replace(bias=0 * v.bias) for k, v in params.items()})
    P, T = model.encoding.inputs_of(FRAME)[0], model.encoding.targets_of(FRAME)
    _, g = tw.gradient(model.network, model.loss, params, P, T, l2=0.01)
    check = check_model(model, FRAME)
    np.testing.assert_allclose(check.analytic, model.network.ravel(g) + 0.02 * np.sign(signs), rtol=1e-12)
    assert "The error has the l1 penalty of the training, 0.02." in check.explanation
    _, g = tw.gradient(model.network, model.loss, params, P[16:17], T[16:17], l2=0.01)
    step = open_row(model, FRAME, 17, "table.csv")
    expected = model.network.ravel(g) + 0.02 * np.sign(signs)
    np.testing.assert_allclose(model.network.ravel(step.gradient), expected, rtol=1e-4, atol=1e-6)


def test_a_gradient_that_cannot_be_checked_is_told(trained):
    with pytest.raises(tw.ArgumentError, match="rows is 0"):
        check_model(trained.model, FRAME, rows=0)
    with pytest.raises(tw.ArgumentError, match="on arrays"):
        check_model(dataclasses.replace(trained.model, encoding=None), FRAME)
    with pytest.raises(tw.DataError, match="'y' is not a column"):
        check_model(trained.model, FRAME.drop("y"))
