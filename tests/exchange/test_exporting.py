"""The end of a name says the format; files are written whole or not at all."""

import os

import pytest
from to_export import models

import thalweg as tw
from thalweg.errors import ArgumentError, FileError
from thalweg.exchange import export
from thalweg.exchange.exporting import FORMATS, format_of

NAMES = {
    "net.onnx": ["net.onnx"],
    "net.py": ["net.py"],
    "net.c": ["net.c", "net.h"],
    "net.m": ["net.m"],
    "net.safetensors": ["net.py", "net.safetensors"],
    "net.weights.h5": ["net.py", "net.weights.h5"],
}


def test_every_format_is_looked_at():
    assert {format_of(name) for name in NAMES} == set(FORMATS)


@pytest.mark.parametrize("name", NAMES)
def test_it_writes_its_files_and_says_which_and_the_same_again(name, tmp_path):
    model = models()["mean"]
    assert sorted(file.name for file in model.export(tmp_path / name)) == NAMES[name]
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert sorted(before) == NAMES[name]
    export(model, str(tmp_path / name))
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_run_is_exported_as_its_model(tmp_path):
    run = tw.train(tw.mlp(1, 2, 1), [[0.0], [1.0]], [[0.0], [1.0]], epochs=1, engine="numpy")
    assert export(run, tmp_path / "net.py")[0].is_file()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("net.onx", r"must end in one of .*; did you mean '\.onnx'\?"),
        ("net", r"must end in one of \.onnx, \.py"),
        (".py", "must end in one of"),
        ("net.keras", r"for Keras name it net\.weights\.h5"),
        ("net.h5", r"for Keras name it net\.weights\.h5"),
        ("net.pt", r"for PyTorch name it net\.safetensors"),
        ("net.h", r"name the \.c file"),
    ],
)
def test_another_end_is_refused_with_what_would_be_right(name, told):
    with pytest.raises(ArgumentError, match=told):
        format_of(name)


def test_what_goes_with_one_format_alone(tmp_path):
    with pytest.raises(ArgumentError, match="fixed buffers are for C"):
        export(models()["classes"], tmp_path / "net.py", fixed_buffers=True)
    with pytest.raises(ArgumentError, match="Keras multiplies matrices in float32"):
        export(models()["classes"], tmp_path / "net.weights.h5", dtype="float64")
    assert not list(tmp_path.iterdir())


def test_a_source_beside_that_no_export_wrote_is_kept(tmp_path):
    (tmp_path / "net.py").write_text("mine = 1\n")
    with pytest.raises(ArgumentError, match=r"would overwrite '.*net\.py', which no export wrote"):
        export(models()["classes"], tmp_path / "net.safetensors")
    assert [file.name for file in tmp_path.iterdir()] == ["net.py"]
    assert (tmp_path / "net.py").read_text() == "mine = 1\n"


def test_a_source_beside_that_an_export_of_another_kind_wrote_is_kept(tmp_path):
    (first,) = export(models()["classes"], tmp_path / "net.py")
    written = first.read_bytes()
    for name in ("net.safetensors", "net.weights.h5"):
        with pytest.raises(ArgumentError, match="which an export of another kind wrote: choose another name"):
            export(models()["classes"], tmp_path / name)
    assert first.read_bytes() == written


@pytest.mark.parametrize(("name", "told"), [
    ("numpy.py", "would stand for the module 'numpy' there"), ("json.py", "module 'json'"),
    ("network.m", "a name that the function uses itself"), ("T.m", "a name that the function uses itself"),
])  # fmt: skip
def test_a_name_that_would_hide_another_is_refused(name, told, tmp_path):
    with pytest.raises(ArgumentError, match=told):
        export(models()["classes"], tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_that_there_is_not_is_told_in_one_line(name, tmp_path):
    with pytest.raises(FileError, match=r"cannot write the export '.*': there is no folder") as told:
        export(models()["classes"], tmp_path / "nowhere" / name)
    assert "\n" not in str(told.value)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only_is_told_in_one_line(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(FileError, match="may not be written to"):
            export(models()["classes"], tmp_path / "net.c")
    finally:
        tmp_path.chmod(0o700)
