"""What a training came to, beside the constant answer; each finding with what was seen to help on this network."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..core.network import Parameters
from ..training.finding import Finding
from ..training.outcome import Outcome, plain, settled
from ..training.reach import targets_in_reach
from . import remedies
from .loss_curve import LossCurve
from .trials import Trial

STUCK = 0.9
"""A loss has stopped far above 0 if less than this share of the targets is explained."""
STUCK_LEFT = 1 / 3
"""... and another seed or more units leave at most so much of the rest."""
_RATES = frozenset(
    {"diverged", "learning rate too large", "learning rate too small", "standing still", "bouncing", "rising"}
    | {"still falling", "not finite", "unscaled targets"}
)
"""Findings that say themselves why a model has not learned more."""
_OF_INPUTS = {"saturation", "vanishing", "exploding", "saddle", "ravine", "no gradient", "dead units", "never fell",
              "learning rate too small", "learning rate too large", "rising", "standing still", "large updates",
              "small updates"}  # fmt: skip
"""Inputs that are large, or far apart, saturate units, and make the curvature what it is, by which a rate is judged."""
_CAUSES = {
    "out of reach": {"learning rate too small", "standing still", "still falling", "ravine", "saddle", "saturation",
                     "vanishing", "exploding", "stuck outputs", "no gradient", "dead units", "small updates",
                     "never fell", "unscaled targets"},
    "dead output": {"no gradient", "saddle", "ravine", "saturation", "vanishing", "dead units", "small updates",
                    "standing still", "unscaled targets", "never fell"},
    "copies": {"no gradient", "saddle", "ravine", "vanishing", "saturation", "small updates"},
    "stuck": {"no gradient", "saddle", "ravine", "saturation", "vanishing", "stuck outputs", "small updates"},
    "no better than a constant": {"saddle", "ravine", "saturation", "small updates", "no gradient"},
    "outliers": _OF_INPUTS,  # told where scaled inputs were tried, at the same rate, and helped
    "unscaled inputs": _OF_INPUTS,
}  # fmt: skip
"""What each finding is the cause of, so that the remedies for that would lead nowhere, or in a circle."""


def effects_of(kinds: Collection[str]) -> set[str]:
    """The kinds of findings of which one of these tells the cause."""
    return {effect for kind in kinds for effect in _CAUSES.get(kind, ())}


def without_effects(findings: tuple[Finding, ...], *, converged: bool) -> tuple[Finding, ...]:
    """The findings without those of which another tells the cause, and without updates that are small as they ought."""
    kinds = {finding.kind for finding in findings}
    omitted = effects_of(kinds)
    if "learning rate too large" in kinds:
        omitted |= {"rising", "large updates"}
        findings = tuple(replace(f, remedy="a smaller learning rate") if f.kind == "diverged" else f for f in findings)
    if converged or kinds & {"learning rate too small", "standing still"}:
        omitted.add("small updates")
    if "learning rate too small" in kinds or "learning rate too large" in kinds or "vanishing" in kinds:
        omitted.add("standing still")
    if "unscaled targets" in kinds:
        omitted |= {"saddle", "saturation", "vanishing", "exploding", "standing still"}
    return tuple(finding for finding in findings if finding.kind not in omitted)


def find_outcome(
    trial: Trial, outcome: Outcome, params: Parameters, others: Collection[str], *,
    started: Mapping[str, int] | None, curve: LossCurve | None, stationary: bool, classes: Sequence[object] | None,
) -> tuple[Finding, ...]:  # fmt: skip
    """What is plain of an outcome, or whether the loss is stuck, with remedies that were tried.

    `others` are the kinds of what was found of rates and losses, `started` the copies there were before the training,
    `stationary` tells whether the gradient has all but vanished, `classes` are the names of the classes.
    """
    if "diverged" in others or "not finite" in others:
        return ()
    before = trial.judged(outcome.net, params)
    reach = targets_in_reach(outcome.net, outcome.T, outcome.weight)
    if reach:
        attempts = remedies.all_of(trial, remedies.other_outputs, remedies.scaled_targets)
        return (replace(reach[0], remedy=_first(before, attempts, reach[0].remedy)),)
    rests = stationary if curve is None else not curve.cut_short or settled(curve.loss)
    found = []
    for finding in plain(outcome, params, started=started, settled=rests, classes=classes, poor=STUCK):
        match finding.kind:
            case "dead output":
                attempts = remedies.all_of(trial, remedies.other_outputs)
                found.append(replace(finding, remedy=_first(before, attempts, finding.remedy)))
            case "copies":
                attempts = remedies.all_of(trial, remedies.at_random)
                found.append(replace(finding, remedy=_first(before, attempts, finding.remedy)))
            case "outliers" | "unscaled inputs":
                remedy, helped = remedies.tried(before, remedies.all_of(trial, remedies.scaled_inputs))
                if helped:
                    return (*found, replace(finding, remedy=remedy))
            case _ if not _RATES & set(others):
                found.append(replace(finding, remedy=_tried(trial, outcome, before, classes)))
    if found or not rests or _RATES & set(others) or len(outcome.net.layers) == 1:
        return tuple(found)
    return _stuck(trial, outcome, before, curve)


def _tried(trial: Trial, outcome: Outcome, before: Outcome, classes: Sequence[object] | None) -> str:
    """What helps a model that is no better than a constant."""
    if outcome.classifies and np.ptp(outcome.chosen(outcome.passed.output)) == 0 and outcome.explained > 0.01:
        return remedies.rare_class(outcome, trial, classes or range(outcome.classes))
    kinds = (remedies.without_penalty, remedies.non_linear, remedies.more_units, remedies.leaky)
    hidden = len(trial.net.layers) > 1
    return remedies.tried(before, remedies.all_of(trial, *kinds), seeds=trial if hidden else None)[0]


def _stuck(trial: Trial, outcome: Outcome, before: Outcome, curve: LossCurve | None) -> tuple[Finding, ...]:
    """A loss that has stopped far above 0, if another seed or more hidden units go much farther down."""
    if not outcome.varies or outcome.explained >= STUCK or before.explained >= STUCK or not trial.affordable:
        return ()
    attempts = remedies.all_of(trial, remedies.more_units)
    remedy, helped = remedies.tried(before, attempts, left=STUCK_LEFT, seeds=trial)
    if not helped:
        return ()
    at = "" if curve is None or not curve.epochs else f" at {curve.loss[-1]:.3g}"
    text = f"the loss has stopped falling{at}, far above 0 ({outcome.explained_told}): a local minimum or a plateau"
    return (Finding("stuck", (), text, remedy),)


def _first(before: Outcome, attempts: list[remedies.Attempt], otherwise: str) -> str:
    """What helped of the attempts; if none could be tried, what the texts advise."""
    remedy, helped = remedies.tried(before, attempts)
    return remedy if helped else otherwise
