"""From two arrays to a fitted network in one call: the recipes of MATLAB's shallow networks."""

from .fitted import Fitted
from .networks import cascadeforwardnet, feedforwardnet, fitnet, patternnet
from .replaying import open_step

__all__ = ["Fitted", "cascadeforwardnet", "feedforwardnet", "fitnet", "open_step", "patternnet"]


def __dir__() -> list[str]:
    return __all__
