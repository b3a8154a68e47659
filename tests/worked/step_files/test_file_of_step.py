"""A step of a run as a step file."""

import numpy as np

import thalweg as tw
from thalweg.worked.step_files.of_step import step_file_of


def test_the_file_opens_as_the_step():
    P = np.linspace(-1, 1, 12)[:, None]
    weight = np.linspace(0.5, 2, 12)
    run = tw.train(
        tw.mlp(1, 3, 1),
        P,
        P**2,
        batch_size=4,
        epochs=4,
        l2=0.01,
        sample_weight=weight,
        engine="numpy",
        seed=1,
        dtype="float64",
    )
    step = run.step(8)
    again = step_file_of(step).open()
    net = run.network
    assert (again.value, again.value_after) == (step.value, step.value_after)
    assert np.array_equal(net.ravel(again.new_params), net.ravel(step.new_params))
    assert again.number == step.number


def test_single_targets_that_weigh_or_are_missing_come_along():
    net = tw.mlp(1, 2, 2)
    T = np.array([[1.0, np.nan], [0.5, 2.0]])
    step = tw.worked_step(
        net, "mse", net.init(0), [[0.2], [0.4]], T, target_weight=[[1, 1], [3, 1]], targets="ignore_nan"
    )
    again = step_file_of(step).open()
    assert again.value == step.value
    assert np.array_equal(net.ravel(again.gradient), net.ravel(step.gradient))


def test_numbers_of_a_run_in_single_precision_are_held_in_double():
    run = tw.train(tw.mlp(1, 3, 1), [[0.2], [0.4]], [[0.1], [0.3]], optimizer="adam", epochs=3, engine="numpy")
    step = run.step(3)
    again = step_file_of(step).open()
    assert step.params["layer1"].bias.dtype == np.float32
    assert again.params["layer1"].bias.dtype == again.inputs["input"].dtype == np.float64
    assert again.number == 3
    np.testing.assert_allclose(again.value_after, step.value_after, rtol=1e-6)
