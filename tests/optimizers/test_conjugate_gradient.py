"""Conjugate gradient and its scaled form: n steps on a quadratic, conjugate directions, restarts; bad input."""

from itertools import pairwise

import numpy as np
import pytest
from descent_cases import CG, SCG, VALUES, WEIGHT, P, Told, iterate, problem_of, quadratic

import thalweg as tw
from thalweg.core.losses import LOSSES
from thalweg.optimizers.conjugate_gradient import VARIANTS, descends
from thalweg.optimizers.full_batch import Problem

EXACT = {**{variant: CG(variant) for variant in VARIANTS}, "scg": SCG(damping=0.0)}
every = pytest.mark.parametrize("name", EXACT)


def worked(reference, name):
    """A linear network without bias of NND's chapter 3, and its numbers."""
    numbers = reference("nnd_quadratic")[name]
    inputs, targets = np.array(numbers["inputs"], float), np.array(numbers["targets"], float)[:, None]
    net = tw.Network({"p": 2}, [tw.Layer("a", 1, bias=False)])
    return Problem(net, LOSSES.get("sse"), {"p": inputs}, targets), numbers


@every
@pytest.mark.parametrize("n", [1, 2, 3, 5, 8])
def test_n_steps_for_n_parameters(name, n):
    problem, _, minimum = quadratic(n)
    start = np.random.default_rng(n).normal(size=n) * 3
    xs, _, Fs = iterate(EXACT[name], problem, start, n)
    np.testing.assert_allclose(xs[-1], minimum, rtol=1e-6, atol=1e-8)
    assert np.abs(xs[-2] - minimum).max() > 1e-3  # n - 1 steps are not enough
    assert (np.diff(Fs) < 0).all()


@every
def test_directions_are_conjugate_and_gradients_orthogonal(name):
    problem, A, _ = quadratic(5)
    _, states, _ = iterate(EXACT[name], problem, np.ones(5), 5)
    if name == "scg":
        D = np.array([state.direction for state in states[1:5]])
        G = np.array([state.here.gradient for state in states[1:5]])
    else:
        D = np.array([state.direction for state in states[1:6]])
        G = np.array([state.last_gradient for state in states[1:6]])
    for M in (D @ A @ D.T, G @ G.T):
        sizes = np.sqrt(np.diag(M))
        np.testing.assert_allclose(M / sizes[:, None] / sizes, np.eye(len(M)), atol=1e-7)


@every
@pytest.mark.parametrize("text", ["eq_3_15", "P3_3"])
def test_the_quadratics_of_the_text(reference, name, text):
    problem, numbers = worked(reference, text)
    start = np.array(numbers.get("start", [3, 1]), float)
    A, d = np.array(numbers["A"], float), np.array(numbers["d"], float)
    xs, _, _ = iterate(EXACT[name], problem, start, 2)
    g = A @ start + d
    np.testing.assert_allclose(xs[1], start - (g @ g) / (g @ A @ g) * g, rtol=1e-12)  # the least F along -g
    np.testing.assert_allclose(xs[2], numbers["minimum"], atol=1e-9)


@pytest.mark.parametrize("variant", VARIANTS)
def test_restart_after_n_searches(variant, unchecked_shapes):
    problem = problem_of("regression, chain")
    n = problem.net.parameter_count
    _, states, _ = iterate(CG(variant), problem, problem.net.ravel(problem.net.init(0)), 3 * n)
    since = [int(state.since) for state in states[1:]]
    assert since[0] == 1
    assert max(since) <= n
    assert min(since[1:]) <= 2


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_restart_comes_after_just_as_many_searches_as_there_are_parameters(variant):
    net = tw.mlp(1, 1, 1)
    problem = Problem(net, LOSSES.get("mse"), {"input": P[:, :1]}, VALUES[:, :1], None, 0.02)
    _, states, _ = iterate(CG(variant), problem, net.ravel(net.init(3)), 20)
    since = [int(state.since) for state in states[1:]]
    if variant == "powell_beale":  # which restarts for other reasons too, and from the direction before
        assert 4 in since
        assert all(after == 2 for now, after in pairwise(since) if now == 4)
    else:
        assert since == [1, 2, 3, 4] * 5


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_direction_is_the_variants_own(variant, unchecked_shapes):
    """β, and d = -g + β d_last (+ γ d_t), from the gradients that the states hold; a restart is -g."""
    problem = problem_of("classes, chain")
    _, states, _ = iterate(CG(variant), problem, problem.net.ravel(problem.net.init(1)), 40)
    three = 0
    for before, state in pairwise(states[1:]):
        g, g_last, d_last = state.last_gradient, before.last_gradient, before.direction
        y = g - g_last
        if state.since == 1:
            assert state.beta == 0
            np.testing.assert_array_equal(state.direction, -g)
            continue
        beta = {
            "polak_ribiere": max(0.0, g @ y / (g_last @ g_last)),
            "fletcher_reeves": (g @ g) / (g_last @ g_last),
            "powell_beale": g @ y / (d_last @ y),
        }[variant]
        expected = -g + beta * d_last
        if variant == "powell_beale":
            if state.since == 2:
                np.testing.assert_array_equal(state.restart_direction, d_last)
            else:
                three += 1
                assert abs(g @ g_last) < 0.2 * (g @ g)
                d_t, y_t = state.restart_direction, state.restart_change
                expected = expected + (g @ y_t) / (d_t @ y_t) * d_t
        np.testing.assert_allclose(state.beta, beta, rtol=1e-10)
        np.testing.assert_allclose(state.direction, expected, rtol=1e-8, atol=1e-12)
    assert three > 0 or variant != "powell_beale"


def test_powell_beale_restarts_where_gradients_are_not_orthogonal(unchecked_shapes):
    problem = problem_of("classes, chain")
    _, states, _ = iterate(CG("powell_beale"), problem, problem.net.ravel(problem.net.init(1)), 40)
    restarts = 0
    for state, after in pairwise(states[1:]):
        g, g_last = after.last_gradient, state.last_gradient
        if abs(g @ g_last) >= 0.2 * (g @ g):
            assert after.since <= 2
            restarts += 1
    assert 0 < restarts < 39


def few_parameters():
    """Six parameters: restarts after as many steps come often."""
    net = tw.mlp(3, 1, 1)
    return Problem(net, LOSSES.get("mse"), {"input": P}, VALUES[:, :1], WEIGHT)


@pytest.mark.parametrize(
    ("problem", "seed", "steps"), [(problem_of("classes, chain"), 4, 30), (few_parameters(), 0, 40)], ids=["31", "6"]
)
def test_moller_step_by_step(problem, seed, steps, unchecked_shapes):
    """His algorithm with its own book-keeping (δ carried on, λ̄, the steps since the restart), in plain floats."""
    x = problem.net.ravel(problem.net.init(seed)) * 4  # some steps fail, and some curvature is negative
    n, lam, bar, success, k_restart = len(x), 1e-6, 0.0, True, 0
    F, g = problem.gradient(x)
    p = r = -g
    xs, _, _ = iterate(SCG(), problem, x, steps)
    assert len(xs) == steps + 1
    failures = raised = full = 0
    for expected in xs[1:]:
        size = p @ p
        if success:
            delta = p @ (problem.hessian(x) @ p)
        delta += (lam - bar) * size
        if delta <= 0:
            raised += 1
            bar = 2 * (lam - delta / size)
            delta = -delta + lam * size
            lam = bar
        mu = p @ r
        alpha = mu / delta
        F_new, g_new = problem.gradient(x + alpha * p)
        comparison = 2 * delta * (F - F_new) / mu**2
        old_p = p
        if comparison >= 0:
            x, F, bar, success = x + alpha * p, F_new, 0.0, True
            k_restart += 1
            r_new = -g_new
            turned = r_new + (r_new @ r_new - r_new @ r) / mu * p
            full += k_restart == n
            if k_restart == n or not descends(turned, -r_new):
                turned, k_restart = r_new, 0
            p, r = turned, r_new
            if comparison >= 0.75:
                lam /= 4
        else:
            bar, success = lam, False
            failures += 1
        if comparison < 0.25:
            lam += delta * (1 - comparison) / (old_p @ old_p)
        np.testing.assert_allclose(x, expected, rtol=1e-7, atol=1e-9)
    assert failures > 0
    assert raised > 0
    assert full > 1 or n > steps


def test_a_failed_step_of_scg_stays_and_damps_more():
    problem = problem_of("classes, chain")
    x = problem.net.ravel(problem.net.init(4)) * 4  # some steps fail, and some curvature is negative
    xs, states, _ = iterate(SCG(), problem, x, 30)
    failed = [k for k, state in enumerate(states) if k and not state.success]
    assert failed
    for k in failed:
        np.testing.assert_array_equal(xs[k], xs[k - 1])
        assert states[k].damping > states[k - 1].damping
        assert states[k].length == 0
        np.testing.assert_array_equal(
            states[k].direction, states[k - 1].direction if k > 1 else -states[k].here.gradient
        )


def test_damping_given_is_the_damping_that_starts():
    problem, A, _ = quadratic(3)
    x = np.ones(3)
    g = problem.gradient(x)[1]
    xs, _, _ = iterate(SCG(damping=2.0), problem, x, 1)
    np.testing.assert_allclose(xs[1], x - (g @ g) / (g @ A @ g + 2.0 * g @ g) * g, rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: CG("polak"), "variant of ConjugateGradient"),
        (lambda: CG(decrease=0.2), "decrease is 0.2 and curvature 0.1"),
        (lambda: CG(curvature=1.0), "curvature is 1.0"),
        (lambda: SCG(damping=-1.0), "damping is -1.0"),
    ],
)
def test_settings_that_cannot_be(make, told):
    with pytest.raises(tw.ArgumentError, match=told):
        make()


def test_a_direction_descends_if_at_least_a_tenth_as_fast_as_a_conjugate_one():
    g = np.array([2.0, 0.0])
    assert [bool(descends(np.array([slope, 5.0]), g)) for slope in (-0.201, -0.199, 0.0, 0.2)] == [
        True, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("reach", [1.5, 0.5])
def test_powell_beale_restarts_where_the_slope_strays_to_either_side(reach):
    """gᵀd is -1.5 or -0.5 of gᵀg, where -1 was due, by d_t: d_last takes its place, and γ d_t is left out."""
    rule, g = CG("powell_beale"), np.array([1.0, 0.0, 0.0])
    state = rule.init(g)._replace(
        since=np.int32(2), direction=np.array([0.0, 1.0, 0.0]), last_gradient=np.array([0.0, -1.0, 0.0]),
        restart_direction=np.array([1.0 - reach, 0.0, 1.0]), restart_change=np.array([1.0, 0.0, reach]),
    )  # fmt: skip
    after = rule._turned(state, g)
    np.testing.assert_array_equal(after.restart_direction, state.direction)
    np.testing.assert_array_equal(after.restart_change, g - state.last_gradient)
    np.testing.assert_allclose(after.direction, [-1.0, 1.0, 0.0])
    assert after.since == 2


def test_a_step_of_scg_to_the_same_F_is_taken_and_one_to_the_minimum_is_the_last():
    """F = x²/2 or x² from 1 along -g with a curvature of 1: to 0, where nothing is left, or to -1, where Δ = 0."""
    for factor, end in ((1.0, 0.0), (2.0, -1.0)):
        told, x = Told(lambda x, c=factor: 0.5 * c * x @ x, lambda x, c=factor: c * x), np.ones(1)
        after, state, _ = SCG(damping=0.0).search(told, SCG().init(x), x)
        assert (float(after[0]), bool(state.success), bool(state.stalled)) == (end, True, end == 0.0)
        assert float(state.comparison) == (1.0 if end == 0.0 else 0.0)
