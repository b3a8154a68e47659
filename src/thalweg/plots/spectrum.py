"""The eigenvalues of a Hessian."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..core.arrays import float_array
from ..core.kinds import takes_kinds
from ..errors import DataError
from . import style

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from ..training.curvature_spectrum import CurvatureSpectrum

_ROUNDING = 1e-12
"""Of the largest: eigenvalues below this share of it are 0 but for rounding."""
_MOST_SHAPES = 500


class Spectrum(NamedTuple):
    """Eigenvalues from the largest to the smallest, told apart by their sign."""

    eigenvalues: np.ndarray
    positive: np.ndarray
    """Which are above 0, by more than rounding."""
    negative: np.ndarray
    largest_stable_rate: float | None
    """2/λ_max, of gradient descent (NND P3.3); None where none is positive."""
    condition: float | None
    """λ_max / λ_min of the positive ones; None unless all are."""


@takes_kinds
def sort_spectrum(eigenvalues: ArrayLike) -> Spectrum:
    """The eigenvalues (parameters,) in order, and what they say of gradient descent.

    Raises DataError for none, for another shape (of a matrix A give `numpy.linalg.eigvalsh(A)`), and for values that
    are not finite.

    >>> sort_spectrum([0.5, 4.0, -1.0]).largest_stable_rate
    0.5
    """
    import numpy as np

    if np.iscomplexobj(eigenvalues):
        raise DataError("the eigenvalues are complex: a Hessian is symmetric; use numpy.linalg.eigvalsh")
    values = float_array("eigenvalues", eigenvalues)
    if values.ndim != 1 or not len(values):
        raise DataError(
            f"eigenvalues must be of shape (parameters,), one or more, not {values.shape}: of a matrix A give "
            "numpy.linalg.eigvalsh(A)"
        )
    if not np.isfinite(values).all():
        raise DataError(f"eigenvalue {int(np.isfinite(values).argmin()) + 1} is not a finite number")
    values = np.sort(values)[::-1]
    zero = _ROUNDING * np.abs(values).max()
    positive, negative = values > zero, values < -zero
    largest = float(values[0])
    with np.errstate(over="ignore"):
        return Spectrum(
            values,
            positive,
            negative,
            2 / largest if positive.any() else None,
            float(values[0] / values[-1]) if positive.all() else None,
        )


@takes_kinds
def spectrum(eigenvalues: ArrayLike | CurvatureSpectrum, *, of: int | None = None, ax: Axes | None = None) -> Figure:
    """Draw the absolute values of a Hessian's eigenvalues (parameters,), largest first, on a logarithmic axis.

    Negative ones, along which the error curves downwards, are marked by another colour and shape; those that are 0 but
    for rounding stand on the lower edge. `of` is how many there are, if only some are given. Of what
    `tw.curvature_spectrum` found, the two ends stand apart, each eigenvalue with its rank. Raises DataError as
    `sort_spectrum` does, and for fewer than are given.

    >>> figure = spectrum([4.0, 0.5, -1.0])
    >>> [line.get_label() for line in figure.axes[0].lines]
    ['2 positive', '1 negative']
    """
    import numpy as np
    from matplotlib.ticker import MaxNLocator

    from ..training.curvature_spectrum import CurvatureSpectrum

    largest = None
    if isinstance(eigenvalues, CurvatureSpectrum):
        of, largest = eigenvalues.eigenvectors.shape[1], eigenvalues.largest
        eigenvalues = eigenvalues.eigenvalues
    told = sort_spectrum(eigenvalues)
    if of is not None and of < len(told.eigenvalues):
        raise DataError(f"of is {of}; it must be at least the {len(told.eigenvalues)} eigenvalues that are given")
    whole = of is None or of == len(told.eigenvalues)
    sizes = np.abs(told.eigenvalues)
    order = np.arange(1, len(sizes) + 1)
    apart = largest is not None and not whole and 0 < largest < len(sizes)
    if largest is not None and apart:
        order = order + np.where(order > largest, 1, 0)
    zero = ~(told.positive | told.negative)

    figure, ax = style.canvas(ax, 6.0, 4.0)
    if not zero.all():
        ax.set_yscale("log")
        seen = sizes[~zero]
        room = max(1.0, 0.1 * np.log10(seen.max() / seen.min())) if zero.any() or seen.max() == seen.min() else 0.0
        floor = max(10.0 ** (np.log10(seen.min()) - room), np.finfo(np.float64).tiny)
    else:
        floor = 0.0
    many = len(sizes) > _MOST_SHAPES
    size = 2.5 if many else max(3.0, min(6.0, 300 / len(sizes)))
    kinds = (
        ("positive", told.positive, sizes, "o", style.BLUE),
        ("negative", told.negative, sizes, "v", style.VERMILION),
        ("zero", zero, np.full(len(sizes), floor), "x", style.FAINT),
    )
    for name, chosen, heights, marker, color in kinds:
        if chosen.any():
            ax.plot(
                order[chosen], heights[chosen], linestyle="none", marker=marker, markersize=size, color=color,
                label=f"{chosen.sum():,} {name}" if whole else name, rasterized=many, clip_on=False,
            )  # fmt: skip
    if zero.all():
        ax.set_yticks([0])
    else:
        ax.set_ylim(bottom=floor if zero.any() else None)
    ax.margins(x=0.03)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(sizes) == 1:
        ax.set_xticks([1])
    if apart and of is not None and largest is not None:
        ranks = [*range(1, largest + 1), *range(of - (len(sizes) - largest) + 1, of + 1)]
        ax.set_xticks(order.tolist(), [f"{rank:,}" for rank in ranks], fontsize=8)
        ax.axvline(largest + 1, color=style.FAINT, linestyle=(0, (1, 2)), linewidth=1.2)
    ax.grid(axis="y", color="#dddddd", linewidth=0.6)
    ax.set_xlabel("eigenvalue, from the largest" if whole or apart else f"some of {of:,} eigenvalues", color=style.INK)
    ax.set_ylabel("|λ|", color=style.INK)
    ax.legend(frameon=False, fontsize=9, labelcolor=style.INK)
    name = "Spectrum of the Hessian" if whole else "Ends of the Hessian's spectrum"
    style.title(ax, name, _explanation(told, whole))
    return figure


def _explanation(told: Spectrum, whole: bool) -> str:
    ends = f"λ from {told.eigenvalues[0]:.3g} to {told.eigenvalues[-1]:.3g}"
    if told.condition is not None and whole:
        ends += f", λmax/λmin = {told.condition:.3g}"
    rate = "" if told.largest_stable_rate is None else "\nlargest stable learning rate 2/λmax = "
    return ends.replace("-", "\N{MINUS SIGN}") + (rate and f"{rate}{told.largest_stable_rate:.3g}")
