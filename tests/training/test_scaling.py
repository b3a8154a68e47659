"""Inputs with values far from all others, and inputs that are not scaled."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.training.scaling import APART, LARGE, scaled

RNG = np.random.default_rng(0)
AGES = RNG.uniform(20, 60, 300)


def test_outliers():
    """Field 11-missing-value-code."""
    ages = AGES.copy()
    ages[::40] = 999999
    (found,) = scaled({"input": np.c_[RNG.normal(size=300), ages]})
    assert found.kind == "outliers"
    assert found.text.startswith("P[:, 1]: 8 values are 999999, the others lie between 20")


@pytest.mark.parametrize(
    ("P", "kind"),
    [
        (np.c_[AGES, RNG.normal(size=300)], "unscaled inputs"),
        (np.c_[RNG.normal(size=300), 1e-4 * RNG.normal(size=300)], "unscaled inputs"),
        (RNG.normal(size=(300, 2)), None),
        (np.c_[RNG.normal(size=300), RNG.integers(0, 2, 300)], None),
        (np.full((300, 2), 0.9 * LARGE), None),
        (np.full((300, 2), 1.1 * LARGE), "unscaled inputs"),
        (np.c_[np.linspace(0, 1, 300), np.linspace(0, 0.9 * APART * 0.1, 300) / (0.9 * APART)], None),
    ],
)
def test_unscaled(P, kind):
    assert [finding.kind for finding in scaled({"p": P})] == ([] if kind is None else [kind])


def test_they_are_told_where_a_model_learned_little(caplog):
    """Field 11-missing-value-code, as arrays that were scaled with the code for unknown within."""
    ages, T = AGES.copy(), (AGES[:, None] - 40) / 12
    ages[::40] = 999999
    net = tw.mlp(1, 8, 1)
    run = tw.train(net, ((ages - ages.mean()) / ages.std())[:, None], T, epochs=60)
    assert [finding.kind for finding in run.findings] == ["outliers", "no better than a constant"]
    assert [record.getMessage() for record in caplog.records] == [str(run.findings[0])]
    assert tw.train(net, T, T, optimizer=tw.Adam(0.01), epochs=60).findings == ()
