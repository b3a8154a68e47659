"""C99: equal to `predict` on hostile rows, clean under warnings, sanitizers and valgrind, of static buffers as well."""

import dataclasses
import shutil
import subprocess

import numpy as np
import polars as pl
import pytest
from to_export import SUBJECTS, models, of_hostile, write, wrong

import thalweg as tw
from thalweg.data import Encoding
from thalweg.errors import ArgumentError
from thalweg.exchange.c_source import c_source
from thalweg.exchange.check_row import check_of
from thalweg.exchange.subject import subject_of

CC = shutil.which("gcc") or shutil.which("clang") or shutil.which("cc")
WARNINGS = ("-std=c99", "-Wall", "-Wextra", "-pedantic", "-Wconversion", "-Wdouble-promotion", "-Wshadow", "-Werror")
SANITIZERS = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
needs_compiler = pytest.mark.skipif(CC is None, reason="no compiler of C is installed")


def compiled(source, *options):
    program = source.with_suffix("")
    built = subprocess.run(
        [CC, *WARNINGS, *options, str(source), "-o", str(program), "-lm"], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    return program


def ended(*command):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


@needs_compiler
@pytest.mark.parametrize("name", SUBJECTS)
def test_the_check_rows_come_out_as_they_should_and_nothing_is_warned_of(name, tmp_path):
    more = SANITIZERS if name in ("classes", "pair", "two inputs") else ()
    found = ended(compiled(write(c_source(SUBJECTS[name](), "net.c"), tmp_path), "-DTHALWEG_CHECK", *more))
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.endswith(" check rows: as expected\n")


@needs_compiler
def test_a_wrong_number_is_found(tmp_path):
    found = ended(compiled(write(c_source(wrong(of_hostile("measured")), "net.c"), tmp_path), "-DTHALWEG_CHECK"))
    assert found.returncode == 1
    assert "NOT as expected" in found.stdout


@needs_compiler
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
def test_static_buffers_are_clean_under_valgrind(tmp_path):
    source = write(c_source(of_hostile("mean"), "net.c", fixed_buffers=True), tmp_path)
    assert "static float a_layer1[5];" in source.read_text()
    assert not any(word in source.read_text() for word in ("malloc", "calloc", "realloc", "free("))
    found = ended("valgrind", "--error-exitcode=9", "--leak-check=full", compiled(source, "-DTHALWEG_CHECK"))
    assert found.returncode == 0, found.stderr


def at_edges():
    """Rows near limits, and of a text that is missing or empty; members of two types; plum as probable as sloe."""
    far = np.random.default_rng(0).normal(size=40)
    far[3] = 1e6
    frame = pl.DataFrame(
        {"far": far, "colour": ["red", None, "blue", "red"] * 10, "kind": ["fig", "plum", "sloe", "fig"] * 10}
    )
    encoding = Encoding.fit(frame, "kind")
    members = []
    for dtype in ("float64", "float32"):
        net = tw.mlp(len(encoding.feature_names), 3, output="softmax")
        params = net.init(1, dtype=dtype)
        weights, bias = params["layer1"]
        weights["input"][1:], bias[1:] = 0.0, 0.1
        members.append(tw.Model(net, params, tw.losses.CrossEntropy(), encoding))
    model = dataclasses.replace(members[0], members=tuple(members), weights=(1.0, 2.0))
    rows = pl.DataFrame({"far": [-4.0, 4.0, 1e9, None, 0.1], "colour": ["red", None, "", "teal", "blue"]})
    assert set(model.predict_table(rows).values) == {"fig", "plum"}
    return dataclasses.replace(subject_of(model, "net"), check=check_of(model, rows))


@needs_compiler
def test_edges_are_on_the_side_of_predict(tmp_path):
    found = ended(compiled(write(c_source(at_edges(), "net.c"), tmp_path), "-DTHALWEG_CHECK"))
    assert (found.stdout, found.stderr) == ("5 check rows: as expected\n", "")


USER = """
#include <stdio.h>
#include <math.h>
#include "net.h"

int main(void)
{
    net_row rows[] = {%s};
    net_answer answer;
    int row;

    for (row = 0; row < 3; row++) {
        const int refused = net_predict(&rows[row], &answer);

        printf("%%d %%s\\n", refused, refused ? "" : net_labels_kind[answer.kind]);
    }
    return 0;
}
"""


@needs_compiler
def test_a_program_of_ones_own_reads_labels_and_is_told_of_a_row_too_far_off(tmp_path):
    subject = of_hostile("classes")
    source = write(c_source(subject, "net.c"), tmp_path)
    model = models()["classes"]
    assert subject.encoded is not None
    zeros = ["NULL" if one.kind == "text" else "NAN" for one in subject.encoded.sources]
    nothing = {
        one.name: pl.Series([None], dtype=pl.String) for one in subject.encoded.sources if one.name == one.column
    }
    label = model.predict_table(pl.DataFrame(nothing)).values[0]
    rows = [f"{{{', '.join([first, *zeros[1:]])}}}" for first in ("NAN", "1e300", "INFINITY")]
    (tmp_path / "user.c").write_text(USER % ", ".join(rows))
    program = tmp_path / "user"
    built = ended(CC, *WARNINGS, tmp_path / "user.c", source, "-o", program, "-lm")
    assert built.returncode == 0, built.stderr
    assert ended(program).stdout.splitlines() == [f"0 {label}", "1 ", "1 "]


@pytest.mark.parametrize(
    ("category", "message"),
    [
        ("a\0b", "column 'colour' has a text with a NUL within"),
        ("x" * 5000, "column 'colour' has a text of 5,000 bytes"),
    ],
)
def test_a_text_that_c_cannot_hold_is_named(category, message):
    frame = pl.DataFrame({"colour": [category, "red"] * 3, "y": [1.0, 2.0, 3.0, 4.0, 5.0, 6.5]})
    encoding = Encoding.fit(frame, "y", "regression")
    net = tw.mlp(2, 1)
    with pytest.raises(ArgumentError, match=message):
        c_source(subject_of(tw.Model(net, net.init(0), tw.losses.MSE(), encoding), "net"), "net.c")


@pytest.mark.parametrize("end", ["C", "MATLAB", "ONNX"])
def test_a_hashed_column_is_named(end, tmp_path):
    frame = pl.DataFrame({"zip": [f"z{row % 80}" for row in range(200)], "y": np.arange(200.0) % 7})
    encoding = Encoding.fit(frame, "y", "regression", many_texts="hash")
    net = tw.mlp(len(encoding.feature_names), 1)
    model = tw.Model(net, net.init(0), tw.losses.MSE(), encoding)
    ends = {"C": ".c", "MATLAB": ".m", "ONNX": ".onnx"}
    with pytest.raises(ArgumentError, match=f"column 'zip' is hashed, which {end} cannot do"):
        tw.exchange.export(model, tmp_path / f"net{ends[end]}")
    assert not list(tmp_path.iterdir())


def test_a_file_that_no_include_can_name_is_refused():
    with pytest.raises(ArgumentError, match="cannot stand in an #include of C: name it net"):
        c_source(of_hostile("classes"), 'n"t.c')


def test_a_comment_is_not_ended_by_what_a_column_is_called():
    subject = dataclasses.replace(of_hostile("classes"), head=("an */ end", "a ??/ trigraph"))
    header = c_source(subject, "net.c")[1].data.decode()
    assert "an * / end" in header
    assert "??/" not in header
