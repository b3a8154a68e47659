"""A training step replayed: every quantity between the parameters before it and those after, each by its name.

All values come from what trains: the forward phase, the sensitivities and the gradient of `core.propagation`, and the
update of the rule. Nothing is computed a second way.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.activation import Elementwise
from ..core.arrays import Array, tree_map
from ..core.losses import LOSSES, Loss, example_factors
from ..core.network import Layer, Network, Parameters
from ..core.propagation import Forward, check_inputs, check_targets, run_backward, run_forward, run_gradient
from ..errors import ArgumentError, unknown
from ..optimizers.full_batch import FullBatchRule, Problem
from ..optimizers.levenberg_marquardt import LevenbergMarquardt, damped_step, stacked_step
from ..optimizers.rule import RULES, Rule
from ..optimizers.shown import ShownRule
from ..training.arguments import check_full_batch
from .neuron import BackTerm, Neuron, Term

if TYPE_CHECKING:
    from .document import Document


@dataclass(frozen=True)
class DampedSystem:
    """The linear system of a Levenberg-Marquardt step: (JᵀJ + mu I) δ = -Jᵀr, and the bent step that may be taken."""

    mu: float
    matrix: np.ndarray
    """JᵀJ, half the Gauss-Newton matrix of F."""
    right: np.ndarray
    """-Jᵀr, half the negative gradient."""
    delta: np.ndarray
    bent: bool
    """Whether the step taken is δ bent as the residuals bend."""
    accepted: bool


@dataclass(frozen=True, eq=False)
class WorkedStep:
    """One step of training, replayed. Arrays are those that were computed; `neuron` and `document` look at parts of it.

    `sensitivities` are those of each example's own error, before the examples are combined: F = Σ_q `factors`[q] times
    `errors`[q], and so the gradient. `gradient` holds the penalties; `parts` every quantity of the rule's update in the
    order in which they follow, in the structure of the parameters or a number for all; `value` and `value_after` are F
    at the parameters before and after. `number` counts the updates of a run from 1.
    """

    network: Network
    loss: Loss
    rule: Rule
    inputs: Mapping[str, np.ndarray]
    targets: np.ndarray
    weight: np.ndarray | None
    masks: Mapping[str, np.ndarray] | None
    l1: float | None
    l2: float | None
    params: Parameters
    state: Any
    passed: Forward
    errors: np.ndarray
    sensitivities: Mapping[str, np.ndarray]
    factors: np.ndarray
    value: float
    gradient: Parameters
    parts: Mapping[str, Any]
    system: DampedSystem | None
    delta: Parameters
    new_params: Parameters
    new_state: Any
    value_after: float
    number: int = 1
    title: str = ""
    notation: str = "nnd"
    """The notation in which it is shown unless another is asked for."""
    rows: np.ndarray | None = None
    """The row of each example in the data, counted from 0; None: as they stand."""
    notes: tuple[str, ...] = ()

    @property
    def examples(self) -> int:
        """The number of examples."""
        return self.targets.shape[0]

    def layer(self, name: str) -> Layer:
        """A layer by name; raises ArgumentError for an unknown one."""
        for layer in self.network.layers:
            if layer.name == name:
                return layer
        raise ArgumentError(unknown("layer", name, [layer.name for layer in self.network.layers]))

    def neuron(self, layer: str, index: int, example: int = 0) -> Neuron:
        """A unit in an example, both counted from 0; raises ArgumentError for one that does not exist.

        >>> import numpy as np, thalweg as tw
        >>> net = tw.mlp(2, 1)
        >>> step = tw.worked_step(net, "sse", net.unravel(np.array([2.0, 3.0, 1.0])), [[1.0, 1.0]], [[5.0]])
        >>> step.neuron("layer1", 0).terms[1]
        Term(source='input', index=1, weight=3.0, sent=1.0)
        """
        found = self.layer(layer)
        if not 0 <= index < found.size:
            raise ArgumentError(f"neuron {index}: layer {layer!r} has {found.size}, 0 to {found.size - 1}")
        q = self.check_example(example)
        weights, bias = self.params[layer]
        n, a = self.passed.net_inputs[layer][q], self.passed.outputs[layer][q]
        slope = None
        if isinstance(found.activation, Elementwise):
            slope = float(found.activation.backpropagate(n, a, np.ones_like(n))[index])
        masked = self.masks is not None and found.dropout
        return Neuron(
            layer=layer,
            index=index,
            example=q,
            terms=tuple(
                Term(source, j, float(W[index, j]), float(self.passed.sent[source][q, j]))
                for source, W in weights.items()
                for j in range(W.shape[1])
            ),
            bias=None if bias is None else float(bias[index]),
            net_input=float(n[index]),
            output=float(a[index]),
            slope=slope,
            mask=float(self.masks[layer][q, index]) if self.masks is not None and masked else None,
            back=tuple(
                BackTerm(
                    after,
                    k,
                    float(self.params[after].weights[layer][k, index]),
                    float(self.sensitivities[after][q, k]),
                )
                for after in self.network.fed_by[layer]
                for k in range(self.network.sizes[after])
            ),
            sensitivity=float(self.sensitivities[layer][q, index]),
        )

    def example_gradient(self, *examples: int) -> Parameters:
        """The gradient of the error of an example alone, or the sum of those of several; without penalties."""
        rows = np.asarray([self.check_example(q) for q in examples])
        return run_gradient(
            self.network,
            _summed(self.loss),
            self.params,
            {name: p[rows] for name, p in self.inputs.items()},
            self.targets[rows],
            None,
            None if self.masks is None else {name: mask[rows] for name, mask in self.masks.items()},
        )[1]

    def check_example(self, example: int) -> int:
        """The number of an example; raises ArgumentError for one that does not exist."""
        if not 0 <= example < self.examples:
            raise ArgumentError(f"example {example}: the step has {self.examples}, 0 to {self.examples - 1}")
        return example

    def document(self, notation: str | None = None, **view: Any) -> Document:
        """The worked calculation as sections of lines, in a notation; `view` holds fields of `View`."""
        from .document import write_document
        from .view import View

        return write_document(self, notation or self.notation, View(**view))

    def show(self, notation: str | None = None, **view: Any) -> str:
        """The worked calculation as plain text.

        >>> import numpy as np, thalweg as tw
        >>> net = tw.mlp(1, 1)
        >>> params = net.unravel(np.array([2.0, 0.0]))
        >>> step = tw.worked_step(net, "sse", params, [[3.0]], [[5.0]], tw.GradientDescent(0.1))
        >>> [line for line in step.show("nnd").splitlines() if line.startswith("  n")]
        ['  n¹₁  net input: what comes into the first unit of a layer', '  n¹₁ = w¹₁,₁ p₁ + b¹₁ = (2)(3) + 0 = 6']
        """
        from .render_text import render_text

        return render_text(self.document(notation, **view))

    def to_markdown(self, notation: str | None = None, **view: Any) -> str:
        """The worked calculation as Markdown with LaTeX formulas."""
        from .render_markdown import render_markdown

        return render_markdown(self.document(notation, **view))

    def to_latex(self, notation: str | None = None, **view: Any) -> str:
        """The worked calculation as a LaTeX article."""
        from .render_latex import render_latex

        return render_latex(self.document(notation, **view))

    def to_html(self, notation: str | None = None, **view: Any) -> str:
        """The worked calculation as one HTML page that needs nothing else."""
        from .render_html import render_html

        return render_html(self.document(notation, **view))

    def to_dict(self, notation: str | None = None, **view: Any) -> dict[str, Any]:
        """The worked calculation as plain data."""
        return self.document(notation, **view).to_dict()

    def _repr_html_(self) -> str:
        from .render_html import render_fragment

        return render_fragment(self.document())

    def _repr_latex_(self) -> str:
        from .render_latex import render_formulas

        return render_formulas(self.document())

    def __repr__(self) -> str:
        return (
            f"WorkedStep({type(self.rule).__name__}, {LOSSES.name_of(self.loss)!r}, {self.examples} examples, "
            f"F {self.value:g} -> {self.value_after:g}; print(step.show()) shows it)"
        )


def worked_step(
    net: Network,
    loss: str | Loss,
    params: Parameters,
    P: Array | Mapping[str, Array],
    T: Array,
    rule: str | Rule = "gd",
    state: Any = None,
    *,
    sample_weight: Array | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
    masks: Mapping[str, np.ndarray] | None = None,
    number: int | None = None,
    title: str = "",
    notation: str = "nnd",
    rows: np.ndarray | None = None,
    notes: tuple[str, ...] = (),
) -> WorkedStep:
    """Open the step that a rule makes from the parameters on these examples: P (examples, features), T the targets.

    In the type of the parameters. `state` is the rule's, in the structure of the parameters or as one vector; None:
    before its first update. Raises ArgumentError for what does not fit together.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> params = net.unravel(np.array([2.0, 0.0]))
    >>> step = tw.worked_step(net, "sse", params, [[3.0]], [[5.0]], tw.GradientDescent(0.1))
    >>> step.gradient["layer1"].weights["input"], step.new_params["layer1"].bias
    (array([[6.]]), array([-0.2]))

    Source: docs/sources.md.
    """
    checked: Loss = LOSSES.get(loss)
    checked.check(net.output.activation)
    used: Rule = RULES.get(rule)
    net.check_parameters(params)
    x = np.asarray(net.ravel(params))
    params = net.unravel(x)
    given = P if isinstance(P, Mapping) else np.asarray(P)
    inputs = {name: np.asarray(p, dtype=x.dtype) for name, p in check_inputs(net, given).items()}
    T = np.asarray(check_targets(net, np.asarray(T), len(next(iter(inputs.values())))), dtype=x.dtype)
    if not len(T):
        raise ArgumentError("P has no examples: a step needs at least one")
    weight = None if sample_weight is None else np.asarray(sample_weight, dtype=x.dtype)
    if weight is not None and weight.shape != (len(T),):
        raise ArgumentError(f"sample_weight has shape {weight.shape}; P has {len(T)} examples")
    state = used.init(x) if state is None else _flat(net, state)
    penalties = {"l1": l1 or None, "l2": l2 or None}
    own = _summed(checked)
    with np.errstate(all="ignore"):
        passed = run_forward(net, params, inputs, masks)
        last = net.output
        share = example_factors(own, last.size, len(T), None)
        terms = checked.terms(last.activation, passed.net_inputs[last.name], passed.output, T)
        factors = np.broadcast_to(np.ravel(example_factors(checked, last.size, len(T), weight)), (len(T),)) / share
        F, gradient = run_gradient(net, checked, params, inputs, T, weight, masks, **penalties)
        if isinstance(used, FullBatchRule):
            problem = Problem(net, checked, inputs, T, weight, penalties["l2"])
            check_full_batch(used, net, checked, "all", l1)
            new_x, new_state, _ = used.search(problem, state, x)
            delta, parts = new_x - x, {}
            system = _damped_system(used, problem, state, new_state, x)
        else:
            g, value = net.ravel(gradient), np.asarray(F)
            delta, new_state = used.update(g, state, x, value)
            new_x, system = x + delta, None
            parts = _parts(used, g, state, x, value, new_state, delta)
        after = run_gradient(net, checked, net.unravel(new_x), inputs, T, weight, masks, **penalties)[0]
    return WorkedStep(
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
        errors=terms.sum(axis=1) * share,
        sensitivities=run_backward(net, own, params, passed, T, None, masks),
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
        title=title,
        notation=notation,
        rows=rows,
        notes=notes,
    )


def _summed(loss: Loss) -> Loss:
    """The loss whose value for one example is that example's own error."""
    return dataclasses.replace(loss, reduction="sum")


def _parts(rule: Rule, g: Any, state: Any, x: Any, value: Any, new_state: Any, delta: Any) -> dict[str, Any]:
    """Every quantity of an update by name: what the rule shows, or what its state keeps; `delta` is the last."""
    if isinstance(rule, ShownRule):
        return rule.parts(g, state, x, value)
    kept = {name: part for name, part in new_state._asdict().items() if name not in ("step", "delta")}
    return {**kept, "delta": delta}


def _damped_system(rule: Rule, problem: Problem, state: Any, new_state: Any, x: np.ndarray) -> DampedSystem | None:
    """The system that gave the last step tried, by the functions that gave it."""
    if not isinstance(rule, LevenbergMarquardt):
        return None
    accepted = bool(new_state.accepted)
    mu = float(new_state.mu) / float(rule.mu_decrease if accepted else rule.mu_increase)
    _, g, G = problem.gauss_newton(x)
    bend = (lambda v: problem.bend(x, v)) if rule.acceleration else None
    at = np.asarray(mu, dtype=x.dtype)
    step = damped_step(g, G, at, lambda mu: stacked_step(problem, x, mu), bend)
    return DampedSystem(mu, 0.5 * G, -0.5 * g, np.asarray(step.delta), bool(new_state.bent), accepted)


def _flat(net: Network, state: Any) -> Any:
    """A state whose parts in the structure of the parameters are vectors; its step a plain number."""
    parts = {
        name: np.asarray(net.ravel(part)) if isinstance(part, dict) else part for name, part in state._asdict().items()
    }
    return type(state)(**{**parts, "step": int(parts["step"])})


def _shaped(net: Network, value: Any, x: np.ndarray) -> Any:
    """Vectors of all parameters in the network's structure, alone or in a state."""
    if hasattr(value, "_fields"):
        return type(value)(*(_shaped(net, part, x) for part in value))
    if isinstance(value, tuple | dict):
        return tree_map(lambda part: part, value)
    return net.unravel(value) if getattr(value, "shape", None) == x.shape else value
