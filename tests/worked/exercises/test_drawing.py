"""Numbers drawn for students: few decimals, of the file's kind, never at a kink, saturated or near 0."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from step_files import CHAIN, SOFTMAX

import thalweg as tw
from thalweg.worked.exercises.drawing import drawn, flaws_of_values, on_a_grid
from thalweg.worked.step_files.file import step_file

tomllib = pytest.importorskip("tomllib")


def read(text, **changes):
    for old, new in changes.items():
        text = text.replace(old, new)
    return step_file(tomllib.loads(text.replace("{hidden}", "sigmoid")))


@given(st.integers(0, 10_000), st.integers(1, 12), st.sampled_from([0.05, 0.3, 1.0, 4.0, 250.0, 1e9]))
@settings(max_examples=80, deadline=None)
def test_numbers_of_a_grid_are_few_decimals_apart_and_not_near_0(seed, count, largest):
    numbers = on_a_grid(np.random.default_rng(seed), (count,), largest)
    sizes = np.abs(numbers)
    assert (sizes > 0.1 * largest).all()
    assert (sizes <= largest * (1 + 1e-9)).all()
    assert len(set(sizes)) == count
    assert all(len(f"{x:.12g}".partition(".")[2]) <= max(1, 3 - int(np.floor(np.log10(largest)))) for x in sizes)


def test_what_is_drawn_is_of_the_kind_of_the_file():
    file = read(SOFTMAX)
    for seed in range(20):
        new = drawn(file, np.random.default_rng(seed))
        assert new.targets.sum() == 1.0
        assert set(np.ravel(new.targets)) == {0.0, 1.0}
        assert np.abs(new.inputs["input"]).min() > 0.1
    chain = read(CHAIN)
    for seed in range(20):
        new = drawn(chain, np.random.default_rng(seed))
        assert (new.inputs["input"] > 0).all()
        assert ((new.targets > 0) & (new.targets < 1)).all()
        x = chain.network.ravel(new.params)
        assert np.array_equal(np.round(x, 2), x)


def test_targets_that_no_output_reaches_are_drawn_all_the_same():
    file = read(CHAIN, **{"[[0.01, 0.99]]": "[[-3.0, 7.5]]"})
    new = drawn(file, np.random.default_rng(0)).targets
    assert np.isfinite(new).all()
    assert (np.abs(new) <= 7.5).all()
    small = read(CHAIN, **{"[[0.01, 0.99]]": "[[0.001, 0.002]]"})
    new = drawn(small, np.random.default_rng(0)).targets
    assert ((new > 0.0) & (new < 1.0)).all()


def test_what_is_held_or_shared_stays_so():
    file = read(CHAIN, **{'loss = "half_sse"': 'loss = "half_sse"\nfixed = ["bias"]'})
    new = drawn(file, np.random.default_rng(0))
    assert np.array_equal(new.params["hidden"].bias, file.params["hidden"].bias)
    assert not np.array_equal(new.params["hidden"].weights["input"], file.params["hidden"].weights["input"])
    shared = read(CHAIN, **{"bias = [0.35, 0.35]": "shared_bias = 0.35"})
    bias = drawn(shared, np.random.default_rng(0)).params["hidden"].bias
    assert bias[0] == bias[1] != 0.35


def one(activation, n):
    net = tw.mlp(1, 1, 1, hidden=activation)
    return tw.worked_step(net, "sse", net.unravel(np.array([1.0, n, 0.7, 0.1])), [[0.0]], [[3.0]])


@pytest.mark.parametrize(
    ("activation", "n", "flawed"),
    [("relu", 0.005, True), ("relu", -1.0, True), ("relu", 0.5, False), ("sigmoid", 9.0, True), ("sigmoid", 1.0, False),
     ("tanh", -4.0, True), ("tanh", 0.3, False), ("satlins", 0.999, True)],
)  # fmt: skip
def test_saturated_and_dead_units_and_kinks_are_flaws(activation, n, flawed):
    assert (flaws_of_values(one(activation, n)) > 0) == flawed


def test_a_target_that_is_met_is_a_flaw():
    net = tw.mlp(1, 1)
    step = tw.worked_step(net, "sse", net.unravel(np.array([1.0, 0.0])), [[1.0]], [[1.01]])
    assert flaws_of_values(step) == 1
