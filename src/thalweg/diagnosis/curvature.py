"""The curvature at the parameters of a training and the error around them, as fine as their cost allows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..core.weighing import named_weights
from ..errors import DataError
from ..optimizers.full_batch import Problem
from ..surface.along_direction import ErrorAlongDirection, error_along_direction
from ..surface.error_surface import Surface, error_surface
from ..surface.loss_point import part_of
from ..surface.plane import downhill_plane
from ..training.curvature_spectrum import CurvatureSpectrum, Question, find_spectrum
from ..training.examples import Examples

_WHOLE_SPECTRUM = 3e9
"""Multiplications up to which every eigenvalue is found, from the Hessian itself."""
_LARGEST, _SMALLEST = 6, 3
"""Eigenvalues of each end that are looked for elsewhere."""
_CHEAP_PRODUCT = 5e6
"""Parameters times examples up to which they are looked for more exactly."""
_ALONG = 5e10
"""Multiplications that the error along the largest curvature may cost, unless its fewest points cost more."""
_ALONG_POINTS = (101, 51, 21)
_SURFACE = 1.5e10
"""Multiplications that the surface may cost."""
SURFACE_ROWS = 500
"""Of more examples the surface is that of so many."""
_SURFACE_POINTS = (41, 31, 21)
_BESIDE = 0.5
"""Of the largest curvature's direction, what must stand at right angles to the gradient, or the surface shows the
second largest."""
_VIEW = 3.0
"""The surface is seen so many times as far as the error along the largest curvature."""
NOT_FINITE = "the curvature at the parameters is not finite: use smaller parameters, or scale the columns"


def spectrum_at(problem: Problem, x: np.ndarray, seed: int) -> CurvatureSpectrum:
    """Every eigenvalue of a small network's Hessian, else some of either end."""
    n, examples = len(x), len(problem.T)
    if 8.0 * n * n * examples <= _WHOLE_SPECTRUM and n <= 1000:
        with np.errstate(all="ignore"):
            H = problem.hessian(x)
        if not np.isfinite(H).all():
            raise DataError(NOT_FINITE)
        values, vectors = np.linalg.eigh(0.5 * (H + H.T))
        smallest = min(1, n - 1)
        order = slice(None, None, -1)
        return CurvatureSpectrum(
            values[order], vectors.T[order], np.zeros(n), n, True, n - smallest, max(1, smallest), "hessian", "numpy"
        )
    cheap = n * examples <= _CHEAP_PRODUCT
    return find_spectrum(
        problem.net, problem.loss, problem.net.unravel(x), Examples(problem.inputs, problem.T, problem.weight),
        Question(_LARGEST, _SMALLEST), l2=problem.l2 or 0.0, seed=seed,
        tolerance=1e-4 if cheap else 1e-2, most_products=500 if cheap else 200,
    )  # fmt: skip


def along_largest(problem: Problem, x: np.ndarray, spectrum: CurvatureSpectrum, l2: float) -> ErrorAlongDirection:
    """F along the direction of the largest curvature."""
    points = next((n for n in _ALONG_POINTS if n * len(x) * len(problem.T) <= _ALONG), _ALONG_POINTS[-1])
    return error_along_direction(
        problem.net, problem.loss, problem.net.unravel(x), problem.inputs, problem.T, spectrum.eigenvector,
        **named_weights(problem.weight), l2=l2, name="direction of the largest curvature", points=points,
    )  # fmt: skip


def surface_around(
    problem: Problem, x: np.ndarray, g: np.ndarray, spectrum: CurvatureSpectrum, l2: float, seen: float
) -> Surface | None:
    """F over the plane of the gradient and the largest curvature, as fine as its cost allows.

    It reaches `_VIEW` times as far as what was `seen` along the direction of that curvature.
    """
    if len(x) < 2:
        return None
    if len(problem.T) > SURFACE_ROWS:
        problem = part_of(problem, np.linspace(0, len(problem.T) - 1, SURFACE_ROWS).round().astype(np.intp))
    each = 2.0 * len(x) * len(problem.T)
    points = next((points for points in _SURFACE_POINTS if points**2 * each <= _SURFACE), None)
    if points is None:
        return None
    try:
        plane = downhill_plane(x, g, spectrum.eigenvalues[:2], spectrum.eigenvectors[:2], least=_BESIDE)
        surface = error_surface(
            problem.net, problem.loss, problem.net.unravel(x), problem.inputs, problem.T, plane.directions,
            span=(-_VIEW * seen, _VIEW * seen), points=points, **named_weights(problem.weight), l2=l2,
        )  # fmt: skip
        return replace(surface, plane=plane)
    except DataError:  # no plane of the gradient and a curvature, or nowhere finite
        return None
