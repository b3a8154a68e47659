"""The demonstrations of NND's chapter 3 whose error is over two weights: dl3gd and dl3aa."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..core.checked import forward
from ..core.kinds import takes_kinds
from ..core.network import Layer, Network, Parameters, mlp
from ..errors import ArgumentError, unknown
from ..optimizers.adam import Adam
from ..optimizers.gradient_descent import GradientDescent
from ..optimizers.rule import Rule
from .moved_weights import with_weights


@dataclass(frozen=True)
class View:
    """Two weights by name, the range of each, and where the rules begin."""

    weights: tuple[str, str]
    span: tuple[tuple[float, float], tuple[float, float]]
    start: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Demonstration:
    """A network with its examples, the pairs of its parameters that are looked at, and what is followed on them.

    All parameters but those of a view are those of `params`.
    """

    name: str
    title: str
    source: str
    network: Network
    loss: str
    params: Parameters
    P: np.ndarray
    T: np.ndarray
    views: tuple[View, ...]
    rules: tuple[Rule, ...]
    steps: int

    def start(self, view: int = 0) -> Parameters:
        """The parameters from which a view begins."""
        seen = self.views[view]
        return with_weights(self.network, self.params, dict(zip(seen.weights, seen.start, strict=True)))


@takes_kinds
def demonstration(name: str) -> Demonstration:
    """A demonstration of NND's chapter 3; raises ArgumentError for an unknown name.

    "dl3gd" is gradient descent on the squared error of a linear network of two weights; "dl3aa" is Adam on a 1-2-1
    network that is fitted to a network of its own shape, over one of three pairs of its parameters. The book has its
    starts picked by hand on the picture.

    >>> import thalweg as tw
    >>> shown = demonstration("dl3gd")
    >>> F = tw.surface.quadratic(shown.network, shown.loss, shown.P, shown.T)
    >>> F.eigenvalues, F.largest_stable_rate()
    (array([ 4., 20.]), 0.1)

    NND 3.15-3.24, figures 3.2 and 3.4.
    """
    if name not in DEMONSTRATIONS:
        raise ArgumentError(unknown("demonstration", name, DEMONSTRATIONS))
    return DEMONSTRATIONS[name]()


def _descent() -> Demonstration:
    net = Network({"p": 2}, [Layer("a", 1, bias=False)])
    return Demonstration(
        name="dl3gd",
        title="Gradient descent on a linear network",
        source="NND 3.15-3.24, figure 3.2",
        network=net,
        loss="sse",
        params=net.unravel(np.array([-1.0, -2.95])),
        P=np.array([[-1.0, 2.0], [2.0, -1.0], [0.0, -1.0], [-1.0, 0.0]]),
        T=np.array([[-1.0], [-1.0], [1.0], [1.0]]),
        views=(View(("a[0,0]", "a[0,1]"), ((-4.0, 2.0), (-4.0, 2.0)), (-1.0, -2.95)),),
        rules=(GradientDescent(0.01),),
        steps=100,
    )


def _adam() -> Demonstration:
    net = mlp(1, 2, 1, hidden="sigmoid", output="sigmoid")
    target = net.unravel(np.array([10.0, 10.0, -5.0, 5.0, 1.0, 1.0, -1.0]))  # W1, b1, W2, b2
    P = np.linspace(-2.0, 2.0, 41)[:, None]
    return Demonstration(
        name="dl3aa",
        title="Adam on a 1-2-1 network",
        source="NND 3.29-3.34, figure 3.4",
        network=net,
        loss="sse",
        params=target,
        P=P,
        T=np.asarray(forward(net, target, P).output),
        views=(
            View(("layer1[0,0]", "layer2[0,0]"), ((-5.0, 15.0), (-5.0, 15.0)), (-4.0, 3.0)),
            View(("layer1[0,0]", "layer1[0]"), ((-10.0, 30.0), (-30.0, 20.0)), (-4.0, 10.0)),
            View(("layer1[0]", "layer1[1]"), ((-10.0, 10.0), (-10.0, 10.0)), (9.0, 1.0)),
        ),
        rules=(Adam(0.1), GradientDescent(0.1)),
        steps=600,
    )


DEMONSTRATIONS: dict[str, Callable[[], Demonstration]] = {"dl3gd": _descent, "dl3aa": _adam}
"""By name, made when they are asked for."""
