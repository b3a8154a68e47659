"""Model files written before still load, predict what they did then, and replay their steps."""

import json
from pathlib import Path

import numpy as np
import pytest

import thalweg as tw
from thalweg.tables.steps import replay_model

HERE = Path(__file__).parent / "recorded"
DATA = Path(__file__).parents[2] / "examples" / "data"
KNOWN = json.loads((HERE / "predictions.json").read_text())


@pytest.mark.parametrize("name", KNOWN)
def test_a_file_written_before_loads_and_predicts_as_then(name):
    model = tw.load(HERE / f"{name}.thalweg")
    found = model.predict_table(tw.read_table(DATA / f"{name}.csv").head(5))
    known = KNOWN[name]
    numbers = found.values if found.probabilities is None else found.probabilities
    np.testing.assert_allclose(numbers, known["numbers"], rtol=1e-5)
    if found.probabilities is not None:
        assert list(found.values) == known["labels"]
    assert model.record["epochs"] == known["epochs"]


@pytest.mark.parametrize("name", KNOWN)
def test_a_step_of_its_run_is_replayed(name):
    """Its losses are those that were recorded: whoever trains or replays otherwise than then is found here."""
    model, frame = tw.load(HERE / f"{name}.thalweg"), tw.read_table(DATA / f"{name}.csv")
    replayed = replay_model(model, frame, model.record["updates"])
    assert replayed.replay_error is not None
    assert replayed.replay_error.epochs == model.record["epochs"]
    assert replayed.replay_error.losses is not None
    assert replayed.replay_error.losses < 1e-4
