"""A curve that is thinned, beside plain loops over all of its values."""

import math

import numpy as np
import pytest

from thalweg.plots.thinned import Thinned, thinned


def in_pieces(values, most, seed=0):
    """The curve, added to piece by piece as a run adds."""
    rng, curve, at = np.random.default_rng(seed), Thinned(most), 0
    while at < len(values):
        step = int(rng.integers(1, 70))
        curve.add(values[at : at + step])
        at += step
    return curve


@pytest.mark.parametrize("count", [1, 7, 64, 65, 1000, 4321])
def test_each_stretch_has_its_least_and_greatest_value_however_they_came(count):
    values = np.random.default_rng(count).normal(size=count).round(1)  # of equals the first is told
    curve = in_pieces(values, 64)
    assert curve.points() == thinned(values, 64).points()
    epochs, seen = curve.points()
    at = dict(zip(epochs, seen, strict=True))
    assert epochs == sorted(at)
    assert all(value == values[epoch - 1] for epoch, value in at.items())
    assert curve.stretches == math.ceil(count / curve.stride) <= 64
    for begin in range(0, count, curve.stride):
        stretch = values[begin : begin + curve.stride].tolist()
        assert at[begin + 1 + stretch.index(min(stretch))] == min(stretch)
        assert at[begin + 1 + stretch.index(max(stretch))] == max(stretch)
    assert (epochs[0], epochs[-1]) == (1, count)
    assert curve.least == (int(values.argmin()) + 1, float(values.min()))


def test_a_spike_of_one_epoch_in_a_million_is_seen():
    values = np.full(1_000_000, 0.5)
    values[123_456] = 7.0
    epochs, seen = thinned(values).points()
    assert len(epochs) < 2000
    assert dict(zip(epochs, seen, strict=True))[123_457] == 7.0


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_a_gap_and_counted(bad):
    values = np.arange(1.0, 1001)
    values[[400, 401, 999]] = bad
    for curve in (thinned(values, 64), in_pieces(values, 64), thinned(values, 5000)):
        assert curve.left_out == 3
        epochs, seen = curve.points()
        gaps = {epoch for epoch, value in zip(epochs, seen, strict=True) if value is None}
        assert {401, 1000} <= gaps <= {401, 402, 1000}
        assert curve.least == (1, 1.0)


def test_epochs_between_two_judgements_are_bridged():
    values = np.full(300, np.nan)
    values[4::5] = np.arange(60.0)
    for most in (1000, 40):
        curve = in_pieces(values, most)
        assert curve.left_out == 0
        assert None not in curve.points()[1]
    values[49] = np.nan  # one that was judged
    assert thinned(values).left_out == 1
    assert thinned(values).points()[1].count(None) == 1


def test_points_from_a_stretch_on_are_the_rest():
    curve = thinned(np.random.default_rng(0).normal(size=1000), 64)
    epochs, seen = curve.points()
    for since in (0, 3, curve.stretches - 1):
        later = [k for k, epoch in enumerate(epochs) if epoch > since * curve.stride]
        assert curve.points(since) == ([epochs[k] for k in later], [seen[k] for k in later])


def test_nothing_has_no_points():
    curve = Thinned()
    curve.add([])
    assert curve.points() == ([], [])
    assert (curve.least, curve.left_out, curve.count) == (None, 0, 0)
    assert thinned([math.nan, math.nan]).least is None
