"""A saved model that is brought to the page: what is none is told by its name alone, and nothing is left behind."""

import tempfile

import pytest

import thalweg as tw
from thalweg.errors import ThalwegError
from thalweg.files.model_file import model_bytes
from thalweg.studio import compare_files
from thalweg.studio.compare_files import model_from


def test_a_model_is_read_and_what_is_none_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    net = tw.mlp(2, 3, 1)
    good = model_bytes(tw.Model(net, net.init(0), tw.losses.MSE()))
    assert model_from("C:\\models\\fruit.thalweg", good).name == "fruit"
    for name, content, told in (
        ("m.thalweg", b"no model", r"m\.thalweg"),
        ("m.thalweg", good[: len(good) // 2], r"m\.thalweg"),
        ("m.thalweg", b"", r"m\.thalweg"),
        ("../../m.csv", good, r"m\.csv: no model"),
    ):
        with pytest.raises(ThalwegError, match=told) as error:
            model_from(name, content)
        assert str(tmp_path) not in str(error.value)
    monkeypatch.setattr(compare_files, "LARGEST_FILE", 10)
    with pytest.raises(ThalwegError, match="takes at most"):
        model_from("m.thalweg", good)
    assert list(tmp_path.iterdir()) == []
