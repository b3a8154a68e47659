"""What a run that diverged is told: how large a learning rate the curvature allows at the parameters that it keeps."""

from __future__ import annotations

import numpy as np

from ..core.losses import Loss
from ..core.network import Parameters
from ..optimizers.stability import stability_bound
from .curvature_spectrum import Question, find_spectrum
from .examples import Examples
from .recipe import Recipe

_OPERATIONS = 4e9
"""What the search for λ_max may cost, in multiplications: a fraction of a second."""
_PRODUCTS = 24
_FEWEST_EXAMPLES = 32
_MOST_EXAMPLES = 1 << 16
"""Of a small network too: its activations cost more than its multiplications."""


def stable_rate_advice(recipe: Recipe, params: Parameters) -> str:
    """The largest stable learning rate of a run's rule, from λ_max at some parameters, as the end of a sentence.

    Empty for a rule without such a bound, and where λ_max would cost too much or is not above 0. It is taken over as
    many examples as a fraction of a second allows.
    """
    net, examples = recipe.program.net, recipe.examples
    bound = stability_bound(recipe.rule)
    total = len(examples.T)
    affordable = min(_MOST_EXAMPLES, int(_OPERATIONS / (6 * _PRODUCTS * net.parameter_count)))
    if bound is None or recipe.program.ties or affordable < min(_FEWEST_EXAMPLES, total):
        return ""
    if total > affordable:
        rows = np.sort(np.random.default_rng(0).choice(total, affordable, replace=False))
        weight = None if examples.weight is None else examples.weight[rows]
        examples = Examples({name: P[rows] for name, P in examples.inputs.items()}, examples.T[rows], weight)
    seen = share_of_an_update(recipe.program.loss, len(examples.T), recipe.batch_order.batch_size)
    found = find_spectrum(
        net, recipe.program.loss, params, examples, Question(),
        l2=recipe.penalties[1] / seen, tolerance=1e-3, most_products=_PRODUCTS, dtype="float64", engine="numpy",
    )  # fmt: skip
    lambda_max = found.lambda_max * seen
    if not (np.isfinite(lambda_max) and lambda_max > 0):
        return ""
    rate, given = bound.factor / lambda_max, recipe.hyperparameters.rule.get("learning_rate")
    sampled = f" (over {affordable} examples)" if total > affordable else ""
    told = f": the largest stable one at these parameters is {bound.formula} = {bound.factor:.4g}/{lambda_max:.4g}"
    told = f"{told} = {rate:.3g}{sampled}"
    if given is None:
        return told
    in_a_batch = "" if recipe.batch_order.takes_all else ", or is larger in some batches"
    grew = "" if given > rate else f", and the curvature grew on the way{in_a_batch}"
    return f"{told}; it was {given:.4g}{grew}"


def share_of_an_update(loss: Loss, examples: int, batch_size: int) -> float:
    """By what the curvature over so many examples is multiplied to be that over a batch: 1 for a mean.

    >>> from thalweg.core.losses import MSE, SSE
    >>> share_of_an_update(MSE(), 100, 10), share_of_an_update(SSE(), 100, 10)
    (1.0, 0.1)
    """
    return batch_size / examples if loss.reduction == "sum" else 1.0
