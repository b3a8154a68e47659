"""The names of what a training can be told, apart from the code that trains: the command line lists them."""

from __future__ import annotations

ENGINES = ("auto", "numpy", "xla")
"""What may compute; "auto" chooses."""

ORDERS = ("shuffle", "sequential", "random")
"""In which examples are presented."""

DTYPES = ("float32", "float64")
"""The types of the parameters."""
