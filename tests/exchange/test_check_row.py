"""Check rows: what a model itself says of rows of usual values, with all missing, and unseen."""

import dataclasses

import numpy as np
import pytest
from to_export import every_activation, hostile, models

import thalweg as tw
from thalweg.errors import ArgumentError
from thalweg.exchange.check_row import check_of, check_rows


@pytest.mark.parametrize("name", ["classes", "booleans", "measured", "several", "mean"])
def test_there_are_three_rows_one_missing_everywhere_and_one_unseen(name):
    check = check_rows(models()[name])
    assert check.rows == 3
    assert check.inputs["colour"].tolist()[1:] == [None, "(not seen)"]
    numbers = [values for column, values in check.inputs.items() if column != "colour"]
    assert all(np.isnan(values).tolist() == [False, True, False] for values in numbers)
    assert np.isfinite(check.outputs).all()


def test_outputs_are_in_the_unit_of_the_target_and_their_room_too():
    check = check_of(models()["measured"], hostile())
    values = models()["measured"].predict_table(hostile()).values
    np.testing.assert_array_equal(check.outputs[:, 0], values)
    assert 400.0 < check.scale[0] < 600.0
    np.testing.assert_allclose(check.room[:, 0], 2e-5 * (check.scale[0] + np.abs(values)))


def test_the_room_is_that_of_the_coarsest_type():
    assert check_rows(models()["booleans"]).tolerance == 1e-9
    assert check_rows(models()["booleans"], "float32").tolerance == 2e-5
    assert check_rows(models()["mean"]).tolerance == 2e-5


def test_a_tie_is_no_check_row():
    model = models()["classes"]
    params = model.network.unravel(np.zeros(model.network.parameter_count))
    with pytest.raises(ArgumentError, match="answers no row"):
        check_rows(dataclasses.replace(model, params=params))


def test_arrays_of_a_model_that_answers_nothing_finite():
    net = tw.mlp(1, 1, output=tw.activation_from_formula("exp(x)*exp(x)"))
    with pytest.raises(ArgumentError, match="not finite at inputs of usual size"):
        check_rows(tw.Model(net, net.unravel(np.array([0.0, 5000.0])), tw.losses.MSE()))
    assert check_rows(every_activation("float64")).inputs["p"].shape == (3, 3)
