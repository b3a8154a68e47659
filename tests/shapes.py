"""The type checker of the tests: beartype for the annotations that name a shape, and for no others.

Wrong names and numbers must reach Thalweg's own messages, which are tested too.
"""

from typing import Any

from beartype import beartype


def check_shapes(function):
    """Check the arguments and the result whose annotations hold a jaxtyping shape."""
    hints = getattr(function, "__annotations__", {})
    function.__annotations__ = {name: hint if _names_a_shape(hint) else Any for name, hint in hints.items()}
    return beartype(function)


def _names_a_shape(hint):
    text = hint if isinstance(hint, str) else repr(hint)
    return "Float[" in text or "Real[" in text
