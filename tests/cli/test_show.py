"""`thalweg show`: what a model file holds."""

import shutil
from pathlib import Path

import pytest
from command_line import DATA, ok, refused

import thalweg as tw


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("table", "target"), [("wine", "cultivar"), ("diabetes", "progression"), ("houses", "price")])
def test_the_examples(table, target):
    shutil.copy(DATA / f"{table}.csv", ".")
    ok("train", f"{table}.csv", "--target", target, "--epochs", 3, "-q")
    ended = ok("show", f"{table}.thalweg")
    model = tw.load(f"{table}.thalweg")
    text = " ".join(ended.out.split())
    for word in (
        f"{table}.thalweg: {model.network.parameter_count:,} parameters, float32",
        "layer1 64 tanh input",
        f"target '{target}'",
        "all 3 epochs were run",
        "seed 0",
        f"Scores of the test part ({model.record['split']['test']} rows)",
        *(column.name for column in model.encoding.inputs),
    ):
        assert word in text
    assert ended.err == ""
    told = ok("show", f"{table}.thalweg", "--json").json
    assert told["record"] == model.record
    assert told["encoding"] == model.encoding.to_dict()
    assert told["parameters"] == model.network.parameter_count


@pytest.mark.parametrize(("name", "scores"), [("wine", "accuracy 18.5 % (5 of 27)"), ("houses", "R² 0.9142")])
def test_a_file_of_an_earlier_version_has_no_constant_answer(name, scores):
    ended = ok("show", str(Path(__file__).parents[1] / "files" / "recorded" / f"{name}.thalweg"))
    assert scores in " ".join(ended.out.split())
    assert "always saying" not in ended.out


RECORDS = [
    {"table": "x"},
    {"table": {"name": 1}},
    {"explanation": "ended"},
    {"explanation": "ended", "updates": 1, "seconds": "long", "engine": "x"},
    {"split": [1]},
    {"settings": 3},
    {"versions": "x"},
    {"notes": 5},
    {"scores": "good"},
    {"scores": {"task": "regression"}},
    {"scores": {"task": "classification", "classes": [[1]]}},
]


@pytest.mark.parametrize("record", RECORDS, ids=str)
def test_a_damaged_record_is_one_line(record):
    net = tw.mlp(2, 1)
    tw.save(tw.Model(net, net.init(0), tw.losses.MSE(), None, record), "net.thalweg")
    import command_line

    ended = command_line.run("show", "net.thalweg")
    assert ended.status == 1
    assert ended.err.count("\n") == 1
    assert ok("show", "net.thalweg", "--json").json["record"] == record


def test_files_that_are_no_models():
    Path("sub").mkdir()
    Path("empty.thalweg").touch()
    assert "'sub' is a folder: name a model file" in refused("show", "sub")
    assert "empty.thalweg is no model file of Thalweg's" in refused("show", "empty.thalweg")
    assert "No such file" in refused("show", "nope.thalweg")
    assert "too long" in refused("show", "x" * 300)
