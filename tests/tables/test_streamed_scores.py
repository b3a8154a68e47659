"""Scores that are summed block by block are those of all rows at once."""

import numpy as np
import polars as pl
import pytest

import thalweg as tw
from thalweg.data.encoding import Encoding
from thalweg.files.model import Prediction
from thalweg.tables.score import score
from thalweg.tables.scores import classification_scores
from thalweg.tables.streamed_scores import ClassTally, StreamedScores

RNG = np.random.default_rng(4)
ROWS = 400
FRAME = pl.DataFrame(
    {
        "x": RNG.normal(size=ROWS),
        "y": RNG.normal(3, 2, ROWS),
        "z": 1e100 * np.exp(RNG.normal(0, 3, ROWS)),
        "kind": RNG.choice(["a", "b", "c"], ROWS, p=[0.6, 0.3, 0.1]),
        "ripe": RNG.choice(["no", "yes"], ROWS),
        "firm": RNG.choice(["no", "yes"], ROWS),
    }
)


def close(found, expected, rel=1e-11):
    """Equal but for rounding, however deep."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key in expected:
            close(found[key], expected[key], rel)
    elif isinstance(expected, list | tuple):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            close(one, other, rel)
    else:
        assert found == (pytest.approx(expected, rel=rel) if isinstance(expected, float) else expected)


@pytest.mark.parametrize("weight", [None, RNG.uniform(0.0, 3.0, ROWS)], ids=["alike", "weighed"])
@pytest.mark.parametrize("targets", ["y", "z", "kind", "y,z", "ripe,firm"])
def test_in_blocks_the_scores_are_those_of_all_rows(targets, weight):
    names = targets.split(",")
    task = "regression" if names[0] in "yz" else "classification"
    encoding = Encoding.fit(FRAME, names, task, [name for name in FRAME.columns if name not in ("x", *names)])
    model = tw.Model(tw.mlp(1, encoding.outputs), None, None, encoding)  # which decodes outputs, and has none
    outputs = np.abs(RNG.normal(size=(ROWS, encoding.outputs)))
    outputs = outputs / outputs.sum(axis=1, keepdims=True) if task == "classification" else outputs
    if targets == "ripe,firm":
        outputs = RNG.uniform(size=(ROWS, 2))
    labels = FRAME.select(names).to_numpy() if len(names) > 1 else FRAME[names[0]].to_numpy()
    shares = {"kind": [0.5, 0.3, 0.2], "ripe": [0.4, 0.6], "firm": [0.7, 0.3]}
    each = [{"mean": float(FRAME[n].mean()) + 0.5} if n in "yz" else {"shares": shares[n]} for n in names]
    constant = each[0] if len(each) == 1 else {"targets": each}
    weighed_by = None if weight is None else "w"
    found = StreamedScores(encoding, constant, weighed_by)
    for some in np.split(np.arange(ROWS), [0, 3, 150, 399]):
        found.add(labels[some], model.decode(outputs[some]), None if weight is None else weight[some])
    whole = score(encoding, labels, model.decode(outputs), constant, sample_weight=weight, weighed_by=weighed_by)
    close(found.scores().to_dict(), whole.to_dict())
    one, other = (StreamedScores(encoding, constant, weighed_by) for _ in range(2))
    for tally, some in ((one, np.arange(150)), (other, np.arange(150, ROWS))):
        tally.add(labels[some], model.decode(outputs[some]), None if weight is None else weight[some])
    one.merge(other.told())
    close(one.scores().to_dict(), whole.to_dict())


def test_of_many_classes_the_commonest_mistakes_are_told():
    classes = tuple(f"c{k}" for k in range(210))
    truth, guess = RNG.integers(0, 5, ROWS), RNG.integers(0, 5, ROWS)
    chances = np.full((ROWS, 210), 1 / 210)
    names = np.array(classes)
    tally = ClassTally(classes, np.ones(210))
    for some in np.array_split(np.arange(ROWS), 3):
        tally.add(names[truth[some]], Prediction(names[guess[some]], chances[some], classes, ()))
    close(
        tally.scores().to_dict(),
        classification_scores(names[truth], names[guess], chances, classes, np.ones(210)).to_dict(),
    )
