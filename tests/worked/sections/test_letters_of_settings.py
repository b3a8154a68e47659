"""The letters of settings: none of them is that of something else in the step."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.core.activations import ELU, LeakyReLU
from thalweg.core.losses import Huber


def _step(activations, loss, rule="gd", **options):
    net = tw.Network({"p": 1}, [tw.Layer(f"l{k}", 1, activation) for k, activation in enumerate(activations, start=1)])
    params = net.unravel(np.array([-1.5, 0.0, 0.5, -0.25])[: net.parameter_count])
    return tw.worked_step(net, loss, params, [[0.5], [1.0]], [[1.0], [2.0]], rule, **options)


def _meanings(step, **view):
    return {entry["symbol"]: entry["meaning"] for entry in step.to_dict(**view)["symbols"]}


@pytest.mark.parametrize(
    ("notation", "letter", "of_rule"),
    [("nnd", "α[l1]", "α"), ("ng", "α[l1]", "α"), ("nielsen", "α", "η")],
)
@pytest.mark.parametrize("form", ["units", "matrix"])
def test_alpha_of_an_activation_is_not_the_learning_rate(notation, letter, of_rule, form):
    step = _step([ELU(), "linear"], "mse", tw.GradientDescent(0.1), notation=notation)
    meanings = _meanings(step, form=form)
    assert meanings[letter] == "alpha of elu, 1"
    assert meanings[of_rule] == "learning rate, 0.1"


def test_settings_of_one_letter_and_two_values_are_told_apart():
    step = _step([LeakyReLU(slope=0.2), LeakyReLU(slope=0.1)], "mse")
    meanings = _meanings(step)
    assert (meanings["c[l1]"], meanings["c[l2]"]) == ("slope of leaky_relu, 0.2", "slope of leaky_relu, 0.1")
    assert _meanings(_step([LeakyReLU(slope=0.2), LeakyReLU(slope=0.2)], "mse"))["c"] == "slope of leaky_relu, 0.2"


def test_delta_of_huber_is_not_a_sensitivity():
    step = _step(["linear"], Huber(delta=0.3), notation="nielsen")
    assert _meanings(step)["δ[F]"] == "delta of huber, 0.3"


@pytest.mark.parametrize("form", ["units", "matrix"])
def test_slope_beside_the_weights_of_examples(form):
    step = _step([LeakyReLU(slope=0.2), "linear"], "mse", sample_weight=[1.0, 3.0])
    assert _meanings(step, form=form)["c[l1]"] == "slope of leaky_relu, 0.2"
