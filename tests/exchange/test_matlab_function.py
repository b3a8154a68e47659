"""The function of MATLAB: in Octave, equal to `predict` on hostile rows."""

import shutil
import subprocess

import numpy as np
import polars as pl
import pytest
from to_export import SUBJECTS, of_hostile, write, wrong

import thalweg as tw
from thalweg.data import Encoding
from thalweg.errors import ArgumentError
from thalweg.exchange.matlab_function import matlab_function
from thalweg.exchange.subject import subject_of

OCTAVE = shutil.which("octave-cli")


@pytest.mark.skipif(OCTAVE is None, reason="Octave is not installed")
def test_check_rows_come_out_as_they_should_a_wrong_number_is_found_and_a_matrix_has_the_columns_in_order(tmp_path):
    calls = []
    for number, make in enumerate((*SUBJECTS.values(), lambda: wrong(of_hostile("measured")))):
        folder = tmp_path / str(number)
        folder.mkdir()
        write(matlab_function(make(), "net.m"), folder)
        calls.append(f"cd {folder}; clear all; printf('%d ', net('check'));")
    frame = pl.DataFrame({"a": [1.0, 2.0, 4.0], "b": [3.0, 1.0, 7.0], "y": [1.0, 2.0, 4.5]})
    net = tw.mlp(2, 1)
    model = tw.Model(net, net.init(0), tw.losses.MSE(), Encoding.fit(frame, "y", "regression"))
    write(matlab_function(subject_of(model, "net"), "net.m"), tmp_path)
    calls.append(f"cd {tmp_path}; clear all; printf('%.15g ', net([1 3; 2 1; 4 7]).predicted_y)")
    assert OCTAVE is not None
    found = subprocess.run([OCTAVE, "--quiet", "--eval", " ".join(calls)], capture_output=True, text=True, check=False)
    checks, values = found.stdout.split()[: len(SUBJECTS) + 1], found.stdout.split()[len(SUBJECTS) + 1 :]
    assert checks == ["1"] * len(SUBJECTS) + ["0"], found.stderr
    np.testing.assert_allclose(list(map(float, values)), model.predict_table(frame).values, rtol=1e-12)


def test_it_says_its_columns_and_holds_what_every_language_escapes():
    text = matlab_function(of_hostile("classes"), "net.m")[0].data.decode()
    head = text.partition("\n    if ischar")[0].splitlines()
    assert all(line.startswith("%") for line in head[1:])
    assert "%     size: size: a number; NaN where it is missing" in head
    assert "'it''s \"b\"?'" in text
    assert f"char([{', '.join(str(code) for code in b'two' + bytes([10]) + b'lines')}])" in text


def test_a_file_that_is_no_name_of_a_function_is_refused():
    with pytest.raises(ArgumentError, match=r"'my-net' is no name: name it net\.m"):
        matlab_function(of_hostile("classes"), "my-net.m")
