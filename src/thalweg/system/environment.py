"""Variables of the environment that a library can make nothing of: one line that names them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..errors import ArgumentError, reason_of


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
        reason = reason_of(error)
        told = " and ".join(found)
        raise ArgumentError(
            f"{library} does not start with {told} in the environment ({reason}): correct or unset "
            f"{'it' if len(found) == 1 else 'them'}"
        ) from error


def check_polars_threads() -> None:
    """Raise ArgumentError for a POLARS_MAX_THREADS of 0: Polars would panic in whatever it is asked to do first.

    >>> import os
    >>> os.environ["POLARS_MAX_THREADS"] = "2"
    >>> check_polars_threads()
    """
    value = os.environ.get("POLARS_MAX_THREADS", "")
    if value.strip().isdecimal() and int(value) == 0:
        raise ArgumentError(
            f"Polars does not start with POLARS_MAX_THREADS={value!r} in the environment: set it to at least 1, or "
            "unset it"
        )


def check_xla_flags() -> None:
    """Raise ArgumentError for XLA_FLAGS that XLA does not know: it would end the process.

    Seen in a child process, and only where there are any and XLA has not read them yet.
    """
    flags = os.environ.get("XLA_FLAGS", "").strip()
    if not flags or getattr(sys.modules.get("jax._src.xla_bridge"), "_backends", None):
        return
    import subprocess

    code = "import jax; jax.devices()"
    environment = {**os.environ, "JAX_PLATFORMS": "cpu"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    if done.returncode >= 0 and "XLA_FLAGS" not in done.stderr:
        return
    said = [line for line in done.stderr.splitlines() if "XLA_FLAGS" in line]
    reason = f" ({said[-1].rpartition('] ')[2].strip()[:200]})" if said else ""
    raise ArgumentError(f"XLA does not start with XLA_FLAGS={flags!r} in the environment{reason}: correct or unset it")
