"""Weights of Keras that Thalweg wrote, read by what the file says; others are refused with what to do."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from damaged_networks import refusals

import thalweg as tw
from thalweg.errors import FileError

NET = tw.mlp(2, *[2] * 11, 1, hidden="tanh")
MODEL = tw.Model(NET, NET.init(0, dtype="float32"), tw.losses.MSE())


def test_more_than_ten_layers_are_in_their_order(tmp_path: Path) -> None:
    """HDF5 lists dense_10 before dense_2."""
    MODEL.export(tmp_path / "net.weights.h5")
    found = tw.exchange.read_network(tmp_path / "net.weights.h5", columns=["a", "b"])
    assert found.network == NET
    assert (NET.ravel(found.params) == NET.ravel(MODEL.params)).all()
    assert [column.name for column in found.encoding.inputs] == ["a", "b"]


def changed(tmp_path: Path, change) -> Path:
    MODEL.export(tmp_path / "net.weights.h5")
    with h5py.File(tmp_path / "net.weights.h5", "r+") as file:
        change(file)
    return tmp_path / "net.weights.h5"


def _said(file: h5py.File, text: str) -> None:
    del file["thalweg_model"]
    file.create_dataset("thalweg_model", data=np.frombuffer(text.encode(), np.uint8))


MISTAKES = {
    "no model": (lambda file: file.__delitem__("thalweg_model"), "weights alone do not say which layers they are of"),
    "no layer": (lambda file: file.__delitem__("layers/dense_2"), "it has no kernel of layer 'layer3'"),
    "no json": (lambda file: _said(file, "{"), "what it says of its model is damaged"),
    "no network": (lambda file: _said(file, json.dumps({"model": {}})), "what it says of its model is damaged"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_lacks_is_told_in_a_line(mistake: str, tmp_path: Path) -> None:
    change, told = MISTAKES[mistake]
    with pytest.raises(FileError, match=told) as error:
        tw.exchange.read_network(changed(tmp_path, change))
    assert "\n" not in str(error.value)


def test_damaged_files_raise_errors_of_ours_alone(tmp_path: Path) -> None:
    MODEL.export(tmp_path / "net.weights.h5")
    assert refusals(tmp_path / "net.weights.h5", (tmp_path / "net.weights.h5").read_bytes(), 40) > 5
