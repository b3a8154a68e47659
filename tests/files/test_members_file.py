"""Model files of several networks."""

import dataclasses
import json
import struct
from pathlib import Path

import numpy as np
import pytest

import thalweg as tw
from thalweg.ensembles.calibration import Calibration
from thalweg.errors import ArgumentError, FileError
from thalweg.files import model_bytes

NETS = [tw.mlp(2, 3, 1, output="sigmoid"), tw.mlp(2, 4, 2, 1, hidden="relu", output="sigmoid")]
P = np.random.default_rng(0).normal(size=(9, 2))


def model() -> tw.Model:
    loss = tw.losses.CrossEntropy()
    common = {"table": {"name": "some.csv"}, "notes": ["one"]}
    members = tuple(
        tw.Model(net, net.init(k), loss, None, {**common, "seed": k, "epochs": 3 + k}) for k, net in enumerate(NETS)
    )
    return tw.Model(
        NETS[0],
        members[0].params,
        loss,
        None,
        common,
        members,
        (0.25, 0.75),
        Calibration("temperature", (0.5,), (0.0,)),
    )


def header(raw: bytes) -> dict:
    (length,) = struct.unpack("<Q", raw[:8])
    return json.loads(json.loads(raw[8 : 8 + length])["__metadata__"]["thalweg"])


def rewritten(raw: bytes, change) -> bytes:
    """The file with its header changed."""
    (length,) = struct.unpack("<Q", raw[:8])
    whole = json.loads(raw[8 : 8 + length])
    told = json.loads(whole["__metadata__"]["thalweg"])
    change(told)
    whole["__metadata__"]["thalweg"] = json.dumps(told)
    text = json.dumps(whole).encode()
    return struct.pack("<Q", len(text)) + text + raw[8 + length :]


def test_it_comes_back_to_the_bit(tmp_path: Path) -> None:
    path = tmp_path / "m.thalweg"
    given = model()
    tw.save(given, path)
    found = tw.load(path)
    assert found.weights == given.weights
    assert found.calibration == given.calibration
    assert [one.record for one in found.members] == [one.record for one in given.members]
    assert found.record == given.record
    assert (found.predict(P) == given.predict(P)).all()
    assert model_bytes(found) == model_bytes(given)
    outputs = [member.predict(P) for member in found.members]
    assert not np.allclose(outputs[0], outputs[1])


def test_what_the_members_share_stands_once() -> None:
    told = header(model_bytes(model()))
    assert told["format"] == 2
    assert told["members"][1]["record"] == {"seed": 1, "epochs": 4}
    assert header(model_bytes(model().members[0]))["format"] == 1  # one network is a file as before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda told: told["members"].pop(), "tensors, and its members"),
        (lambda told: told["members"][0].update(weight=0), "the weight of member 1 is 0"),
        (lambda told: told["members"][0].pop("weight"), "'weight' is missing"),
        (lambda told: told.update(members=[]), "no list of some"),
        (lambda told: told["members"].reverse(), "missing|not in the network|shape"),
        (lambda told: told["calibration"].update(slope=[1.0, 2.0]), "none of 1 outputs"),
        (lambda told: told.update(calibration=3), "damaged"),
        (lambda told: told["members"][1].update(record=[]), "damaged"),
        (lambda told: told.pop("members"), "damaged"),
        (lambda told: told.update(format=3), "newer Thalweg"),
    ],
)
def test_damaged_files_are_told_in_one_line(change, message: str, tmp_path: Path) -> None:
    path = tmp_path / "m.thalweg"
    path.write_bytes(rewritten(model_bytes(model()), change))
    with pytest.raises(FileError, match=message) as told:
        tw.load(path)
    assert "\n" not in str(told.value)


def test_what_could_not_be_loaded_is_not_saved() -> None:
    given = model()
    with pytest.raises(ArgumentError, match="a weight for each"):
        model_bytes(dataclasses.replace(given, weights=(1.0,)))
    with pytest.raises(ArgumentError, match="single networks"):
        model_bytes(dataclasses.replace(given, members=(given, given)))
