"""From two arrays to a fitted network in one call, with the defaults that MATLAB documents."""

from __future__ import annotations

from numpy.typing import ArrayLike

from ..core.network import cascade, mlp
from .choices import Choices, takes_choices
from .fitted import Fitted
from .fitting import recipe_of_classes, recipe_of_values


@takes_choices()
def fitnet(P: ArrayLike, T: ArrayLike, choices: Choices) -> Fitted:
    """Fit a network to values: sizes from the data, inputs and targets scaled, MATLAB's defaults (its fitnet).

    What is learnt of the data (scaling, which inputs vary) is learnt from the training rows. "lm" is
    Levenberg-Marquardt with geodesic acceleration, "trainlm" MATLAB's without. br looks at no validation part: its rows
    train too. Weights of examples and targets are divided with the rows, and count in the scores.

    Args:
        P: Inputs (examples, inputs), examples as rows: MATLAB's x.T. A vector is one input. NaN is a missing value,
            which the mean of the training rows stands for, beside a mark, 1 where one is missing. A frame of Polars or
            pandas keeps the names of its columns, by which `predict` takes them.
        T: Targets (examples, outputs): MATLAB's t.T. A vector is one output. A frame keeps its names too.
        {choices}
        {options}

    `min_gradient` is MATLAB's min_grad of the rule if left out. Raises ArgumentError and DataError for what makes no
    training.

    >>> import numpy as np, thalweg as tw
    >>> P = np.linspace(-3, 3, 120)
    >>> fit = tw.fitnet(P, np.sin(P), hidden=6)
    >>> fit.predict([0.5]).round(2), fit.scores["test"].r2 > 0.999
    (array([[0.48]]), True)
    """
    return recipe_of_values("fitnet", mlp, P, T, choices)


@takes_choices(train="scg", output=None, loss="cross_entropy")
def patternnet(P: ArrayLike, T: ArrayLike, choices: Choices) -> Fitted:
    """Fit a network to classes, by scaled conjugate gradient on the cross-entropy (MATLAB's patternnet).

    The outputs are a softmax, one for each column of T; of a T of one column, and of two labels, one logsig output.
    `predict` gives the probabilities of the classes, in the order of T's columns, and of a T of one column that of 1.

    Args:
        P: Inputs (examples, inputs), as for `fitnet`.
        T: Classes: one-hot rows (examples, classes), MATLAB's t.T, whose names are those of a frame; one column of 0
            and 1; or a vector of labels.
        {choices}
        {options}

    `min_gradient` is MATLAB's min_grad of the rule if left out. Raises ArgumentError and DataError for what makes no
    training.

    >>> import numpy as np, thalweg as tw
    >>> P = np.random.default_rng(0).uniform(-1, 1, (300, 2))
    >>> inside = (P**2).sum(axis=1) < 0.5
    >>> fit = tw.patternnet(P, np.column_stack([inside, ~inside]))
    >>> fit.predict([[0.0, 0.1], [0.9, 0.9]]).argmax(axis=1), fit.scores["test"].accuracy > 0.9
    (array([0, 1]), True)
    """
    return recipe_of_classes("patternnet", mlp, P, T, choices)


@takes_choices()
def feedforwardnet(P: ArrayLike, T: ArrayLike, choices: Choices) -> Fitted:
    """`fitnet` by the name of MATLAB's feedforwardnet.

    Args:
        P: Inputs (examples, inputs), as for `fitnet`.
        T: Targets (examples, outputs), as for `fitnet`.
        {choices}
        {options}

    >>> import numpy as np, thalweg as tw
    >>> tw.feedforwardnet(np.linspace(-1, 1, 40), np.linspace(0, 1, 40), [3, 2], epochs=3).model.network
    Network(1 - 3 tansig - 2 tansig - 1 purelin, 17 parameters)
    """
    return recipe_of_values("feedforwardnet", mlp, P, T, choices)


@takes_choices()
def cascadeforwardnet(P: ArrayLike, T: ArrayLike, choices: Choices) -> Fitted:
    """`fitnet` with every layer fed by the inputs and all layers before it (MATLAB's cascadeforwardnet).

    Args:
        P: Inputs (examples, inputs), as for `fitnet`.
        T: Targets (examples, outputs), as for `fitnet`.
        {choices}
        {options}

    >>> import numpy as np, thalweg as tw
    >>> fit = tw.cascadeforwardnet(np.linspace(-1, 1, 40), np.linspace(0, 1, 40), 2, epochs=3)
    >>> fit.model.network.layers[-1].sources
    ('input', 'layer1')
    """
    return recipe_of_values("cascadeforwardnet", cascade, P, T, choices)
