"""The verdict on a learning rate and the way down: each kind from both sides of its threshold."""

import math

import numpy as np
import pytest

from thalweg.diagnosis.rate_verdict import Steepness, find_rates

AT = Steepness(
    F=1.0, gradient_norm=1.0, lambda_max=10.0, lambda_min=-0.1, downhill=5.0, learning_rate=0.1, first_rate=0.1,
    momentum=0.0, stable_rate=0.2, formula="2/λ_max", goes_on=True,
)  # fmt: skip


def kinds(**changes):
    return [finding.kind for finding in find_rates(AT._replace(**changes))]


def rated(rate, **changes):
    return kinds(learning_rate=rate, first_rate=rate, **changes)


def test_a_rate_within_its_bounds_has_no_finding():
    assert find_rates(AT) == ()


@pytest.mark.parametrize(("rate", "told"), [(0.2399, []), (0.2401, ["learning rate too large"])])
def test_a_rate_too_large(rate, told):
    assert rated(rate) == told
    assert rated(rate, goes_on=False) == told


@pytest.mark.parametrize(("rate", "told"), [(0.1999, []), (0.2001, ["learning rate too large"])])
def test_if_the_loss_rises_the_bound_is_the_bound(rate, told):
    assert rated(rate, rises=True) == told


def test_what_is_said_of_a_rate_too_large():
    (found,) = find_rates(AT._replace(learning_rate=0.6))
    assert found.text == (
        "the learning rate 0.6 is 3 times the largest stable one here, 2/λ_max = 0.2: along the sharpest direction "
        "each update overshoots further"
    )
    assert found.remedy.startswith("a learning rate below 0.2;")
    assert found.severity == pytest.approx(3)


@pytest.mark.parametrize(("rate", "told"), [(0.00401, []), (0.00399, ["learning rate too small"])])
def test_a_rate_too_small(rate, told):
    assert rated(rate) == told
    assert rated(rate, goes_on=False) == [], "a training that was done did not crawl"
    assert rated(rate, gradient_norm=0.0, downhill=None) == [], "nor does one that has nothing to gain"


def test_what_is_said_of_a_rate_too_small():
    (found,) = find_rates(AT._replace(learning_rate=0.001, first_rate=0.001))
    assert found.text == (
        "the learning rate 0.001 is 200 times below the largest stable one here, 2/λ_max = 0.2: the training crawls"
    )
    assert found.remedy.startswith("a learning rate nearer to 0.2;")


def test_a_rate_that_a_schedule_lowered_is_small_on_purpose():
    assert kinds(learning_rate=1e-6, first_rate=0.1) == []
    assert kinds(learning_rate=1e-6, first_rate=1e-3) == ["learning rate too small"]
    assert kinds(learning_rate=0.1, first_rate=1e-6) == [], "one that warmed up"
    assert kinds(learning_rate=1e-6, first_rate=None) == ["learning rate too small"]
    assert kinds(learning_rate=0.0, first_rate=0.0) == []


@pytest.mark.parametrize(("rate", "told"), [(0.000401, []), (0.000399, ["learning rate too small"])])
def test_a_momentum_of_0_9_goes_ten_times_as_far(rate, told):
    assert rated(rate, momentum=0.9, stable_rate=0.38, formula="2(1+α)/λ_max") == told


@pytest.mark.parametrize(("downhill", "told"), [(0.0101, []), (0.0099, ["ravine"])])
def test_a_ravine(downhill, told):
    assert kinds(downhill=downhill) == told
    assert kinds(downhill=downhill, stable_rate=None) == [], "for a rule of its own steps it is none"
    assert kinds(downhill=downhill, goes_on=False) == []


def test_what_is_said_of_a_ravine():
    (found,) = find_rates(AT._replace(downhill=0.002))
    assert found.text.startswith("a ravine: the error curves 5,000 times as much across the way down as along it")
    assert "adam" in found.remedy
    assert found.severity == pytest.approx(5000)


@pytest.mark.parametrize(("norm", "told"), [(0.0045, ["ravine"]), (0.0044, [])])
def test_no_way_down_is_no_ravine(norm, told):
    """The best step down gains |g|²/2 over the curvature; a thousandth of F = 1 is where it counts."""
    assert kinds(downhill=0.01, gradient_norm=norm) == told


@pytest.mark.parametrize("downhill", [0.0, -3.0, None])
def test_where_the_gradient_does_not_lead_into_a_valley_there_is_no_ravine(downhill):
    assert kinds(downhill=downhill) == []


@pytest.mark.parametrize(("least", "told"), [(-0.99, []), (-1.01, ["saddle"])])
def test_a_saddle(least, told):
    assert kinds(lambda_min=least, gradient_norm=0.01) == told
    assert kinds(lambda_min=least, gradient_norm=0.0, downhill=None) == told


@pytest.mark.parametrize(("norm", "told"), [(0.1415, []), (0.1413, ["saddle"])])
def test_a_gradient_that_has_not_vanished_is_at_no_saddle(norm, told):
    """Along the sharpest direction a step gains |g|²/2λ_max at most: a thousandth of F at |g|² = 0.02."""
    assert kinds(lambda_min=-5.0, gradient_norm=norm) == told


def test_what_is_said_of_a_saddle():
    (found,) = find_rates(AT._replace(gradient_norm=0.0123, lambda_min=-4.0))
    assert "all but vanished (0.012)" in found.text
    assert "(λ_min -4)" in found.text


@pytest.mark.parametrize("lambda_max", [0.0, -3.0])
def test_where_the_error_curves_nowhere_upwards_any_rate_is_stable(lambda_max):
    assert rated(1e9, lambda_max=lambda_max, stable_rate=math.inf) == []
    assert rated(1e-9, lambda_max=lambda_max, stable_rate=math.inf) == []
    assert kinds(lambda_max=lambda_max, lambda_min=-5.0, stable_rate=math.inf, gradient_norm=0.0) == []


@pytest.mark.parametrize("rate", [1e-9, 1e9, None])
def test_a_rule_without_a_bound_has_no_wrong_rate(rate):
    assert rated(rate, stable_rate=None, formula=None) == []


def test_a_perfect_fit_has_no_finding():
    assert kinds(F=0.0, gradient_norm=0.0, downhill=None, lambda_min=0.0) == []


def test_every_finding_has_a_remedy():
    for changes in ({"learning_rate": 9.0}, {"learning_rate": 1e-5, "first_rate": 1e-5}, {"downhill": 1e-3}):
        for finding in find_rates(AT._replace(**changes)):
            assert finding.remedy
            assert str(finding) == f"{finding.text}. Remedy: {finding.remedy}"
            assert np.isfinite(finding.severity)


@pytest.mark.parametrize(("size", "told"), [(1.1e-15, ["saddle"]), (0.9e-15, [])])
def test_rounding_is_neither_a_saddle_nor_a_way_down(size, told):
    at = AT._replace(gradient_norm=size / 2, lambda_max=size, lambda_min=-size, downhill=-size, learning_rate=None)
    assert [finding.kind for finding in find_rates(at)] == told
    assert at.descends == bool(told)
    assert [finding.kind for finding in find_rates(at._replace(F=2.0))] == []
