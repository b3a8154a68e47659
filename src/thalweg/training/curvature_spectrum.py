"""The ends of the curvature's spectrum: Lanczos on exact products, on NumPy or in one program that XLA compiles."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..core.arrays import Array, namespace, tree_map
from ..core.curvature_at import curvature_at
from ..core.lanczos import Ritz, lanczos
from ..core.losses import Loss
from ..core.network import Network, Parameters
from ..core.plain_data import JsonObject
from ..notebook import InWords
from .examples import Examples
from .programs import prepare_jax, run_program
from .xla_engine import padded
from .xla_shards import bucket

_SAMPLED_FROM = 4096
"""From so many examples on the search begins on a sample of them, whose eigenvectors are near those of all."""
_SAMPLE = 16
"""It is a sixteenth of the examples."""
_OPERATIONS_FOR_XLA = 5e10
_PRODUCTS_EXPECTED = 12


class Question(NamedTuple):
    """What is sought: how many of the largest and smallest eigenvalues, and of which matrix."""

    largest: int = 1
    smallest: int = 0
    gauss_newton: bool = False


_LARGEST = Question()


@dataclass(frozen=True, repr=False)
class CurvatureSpectrum(InWords):
    """Eigenvalues of ∇²F (or of its Gauss-Newton part) at a point: some of the largest and some of the smallest.

    `eigenvalues` (found,) fall, those of the one end before those of the other; `eigenvectors` (found, parameters) are
    rows of length 1 in the order of `Network.ravel`; an eigenvalue lies within its residual |Hv - λv| of each, and is
    as near as residual²/gap where the next one is a gap away. `products` counts the products with all examples.
    """

    eigenvalues: np.ndarray
    eigenvectors: np.ndarray
    residuals: np.ndarray
    products: int
    converged: bool
    largest: int
    smallest: int
    matrix: str
    engine: str

    @property
    def lambda_max(self) -> float:
        """The largest eigenvalue; NaN if it was not sought."""
        return float(self.eigenvalues[0]) if self.largest else float("nan")

    @property
    def lambda_min(self) -> float:
        """The smallest eigenvalue; NaN if it was not sought."""
        return float(self.eigenvalues[-1]) if self.smallest else float("nan")

    @property
    def eigenvector(self) -> np.ndarray:
        """The direction of the largest curvature (parameters,)."""
        return self.eigenvectors[0]

    def in_words(self) -> str:
        """The eigenvalues, and what they cost."""
        told = ", ".join(f"{value:.4g}" for value in self.eigenvalues[:8]) + (
            ", ..." if len(self.eigenvalues) > 8 else ""
        )
        state = "" if self.converged else ", not converged"
        return f"eigenvalues of the {self.matrix} {told} ({self.products} products{state})"

    def to_dict(self) -> JsonObject:
        """Plain data for a file, without the eigenvectors."""
        plain = {name: value for name, value in vars(self).items() if name != "eigenvectors"}
        return {**plain, "eigenvalues": self.eigenvalues.tolist(), "residuals": self.residuals.tolist()}


def find_spectrum(
    net: Network,
    loss: Loss,
    params: Parameters,
    examples: Examples,
    question: Question = _LARGEST,
    *,
    l2: float = 0.0,
    tolerance: float = 1e-2,
    most_products: int = 1000,
    seed: int = 0,
    dtype: str | None = None,
    engine: str = "auto",
) -> CurvatureSpectrum:
    """The spectrum of checked arguments.

    Args:
        net, loss, params, examples: Of what, at which parameters.
        question: How many eigenvalues, of which matrix.
        l2: Adds (l2/2) Σ w².
        tolerance: The relative error of an eigenvalue.
        most_products: With the matrix.
        seed: Of the vector that the search begins with.
        dtype: "float32" or "float64"; None: float64 on NumPy and float32 on XLA.
        engine: "numpy", "xla" or "auto".

    >>> import thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> P, T = np.array([[-1.0], [0.0], [1.0]]), np.array([[-1.5], [0.5], [2.5]])
    >>> found = find_spectrum(net, tw.losses.SSE(), net.init(0), Examples({"input": P}, T, None), Question(1, 1))
    >>> round(found.lambda_max, 6), round(found.lambda_min, 6)
    (6.0, 4.0)
    """
    engine = choose_engine(engine, net, len(examples.T))
    dtype = dtype or ("float64" if engine == "numpy" else "float32")
    rng = np.random.default_rng(seed)
    count = len(examples.T)
    rows = None
    if count >= _SAMPLED_FROM:
        rows = np.sort(rng.choice(count, bucket(count) // _SAMPLE, replace=False))
    z = rng.standard_normal(examples.T.shape, dtype="float32")
    spare = rng.standard_normal(net.parameter_count, dtype="float32")
    if engine == "numpy":

        def cast(tree: Any) -> Any:
            return tree_map(lambda a: a.astype(dtype) if hasattr(a, "tocsr") else np.asarray(a, dtype), tree)

        with np.errstate(all="ignore"):  # curvature that is not finite is seen in the values
            found = _search(
                net, loss, question, cast(params), cast(examples), cast(z), cast(spare), rows, l2 or None, tolerance,
                most_products,
            )  # fmt: skip
    else:
        found = _on_xla(net, loss, question, params, examples, z, spare, rows, l2, tolerance, most_products, dtype)
    return CurvatureSpectrum(
        np.asarray(found.values, np.float64),
        np.asarray(found.vectors, np.float64),
        np.asarray(found.residuals, np.float64),
        int(found.products),
        bool(found.converged),
        question.largest,
        question.smallest,
        "gauss_newton" if question.gauss_newton else "hessian",
        engine,
    )


def _search(
    net: Network,
    loss: Loss,
    question: Question,
    params: Parameters,
    examples: Examples,
    z: Array,
    spare: Array,
    rows: Array | None,
    l2: Any,
    tolerance: Any,
    most_products: Any,
) -> Ritz:
    """Lanczos from a random vector that leans to large curvature; before it, with `rows`, on these examples alone.

    Args:
        net, loss, params, examples, l2: Whose curvature it is, and where.
        question: Which eigenvalues, of which matrix.
        z, spare: Random numbers for each target, and for each parameter.
        rows: Which examples are looked at first; None: at once at all.
        tolerance, most_products: When it ends.
    """
    xp = namespace(spare)

    def search(examples: Examples, z: Array, start: Array | None, products: Any) -> Ritz:
        curvature = curvature_at(net, loss, params, *examples, l2=l2, gauss_newton=question.gauss_newton)
        leaning, anywhere = _normed(xp, curvature.leaning(z)), _normed(xp, spare)
        random = leaning + (0.5 if question.smallest else 0.1) * anywhere
        # A little of the random vector stays, so that what the sample does not show is found all the same.
        start = random if start is None else start + 0.1 * random
        return lanczos(
            curvature.product,
            start,
            spare,
            largest=question.largest,
            smallest=question.smallest,
            tolerance=tolerance,
            most_products=products,
        )

    start = None
    if rows is not None:
        part, z_of_part = tree_map(lambda values: xp.take(values, rows, axis=0), (examples, z))
        start = xp.sum(search(part, z_of_part, None, xp.minimum(most_products, 100)).vectors, axis=0)
    return search(examples, z, start, most_products)


def _on_xla(
    net: Network,
    loss: Loss,
    question: Question,
    params: Parameters,
    examples: Examples,
    z: np.ndarray,
    spare: np.ndarray,
    rows: np.ndarray | None,
    l2: float,
    tolerance: float,
    most_products: int,
    dtype: str,
) -> Ritz:
    """The same in one program, compiled for the shapes and kinds; examples are filled up to a bucket's size.

    Args:
        net, loss, question, params, examples, z, spare, rows, l2, tolerance, most_products: As in `_search`.
        dtype: Of the numbers in it.
    """
    jax = prepare_jax()
    with jax.enable_x64(dtype == "float64"):
        as_given = functools.partial(np.asarray, dtype=dtype)
        filled = padded(tree_map(as_given, examples), dtype, spare=False)
        extra = len(filled.T) - len(z)
        z = np.concatenate([z, np.zeros((extra, z.shape[1]), z.dtype)])
        given = (tree_map(as_given, params), filled, as_given(z), as_given(spare))
        numbers = (rows, as_given(l2), as_given(tolerance), np.int32(most_products))
        return tree_map(np.asarray, run_program(_search, (net, loss, question), *given, *numbers))


def choose_engine(engine: str, net: Network, examples: int) -> str:
    """NumPy for what it has done before XLA would have compiled."""
    if engine != "auto":
        return engine
    operations = 12.0 * _PRODUCTS_EXPECTED * net.parameter_count * examples
    return "xla" if operations > _OPERATIONS_FOR_XLA else "numpy"


def _normed(xp: Any, v: Array) -> Array:
    length = xp.sqrt(xp.sum(v * v))
    return v / xp.where(length > 0, length, 1.0)
