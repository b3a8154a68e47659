"""What a surface is drawn of, by a file's kind."""

from pathlib import Path

import numpy as np
import pytest

import thalweg as tw
from thalweg.cli.surface_source import of_model, of_step_file
from thalweg.errors import ArgumentError

WORKED = Path(__file__).parents[2] / "examples" / "worked"


def test_a_step_file_gives_its_network_examples_and_rule():
    source = of_step_file(WORKED / "nnd_p3_3.toml", None, None)
    assert source.rule == tw.GradientDescent(0.05)
    assert np.asarray(source.targets).ravel().tolist() == [-1, 1]
    assert source.net.ravel(source.params).tolist() == [1, 1]
    with pytest.raises(ArgumentError, match="--table goes with a model file"):
        of_step_file(WORKED / "nnd_p3_3.toml", Path("wine.csv"), None)


def test_a_model_of_arrays_has_no_table_to_read(tmp_path):
    net = tw.mlp(1, 1)
    tw.save(tw.Model(net, net.init(0), tw.losses.MSE()), tmp_path / "arrays.thalweg")
    with pytest.raises(ArgumentError, match="was trained on arrays, not on a table"):
        of_model(tmp_path / "arrays.thalweg", None, None, {})
