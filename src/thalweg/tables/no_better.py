"""What is told of scores that are no better than those of the constant answer."""

from __future__ import annotations

from .scores import ClassificationScores, RegressionScores, measured
from .several_scores import SeveralScores

_FEWEST = 8
"""Of fewer test rows it says nothing that a model is no better."""
_EQUAL = 0.995
"""Errors that are so many times as large as those of the constant answer are no smaller."""

_TELLS = 0.9
"""Probabilities whose log loss is below this share of the constant answer's tell more than that."""

OR_ELSE = (
    "if tw.diagnose, or thalweg diagnose, finds nothing, what was learnt does not hold for other rows: more rows, "
    "weight decay, fewer hidden units or other inputs may help"
)
"""A diagnosis looks at the training rows alone, of which a model may tell more than of these."""


def no_better(
    scores: ClassificationScores | RegressionScores | SeveralScores, remedy: str = OR_ELSE
) -> tuple[str, ...]:
    """A note if scores are no better than those of the constant answer, one for each such target of several."""
    if isinstance(scores, SeveralScores):
        each = zip(scores.names, scores.each, strict=True)
        return tuple(f"target {name!r}: {note}" for name, of_target in each for note in no_better(of_target, remedy))
    if scores.constant is None or scores.examples < _FEWEST:
        return ()
    if isinstance(scores, RegressionScores):
        if scores.rmse == 0 or scores.rmse < _EQUAL * scores.constant.rmse:
            return ()
        told = f"RMSE {measured(scores.rmse)}, where that has {measured(scores.constant.rmse)}"
        return (f"the predictions are no better than {scores.constant_told} ({told}): {remedy}",)
    if scores.constant.accuracy == 1.0:
        which = "test rows" if sum(map(bool, scores.support)) == 1 else "test rows that count"
        only = scores.constant.answer
        return (f"all {which} are {only}, so that the scores say nothing of other classes: test on more rows",)
    if scores.accuracy == 1.0 or scores.accuracy > scores.constant.accuracy:
        return ()
    said = scores.answers
    share = f"{100 * scores.constant.accuracy:.1f} %"
    if len(said) == 1 and (scores.confusion or scores.accuracy == scores.constant.accuracy):
        return (f"predicts {said[0]} for every row: no better than {scores.constant_told} ({share}); {remedy}",)
    more = ""
    if scores.log_loss < _TELLS * scores.constant.log_loss:
        more = (
            f", though its probabilities tell more (log loss {scores.log_loss:.3g}, not {scores.constant.log_loss:.3g})"
        )
    right = f"right in {100 * scores.accuracy:.1f} % of the rows"
    return (f"{right}: no better than {scores.constant_told} ({share}){more}; {remedy}",)
