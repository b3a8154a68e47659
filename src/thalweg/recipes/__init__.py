"""From two arrays to a fitted network in one call: the recipes of MATLAB's shallow networks."""

from .fitted import Fitted
from .networks import cascadeforwardnet, feedforwardnet, fitnet, patternnet
from .replaying import replayed

__all__ = ["Fitted", "cascadeforwardnet", "feedforwardnet", "fitnet", "patternnet", "replayed"]


def __dir__() -> list[str]:
    return __all__
