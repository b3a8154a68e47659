"""Opening a step: all its values come from what trains.

The forward phase, the sensitivities and the gradient are those of `core.propagation`, the update is the rule's own.
Nothing is computed a second way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.activations.formula import Formula
from ...core.arrays import Array, Tree, finite_array, number_array, tree_map
from ...core.checked import check_inputs, check_targets
from ...core.losses import LOSSES, Loss
from ...core.network import Network, Parameters
from ...core.propagation import Forward, backward_phase, forward_phase
from ...core.weighing import example_factors, finite_targets, total_weight, weigh_targets
from ...errors import ArgumentError
from ...optimizers.bayesian_regularization import BayesianRegularization
from ...optimizers.full_batch import FullBatchRule, Problem
from ...optimizers.interop import OptaxRule, as_rule
from ...optimizers.rule import RULES, Rule, check_state
from ...registry import title_of
from ...training.arguments import check_full_batch, missing_targets
from .conventions import Conventions, check_shared, objective, refuse_for
from .damped import damped_system
from .held import held_of
from .held_problem import HeldProblem
from .masks import check_masks
from .rates import update_by_layer, updated
from .values import StepValues, summed

if TYPE_CHECKING:
    from optax import GradientTransformation


def open_values(
    net: Network,
    loss: str | Loss,
    params: Parameters,
    P: Array | Mapping[str, Array],
    T: Array | None,
    rule: str | Rule | GradientTransformation,
    state: Tree,
    *,
    sample_weight: Array | None,
    target_weight: Array | None,
    targets: str,
    l1: float,
    l2: float,
    masks: Mapping[str, np.ndarray] | None,
    number: int | None,
    rows: np.ndarray | None,
    fixed: Sequence[str],
    conventions: Conventions,
) -> StepValues:
    """The values of the step that a rule makes from the parameters on these examples.

    Args:
        net, loss, params, P, T, rule, state: As in `worked_step`.
        sample_weight, target_weight, targets, l1, l2, masks, number, rows, fixed: As there.
        conventions: Which layers share a bias, what is penalized, and the rates of layers.
    """
    checked: Loss = LOSSES.get(loss)
    checked.check(net.output.activation)
    used: Rule = as_rule(rule)
    net.check_parameters(params)
    x = np.asarray(net.ravel(params))
    params = net.unravel(x)
    inputs = {name: np.asarray(p, dtype=x.dtype) for name, p in check_inputs(net, P).items()}
    examples = len(next(iter(inputs.values())))
    if T is None:
        if checked.uses_targets:
            raise ArgumentError(f"T is None; loss {LOSSES.name_of(checked)!r} needs targets")
        T = np.zeros((examples, net.output.size))
    T = np.asarray(check_targets(net, T, examples, number_array))
    masks = check_masks(net, masks, examples, x.dtype)
    if not len(T):
        raise ArgumentError("P has no examples: a step needs at least one")
    weight = sample_weight
    if weight is not None:
        weight = np.asarray(finite_array("sample_weight", sample_weight), dtype=x.dtype)
    if weight is not None and weight.shape != (len(T),):
        raise ArgumentError(f"sample_weight has shape {weight.shape}; P has {len(T)} examples")
    missing = missing_targets(T, targets)
    T, weight = weigh_targets("", checked, T, weight, target_weight, targets)
    T = np.asarray(finite_targets("T", T), dtype=x.dtype)
    weight = None if weight is None else np.asarray(weight, dtype=x.dtype)
    if state is not None and not isinstance(used, OptaxRule):
        check_state(used, state, x)
    held = held_of(net, fixed)
    name = RULES.name_of(used) if RULES.has(used) else title_of(used)
    if isinstance(used, FullBatchRule | OptaxRule):
        refuse_for(name, conventions)
    if held is not None and isinstance(used, BayesianRegularization | OptaxRule):
        raise ArgumentError(
            f"fixed: {name} weighs or moves all parameters together and can hold none: take another rule, such as "
            "lm or gd"
        )
    if isinstance(used, OptaxRule):
        state = state if state is None else state._replace(step=int(state.step))
    else:
        state = used.init(x) if state is None else _flat(net, state)
    check_shared(conventions.shared_bias, params, None if held is None else net.unravel(held))
    divisor = len(T) if conventions.penalty_over == "examples" else 1
    penalties: dict[str, float | None] = {"l1": l1 / divisor if l1 else None, "l2": l2 / divisor if l2 else None}
    own = summed(checked)
    with np.errstate(all="ignore"):
        passed = forward_phase(net, params, inputs, masks)
        for layer in net.layers:
            if isinstance(layer.activation, Formula):
                layer.activation.check_net_inputs(passed.net_inputs[layer.name], f"a net input of layer {layer.name!r}")
        share = example_factors(own, net.output.size, len(T), None)
        of_targets = weight if weight is not None and weight.ndim == 2 else None
        errors = example_errors(net, checked, passed, T, of_targets)
        if of_targets is None:
            factors = np.ravel(example_factors(checked, net.output.size, len(T), weight)) / share
        else:
            factors = 1.0 / total_weight(of_targets) if checked.reduction == "mean" else 1.0
        factors = np.broadcast_to(factors, (len(T),))

        def at(params: Parameters) -> tuple[Any, Parameters]:
            return objective(net, checked, params, inputs, T, weight, masks, conventions, **penalties)

        F, gradient = at(params)
        if isinstance(used, FullBatchRule):
            of_all = net, checked, inputs, T, weight, penalties["l2"]
            problem = Problem(*of_all) if held is None else HeldProblem(*of_all, held=held)
            check_full_batch(used, net, checked, "all", l1)
            now = used.at(state.step)
            new_x, new_state, _ = now.search(problem, state, x)
            new_x = new_x if held is None else np.where(held, x, new_x)
            delta = new_x - x
            parts = now.quantities(state, new_state, delta)
            system = damped_system(now, problem, state, new_state, x)
        elif isinstance(used, OptaxRule):
            state, delta, new_state = _by_optax(net, used, at, state, params, x)
            new_x, system, parts = x + delta, None, {"delta": delta}
        else:
            g, value = net.ravel(gradient), np.asarray(F)
            g = g if held is None else np.where(held, 0.0, g).astype(x.dtype)
            if conventions.learning_rates is None:
                delta, new_state, parts = updated(used, g, state, x, value)
            else:
                delta, new_state, parts = update_by_layer(net, used, conventions.learning_rates, g, state, x, value)
            delta = delta if held is None else np.where(held, 0.0, delta).astype(x.dtype)
            new_x, system = x + delta, None
            parts = {**parts, "delta": delta}
        after = at(net.unravel(new_x))[0]
        sensitivities = backward_phase(net, own, params, passed, T, of_targets, masks)
    return StepValues(
        network=net,
        loss=checked,
        rule=used,
        inputs=inputs,
        targets=T,
        weight=weight,
        masks=masks,
        l1=penalties["l1"],
        l2=penalties["l2"],
        params=params,
        state=_shaped(net, state, x),
        passed=passed,
        errors=errors,
        sensitivities=sensitivities,
        factors=factors,
        value=float(F),
        gradient=gradient,
        parts={name: _shaped(net, part, x) for name, part in parts.items()},
        system=system,
        delta=net.unravel(delta),
        new_params=net.unravel(new_x),
        new_state=_shaped(net, new_state, x),
        value_after=float(after),
        number=int(state.step) + 1 if number is None else number,
        rows=rows,
        held=None if held is None else net.unravel(held.astype(x.dtype)),
        fixed=tuple(fixed),
        missing=missing,
        conventions=conventions,
        penalty_divisor=divisor,
    )


def example_errors(
    net: Network, loss: Loss, passed: Forward, T: np.ndarray, of_targets: np.ndarray | None
) -> np.ndarray:
    """Each example's own error (examples,), its targets weighed if they have weights of their own."""
    last = net.output
    terms = loss.terms(last.activation, passed.net_inputs[last.name], passed.output, T)
    terms = terms if of_targets is None else terms * of_targets
    return terms.sum(axis=1) * example_factors(summed(loss), last.size, len(T), None)


def _by_optax(
    net: Network, rule: OptaxRule, objective: Any, state: Any, params: Parameters, x: np.ndarray
) -> tuple[Any, np.ndarray, Any]:
    """The state before, the update as a vector, and the state after, of a rule of optax, which sees the tree."""
    from ...training.programs import jax_step_by_step

    jax = jax_step_by_step(net)
    with jax.enable_x64(x.dtype == np.float64):
        state = rule.init(params) if state is None else jax.tree.map(jax.numpy.asarray, state)
        state = state._replace(step=int(state.step))
        _, _, delta, after = rule.step(objective, state, params)
        return state, np.asarray(net.ravel(delta)), after


def _flat(net: Network, state: Any) -> Any:
    """A state whose parts in the structure of the parameters are vectors, within other parts too; its step a number."""

    def of(part: Any) -> Any:
        if isinstance(part, dict):
            return np.asarray(net.ravel(part))
        return type(part)(*map(of, part)) if hasattr(part, "_fields") else part

    return of(state)._replace(step=int(state.step))


def _shaped(net: Network, value: Any, x: np.ndarray) -> Any:
    """Vectors of all parameters in the network's structure, alone or in a state."""
    if hasattr(value, "_fields"):
        return type(value)(*(_shaped(net, part, x) for part in value))
    if isinstance(value, tuple | dict):
        return tree_map(lambda part: part, value)
    return net.unravel(value) if getattr(value, "shape", None) == x.shape else value
