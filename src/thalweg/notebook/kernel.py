"""Whether a notebook looks on."""

from __future__ import annotations

import sys


def in_notebook() -> bool:
    """Whether this runs in a notebook, or another front end of a Jupyter kernel, which shows more than text."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = None if get_ipython is None else get_ipython()
    return getattr(shell, "kernel", None) is not None
