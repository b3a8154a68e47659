"""Thalweg trains feedforward neural networks by backpropagation, and shows its work.

Verbs and main classes stand here; parts in `tw.optimizers`, `tw.losses`, `tw.activations`, `tw.initializers` and
`tw.schedules`; the rest in `tw.surface`, `tw.learning_rates`, `tw.diagnosis`, `tw.worked`, `tw.plots`,
`tw.recipes`, `tw.widgets` and `tw.exchange`.
"""

from importlib import import_module
from typing import Any

import lazy_loader

__version__ = "0.1.0"
_listed, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

_SHORT = ("optimizers", "surface", "diagnosis")
"""Rooms whose names are found here too, for a short line: `tw.Adam` is `tw.optimizers.Adam`."""


def __getattr__(name: str) -> Any:
    try:
        return _listed(name)
    except AttributeError:
        if not name.startswith("_"):
            for room in _SHORT:
                found = import_module(f".{room}", __name__)
                if name in found.__all__:
                    return getattr(found, name)
        raise
