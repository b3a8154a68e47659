"""In from others, out to others: a network that one has elsewhere, and a trained model for elsewhere."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
