"""Event files: read back record by record, they hold the losses of the run."""

import builtins
import struct
import sys

import numpy as np
import pytest

import thalweg as tw

P = np.linspace(-1, 1, 20)[:, None]


def train(board, **settings):
    return tw.train(tw.mlp(1, 4, 1), P, P**2, epochs=4, engine="numpy", callbacks=[board], **settings)


def events(folder):
    """The values of all event files: by tag, step and simple value (None for a histogram)."""
    from tensorboardX.proto.event_pb2 import Event

    for path in sorted(folder.iterdir()):
        data, at = path.read_bytes(), 0
        while at < len(data):  # a record: length, checksum, bytes, checksum
            (length,) = struct.unpack_from("<Q", data, at)
            event = Event.FromString(data[at + 12 : at + 12 + length])
            at += 16 + length
            for value in event.summary.value:
                yield value.tag, event.step, value.simple_value if value.HasField("simple_value") else None


def test_the_losses_are_those_of_the_run(tmp_path):
    run = train(tw.callbacks.TensorBoard(tmp_path / "new" / "run"), validation=(P, P**2))
    found = list(events(tmp_path / "new" / "run"))
    for tag, losses in (("training", run.history.loss), ("validation", run.history.validation_loss)):
        told = [(step, value) for name, step, value in found if name == f"loss/{tag}"]
        assert told == [(k + 1, pytest.approx(loss)) for k, loss in enumerate(losses)]
    assert len(found) == 8


def test_histograms_of_the_parameters(tmp_path):
    train(tw.callbacks.TensorBoard(tmp_path, histograms_every=2))
    found = {(tag, step) for tag, step, value in events(tmp_path) if value is None}
    tags = ("layer1/weights/input", "layer1/bias", "layer2/weights/layer1", "layer2/bias")
    assert found == {(tag, step) for tag in tags for step in (2, 4)}


def test_each_run_is_a_file_of_its_own(tmp_path):
    board = tw.callbacks.TensorBoard(tmp_path)
    train(board)
    train(board)
    assert len(list(tmp_path.iterdir())) == 2
    assert len([tag for tag, _, _ in events(tmp_path)]) == 8


def test_a_folder_that_is_a_file_is_told_before_the_training(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(tw.FileError, match="it is a file; name a folder") as told:
        tw.callbacks.TensorBoard(tmp_path / "file")
    assert "\n" not in str(told.value)


def test_without_tensorboardx_it_is_told_what_brings_it(tmp_path, monkeypatch):
    real = builtins.__import__

    def missing(name, *rest, **named):
        if name.startswith("tensorboardX"):
            raise ModuleNotFoundError(name)
        return real(name, *rest, **named)

    monkeypatch.delitem(sys.modules, "tensorboardX", raising=False)
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(tw.ArgumentError, match=r"pip install 'thalweg\[tensorboard\]'"):
        tw.callbacks.TensorBoard(tmp_path)
    assert tw.callbacks.CSVLog  # the others do without
