"""Rules whose update is a few equations, each of which a worked calculation can show."""

from __future__ import annotations

from abc import abstractmethod

from ..core.arrays import Array, Tree, namespace, tree_map
from .rule import Rule, State


class ShownRule(Rule[State]):
    """A rule by its equations: `parts` gives every quantity of an update by name, in the order in which they follow."""

    def parts(self, gradient: Tree, state: State, params: Tree, value: Array | None = None) -> dict[str, Tree]:
        """What `update` of the same arguments computes, by name; the last is `delta`, the update itself.

        >>> import numpy as np, thalweg as tw
        >>> rule, x = tw.Adam(learning_rate=0.1, epsilon=0.0), np.array([1.0])
        >>> parts = rule.parts(np.array([2.0]), rule.init(x), x)
        >>> [f"{name} = {part[0]:g}" for name, part in parts.items()]
        ['m = 0.2', 'v = 0.004', 'm_hat = 2', 'v_hat = 4', 'rate = 0.05', 'delta = -0.1']
        """
        return self.at(state.step).equations(gradient, state, params, value)

    @abstractmethod
    def equations(self, gradient: Tree, state: State, params: Tree, value: Array | None = None) -> dict[str, Tree]:
        """`parts` of a rule that holds no schedules; each part of the state but `step` is among them."""

    def apply(self, gradient: Tree, state: State, params: Tree, value: Array | None = None) -> tuple[Tree, State]:
        """`delta`, and the parts that the state keeps."""
        parts = self.equations(gradient, state, params, value)
        kept = {name: parts[name] for name in state._fields if name != "step"}
        return parts["delta"], state._replace(step=state.step + 1, **kept)


def scalar_like(params: Tree, number: float) -> Array:
    """A number as an array without dimensions, of the library and type of the parameters."""
    leaves: list[Array] = []
    tree_map(leaves.append, params)
    xp = namespace(leaves[0])
    return xp.asarray(number, dtype=xp.asarray(leaves[0]).dtype)
