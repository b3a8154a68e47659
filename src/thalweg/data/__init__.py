"""Tables in, arrays out: reading, splitting and encoding columns, with a note on everything left out or imputed."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
