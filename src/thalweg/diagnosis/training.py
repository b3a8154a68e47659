"""What ails a training: curvature and learning rate, the flow of the gradient, the course of the losses; in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..core.arrays import Array
from ..core.kinds import check_count, takes_kinds
from ..core.losses import LOSSES, Loss
from ..core.network import Network, Parameters
from ..core.plain_data import JsonObject
from ..core.weighing import named_weights
from ..errors import ArgumentError, DataError
from ..notebook import InWords
from ..optimizers.full_batch import FullBatchRule, Problem
from ..optimizers.interop import as_rule
from ..optimizers.rule import RULES, Rule, RuleState
from ..optimizers.schedules import ReduceOnPlateau
from ..optimizers.stability import stability_bound
from ..surface.along_direction import ErrorAlongDirection
from ..surface.error_surface import Surface
from ..surface.loss_point import check_loss_point, named, part_of
from ..training.advice import share_of_an_update
from ..training.arguments import check_examples, default_loss
from ..training.curvature_spectrum import CurvatureSpectrum
from ..training.examples import Examples
from ..training.finding import Finding
from ..training.outcome import Outcome, copies
from ..training.recipe import Recipe
from ..training.run import Run
from .curvature import NOT_FINITE, along_largest, spectrum_at, surface_around
from .diagnosable import HasRun, IsFitted
from .flow import GradientFlow, gradient_flow
from .loss_curve import LossCurve
from .outcome_verdict import find_outcome, without_effects
from .rate_verdict import Steepness, find_rates
from .shown import diagnosis_in_html
from .trials import Trial

MOST_ROWS = 10_000
"""Of more examples so many, spread over them, are looked at."""


@dataclass(frozen=True, repr=False)
class Diagnosis(InWords):
    """What was found at the parameters of a network on examples.

    `F` is the error with the l2 penalty, and `gradient_norm` that of ∇F; `flow` and `gradient`, in the structure of the
    parameters, are those of F without the penalty. `spectrum` holds every eigenvalue of ∇²F, or some of either end.
    `learning_rate` and `momentum` are those of the rule's last update, `first_rate` that of its first; `stable_rate` is
    the largest stable rate at the parameters, `formula` what it is; None where the rule has none. `along` is F along
    the direction of the largest curvature, `surface` F over the plane of the gradient and that direction, None where it
    would take long. `loss_curve` is None where the losses are not known.
    """

    network: Network = field(repr=False)
    params: Parameters = field(repr=False)
    gradient: Parameters = field(repr=False)
    loss: str
    rule: str | None
    examples: int
    l2: float
    F: float
    gradient_norm: float
    spectrum: CurvatureSpectrum
    downhill: float | None
    """The curvature along the gradient, gᵀ∇²F g / gᵀg; None without a gradient."""
    learning_rate: float | None
    first_rate: float | None
    momentum: float | None
    stable_rate: float | None
    formula: str | None
    flow: GradientFlow
    along: ErrorAlongDirection
    surface: Surface | None
    loss_curve: LossCurve | None
    notes: tuple[str, ...] = ()
    outcome: tuple[Finding, ...] = ()
    """What is unusual about the answers beside the targets."""

    @property
    def lambda_max(self) -> float:
        """The largest eigenvalue of ∇²F."""
        return self.spectrum.lambda_max

    @property
    def lambda_min(self) -> float:
        """The smallest eigenvalue of ∇²F."""
        return self.spectrum.lambda_min

    def in_words(self) -> str:
        """The verdict."""
        return self.verdict

    def in_html(self) -> str:
        """The findings with their remedies, or that there are none; the numbers; the layers."""
        return diagnosis_in_html(self)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is unusual, and what to do about it; empty if nothing is."""
        curve, at = self.loss_curve, _steepness(self)
        told = (*(curve.findings if curve is not None else ()), *find_rates(at), *self.flow.findings)
        told = (*self.outcome, *told, *self._standing_still(at))
        return without_effects(told, converged=not at.descends or self.F == 0)

    def _standing_still(self, at: Steepness) -> tuple[Finding, ...]:
        """A loss that is what it was in the first epoch, though there is a way down."""
        curve = self.loss_curve
        if curve is None or not curve.stands_still or not at._replace(goes_on=True).descends:
            return ()
        text = (
            f"the training stands still: the loss is {curve.loss[-1]:.4g} after {curve.epochs} epochs, and was "
            f"{curve.loss[0]:.4g} in the first, though the error falls along the gradient"
        )
        remedy = "a larger learning rate; thalweg rates, or tw.rates_grid, tries many at once"
        return (Finding("standing still", (), text, remedy),)

    @property
    def verdict(self) -> str:
        """The findings in words, a line each; or that there are none, with what was looked at."""
        found = self.findings
        if found:
            return "\n".join(map(str, found))
        parts = [self.flow.verdict]
        if self.stable_rate is not None and self.learning_rate is not None and math.isfinite(self.stable_rate):
            share = self.learning_rate / self.stable_rate
            of = f"{share:.2g} of" if share < 1 else f"{share:.2g} times"
            edge = "" if share < 1 else ", at the edge that training tends to"
            parts.append(f"the learning rate {self.learning_rate:.3g} is {of} the largest stable one{edge}")
        if self.loss_curve is not None and self.loss_curve.steady:
            parts.append("the losses do not bounce")
        return "; ".join(parts)

    def to_dict(self) -> JsonObject:
        """Plain data for a file, without the parameters."""
        from ..files.model_file import plain

        told = {
            name: value.to_dict() if hasattr(value, "to_dict") else value
            for name, value in vars(self).items()
            if name not in ("network", "params", "gradient", "outcome")
        }
        findings = [vars(finding) for finding in self.findings]
        return plain({"verdict": self.verdict, "findings": findings, **told})


def diagnose(run: Run | HasRun | IsFitted, *, rows: int = MOST_ROWS, seed: int = 0) -> Diagnosis:
    """What ails a run: at the parameters that it left, on the examples that it was trained on, from its rule's state.

    Of more than `rows` examples, so many spread over them are looked at. Raises ArgumentError for a run that was
    loaded and so has no examples (`diagnose_network` takes them), and for one whose parameters are not finite.

    >>> import thalweg as tw
    >>> P = np.linspace(-1, 1, 40)[:, None]
    >>> run = tw.train(tw.mlp(1, 5, 1), P, P**2, optimizer=tw.GradientDescent(0.0001), batch_size="all", epochs=50)
    >>> [finding.kind for finding in tw.diagnose(run).findings]
    ['learning rate too small']

    Sources: NND P3.3 (learning rates); AIFH 6.5, NCSU (vanishing gradients, learning rates compared).
    """
    told = type(run).__name__
    run = getattr(run, "run_", getattr(run, "run", run))  # of an estimator, or of what tw.train_table returns
    if not isinstance(run, Run):
        raise ArgumentError(
            f"run is a {told}; it must be what tw.train or tw.train_table returns, or an estimator that was fitted"
        )
    check_count("rows", rows)
    check_count("seed", seed, 0)
    if run.recipe is None:
        raise ArgumentError("this run has no examples: use tw.diagnose_network with the arrays")
    loss_curve = LossCurve(run.history.loss, run.history.validation_loss, run.stopped_because, run.best_epoch)
    state = run.state if run.kept_epoch is None else None
    return diagnose_recipe(run.recipe, run.params, loss_curve, run.updates, state=state, rows=rows, seed=seed)


def diagnose_recipe(
    recipe: Recipe,
    params: Parameters,
    loss_curve: LossCurve | None,
    updates: int,
    *,
    state: RuleState | None = None,
    rows: int = MOST_ROWS,
    seed: int = 0,
    classes: Sequence[object] | None = None,
) -> Diagnosis:
    """`diagnose` of a run that a recipe came to after so many updates, with the state of its rule at the parameters.

    `classes` are the names of the classes.
    """
    inputs, T, weight = recipe.without_weightless().examples.dense()
    rule = recipe.rule if isinstance(recipe.rule, Rule) else None
    notes = []
    kept = None if loss_curve is None else loss_curve.kept_epoch
    if loss_curve is not None and kept is not None and kept < loss_curve.epochs:
        of = f"the parameters of epoch {kept:,}" if kept else "the initial parameters"
        notes.append(f"at {of}, which the training kept")
    if recipe.program.ties:
        notes.append("tied weights are looked at as if they were free")
    if recipe.hyperparameters.l1:
        notes.append("the l1 penalty is left out: it has no curvature")
    if recipe.program.drops:
        notes.append("dropout is left out")
    found = _diagnosed(
        recipe.program.net, recipe.program.loss, params, inputs, T, rule, recipe.updates_before + updates,
        recipe.batch_order.batch_size, weights=named_weights(weight), l2=recipe.penalties[1], state=state,
        loss_curve=loss_curve, rows=rows, seed=seed, notes=notes,
    )  # fmt: skip
    trial = Trial.of_recipe(recipe, 0 if loss_curve is None else loss_curve.epochs)
    started = copies(recipe.program.net, recipe.params)
    return _with_outcome(found, trial, Examples(inputs, T, weight), started=started, classes=classes)


@takes_kinds
def diagnose_network(
    net: Network,
    loss: str | Loss | None,
    params: Parameters,
    P: np.ndarray | Mapping[str, np.ndarray],
    T: np.ndarray,
    rule: str | Rule | None = None,
    *,
    batch_size: int | str = "all",
    updates: int = 0,
    sample_weight: Array | None = None,
    target_weight: Array | None = None,
    targets: str = "complete",
    l2: float = 0.0,
    loss_curve: LossCurve | None = None,
    rows: int = MOST_ROWS,
    seed: int = 0,
    classes: Sequence[object] | None = None,
) -> Diagnosis:
    """λ_max and the largest stable learning rate, gradient flow and saturation, at any parameters; with a verdict.

    Args:
        net: The network.
        loss: A name or object of `tw.losses`; None: the one that `tw.train` would take.
        params: The parameters, as `net.init()` gives them.
        P: Inputs (examples, features), or a mapping of one array for each input.
        T: Targets (examples, outputs).
        rule: The one whose learning rate is judged; None: no rate is judged.
        batch_size: Examples an update; it matters for a loss that is summed: F and all of its derivatives are then
            those of an average batch.
        updates: How many the rule has made: its rate is judged as it is in the last of them, or at the start.
        sample_weight: (examples,) weights of the examples; 2 counts as the example given twice.
        target_weight: (examples, outputs) weights of the single targets; 0 is as left out.
        targets: "complete", or "ignore_nan": a target that is NaN is missing, and has weight 0.
        l2: Adds (l2/2) Σ w² over the weights to F.
        loss_curve: The losses of the training, if they are known.
        rows: Of more examples, so many spread over them are looked at.
        seed: Of the search for the curvature.
        classes: The names of the classes, in the order of the outputs; of one sigmoid output, of 0 and 1.

    What the model answers is set beside the constant answer; a remedy for that was tried on this network, with `rule`
    or else adam, for a few hundred epochs.

    Raises ArgumentError and DataError for what does not fit, for no examples, and for parameters at which F is not
    finite.

    >>> import thalweg as tw
    >>> P, T = np.array([[-4.0, 2.0], [1.0, 2.0]]), np.array([[-1.0], [1.0]])
    >>> net = tw.Network({"p": 2}, [tw.Layer("a", 1, bias=False)])
    >>> found = diagnose_network(net, "sse", net.init(0), P, T, tw.GradientDescent(0.1))
    >>> print(found.verdict)
    the learning rate 0.1 is 2 times the largest stable one here, 2/λ_max = 0.05: along the sharpest direction each \
update overshoots further. Remedy: a learning rate below 0.05; thalweg rates, or tw.rates_grid, tries many at once

    Sources: NND P3.3 (learning rates); AIFH 6.5, NCSU (vanishing gradients).
    """
    checked = None if rule is None else as_rule(rule)
    if np.shape(T)[:1] == (0,):
        raise DataError("P has no examples: a diagnosis needs some")
    size = None if batch_size == "all" else check_count("batch_size", batch_size)
    found = _diagnosed(
        net, loss, params, P, T, checked, check_count("updates", updates) if updates else 0, size,
        weights={"sample_weight": sample_weight, "target_weight": target_weight, "targets": targets},
        l2=l2, state=None, loss_curve=loss_curve, rows=rows, seed=seed, notes=[],
    )  # fmt: skip
    of_loss: Loss = LOSSES.get(default_loss(net) if loss is None else loss)
    of_targets = {"target_weight": target_weight, "targets": targets}
    examples = check_examples(net, of_loss, P, T, sample_weight, "float64", **of_targets)
    epochs = 0 if loss_curve is None else loss_curve.epochs
    trial = Trial.of(net, of_loss, checked or RULES.get("adam"), size, examples, l2=l2, epochs=epochs)
    return _with_outcome(found, trial, examples, classes=classes)


def _diagnosed(
    net: Network, loss: str | Loss | None, params: Parameters, P: Array | Mapping[str, Array], T: Array,
    rule: Rule | None, updates: int, batch_size: int | None, *, weights: Mapping[str, Any], l2: float,
    state: RuleState | None, loss_curve: LossCurve | None, rows: int, seed: int, notes: list[str],
) -> Diagnosis:  # fmt: skip
    """What the error and its derivatives at some parameters say.

    Args:
        net, loss, params, P, T, l2: The network, where it is looked at, and the examples.
        rule, updates, state: The rule, how many updates it has made, and the state that they left, if they are known.
        batch_size: Of an update; None: all examples.
        weights: `sample_weight`, `target_weight` and `targets`, as in `train`.
        loss_curve: The losses of the training, if they are known.
        rows, seed: So many examples are looked at; of the eigenvalues' first vector.
        notes: What has been noted, to which more is added.
    """
    check_count("rows", rows)
    weights = {"sample_weight": None, **weights}
    problem, x = check_loss_point(net, loss, params, P, T, l2=l2, **weights)
    count = len(problem.T)
    if count > rows:
        notes.append(f"{rows:,} of {count:,} examples were looked at, spread over them")
        problem = part_of(problem, np.linspace(0, count - 1, rows).round().astype(np.intp))
    batch_size = count if batch_size is None else min(batch_size, count)
    share = share_of_an_update(problem.loss, len(problem.T), batch_size)
    if share != 1.0:
        of = f"an average batch of {batch_size:,}" if batch_size < count else "all examples"
        notes.append(f"{named(LOSSES, problem.loss)} is summed: the error and its derivatives are those of {of}")
        weight = np.ones(len(problem.T)) if problem.weight is None else problem.weight
        problem = Problem(net, problem.loss, problem.inputs, problem.T, share * weight, problem.l2)
    with np.errstate(all="ignore"):
        F, g = problem.gradient(x)
        gg = float(g @ g)
        downhill = float(g @ problem.hessian_product(x, g)) / gg if gg > 0 else None
    if not (np.isfinite(F) and np.isfinite(gg)):
        raise DataError("the error at the parameters is not finite: use smaller parameters, or scale the columns")
    spectrum = spectrum_at(problem, x, seed)
    if not np.isfinite(spectrum.eigenvalues).all():
        raise DataError(NOT_FINITE)
    if not spectrum.converged:
        notes.append(f"after {spectrum.products} products with the Hessian its eigenvalues are not yet exact")
    first, rate, bound = None, None, None
    if rule is not None and not isinstance(rule, FullBatchRule):
        if updates and isinstance(getattr(rule, "learning_rate", None), ReduceOnPlateau):
            notes.append("the learning rate is not judged: plateaus may have reduced it")
        else:
            first, rate = (getattr(rule.at(step), "learning_rate", None) for step in (0, max(0, updates - 1)))
        rule = rule.at(max(0, updates - 1))
        bound = stability_bound(rule)
    stable = None
    if bound is not None:
        stable = bound.factor / spectrum.lambda_max if spectrum.lambda_max > 0 else float("inf")
    at = net.unravel(x)
    of_loss = (net, problem.loss, at, problem.inputs, problem.T)
    weighed: dict[str, Any] = named_weights(problem.weight)
    along = along_largest(problem, x, spectrum, l2)
    return Diagnosis(
        network=net,
        params=params,
        loss=named(LOSSES, problem.loss),
        rule=None if rule is None else named(RULES, rule),
        examples=len(problem.T),
        l2=l2,
        F=float(F),
        gradient_norm=gg**0.5,
        gradient=net.unravel(g if problem.l2 is None else g - problem.l2 * x * problem.penalized(x)),
        spectrum=spectrum,
        downhill=downhill,
        learning_rate=rate,
        first_rate=first,
        momentum=getattr(rule, "momentum", None),
        stable_rate=stable,
        formula=None if bound is None else bound.formula,
        flow=gradient_flow(*of_loss, rule if state is not None else None, state=state, **weighed),
        along=along,
        surface=surface_around(problem, x, g, spectrum, l2, along.steps[-1]),
        loss_curve=loss_curve
        if loss_curve is None
        else replace(loss_curve, dropout=any(layer.dropout for layer in net.layers)),
        notes=tuple(notes),
    )


def _steepness(found: Diagnosis) -> Steepness:
    """Slope and curvature at the parameters, as the rule meets them."""
    curve = found.loss_curve
    return Steepness(
        found.F, found.gradient_norm, found.lambda_max, found.lambda_min, found.downhill, found.learning_rate,
        found.first_rate, found.momentum or 0.0, found.stable_rate, found.formula, curve is None or curve.cut_short,
        curve is not None and curve.rises,
    )  # fmt: skip


def _with_outcome(
    found: Diagnosis, trial: Trial, examples: Examples, *, started: Mapping[str, int] | None = None,
    classes: Sequence[object] | None,
) -> Diagnosis:  # fmt: skip
    """The diagnosis with what is unusual about the answers."""
    outcome = Outcome.of(found.network, found.params, examples)
    others = {finding.kind for finding in found.findings}
    told = find_outcome(
        trial, outcome, found.params, others, started=started, curve=found.loss_curve,
        stationary=_steepness(found).stationary, classes=classes,
    )  # fmt: skip
    return replace(found, outcome=told)
