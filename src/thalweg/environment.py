"""Variables of the environment that a library can make nothing of: one line that names them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .errors import ArgumentError


@contextmanager
def starting(library: str, prefixes: Sequence[str]) -> Iterator[None]:
    """Raise ArgumentError naming the variables with these prefixes if a library does not start with them.

    >>> import os
    >>> os.environ["NONSENSE_SIZE"] = "large"
    >>> with starting("Nonsense", ["NONSENSE_"]):
    ...     raise ValueError("no size")
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: Nonsense does not start with NONSENSE_SIZE='large' in the environment (no size): \
correct or unset it
    """
    try:
        yield
    except Exception as error:  # whatever libraries raise
        found = [f"{name}={value!r}" for name, value in sorted(os.environ.items()) if name.startswith(tuple(prefixes))]
        if not found:
            raise
        reason = " ".join(str(error).split())[:200]
        told = " and ".join(found)
        raise ArgumentError(
            f"{library} does not start with {told} in the environment ({reason}): correct or unset "
            f"{'it' if len(found) == 1 else 'them'}"
        ) from error
