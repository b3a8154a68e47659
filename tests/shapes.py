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
    checked = beartype(function) if any(map(_names_a_shape, hints.values())) else function

    @functools.wraps(checked)
    def counted(*args, **kwargs):
        global _left  # noqa: PLW0603
        _left -= 1
        if _left < 0:
            jaxtyping.config.update("jaxtyping_disable", True)
        return checked(*args, **kwargs)

    return counted


def _names_a_shape(hint):
    text = hint if isinstance(hint, str) else repr(hint)
    return "Float[" in text or "Real[" in text
