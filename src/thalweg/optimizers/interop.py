"""Rules of optax here, and rules of ours there."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeGuard

from ..core.arrays import Array, Scalar, Tree
from ..errors import ArgumentError
from .rule import RULES, Rule

if TYPE_CHECKING:
    from optax import GradientTransformation, GradientTransformationExtraArgs, MultiSteps

Objective: TypeAlias = Callable[[Tree], tuple[Array, Tree]]
"""The loss and its gradient, as an update sees them, at any parameters."""


class OptaxState(NamedTuple):
    """The number of updates done, and the state that the optax rule keeps."""

    step: Scalar
    inner: Tree


@dataclass(frozen=True)
class OptaxRule(Rule[OptaxState]):
    """An optax `GradientTransformation` in the place of a rule; it runs on XLA, and sees the tree of parameters.

    >>> import optax
    >>> OptaxRule(optax.sgd(0.1)).update({"w": 1.0}, OptaxState(0, optax.sgd(0.1).init({"w": 0.0})), {"w": 0.0})[0]
    {'w': -0.1}
    """

    transformation: GradientTransformation

    def init(self, params: Tree) -> OptaxState:
        """The transformation's own state."""
        return OptaxState(0, self.transformation.init(params))

    def apply(
        self, gradient: Tree, state: OptaxState, params: Tree, value: Array | None = None
    ) -> tuple[Tree, OptaxState]:
        """The transformation's own update, from what can be told without the loss elsewhere."""
        return self._updated(gradient, state, params, {"value": value, "grad": gradient})

    def step(self, objective: Objective, state: OptaxState, params: Tree) -> tuple[Array, Tree, Tree, OptaxState]:
        """The loss and its gradient at the parameters, the transformation's own update, and the next state.

        The transformation gets all that it may ask for: the loss as `value`, the gradient as `grad`, and the loss
        elsewhere as `value_fn` or `obj_fn`, or its gradient there as `grad_fn`.
        """
        F, gradient = objective(params)
        value_fn = _differentiable(objective)
        told = {"value": F, "grad": gradient, "value_fn": value_fn}
        asked = ({}, {"obj_fn": value_fn}, {"grad_fn": lambda elsewhere, _: objective(elsewhere)[1]})
        refusals = []
        for more in asked:  # line searches refuse what they do not know
            try:
                return F, gradient, *self._updated(gradient, state, params, told | more)
            except Exception as error:
                refusals.append(error)
        raise refusals[0]

    def check(self, params: Tree) -> None:
        """Raise ArgumentError for a transformation that makes no updates of such parameters from what it is told."""
        import jax

        def once(params: Tree) -> tuple[Tree, OptaxState, OptaxState]:
            state = self.init(params)
            _, _, delta, after = self.step(lambda x: (jax.tree.leaves(x)[0].sum(), x), state, params)
            return delta, state._replace(step=0), after._replace(step=0)

        try:
            delta, before, after = jax.eval_shape(once, params)
        except Exception as error:  # whatever a function of others raises
            raise ArgumentError(f"this rule of optax cannot be used here: {_told(error)}") from error
        if not _alike(delta, params):
            raise ArgumentError(
                "this rule of optax cannot be used here: its updates are not shaped like the parameters"
            )
        if not _alike(before, after):
            raise ArgumentError("this rule of optax cannot be used here: its state changes its shape or type")

    def _updated(
        self, gradient: Tree, state: OptaxState, params: Tree, told: Mapping[str, object]
    ) -> tuple[Tree, OptaxState]:
        import optax

        update = optax.with_extra_args_support(self.transformation).update
        takes = inspect.signature(update).parameters
        if all(each.kind is not inspect.Parameter.VAR_KEYWORD for each in takes.values()):
            told = {name: value for name, value in told.items() if name in takes}
        delta, inner = update(gradient, state.inner, params, **told)
        return delta, OptaxState(state.step + 1, inner)


def _differentiable(objective: Objective) -> Callable[[Tree], Array]:
    """The loss as a function of the parameters that JAX differentiates by the gradient that we give it."""
    import jax

    @jax.custom_vjp
    def value(params: Tree) -> Array:
        return objective(params)[0]

    def backward(gradient: Tree, factor: Array) -> tuple[Tree]:
        return (jax.tree.map(lambda g: g * factor, gradient),)

    value.defvjp(objective, backward)
    return value


def _alike(one: Tree, other: Tree) -> bool:
    """Whether two trees have the same structure, and arrays of the same shapes and types."""
    import jax

    (ones, structure), (others, same) = jax.tree.flatten(one), jax.tree.flatten(other)
    return structure == same and all(
        a.shape == b.shape and a.dtype == b.dtype for a, b in zip(ones, others, strict=True)
    )


def _told(error: Exception) -> str:
    """What an error of optax says, in one line, with the name of the transformation where it has it."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return f"{lines[0].replace('.<locals>', '')} ({type(error).__name__})"


def as_rule(thing: str | Rule | GradientTransformation | MultiSteps) -> Rule:
    """A rule from its name, a rule, or an optax `GradientTransformation`; raises ArgumentError for anything else.

    >>> as_rule("adam")
    Adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-08, efficient=False, epsilon_hat=False)
    """
    of_several_steps = getattr(thing, "gradient_transformation", None)  # optax.MultiSteps
    if of_several_steps is not None:
        thing = of_several_steps()
    if _is_of_optax(thing):
        return OptaxRule(thing)
    if isinstance(thing, type) and issubclass(thing, Rule):
        raise ArgumentError(f"optimizer is the class {thing.__name__}; give an object: {thing.__name__}()")
    return RULES.get(thing)


def _is_of_optax(thing: object) -> TypeGuard[GradientTransformation]:
    return isinstance(thing, tuple) and hasattr(thing, "init") and hasattr(thing, "update")


def to_optax(rule: Rule) -> GradientTransformationExtraArgs:
    """One of our rules as an optax `GradientTransformation`, for any tree of parameters that JAX knows.

    >>> import optax, thalweg as tw
    >>> chained = optax.chain(optax.clip(1.0), tw.to_optax(tw.GradientDescent(0.5)))
    >>> float(chained.update({"w": 4.0}, chained.init({"w": 0.0}), {"w": 0.0})[0]["w"])
    -0.5
    """
    import jax
    import optax

    def init(params: Tree) -> Tree:
        return rule.init(tuple(jax.tree.leaves(params)))

    def update(
        updates: Tree, state: Tree, params: Tree = None, *, value: Array | None = None, **_: object
    ) -> tuple[Tree, Tree]:
        leaves, structure = jax.tree.flatten(updates)
        delta, state = rule.update(tuple(leaves), state, tuple(jax.tree.leaves(params)), value)
        return jax.tree.unflatten(structure, list(delta)), state

    return optax.GradientTransformationExtraArgs(init, update)
