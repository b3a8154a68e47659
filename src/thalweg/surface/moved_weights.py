"""Parameters with some weights, by their names, at other values."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..core.kinds import is_finite_number, takes_kinds
from ..core.network import Network, Parameters
from ..core.weight_names import find_weight, index_of
from ..errors import ArgumentError, shown


@takes_kinds
def with_weights(net: Network, params: Parameters, values: Mapping[str, float]) -> Parameters:
    """The parameters with weights at other values, by their names; raises ArgumentError for a name or value of none.

    >>> import thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> with_weights(net, net.unravel(np.zeros(2)), {"layer1[0,0]": 2.5})["layer1"].weights["input"]
    array([[2.5]])
    """
    net.check_parameters(params)
    x = np.array(net.ravel(params))
    for name, value in values.items():
        index = index_of(net, find_weight(net, name))
        if not is_finite_number(value):
            raise ArgumentError(f"weight {name!r} is {shown(value)}; it must be a finite number")
        x[index] = value
    return net.unravel(x)
