"""What differs between a checkpoint and a training is told in one short line, whatever a damaged file says."""

import pytest

import thalweg as tw
from thalweg.training.checkpoint_folder import CheckpointFolder
from thalweg.training.fingerprint import Fingerprint, check_same

NETWORK = {"inputs": [{"name": "p", "size": 2}], "layers": [{"name": "out", "size": 1}]}
NAMES = ("seed", "optimizer", "loss", "l2", "order")
LONG = [["x" * 90] * 90] * 9
ODD = ["\x1b[31m\n", "x" * 5000, LONG, {"name": "a\nb" * 900}, {"k" * 9000: "\x07" * 40}, 10**5000, None]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_odd_values(odd):
    settings = {"network": NETWORK, **{name: {"name": "one", "k": 1} for name in NAMES}}
    damaged = {"network": {**NETWORK, "inputs": [{"size": odd}]}, **dict.fromkeys(NAMES, odd)}
    if isinstance(odd, dict):
        damaged["optimizer"] = {"name": "one", **odd}
    with pytest.raises(tw.ArgumentError) as told:
        check_same(Fingerprint(damaged, {}), Fingerprint(settings, {}), "runs")
    line = str(told.value)
    assert "'runs' is of another training: network was " in line
    assert line.isprintable()
    assert len(line) < 1000


@pytest.mark.parametrize("text", ["x" * 5000, "\x1b[31m\\n", "{"])
def test_a_header_that_is_none(text, tmp_path):
    """Its reader says all of a header that it makes nothing of."""
    header = f'"{text}"'.encode()
    folder = CheckpointFolder(tmp_path)
    folder.file(3).write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(tw.FileError, match="is damaged") as told:
        folder.newest()
    assert str(told.value).isprintable()
    assert len(str(told.value)) < 600
