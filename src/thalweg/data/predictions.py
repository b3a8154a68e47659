"""Actual and predicted answers as arrays that can be scored and drawn: checked, and in one type."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ..core.arrays import float_array, table_array
from ..errors import ArgumentError, DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import ArrayLike

Label: TypeAlias = str | int | float | bool
"""A class as the table names it."""


def plain_label(label: object) -> Label:
    """A label as Python's own type, so that it can go into JSON and be looked up."""
    item = getattr(label, "item", None)
    label = label if item is None else item()
    if not isinstance(label, str | int | float):
        raise ArgumentError(f"a class must be text, a number or a truth value, not {type(label).__name__}")
    return label


def class_names(classes: Sequence[Label]) -> list[Label]:
    """The classes as Python's own types; raises ArgumentError for fewer than two and for repeated ones."""
    names: list[Label] = [plain_label(name) for name in classes]
    if len(names) < 2 or len(set(names)) != len(names):
        raise ArgumentError(f"classes must be two or more different labels, not {short(names)}")
    return names


def class_indices(name: str, labels: ArrayLike, classes: Sequence[Label]) -> np.ndarray:
    """The position among the classes of every label, shape (examples,).

    >>> class_indices("actual", ["white", "red"], ["red", "white"])
    array([1, 0])
    """
    import numpy as np

    array = np.asarray(table_array(name, labels))
    if array.ndim != 1 or len(array) == 0:
        raise DataError(f"{name} must be one label for each of one or more examples, not of shape {array.shape}")
    position = {label: index for index, label in enumerate(classes)}
    result = np.empty(len(array), dtype=np.intp)
    for row, label in enumerate(array.tolist()):
        if label not in position:
            raise DataError(f"{name}, row {row + 1}: {label!r} is not one of the classes {short(classes)}")
        result[row] = position[label]
    return result


def class_probabilities(probabilities: ArrayLike, shape: tuple[int, int]) -> np.ndarray:
    """The probabilities in float64, rows adding up to 1 without the rounding of a shorter type."""
    import numpy as np

    array = float_array("probabilities", probabilities)
    if array.shape != shape:
        raise DataError(f"probabilities must be of shape (examples, classes) = {shape}, not {array.shape}")
    sums = array.sum(axis=1)
    wrong = ~((array >= 0).all(axis=1) & (np.abs(sums - 1) < 1e-3))
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            f"probabilities, row {row + 1}: they must be 0 or more and add up to 1, not {short(array[row].tolist())}"
        )
    return array / sums[:, np.newaxis]


class Judged(NamedTuple):
    """Classified examples: the number of each one's class, and the probabilities of all classes."""

    indices: np.ndarray
    """(examples,)"""
    probabilities: np.ndarray
    """(examples, classes)"""
    classes: list[Label]


def judged(actual: ArrayLike, probabilities: ArrayLike, classes: Sequence[Label] | None = None) -> Judged:
    """Actual labels and probabilities in their usual forms, as `Judged`.

    `actual` is (examples,) or (examples, 1). `probabilities` is (examples, classes), or (examples,) or (examples, 1)
    of the second of two classes. Without `classes` they are 0, 1, ... Raises DataError and ArgumentError as
    `class_indices`, `class_names` and `class_probabilities` do.

    >>> judged([1, 0], [0.75, 0.5]).probabilities.tolist()
    [[0.25, 0.75], [0.5, 0.5]]
    """
    import numpy as np

    chances, labels = float_array("probabilities", probabilities), table_array("actual", actual)
    if chances.ndim == 1:
        chances = chances[:, np.newaxis]
    if chances.ndim == 2 and chances.shape[1] == 1:
        chances = np.hstack([1 - chances, chances])
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if chances.ndim != 2:
        raise DataError(f"probabilities must be of shape (examples, classes), not {chances.shape}")
    names = class_names(list(range(chances.shape[1])) if classes is None else classes)
    indices = class_indices("actual", labels, names)
    return Judged(indices, class_probabilities(chances, (len(indices), len(names))), names)


def numbers(name: str, values: ArrayLike, *, use: str) -> np.ndarray:
    """The values in float64, shape (examples,), finite and at least one; `use` says in messages what they are for.

    >>> numbers("actual", [[1], [2]], use="score")
    array([1., 2.])
    """
    import numpy as np

    array = float_array(name, values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or len(array) == 0:
        raise DataError(f"{name} must be one number for each of one or more examples, not of shape {array.shape}")
    finite = np.isfinite(array)
    if not finite.all():
        row = int(finite.argmin())
        raise DataError(f"{name}, row {row + 1}: {array[row]} is not a finite number; {use} finite numbers only")
    return array


def same_length(actual: np.ndarray, predicted: np.ndarray) -> None:
    """Raise DataError unless there is a prediction for every example."""
    if len(actual) != len(predicted):
        raise DataError(
            f"actual and predicted must be as long as each other, not {len(actual)} and {len(predicted)} examples"
        )


def short(values: Sequence[object]) -> str:
    """The first few values, for a message of one line."""
    shown = ", ".join(repr(value) for value in values[:8])
    return f"[{shown}{', …' if len(values) > 8 else ''}]"
