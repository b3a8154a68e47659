"""Ways to the largest eigenvalue of the Hessian, each in the form in which its library does the work fastest.

A contender is made for a `Point`. `find(tolerance, seed)` runs from a start drawn by the seed until its own criterion
holds, and returns the eigenvalue; `products` then tells how many products with all examples it took.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

import thalweg as tw

NET = tw.mlp(784, 256, 128, 10, hidden="relu", output="softmax")
MOST_PRODUCTS = 1000


@dataclass(frozen=True)
class Point:
    """Examples, and parameters at which the curvature is asked for."""

    P: np.ndarray
    labels: np.ndarray
    params: Any

    @cached_property
    def targets(self) -> np.ndarray:
        """One-hot rows."""
        return np.eye(10, dtype=self.P.dtype)[self.labels]

    @cached_property
    def matrices(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Weights (outputs, inputs) and bias, layer by layer."""
        return [(np.array(next(iter(weights.values()))), np.array(bias)) for weights, bias in self.params.values()]


class Contender:
    """A way to λ_max."""

    tolerances: tuple[float, ...] = (1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5)
    """Of its own criterion, loosest first: the relative change of the estimate from one power step to the next."""
    default = 1e-3
    products = 0

    def __init__(self, point: Point) -> None:
        self.point = point

    def find(self, tolerance: float, seed: int) -> float:
        """The largest eigenvalue."""
        raise NotImplementedError


class Thalweg(Contender):
    """`tw.curvature_spectrum`; its tolerance is that of the residual |Hv - λv| / λ."""

    tolerances = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3)

    def find(self, tolerance: float, seed: int) -> float:
        """As a user calls it."""
        point = self.point
        found = tw.curvature_spectrum(
            NET, "cross_entropy", point.params, point.P, point.targets, smallest=0, tolerance=tolerance, seed=seed
        )
        self.products = found.products
        return found.lambda_max


class _Torch(Contender):
    """The network as a PyTorch module, in double precision for the reference."""

    def __init__(self, point: Point, dtype: Any = np.float32) -> None:
        import torch
        from torch import nn

        super().__init__(point)
        layers: list[Any] = []
        for W, b in point.matrices:
            linear = nn.Linear(W.shape[1], W.shape[0])
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(W))
                linear.bias.copy_(torch.from_numpy(b))
            layers += [linear, nn.ReLU()]
        self.model = nn.Sequential(*layers[:-1]).to(torch.from_numpy(np.empty(0, dtype)).dtype)
        self.weights = list(self.model.parameters())
        self.P, self.y = torch.from_numpy(point.P.astype(dtype)), torch.from_numpy(point.labels)
        self.loss = nn.CrossEntropyLoss()

    def prepared(self) -> Callable[[Any], Any]:
        """v ↦ Hv by double backward, the graph of the gradient kept for all products; counted."""
        import torch

        gradient = torch.autograd.grad(self.loss(self.model(self.P), self.y), self.weights, create_graph=True)
        sizes, shapes = [w.numel() for w in self.weights], [w.shape for w in self.weights]
        self.products = 0

        def product(v: Any) -> Any:
            self.products += 1
            parts = [part.reshape(shape) for part, shape in zip(v.split(sizes), shapes, strict=True)]
            found = torch.autograd.grad(gradient, self.weights, grad_outputs=parts, retain_graph=True)
            return torch.cat([part.reshape(-1) for part in found])

        return product

    def start(self, seed: int) -> Any:
        """A random vector of length 1."""
        import torch

        v = torch.randn(NET.parameter_count, generator=torch.Generator().manual_seed(seed), dtype=self.P.dtype)
        return v / v.norm()


class TorchPower(_Torch):
    """Power iteration, plainly; double backward here takes a third of the time of `torch.func.jvp` of `grad`."""

    def find(self, tolerance: float, seed: int) -> float:
        """Until the Rayleigh quotient changes by less than the tolerance."""
        product, v, before = self.prepared(), self.start(seed), None
        value = float("nan")
        for _ in range(MOST_PRODUCTS):
            w = product(v)
            value = float(v @ w)
            if before is not None and abs(value - before) < tolerance * abs(value):
                break
            before, v = value, w / w.norm()
        return value


class PyHessian(_Torch):
    """PyHessian, all examples as one batch, so that it keeps the graph of the gradient too."""

    def find(self, tolerance: float, seed: int) -> float:
        """`hessian(...).eigenvalues()`; at its default tolerance with its default of 100 steps at most."""
        import torch

        library: Any = importlib.import_module("pyhessian.hessian")
        multiply, self.products = library.hessian_vector_product, 0

        def counted(*arguments: Any) -> Any:
            self.products += 1
            return multiply(*arguments)

        library.hessian_vector_product = counted
        torch.manual_seed(seed)
        try:
            computer = library.hessian(self.model, self.loss, data=(self.P, self.y), cuda=False)
            steps = {} if tolerance == self.default else {"maxIter": MOST_PRODUCTS, "tol": tolerance}
            (value,), _ = computer.eigenvalues(**steps)
        finally:
            library.hessian_vector_product = multiply
        for weight in self.weights:  # the graph hangs on the gradients, and would stay in memory
            weight.grad = None
        return value


class TorchLanczos(_Torch):
    """SciPy's `eigsh` (ARPACK's restarted Lanczos) on products by double backward; its tolerance is the residual's."""

    tolerances = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3)

    basis: int | None = None
    """How many vectors the basis holds: 20 by default."""

    def find(self, tolerance: float, seed: int) -> float:
        """`eigsh` as its documentation shows it."""
        import torch
        from scipy.sparse.linalg import LinearOperator, eigsh

        product, start = self.prepared(), self.start(seed).numpy()

        def multiply(v: np.ndarray) -> np.ndarray:
            return product(torch.from_numpy(v.ravel())).numpy()

        operator = LinearOperator((len(start), len(start)), matvec=multiply, dtype=start.dtype)
        options: Any = {"k": 1, "which": "LA", "v0": start, "ncv": self.basis, "return_eigenvectors": False}
        return float(eigsh(operator, tol=tolerance, **options)[0])


class SmallTorchLanczos(TorchLanczos):
    """The same with a basis of 6 vectors: it looks sooner whether it is done."""

    basis = 6


class JAXPower(Contender):
    """Power iteration in one compiled program: `jax.jvp` of `jax.grad`, in a `while_loop`."""

    def __init__(self, point: Point) -> None:
        import jax
        import jax.flatten_util
        from jax import numpy as jnp

        super().__init__(point)
        self.given = [(jnp.asarray(W), jnp.asarray(b)) for W, b in point.matrices]
        self.P, self.y = jnp.asarray(point.P), jnp.asarray(point.labels)

        def loss(weights: Any, P: Any, y: Any) -> Any:
            a = P
            for W, b in weights[:-1]:
                a = jax.nn.relu(a @ W.T + b)
            W, b = weights[-1]
            told = jax.nn.log_softmax(a @ W.T + b)
            return -jnp.mean(jnp.take_along_axis(told, y[:, None], axis=1))

        def search(weights: Any, P: Any, y: Any, key: Any, tolerance: Any) -> Any:
            flat, unravel = jax.flatten_util.ravel_pytree(weights)
            gradient = jax.grad(lambda x: loss(unravel(x), P, y))
            v = jax.random.normal(key, flat.shape)

            def step(state: Any) -> Any:
                v, value, _, count = state
                w = jax.jvp(gradient, (flat,), (v,))[1]
                return w / jnp.linalg.norm(w), v @ w, value, count + 1

            def goes_on(state: Any) -> Any:
                _, value, before, count = state
                return ~(jnp.abs(value - before) < tolerance * jnp.abs(value)) & (count < MOST_PRODUCTS)

            blank = jnp.float32(jnp.nan)
            return jax.lax.while_loop(goes_on, step, (v / jnp.linalg.norm(v), blank, blank, 0))

        self.search = jax.jit(search)

    def find(self, tolerance: float, seed: int) -> float:
        """Until the Rayleigh quotient changes by less than the tolerance."""
        import jax

        _, value, _, count = self.search(self.given, self.P, self.y, jax.random.key(seed), np.float32(tolerance))
        self.products = int(count)
        return float(value)


def reference(point: Point) -> float:
    """λ_max in double precision, converged: ARPACK on products by double backward."""
    return TorchLanczos(point, np.float64).find(1e-9, 0)


CONTENDERS: dict[str, type[Contender]] = {
    "Thalweg": Thalweg,
    "PyHessian": PyHessian,
    "PyTorch, power iteration": TorchPower,
    "PyTorch + SciPy, Lanczos": TorchLanczos,
    "PyTorch + SciPy, Lanczos, basis of 6": SmallTorchLanczos,
    "JAX, power iteration": JAXPower,
}
