"""The function of MATLAB: in Octave, equal to `predict` on hostile rows."""

import shutil
import subprocess

import pytest
from to_export import SUBJECTS, of_hostile, write, wrong

from thalweg.errors import ArgumentError
from thalweg.exchange.matlab_function import matlab_function

OCTAVE = shutil.which("octave-cli")


@pytest.mark.skipif(OCTAVE is None, reason="Octave is not installed")
def test_the_check_rows_of_every_model_come_out_as_they_should_and_a_wrong_number_is_found(tmp_path):
    calls = []
    for number, make in enumerate((*SUBJECTS.values(), lambda: wrong(of_hostile("measured")))):
        folder = tmp_path / str(number)
        folder.mkdir()
        write(matlab_function(make(), "net.m"), folder)
        calls.append(f"cd {folder}; clear all; printf('%d ', net('check'));")
    assert OCTAVE is not None
    found = subprocess.run([OCTAVE, "--quiet", "--eval", " ".join(calls)], capture_output=True, text=True, check=False)
    assert found.stdout.split() == ["1"] * len(SUBJECTS) + ["0"], found.stderr


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
