"""The mathematics: pure functions of arrays, no input or output, no engine."""

from . import activations as activations
from . import initializers as initializers
from . import losses as losses
