"""Exports checked by the tools that they are for; what no tool can run, and what is no export, is told."""

import shutil

import numpy as np
import pytest
from to_export import models, of_hostile, write, wrong

from thalweg.errors import ArgumentError, FileError
from thalweg.exchange import check_export, checking, export
from thalweg.exchange.c_source import c_source


def test_python_and_onnxruntime_run_the_rows(tmp_path):
    for name, tool in (("net.py", "Python"), ("net.onnx", "onnxruntime")):
        found = check_export(export(models()["mean"], tmp_path / name)[0])
        assert (found.tool, found.passed, found.told) == (tool, True, "3 check rows: as expected")
        assert found.line == f"'{tmp_path / name}' in {tool}: 3 check rows: as expected"


@pytest.mark.skipif(shutil.which("cc") is None, reason="no compiler of C is installed")
def test_a_compiler_runs_the_rows_and_tells_what_it_cannot_compile(tmp_path):
    file = write(c_source(wrong(of_hostile("classes")), "net.c"), tmp_path)
    found = check_export(file)
    assert (found.passed, found.told.endswith("NOT as expected")) == (False, True)
    file.write_text(file.read_text() + "\nint end\n")
    found = check_export(file)
    assert found.passed is False
    assert found.told.startswith("it does not compile: ")


@pytest.mark.parametrize("name", ["net.c", "net.m", "net.onnx", "net.safetensors", "net.weights.h5"])
def test_a_tool_that_is_not_there_is_named(name, tmp_path, monkeypatch):
    file = export(models()["classes"], tmp_path / name)[0]
    monkeypatch.setattr(checking.shutil, "which", lambda program: None)
    monkeypatch.setattr(checking, "find_spec", lambda library: None)
    found = check_export(file)
    assert found.passed is None
    assert "installed" in found.told
    assert found.line.startswith(f"'{file}' is not checked: ")


def test_what_is_no_export_and_what_is_not_there(tmp_path):
    with pytest.raises(FileError, match="there is no such file"):
        check_export(tmp_path / "net.py")
    for name in ("net.py", "net.c", "net.m", "net.onnx"):
        (tmp_path / name).write_text("print('not one of ours')\n")
        with pytest.raises(ArgumentError, match="holds no check rows"):
            check_export(tmp_path / name)


def test_a_damaged_graph_is_told_in_one_line(tmp_path):
    file = export(models()["classes"], tmp_path / "net.onnx")[0]
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 3 : len(raw) // 2] = np.random.default_rng(0).bytes(len(raw) // 2 - len(raw) // 3)
    file.write_bytes(bytes(raw))
    found = check_export(file)
    assert found.passed is False
    assert "\n" not in found.told


def test_a_source_that_is_gone_from_beside_is_told(tmp_path, monkeypatch):
    file = export(models()["classes"], tmp_path / "net.safetensors")[0]
    (tmp_path / "net.py").unlink()
    monkeypatch.setattr(checking, "find_spec", lambda library: library)
    with pytest.raises(FileError, match="the source beside it"):
        check_export(file)
