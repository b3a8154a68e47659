"""The PROBEN1 harness: any folder of .dt files, and what it says of one that it cannot read."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import thalweg as tw

HEADER = "bool_in=0\nreal_in=2\nbool_out=2\nreal_out=0\ntraining_examples=12\nvalidation_examples=4\ntest_examples=4\n"
ROWS = [f"{i / 20} {i % 3 / 2} {int(i % 2 == 0)} {int(i % 2 == 1)}" for i in range(20)]


@pytest.fixture(scope="module")
def proben1():
    place = Path(__file__).parents[1] / "benchmarks" / "proben1.py"
    specification = importlib.util.spec_from_file_location("proben1", place)
    module = importlib.util.module_from_spec(specification)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, "proben1", module)  # dataclasses look their module up
        specification.loader.exec_module(module)
        yield module


def test_the_three_parts_are_the_rows_of_the_file(proben1, tmp_path):
    (tmp_path / "mine7.dt").write_text(HEADER + "\n".join(ROWS) + "\n")
    problem = proben1.read(tmp_path / "mine7.dt")
    assert (problem.name, problem.classes) == ("mine7", True)
    for part, rows in (("train", ROWS[:12]), ("validation", ROWS[12:16]), ("test", ROWS[16:])):
        P, T = problem.part(part)
        np.testing.assert_array_equal(np.c_[P, T], [[float(value) for value in row.split()] for row in rows])


def test_a_folder_without_tables_has_the_usual_architecture(proben1, tmp_path, capsys):
    (tmp_path / "mine7.dt").write_text(HEADER + "\n".join(ROWS) + "\n")
    results, notes = proben1.compare(tmp_path, [], 2, own=False)
    assert [(result["problem"], result["architecture"]) for result in results] == [
        ("mine7", "chain"),
        ("mine7", "shortcuts"),
    ]
    assert all(0 < result["test_error"][0] < 100 and "published_test_error" not in result for result in results)
    assert notes == [
        "mine7: 32 hidden units and linear outputs, our choice, since architectures.csv has no architecture of it"
    ]
    assert "| mine7 | chain |" in capsys.readouterr().out


def test_another_variant_has_the_architecture_of_the_first(proben1):
    rows = {"cancer1": {"problem": "cancer1", "hidden1": "4", "hidden2": "2", "output": "linear"}}
    row, note = proben1.row_of(rows, "cancer3")
    assert row is rows["cancer1"]
    assert note == "cancer3: the architecture of cancer1, since architectures.csv has none of its own"
    assert proben1.row_of(rows, "cancer1") == (rows["cancer1"], "")
    assert proben1.row_of(rows, "mine1")[0]["hidden1"] == "32"


def test_the_error_does_not_hang_on_which_targets_a_file_holds(proben1):
    P, T = np.linspace(0, 1, 20)[:, None], np.linspace(0, 0.5, 20)[:, None]
    problem = proben1.Problem("half1", P, T, 12, 4, classes=False)

    class Zero:
        def predict(self, P):
            return np.zeros((len(P), 1))

    wanted = 100 / 4 * sum(float(t) ** 2 for t in T[16:, 0])
    np.testing.assert_allclose(proben1.measure(problem, [Zero()])["test_error"], wanted, rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEADER + "1 2 3\n", "example 1 has 3 values, the header promises 4"),
        (HEADER + ROWS[0] + "\n", "the header promises"),
        (HEADER.replace("real_in=2\n", "") + "\n".join(ROWS), "its first seven lines do not name real_in"),
        (None, "holds no .dt files"),
    ],
)
def test_what_cannot_be_read_is_told(proben1, tmp_path, text, says):
    if text is not None:
        (tmp_path / "bad1.dt").write_text(text)
    with pytest.raises(tw.ThalwegError, match=says):
        proben1.compare(tmp_path, [], 2, own=False)
