"""A step as a worked calculation: its values, the notations of texts, derivations, and what renders them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
