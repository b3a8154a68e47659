"""BFGS and L-BFGS on quadratics; then what conjugate gradient and quasi-Newton rules all promise, on networks."""

import dataclasses
from pathlib import Path

import jax
import numpy as np
import pytest
from descent_cases import (
    CLASSES,
    NETWORKS,
    RULES,
    VALUES,
    WEIGHT,
    P,
    iterate,
    lifted,
    minimum_of,
    problem_of,
    quadratic,
)

import thalweg as tw
from thalweg.optimizers.full_batch import Problem
from thalweg.optimizers.quasi_newton import Pairs
from thalweg.training.programs import compilations

DATA = Path(__file__).parents[2] / "examples" / "data"
every = pytest.mark.parametrize("name", RULES)
ALIKE = {"fletcher_reeves", "powell_beale", "oss"}
"""Whose programs are that of cg but for β, for when they begin again, and for the direction."""
COMPILED = {name: pytest.mark.thorough if name in ALIKE else () for name in RULES}
LONG = {"regression, chain", "classes, shortcuts"}
"""Networks whose other halves stand in the two that are left."""
each_network = pytest.mark.parametrize(
    "on", [pytest.param(on, marks=[pytest.mark.thorough] if on in LONG else []) for on in NETWORKS]
)


# BFGS and L-BFGS


@pytest.mark.parametrize("n", [1, 2, 4, 7])
def test_the_inverse_hessian_is_learnt_in_n_exact_steps(n):
    problem, A, minimum = quadratic(n)
    xs, states, _ = iterate(tw.BFGS(decrease=1e-12, curvature=1e-10), problem, np.ones(n), n)
    np.testing.assert_allclose(xs[-1], minimum, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(states[-1].inverse @ A, np.eye(n), atol=1e-6)
    assert states[-1].learnt == n


def test_the_first_pair_scales_the_inverse_hessian():
    """sᵀy/yᵀy I before the formula's first use; Nocedal and Wright 2006, (6.20) and (6.17)."""
    problem, A, _ = quadratic(4)
    xs, states, _ = iterate(tw.BFGS(), problem, np.ones(4), 1)
    s = xs[1] - xs[0]
    y = A @ s
    V = np.eye(4) - np.outer(y, s) / (s @ y)
    H = V.T @ (np.eye(4) * (s @ y) / (y @ y)) @ V + np.outer(s, s) / (s @ y)
    np.testing.assert_allclose(states[1].inverse, H, rtol=1e-8)


def test_the_secant_equation_and_symmetry():
    problem = problem_of("classes, chain")
    xs, states, _ = iterate(tw.BFGS(), problem, problem.net.ravel(problem.net.init(0)), 20)
    for before, after, x, x_next in zip(states[:-1], states[1:], xs[:-1], xs[1:], strict=True):
        y = after.here.gradient - problem.gradient(x)[1]
        np.testing.assert_allclose(after.inverse @ y, x_next - x, rtol=1e-6, atol=1e-10)
        np.testing.assert_allclose(after.inverse, after.inverse.T, atol=1e-12)
        assert np.linalg.eigvalsh(after.inverse)[0] > 0
        if before.learnt:
            np.testing.assert_allclose(after.direction, -before.inverse @ problem.gradient(x)[1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("memory", [1, 3, 8])
def test_two_loops_are_the_product_with_the_matrix(memory):
    """L-BFGS's H g is that of BFGS's formula on the last pairs, as products of whole matrices."""
    rng = np.random.default_rng(memory)
    rule, n = tw.LBFGS(memory=memory), 5
    pairs = rule.nothing(np.zeros(n))
    kept = []
    for count in range(6):
        g = rng.normal(size=n)
        H = np.eye(n)
        for number, (s, y) in enumerate(kept[-memory:]):
            if number == 0:
                s_last, y_last = kept[-1]
                H = np.eye(n) * (s_last @ y_last) / (y_last @ y_last)
            V = np.eye(n) - np.outer(y, s) / (s @ y)
            H = V.T @ H @ V + np.outer(s, s) / (s @ y)
        if kept:
            np.testing.assert_allclose(rule.times(pairs, g), H @ g, rtol=1e-9)
        s = rng.normal(size=n)
        y = s + 0.3 * rng.normal(size=n)
        y = y if s @ y > 0 else s
        kept.append((s, y))
        pairs = rule.learn(pairs, count, s, y, s @ y)
    assert pairs.s.shape == (memory, n)


def test_the_one_step_secant_is_battitis_equation():
    """d = -g + A s + B y with A and B as published, and the matrix of BFGS's formula on I and the last pair alone."""
    problem = problem_of("regression, chain")
    xs, states, _ = iterate(tw.OneStepSecant(), problem, problem.net.ravel(problem.net.init(0)), 12)
    gradients = [problem.gradient(x)[1] for x in xs]
    for k in range(1, 12):
        g, s, y = gradients[k], xs[k] - xs[k - 1], gradients[k] - gradients[k - 1]
        A = -(1 + y @ y / (s @ y)) * (s @ g) / (s @ y) + y @ g / (s @ y)
        B = s @ g / (s @ y)
        np.testing.assert_allclose(states[k + 1].direction, -g + A * s + B * y, rtol=1e-6, atol=1e-10)
        V = np.eye(len(g)) - np.outer(y, s) / (s @ y)
        H = V.T @ V + np.outer(s, s) / (s @ y)
        np.testing.assert_allclose(states[k + 1].direction, -H @ g, rtol=1e-6, atol=1e-10)


def test_with_memory_for_all_lbfgs_ends_a_quadratic_in_n_exact_steps():
    problem, _, minimum = quadratic(6)
    xs, states, _ = iterate(tw.LBFGS(memory=6, decrease=1e-12, curvature=1e-10), problem, np.ones(6), 6)
    np.testing.assert_allclose(xs[-1], minimum, rtol=1e-6, atol=1e-8)
    assert isinstance(states[-1].inverse, Pairs)


def test_a_pair_without_positive_curvature_is_passed_over():
    """Along a straight slope the gradient stays as it is: yᵀs = 0."""
    net = tw.mlp(1, 1)

    class Slope(Problem):
        def gradient(self, x):
            return -x[0] - 2 * x[1], np.array([-1.0, -2.0])

        def hessian_product(self, x, v):
            return np.zeros(2)

    problem = Slope(net, tw.losses.SSE(), {"input": np.ones((1, 1))}, np.ones((1, 1)))
    for rule in (tw.BFGS(), tw.LBFGS()):
        xs, states, Fs = iterate(rule, problem, np.zeros(2), 3)
        assert states[-1].learnt == 0
        assert np.isfinite(xs).all()
        assert (np.diff(Fs) < 0).all()
    np.testing.assert_array_equal(iterate(tw.BFGS(), problem, np.zeros(2), 1)[1][-1].inverse, np.eye(2))


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: tw.LBFGS(memory=0), "memory is 0"),
        (lambda: tw.LBFGS(memory=2.0), "memory is 2.0"),
        (lambda: tw.BFGS(decrease=0.95), "decrease is 0.95 and curvature 0.9"),
        (lambda: tw.train(tw.mlp(300, 60, 1), np.ones((2, 300)), np.ones((2, 1)), optimizer="bfgs"), "use lbfgs"),
        (lambda: tw.train(tw.mlp(3, 1), P, P[:, :1], optimizer="lbfgs", batch_size=8), "needs all examples"),
    ],
)
def test_settings_that_cannot_be(make, told):
    with pytest.raises(tw.ArgumentError, match=told):
        make()


# What all of these rules promise


@each_network
def test_the_minimum_is_scipys(on, unchecked_shapes):
    """From near the minimum that SciPy's BFGS finds, with weights and l2; outputs, for softmax has many x."""
    problem, halves = problem_of(on), {"regression, shortcuts": [*RULES][::2], "classes, chain": [*RULES][1::2]}

    def outputs(x):
        return tw.forward(problem.net, problem.net.unravel(x), P).output

    found = minimum_of(problem, problem.net.ravel(problem.net.init(0)))
    start = found.x + np.random.default_rng(0).normal(0, 0.05, len(found.x))
    for name in halves.get(on, RULES):
        rule = RULES[name]
        xs, states, Fs = iterate(rule, problem, start, 1000)
        F, g = problem.gradient(xs[-1])
        assert Fs[0] > found.fun * 1.001
        assert np.linalg.norm(g) < 1e-9, name
        assert states[-1].stalled, name
        np.testing.assert_allclose(F, found.fun, rtol=1e-12)
        np.testing.assert_allclose(outputs(xs[-1]), outputs(found.x), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "on"), [*((name, "classes, chain") for name in RULES), *(("bfgs", on) for on in list(NETWORKS)[:2])]
)
def test_F_never_rises_and_is_that_of_x(name, on, unchecked_shapes):
    problem = problem_of(on)
    xs, states, Fs = iterate(RULES[name], problem, problem.net.ravel(problem.net.init(2)), 80)
    np.testing.assert_allclose(Fs, [problem.value(x) for x in xs[:-1]], rtol=1e-12)
    assert (np.diff(Fs) <= 1e-14 * Fs[:-1]).all()
    assert Fs[-1] < 0.9 * Fs[0]
    np.testing.assert_allclose(states[-1].here.gradient, problem.gradient(xs[-1])[1], rtol=1e-9, atol=1e-12)
    assert states[-1].step == len(Fs)
    assert len(Fs) == 80 or states[-1].stalled
    a_step = {"scg": 1.0, "bfgs": 1.5, "lbfgs": 1.5}.get(name, 2.5)
    assert len(Fs) < states[-1].here.evaluations <= a_step * len(Fs) + 1


@pytest.mark.parametrize(
    ("name", "on"),
    [
        *(pytest.param(name, "classes, chain", marks=marks) for name, marks in COMPILED.items()),
        *(pytest.param(name, "regression, shortcuts", marks=pytest.mark.thorough) for name in RULES),
    ],
)
def test_compiled_steps_are_the_eager_steps(name, on, unchecked_shapes):
    """And so are the steps that `iterate` takes; weights of examples and l2 included."""
    net, T, loss, l2 = NETWORKS[on]
    settings = {"loss": loss, "l2": l2, "sample_weight": WEIGHT, "optimizer": RULES[name], "seed": 3, "epochs": 25}
    eager, compiled = (net.ravel(tw.train(net, P, T, engine=engine, **settings).params) for engine in ("numpy", "xla"))
    np.testing.assert_allclose(compiled, eager, atol=1e-8)
    start = net.ravel(net.init(3))
    np.testing.assert_allclose(eager, iterate(RULES[name], problem_of(on), start, 25)[0][-1], atol=1e-8)
    assert np.abs(eager - start).max() > 0.1


@pytest.mark.parametrize(
    ("name", "engine"),
    [*((name, "numpy") for name in RULES), pytest.param("lbfgs", "xla", marks=pytest.mark.thorough)],
)
def test_float32(name, engine, unchecked_shapes):
    net, T, loss, l2 = NETWORKS["regression, chain"]
    settings = {"loss": loss, "l2": l2, "sample_weight": WEIGHT, "engine": engine, "seed": 1}
    run = tw.train(net, P, T, optimizer=RULES[name], epochs=150, dtype="float32", **settings)
    assert {array.dtype for array in jax.tree.leaves(run.params)} == {np.dtype("float32")}
    problem = problem_of("regression, chain")
    F, g = problem.gradient(net.ravel(run.params).astype(float))
    assert np.linalg.norm(g) < 2e-3
    assert (np.diff(run.history.loss) <= 1e-5).all()
    assert problem.value(net.ravel(net.init(1))) > 2 * F


@pytest.mark.parametrize("name", ["cg", "scg", "bfgs", "lbfgs"])
def test_a_name_trains(name, unchecked_shapes):
    run = tw.train(tw.mlp(3, 4, 3, output="softmax"), P, CLASSES, optimizer=name, epochs=60, engine="numpy")
    assert run.optimizer == RULES[name]
    assert run.history.loss[-1] < 0.3 * run.history.loss[0]
    accuracy = (run.predict(P).argmax(axis=1) == CLASSES.argmax(axis=1)).mean()
    assert accuracy > 0.9


def test_a_table_trains(unchecked_shapes):
    table = tw.read_table(DATA / "wine.csv")
    for name in ("scg", "lbfgs"):
        settings = tw.Settings(hidden=(6,), optimizer=name, epochs=40, engine="numpy")
        trained = tw.train_table(table, "cultivar", settings=settings)
        assert trained.run.history.loss[-1] < 0.2 * trained.run.history.loss[0]


@every
def test_a_weight_of_two_is_a_row_given_twice(name, unchecked_shapes):
    net = tw.mlp(3, 3, 2)
    weight = np.where(np.arange(40) % 3 == 0, 2.0, 1.0)
    rows = np.repeat(np.arange(40), weight.astype(int))
    start = net.ravel(net.init(1))
    weighed = Problem(net, tw.losses.MSE(), {"input": P}, VALUES, weight, 0.02)
    doubled = Problem(net, tw.losses.MSE(), {"input": P[rows]}, VALUES[rows], None, 0.02)
    plain = Problem(net, tw.losses.MSE(), {"input": P}, VALUES, None, 0.02)
    found, expected, other = (iterate(RULES[name], problem, start, 15)[0][-1] for problem in (weighed, doubled, plain))
    np.testing.assert_allclose(found, expected, atol=1e-8)
    assert np.abs(found - other).max() > 1e-4


@pytest.mark.parametrize(
    ("name", "engine"),
    [
        *((name, "numpy") for name in RULES),
        *(pytest.param(name, "xla", marks=marks) for name, marks in COMPILED.items()),
    ],
)
def test_a_run_that_can_go_no_lower_ends_and_says_so(name, engine, unchecked_shapes):
    net, T, loss, l2 = NETWORKS["classes, chain"]
    how = {"loss": loss, "l2": l2, "sample_weight": WEIGHT, "seed": 1, "engine": engine}  # the programs of those above
    run = tw.train(net, P, T, optimizer=RULES[name], epochs=5000, **how)
    assert run.stopped_because == "stalled"
    assert "no step of the rule lowers the loss any more" in run.explanation
    assert run.epochs < 1500
    g = net.ravel(tw.gradient(net, loss, run.params, P, T, WEIGHT, l2=l2)[1])
    assert np.linalg.norm(g) < 1e-11


@every
def test_a_start_at_the_minimum_stalls_at_once(name):
    net = tw.mlp(3, 1)
    T = P @ np.array([[1.0], [2.0], [3.0]])
    exact = net.unravel(np.array([1.0, 2.0, 3.0, 0.0]))
    run = tw.train(net, np.round(P), np.round(P) @ np.array([[1.0], [2.0], [3.0]]), optimizer=RULES[name], params=exact)
    assert (run.stopped_because, run.epochs, run.history.loss[-1]) == ("stalled", 1, 0.0)
    assert tw.train(net, P, T + 1.0, optimizer=RULES[name], params=exact, epochs=80).history.loss[-1] < 1e-9


@pytest.mark.parametrize("name", [pytest.param(name, marks=marks) for name, marks in COMPILED.items()])
def test_numbers_do_not_compile_anew(name, unchecked_shapes):
    net, T, loss, _ = NETWORKS["classes, chain"]
    rule = RULES[name]
    settings = {"loss": loss, "epochs": 3, "engine": "xla"}
    first = tw.train(net, P, T, optimizer=rule, l2=0.1, sample_weight=WEIGHT, **settings)
    before = compilations()
    other = {"damping": 1e-3} if name == "scg" else {"decrease": 1e-3, "curvature": 0.05}
    second = tw.train(net, P, T, optimizer=dataclasses.replace(rule, **other), l2=0.2, sample_weight=WEIGHT, **settings)
    tw.train(net, P[:39], T[:39], optimizer=rule, l2=0.1, sample_weight=WEIGHT[:39], seed=4, goal=1e-3, **settings)
    assert compilations() == before
    assert (net.ravel(first.params) != net.ravel(second.params)).any()


@pytest.mark.parametrize("name", [pytest.param("scg", marks=pytest.mark.thorough), "lbfgs"])
def test_many_at_once_are_each_as_alone(name, unchecked_shapes):
    problem, rule = problem_of("regression, shortcuts"), RULES[name]
    starts = np.array([problem.net.ravel(problem.net.init(seed)) for seed in range(3)])

    def run(x):
        state = rule.init(x)._replace(step=jax.numpy.int32(0))

        def body(_, carried):
            return rule.search(problem, carried[1], carried[0])[:2]

        return jax.lax.fori_loop(0, 12, body, (x, state))[0]

    with jax.enable_x64(True):
        together = np.asarray(jax.jit(jax.vmap(run))(starts))
    alone = [iterate(rule, problem, start, 12)[0][-1] for start in starts]
    np.testing.assert_allclose(together, alone, atol=1e-8)


@pytest.mark.parametrize(("name", "dtype"), [*((name, "float32") for name in RULES), ("lbfgs", "float64")])
def test_the_state_keeps_shapes_and_types(name, dtype):
    problem = problem_of("regression, chain")

    def kinds(tree):
        return jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), tree)

    with jax.enable_x64(dtype == "float64"):
        arrays = jax.tree.map(lambda v: jax.numpy.asarray(v, dtype=dtype), (problem.inputs, problem.T, problem.weight))
        x = jax.numpy.zeros(problem.net.parameter_count, dtype=dtype)
        state = RULES[name].init(x)._replace(step=jax.numpy.int32(0))

        def search(arrays, l2, state, x):
            return RULES[name].search(Problem(problem.net, problem.loss, *arrays, l2=l2), state, x)

        x_next, after, F = jax.eval_shape(search, arrays, 0.1, state, x)
    assert kinds(x_next) == kinds(x)
    assert kinds(after) == kinds(state)
    assert F.dtype == dtype


@pytest.mark.parametrize("name", ["cg", "fletcher_reeves", "powell_beale", "bfgs", "lbfgs", "oss"])
def test_a_rule_stalls_only_after_it_went_down_the_gradient_itself(name):
    """What was learnt is forgotten where a search found nothing, and -g is tried before the rule gives up."""
    problem, _, _ = quadratic(6)
    rule = RULES[name]
    xs, states, _ = iterate(rule, problem, np.ones(6), 2)
    x, state, _ = rule.search(lifted(problem), states[-1], xs[-1])
    np.testing.assert_array_equal(x, xs[-1])
    assert not np.allclose(state.direction, -state.here.gradient)
    assert not state.stalled
    assert getattr(state, "since", 0) == getattr(state, "learnt", 0) == 0
    x, state, _ = rule.search(lifted(problem), state, x)
    np.testing.assert_array_equal(state.direction, -state.here.gradient)
    assert state.stalled
