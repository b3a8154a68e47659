"""The type checker of the tests: beartype for the annotations that name a shape, and for no others.

Wrong names and numbers must reach Thalweg's own messages, which are tested too.
"""

import functools
import math
from typing import Any

import jaxtyping
from beartype import beartype

MOST_CHECKS = 1000
"""Calls in a test outside `core/`: what a long loop calls is checked when the loop begins."""

_left = math.inf


def begin(most):
    """Check shapes again, at most so often."""
    global _left  # noqa: PLW0603
    _left = most
    jaxtyping.config.update("jaxtyping_disable", False)


def check_shapes(function):
    """Check the arguments and the result whose annotations hold a jaxtyping shape."""
    hints = getattr(function, "__annotations__", {})
    function.__annotations__ = {name: hint if _names_a_shape(hint) else Any for name, hint in hints.items()}
    checked = beartype(function)

    @functools.wraps(checked)
    def counted(*args, **kwargs):
        global _left  # noqa: PLW0603
        _left -= 1
        if _left < 0:
            jaxtyping.config.update("jaxtyping_disable", True)
        return checked(*args, **kwargs)

    return counted


def check_only_what_names_a_shape():
    """Leave every other function as it is: jaxtyping would look at the arguments of each call, and at closures anew."""
    jaxtyped = jaxtyping.jaxtyped

    def where_shapes_are(function=None, *, typechecker):
        if function is None:
            return functools.partial(where_shapes_are, typechecker=typechecker)
        return jaxtyped(function, typechecker=typechecker) if _has_shapes(function) else function

    jaxtyping.jaxtyped = where_shapes_are


def _has_shapes(function):
    """Whether an annotation of a function, or of the fields of a class, names a shape."""
    function = getattr(function, "__func__", None) or getattr(function, "fget", None) or function
    return any(map(_names_a_shape, getattr(function, "__annotations__", {}).values()))


def _names_a_shape(hint):
    text = hint if isinstance(hint, str) else repr(hint)
    return "Float[" in text or "Real[" in text
