"""The curvature's spectrum against eigvalsh of the full Hessian: activations, losses, graphs, engines, samples."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from oracles import PROBABILITY_LOSSES, nothing_added, oracle_loss

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS
from thalweg.core.curvature import hessian
from thalweg.core.losses import LOSSES
from thalweg.files.model_file import plain
from thalweg.training import curvature_spectrum
from thalweg.training.curvature_spectrum import Question, choose_engine, find_spectrum
from thalweg.training.examples import Examples
from thalweg.training.programs import compilations

RNG = np.random.default_rng(0)
P = {"p": RNG.normal(size=(30, 2)), "q": RNG.normal(size=(30, 1))}
CLASSES = np.eye(2)[RNG.integers(0, 2, 30)]


def graph(hidden="tanh", output="linear"):
    """Two inputs and shortcuts."""
    return tw.Network(
        inputs={"p": 2, "q": 1},
        layers=[
            tw.Layer("a", 3, hidden, ("p",)),
            tw.Layer("b", 2, hidden, ("q", "a", "p"), bias=False),
            tw.Layer("out", 2, output, ("b", "p", "a")),
        ],
    )


CASES = [("mse", name, "linear") for name in ACTIVATIONS if name != "softmax"] + [
    (loss, "tanh", "softmax" if loss in PROBABILITY_LOSSES else "sigmoid") for loss in LOSSES
]


def full_hessian(net, loss, params, weight, l2):
    """By JAX, through a forward pass written apart."""
    with jax.enable_x64(True):

        def of(x):
            return oracle_loss(net, loss, net.unravel(x), nothing_added(net, len(CLASSES)), P, CLASSES, weight, l2=l2)

        x = jnp.asarray(net.ravel(params))
        return np.asarray(jax.jit(jax.hessian(of))(x))


ALWAYS = (("mse", "tanh", "linear"), ("cross_entropy", "tanh", "softmax"))
"""How each activation and each loss bends is seen in tests/core/test_curvature.py."""


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=() if case in ALWAYS else pytest.mark.thorough, id="-".join(case)) for case in CASES],
)
def test_the_ends_are_those_of_the_full_hessian(case):
    name, hidden, output = case
    net, loss = graph(hidden, output), LOSSES.get(name)
    params, weight, l2 = net.init(3), RNG.uniform(0.5, 2.0, size=30), 0.02
    H = full_hessian(net, loss, params, weight, l2)
    values = np.linalg.eigvalsh(H)
    found = find_spectrum(
        net, loss, params, Examples(P, CLASSES, weight), Question(2, 2), l2=l2, tolerance=1e-10, engine="numpy"
    )
    assert found.converged
    np.testing.assert_allclose(found.eigenvalues, values[[-1, -2, 1, 0]], rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(found.eigenvectors @ H, found.eigenvalues[:, None] * found.eigenvectors, atol=1e-8)
    np.testing.assert_allclose(np.linalg.norm(found.eigenvectors, axis=1), 1.0, rtol=1e-10)
    assert (found.lambda_max, found.lambda_min) == (found.eigenvalues[0], found.eigenvalues[-1])
    np.testing.assert_array_equal(found.eigenvector, found.eigenvectors[0])


@pytest.mark.parametrize(("gauss_newton", "dtype"), [(False, "float32"), (True, "float64")])
def test_xla_finds_the_same(dtype, gauss_newton):
    net, loss = graph(), LOSSES.get("mse")
    params, weight = net.init(3), RNG.uniform(0.5, 2.0, size=30)
    examples, question = Examples(P, CLASSES, weight), Question(2, 1, gauss_newton)
    expected = find_spectrum(net, loss, params, examples, question, l2=0.1, tolerance=1e-10, engine="numpy")
    found = find_spectrum(net, loss, params, examples, question, l2=0.1, tolerance=1e-10, engine="xla", dtype=dtype)
    assert (found.engine, expected.engine) == ("xla", "numpy")
    assert found.matrix == ("gauss_newton" if gauss_newton else "hessian")
    tolerance = 1e-5 if dtype == "float32" else 1e-9
    np.testing.assert_allclose(found.eigenvalues, expected.eigenvalues, rtol=tolerance, atol=tolerance)
    overlap = np.abs(np.sum(found.eigenvectors[0] * expected.eigenvectors[0]))
    np.testing.assert_allclose(overlap, 1.0, rtol=1e-4)


def test_the_gauss_newton_matrix_has_no_negative_eigenvalue():
    net, loss = graph(), LOSSES.get("mse")
    options = {"tolerance": 1e-10, "engine": "numpy"}
    hessian, gauss_newton = (
        find_spectrum(net, loss, net.init(0), Examples(P, CLASSES, None), Question(1, 1, kind), **options)
        for kind in (False, True)
    )
    assert hessian.lambda_min < -0.01
    assert gauss_newton.lambda_min > -1e-12


def test_a_seed_is_a_search():
    net = tw.mlp(2, 20, 2)
    examples = Examples({"input": P["p"]}, CLASSES, None)
    one, again, other = (
        find_spectrum(net, LOSSES.get("mse"), net.init(0), examples, Question(1, 1), seed=seed) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one.eigenvectors, again.eigenvectors)
    assert (one.eigenvectors != other.eigenvectors).any()


LARGE = tw.mlp(4, 6, 2)
LARGE_P, LARGE_T = RNG.normal(size=(5000, 4)), RNG.normal(size=(5000, 2))


def large(P, engine, **options):
    examples = Examples({"input": P}, LARGE_T, None)
    return find_spectrum(LARGE, LOSSES.get("mse"), LARGE.init(0), examples, engine=engine, **options)


@pytest.mark.parametrize("engine", ["numpy", pytest.param("xla", marks=pytest.mark.thorough)])
def test_a_sample_spares_products_and_changes_nothing(engine, monkeypatch):
    assert len(LARGE_T) >= curvature_spectrum._SAMPLED_FROM
    H = hessian(LARGE, LOSSES.get("mse"), LARGE.init(0), {"input": LARGE_P}, LARGE_T)
    sampled = large(LARGE_P, engine, tolerance=1e-3)
    monkeypatch.setattr(curvature_spectrum, "_SAMPLED_FROM", 1 << 30)
    unsampled = large(LARGE_P, engine, tolerance=1e-3)
    for found in (sampled, unsampled):
        np.testing.assert_allclose(found.lambda_max, np.linalg.eigvalsh(H)[-1], rtol=1e-4)
    assert sampled.products < unsampled.products


@pytest.mark.parametrize("row", [0, 3, 7])
@pytest.mark.parametrize("size", [30.0, 1000.0])
def test_one_example_that_no_sample_shows_is_found(row, size):
    """A single row so large that it alone makes λ_max: a sample of a sixteenth misses it nearly always."""
    P = LARGE_P.copy()
    P[617 * row] *= size
    H = hessian(LARGE, LOSSES.get("mse"), LARGE.init(0), {"input": P}, LARGE_T)
    np.testing.assert_allclose(large(P, "numpy").lambda_max, np.linalg.eigvalsh(H)[-1], rtol=1e-3)


def test_curvature_that_is_not_finite_is_told():
    net = tw.mlp(1, 1)
    examples = Examples({"input": np.full((3, 1), 1e200)}, np.zeros((3, 1)), None)
    found = find_spectrum(net, LOSSES.get("mse"), net.init(0), examples)
    assert not found.converged
    assert np.isnan(found.lambda_max)


def test_what_was_not_sought_is_not_told():
    net = tw.mlp(2, 2)
    examples = Examples({"input": P["p"]}, CLASSES, None)
    one = find_spectrum(net, LOSSES.get("mse"), net.init(0), examples, Question(0, 1))
    assert np.isnan(one.lambda_max)
    assert one.lambda_min > 0
    assert np.isnan(find_spectrum(net, LOSSES.get("mse"), net.init(0), examples, Question(1, 0)).lambda_min)


def test_as_plain_data():
    net = tw.mlp(2, 2)
    found = find_spectrum(net, LOSSES.get("mse"), net.init(0), Examples({"input": P["p"]}, CLASSES, None))
    told = json.loads(json.dumps(plain(found.to_dict()), allow_nan=False))
    assert told["eigenvalues"] == found.eigenvalues.tolist()
    assert (told["matrix"], told["engine"], told["converged"]) == ("hessian", "numpy", True)
    assert "eigenvectors" not in told


def test_other_examples_of_a_bucket_and_other_numbers_reuse_the_program():
    net, loss = tw.mlp(2, 5, 2), LOSSES.get("mse")

    def search(rows, **options):
        examples = Examples({"input": P["p"][:rows]}, CLASSES[:rows], None)
        find_spectrum(net, loss, net.init(rows), examples, engine="xla", **options)

    search(30)
    before = compilations()
    search(29, l2=0.3, tolerance=1e-4, most_products=5, seed=3)
    assert compilations() == before


def test_the_engine_is_chosen_by_the_work():
    assert choose_engine("auto", tw.mlp(20, 16, 1), 1000) == "numpy"
    assert choose_engine("auto", tw.mlp(784, 256, 128, 10), 10_000) == "xla"
    assert choose_engine("xla", tw.mlp(1, 1), 1) == "xla"
