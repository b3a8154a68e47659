"""The error surface: slices, planes and trajectories over it, its quadratic and Taylor expansions."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
