"""From a table to a trained, scored, recorded model; and back from the record to any of its updates."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
