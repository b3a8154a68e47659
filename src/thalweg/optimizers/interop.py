"""Rules of optax here, and rules of ours there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from ..errors import ArgumentError
from .rule import RULES, Rule


class OptaxState(NamedTuple):
    """The number of updates done, and the state that the optax rule keeps."""

    step: Any
    inner: Any


@dataclass(frozen=True)
class OptaxRule(Rule):
    """An optax `GradientTransformation` in the place of a rule; it runs on XLA.

    >>> import optax
    >>> OptaxRule(optax.sgd(0.1)).update({"w": 1.0}, OptaxState(0, optax.sgd(0.1).init({"w": 0.0})), {"w": 0.0})[0]
    {'w': -0.1}
    """

    transformation: Any

    def init(self, params: Any) -> OptaxState:
        """The transformation's own state."""
        return OptaxState(0, self.transformation.init(params))

    def apply(self, gradient: Any, state: OptaxState, params: Any, value: Any = None) -> tuple[Any, OptaxState]:
        """The transformation's own update."""
        import optax

        transformation = optax.with_extra_args_support(self.transformation)
        delta, inner = transformation.update(gradient, state.inner, params, value=value)
        return delta, OptaxState(state.step + 1, inner)


def as_rule(thing: Any) -> Rule:
    """A rule from its name, a rule, or an optax `GradientTransformation`; raises ArgumentError for anything else.

    >>> as_rule("adam")
    Adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-08, efficient=False)
    """
    if isinstance(thing, tuple) and hasattr(thing, "init") and hasattr(thing, "update"):
        return OptaxRule(thing)
    if isinstance(thing, type) and issubclass(thing, Rule):
        raise ArgumentError(f"optimizer is the class {thing.__name__}; give an object: {thing.__name__}()")
    return RULES.get(thing)


def to_optax(rule: Rule) -> Any:
    """One of our rules as an optax `GradientTransformation`, for any tree of parameters that JAX knows.

    >>> import optax, thalweg as tw
    >>> chained = optax.chain(optax.clip(1.0), tw.to_optax(tw.GradientDescent(0.5)))
    >>> float(chained.update({"w": 4.0}, chained.init({"w": 0.0}), {"w": 0.0})[0]["w"])
    -0.5
    """
    import jax
    import optax

    def init(params: Any) -> Any:
        return rule.init(tuple(jax.tree.leaves(params)))

    def update(updates: Any, state: Any, params: Any = None, *, value: Any = None, **_: Any) -> tuple[Any, Any]:
        leaves, structure = jax.tree.flatten(updates)
        delta, state = rule.update(tuple(leaves), state, tuple(jax.tree.leaves(params)), value)
        return jax.tree.unflatten(structure, list(delta)), state

    return optax.GradientTransformationExtraArgs(init, update)
