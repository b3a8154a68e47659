"""What the curvature says of the learning rate: λ_max of any network, and the largest rate that is stable there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..core.arrays import Array, DType
from ..core.kinds import check_count, check_number, takes_kinds
from ..core.losses import LOSSES, Loss
from ..core.network import Network, Parameters
from ..errors import ArgumentError, DataError, shown
from ..optimizers.interop import as_rule
from ..optimizers.rule import Rule
from ..optimizers.stability import stability_bound
from ..registry import title_of
from ..training.arguments import check_dtype, check_engine, check_examples, check_start, default_loss
from ..training.curvature_spectrum import CurvatureSpectrum, Question, choose_engine, find_spectrum

MATRICES = ("hessian", "gauss_newton")


@takes_kinds
def curvature_spectrum(
    net: Network,
    loss: str | Loss | None,
    params: Parameters,
    P: np.ndarray | Mapping[str, np.ndarray],
    T: np.ndarray,
    *,
    largest: int = 1,
    smallest: int = 1,
    matrix: str = "hessian",
    sample_weight: Array | None = None,
    target_weight: Array | None = None,
    targets: str = "complete",
    l2: float = 0.0,
    tolerance: float = 1e-3,
    max_products: int = 1000,
    seed: int = 0,
    dtype: DType | None = None,
    engine: str = "auto",
) -> CurvatureSpectrum:
    """The `largest` and `smallest` eigenvalues of ∇²F at the parameters, with their eigenvectors, by Lanczos.

    Args:
        net: The network.
        loss: A name or object of `tw.losses`; None: the one that `tw.train` would take.
        params: The parameters, as `net.init()` gives them.
        P: Inputs (examples, features), or a mapping of one array for each input.
        T: Targets (examples, outputs).
        largest: How many of the largest eigenvalues.
        smallest: How many of the smallest.
        matrix: "hessian", or "gauss_newton": the part of ∇²F that has no negative eigenvalues.
        sample_weight: (examples,) weights of the examples; 2 counts as the example given twice.
        target_weight: (examples, outputs) weights of the single targets; 0 is as left out.
        targets: "complete", or "ignore_nan": a target that is NaN is missing, and has weight 0.
        l2: Adds (l2/2) Σ w² over the weights to F.
        tolerance: It ends when each residual |Hv - λv| is at most this share of the largest |λ| found.
        max_products: Or after so many products with the matrix.
        seed: Of the start; what is found is the same for the same seed.
        dtype: "float32" or "float64"; None: float64 on NumPy and float32 on XLA.
        engine: As in `tw.train`.

    Every product with ∇²F is exact, over all examples (chunk by chunk), and no matrix is stored: thousands to millions
    of parameters.

    Of an eigenvalue that occurs several times (in a linear network of several outputs each does) one pair is found, and
    the next one told is another eigenvalue. Of two that are near each other the inner one may be taken for the
    outermost: lower `tolerance`.

    Raises ArgumentError and DataError for what does not fit, and for parameters at which the curvature is not finite.

    >>> import thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> P, T = np.array([[-1.0], [0.0], [1.0]]), np.array([[-1.5], [0.5], [2.5]])
    >>> found = curvature_spectrum(net, "sse", net.init(0), P, T)
    >>> found.eigenvalues.round(6), abs(found.eigenvectors).round(6)
    (array([6., 4.]), array([[0., 1.],
           [1., 0.]]))

    Sources: NND P3.3; Lanczos 1950; Pearlmutter 1994.
    """
    checked: Loss = LOSSES.get(default_loss(net) if loss is None else loss)
    checked.check(net.output.activation)
    if matrix not in MATRICES:
        raise ArgumentError(f"matrix is {shown(matrix)}; it must be one of {', '.join(MATRICES)}")
    check_engine(engine)
    question = Question(
        check_count("largest", largest, 0), check_count("smallest", smallest, 0), matrix == "gauss_newton"
    )
    wanted = question.largest + question.smallest
    if wanted < 1:
        raise ArgumentError("largest and smallest are both 0: ask for one eigenvalue or more")
    if wanted > net.parameter_count and (question.largest, question.smallest) != (1, 1):
        raise ArgumentError(
            f"{question.largest} largest and {question.smallest} smallest eigenvalues are more than the "
            f"{net.parameter_count} that there are: ask for fewer"
        )
    engine = choose_engine(engine, net, _rows(T))
    dtype = check_dtype(("float64" if engine == "numpy" else "float32") if dtype is None else dtype)
    found = find_spectrum(
        net,
        checked,
        check_start(net, params, dtype),
        check_examples(net, checked, P, T, sample_weight, dtype, target_weight=target_weight, targets=targets),
        question,
        l2=check_number("l2", l2),
        tolerance=check_number("tolerance", tolerance),
        most_products=check_count("max_products", max_products),
        seed=check_count("seed", seed, 0),
        dtype=dtype,
        engine=engine,
    )
    if not np.isfinite(found.eigenvalues).all():
        raise DataError("the curvature at the parameters is not finite: use smaller parameters, or scale the columns")
    return found


@takes_kinds
def largest_stable_rate(
    net: Network,
    loss: str | Loss | None,
    params: Parameters,
    P: np.ndarray | Mapping[str, np.ndarray],
    T: np.ndarray,
    rule: str | Rule = "gd",
    *,
    sample_weight: Array | None = None,
    target_weight: Array | None = None,
    targets: str = "complete",
    l2: float = 0.0,
    tolerance: float = 1e-3,
    seed: int = 0,
    engine: str = "auto",
) -> float:
    """The learning rate above which gradient descent with all examples leaves the parameters: 2/λ_max of ∇²F there.

    Args:
        net: The network.
        loss: A name or object of `tw.losses`; None: the one that `tw.train` would take.
        params: The parameters, as `net.init()` gives them.
        P: Inputs (examples, features), or a mapping of one array for each input.
        T: Targets (examples, outputs).
        rule: A name or object: gradient descent, momentum or Nesterov.
        sample_weight: (examples,) weights of the examples; 2 counts as the example given twice.
        target_weight: (examples, outputs) weights of the single targets; 0 is as left out.
        targets: "complete", or "ignore_nan": a target that is NaN is missing, and has weight 0.
        l2: Adds (l2/2) Σ w² over the weights to F.
        tolerance: That of `curvature_spectrum`; the λ_max found is below the true one, mostly by the square of it.
        seed: Of the start.
        engine: As in `tw.train`.

    With momentum α it is 2(1 + α)/λ_max, with Nesterov's 2(1 + α)/((1 + 2α)λ_max); infinite where no direction curves
    upwards. Raises ArgumentError for a rule that has no such bound, and whatever `curvature_spectrum` raises. NND P3.3.

    >>> import thalweg as tw
    >>> P, T = np.array([[-4.0, 2.0], [1.0, 2.0]]), np.array([[-1.0], [1.0]])
    >>> net = tw.Network({"p": 2}, [tw.Layer("a", 1, bias=False)])
    >>> round(largest_stable_rate(net, "sse", net.init(0), P, T), 6)
    0.05
    """
    checked = as_rule(rule)
    bound = stability_bound(checked)
    if bound is None:
        raise ArgumentError(
            f"{title_of(checked)} scales its steps itself, so that λ_max does not bound its learning rate: ask "
            "for gd, momentum or nesterov, or try rates by tw.rates_grid"
        )
    found = curvature_spectrum(
        net, loss, params, P, T,
        smallest=0, sample_weight=sample_weight, target_weight=target_weight, targets=targets, l2=l2,
        tolerance=tolerance, seed=seed, engine=engine,
    )  # fmt: skip
    if not found.converged:
        raise ArgumentError(
            f"λ_max was not found within {found.products} products (residual {found.residuals[0]:.2g}): raise tolerance"
        )
    return bound.factor / found.lambda_max if found.lambda_max > 0 else float("inf")


def _rows(T: Array) -> int:
    """How many examples there seem to be; 0 for what is no table, which the checks will refuse."""
    try:
        return len(np.asarray(T))
    except (TypeError, ValueError):
        return 0
