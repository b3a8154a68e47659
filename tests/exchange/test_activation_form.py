"""Activations as expressions: every registered one by its text, parts of one's own too, refusals by name."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import parts_of_ones_own as own
import pytest

from thalweg.core.activations import ACTIVATIONS, Formula, LeakyReLU, Sigmoid, Tanh
from thalweg.errors import ArgumentError
from thalweg.estimators.poisson import Exponential
from thalweg.exchange.activation_form import form_of, is_linear
from thalweg.formulas.program import compiled, reduces

RNG = np.random.default_rng(0)
NET_INPUTS = np.concatenate([RNG.normal(size=(50, 4)) * scale for scale in (1e-6, 1.0, 30.0, 1000.0)])


def same(activation, form, rtol=1e-9, atol=1e-12):
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(compiled(form)(NET_INPUTS), activation(NET_INPUTS), rtol=rtol, atol=atol)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_registered_activation_has_a_form_that_is_it(name):
    activation = ACTIVATIONS.get(name)
    same(activation, form_of(activation, "layer 'one'"))


@pytest.mark.parametrize(
    "activation",
    [own.Bent(), own.Bent(0.5), own.Direction(), Exponential(), LeakyReLU(0.3), Formula("max(x, 0)**2 - 1/3")],
)
def test_settings_and_parts_of_ones_own_too(activation):
    n, form = NET_INPUTS / 10.0, form_of(activation, "x")
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(compiled(form)(n), activation(n), rtol=1e-9, atol=1e-12)


def test_one_without_a_text_is_refused_by_the_name_of_its_layer():
    with pytest.raises(ArgumentError, match=r"layer 'one': activation 'SilentBent' has no text .* value_text"):
        form_of(own.SilentBent(), "layer 'one'")


@dataclass(frozen=True)
class Untrue(Tanh):
    value_text: ClassVar[str] = "n/(1 + abs(n))"


@dataclass(frozen=True)
class Unreadable(Tanh):
    value_text: ClassVar[str] = "besselj(n)"


@pytest.mark.parametrize(("kind", "told"), [(Untrue, "the text comes to"), (Unreadable, "unknown function 'besselj'")])
def test_a_text_that_is_not_the_activation_is_refused(kind, told):
    with pytest.raises(ArgumentError, match=rf"layer 'one': activation '{kind.__name__}', '.*': .*{told}"):
        form_of(kind(), "layer 'one'")


def test_what_is_linear_and_what_is_of_the_layer():
    forms = {name: form_of(ACTIVATIONS.get(name), "x") for name in ACTIVATIONS}
    assert (is_linear(forms["linear"]), is_linear(forms["relu"])) == (True, False)
    assert (reduces(forms["softmax"]), reduces(forms["sigmoid"])) == (True, False)


def test_a_log_of_a_sum_of_exponentials_does_not_overflow():
    @dataclass(frozen=True)
    class Whole(Sigmoid):
        value_text: ClassVar[str] = "n - ln(sum(exp(n)))"

        def __call__(self, n):
            m = n.max(axis=-1, keepdims=True)
            return n - m - np.log(np.exp(n - m).sum(axis=-1, keepdims=True))

    same(Whole(), form_of(Whole(), "x"))
