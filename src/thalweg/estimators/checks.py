"""scikit-learn's checks of what was given, with types, which its own code does not say."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from ..core.arrays import Array, DType
from .given import ArrayOrFrame

if TYPE_CHECKING:
    from .base import BaseMLP

_Check: TypeAlias = Callable[..., Array]
_validate_data: _Check = validate_data
_check_array: _Check = check_array
_SPARSE = ["csr", "csc"]


def checked_rows(estimator: BaseMLP, X: ArrayOrFrame, dtype: DType = "numeric") -> Array:
    """Rows like those that an estimator was fitted to, as an array, or sparse; raises ValueError for others."""
    return _validate_data(estimator, X, accept_sparse=_SPARSE, dtype=dtype, reset=False)


def checked_examples(
    estimator: BaseMLP, X: ArrayOrFrame, y: ArrayOrFrame, dtype: DType, *, reset: bool, y_numeric: bool = False
) -> tuple[Array, Array]:
    """Rows and their targets (rows,) or (rows, outputs), as arrays, or sparse; raises ValueError for others.

    `reset` is whether the estimator's features are to be as those of X from now on, and not X as these.
    """
    return _validate_data(
        estimator, X, y, accept_sparse=_SPARSE, multi_output=True, y_numeric=y_numeric, dtype=dtype, reset=reset
    )


def checked_array(values: object, *, dtype: DType = None, ensure_2d: bool = False, finite: bool = True) -> Array:
    """Values as an array, of their own type if `dtype` is None; raises ValueError for what makes none."""
    return _check_array(values, ensure_2d=ensure_2d, dtype=dtype, ensure_all_finite=finite)
