"""`thalweg train`: what it reads, tells, writes and refuses."""

import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from command_line import DATA, folder, ok, refused, run
from read_page import Page

import thalweg as tw
from thalweg.core.losses import LOSSES
from thalweg.optimizers import RULES

ROWS = "".join(f"{i * 0.5},{i % 7},{'ab'[i % 2]}\n" for i in range(60))
GOOD = "x,z,y\n" + ROWS
FAST = ("--epochs", 3)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(name: str, content: str | bytes = GOOD) -> str:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return name


def lines(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("table", "target", "words"),
    [
        ("wine.csv", "cultivar", ("178 rows, 14 columns", "classification of 'cultivar'", "accuracy", "3 softmax")),
        ("diabetes.csv", "progression", ("442 rows", "regression of 'progression'", "RMSE", "R²", "1 linear")),
        ("houses.csv", "price", ("200 rows", "regression of 'price'", "heating", "datetime", "note column 'area'")),
    ],
)
@pytest.mark.usefixtures("written_figures")
def test_the_examples(table, target, words):
    shutil.copy(DATA / table, ".")
    ended = ok("train", table, "--target", target, *FAST)
    stem = table.removesuffix(".csv")
    assert set(folder()) == {table, f"{stem}.thalweg", f"{stem}.report.html"}
    assert ended.err == ""
    for word in (*words, "train ", "validation ", "epoch 3/3", f"model {stem}.thalweg", f"report {stem}.report.html"):
        assert word in lines(ended.out)
    assert "\x1b" not in ended.out
    model = tw.load(f"{stem}.thalweg")
    assert model.record["epochs"] == 3
    assert model.record["table"]["name"] == table
    page = Path(f"{stem}.report.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_quiet_prints_nothing_and_the_old_files_are_replaced():
    write("t.csv")
    write("t.thalweg", "old")
    write("t.report.html", "old")
    assert ok("train", "t.csv", "--target", "y", *FAST, "-q") == (0, "", "")
    assert tw.load("t.thalweg").record["epochs"] == 3
    assert Path("t.report.html").read_text(encoding="utf-8") != "old"


def test_json_is_one_strict_object():
    write("t.csv")
    ended = ok("train", "t.csv", "--target", "y", "--epochs", 2, "--json")
    told = ended.json
    assert ended.err == ""
    assert (told["model"], told["report"], told["target"]) == ("t.thalweg", "t.report.html", "y")
    assert (told["epochs"], told["stopped_because"], told["task"]) == (2, "epochs", "classification")
    assert told["scores"] == tw.load("t.thalweg").record["scores"]
    assert told["parameters"] == tw.load("t.thalweg").network.parameter_count
    assert told["best_validation_loss"] <= tw.load("t.thalweg").record["history"]["validation_loss"][0]


@pytest.mark.usefixtures("written_figures")
def test_json_of_a_run_that_diverged_has_no_nan():
    shutil.copy(DATA / "diabetes.csv", ".")
    options = ("--optimizer", "gd", "--learning-rate", 1000, "--activation", "relu")
    told = ok("train", "diabetes.csv", "--target", "progression", *options, "--json").json
    assert told["stopped_because"] == "diverged"
    assert "smaller learning rate" in told["explanation"]
    tw.load("diabetes.thalweg").predict_table(tw.read_table("diabetes.csv"))


def test_every_format_trains_the_same_model():
    frame = tw.read_table(write("t.csv"))
    frame.write_csv("t.tsv", separator="\t")
    frame.write_parquet("t.parquet")
    frame.write_ipc("t.arrow")
    frame.write_ndjson("t.ndjson")
    np.savez("t.npz", **{name: frame[name].to_numpy().astype("U1" if name == "y" else None) for name in frame.columns})
    models = []
    for suffix in ("csv", "tsv", "parquet", "arrow", "ndjson", "npz"):
        ok("train", f"t.{suffix}", "--target", "y", *FAST, "-q")
        model = tw.load("t.thalweg")
        models.append(np.asarray(model.network.ravel(model.params)).tobytes())
    assert len(set(models)) == 1


def test_every_option_reaches_the_settings():
    write("t.csv")
    write("other.csv")
    options = {
        "hidden": "5,4", "activation": "elliott", "optimizer": "nesterov", "learning-rate": 0.02, "momentum": 0.8,
        "final-momentum": 0.95,
        "schedule": "cosine", "batch-size": 16, "epochs": 2, "patience": 7, "seed": 3, "loss": "huber",
        "weight-decay": 0.01, "l1": 0.002, "dropout": 0.1, "goal": 0.003, "min-gradient": 1e-9,
        "initializer": "uniform", "order": "random", "task": "classification", "ignore": "z", "split": "60/20/20",
        "max-seconds": 50, "dtype": "float64", "engine": "numpy", "devices": 1,
            "dates": "day-first", "decimal": "point",
        "many-texts": "hash", "missing-targets": "leave-out", "text": "x", "max-parameters": 1000, "pieces": 0,
        "class-weight": "balanced", "stratify": "z", "record": "gradient_norm",
    }  # fmt: skip
    given = [part for name, value in options.items() for part in (f"--{name}", value)]
    told = ok("train", "t.csv", "--target", "y", *given, "--shortcuts", "--json", "--test", "other.csv").json
    expected = {name.replace("-", "_"): value for name, value in options.items()}
    flags = {"shortcuts": True, "no_header": False, "best": False, "folds": None, "members": None}
    flags |= dict.fromkeys(("group", "sample_weight", "time"))  # test_several.py
    assert told["settings"] == {**expected, "hidden": [5, 4], "ignore": ["z"], "text": ["x"], **flags}
    assert told["split"]["test"] == 60
    Path("c.toml").write_text("\n".join(f"{name} = {json.dumps(value)}" for name, value in options.items()))
    again = ok("train", "t.csv", "--target", "y", "--config", "c.toml", "--shortcuts", "--json", "--test", "other.csv")
    timing = {"seconds": 0}
    assert {**again.json, **timing} == {**told, **timing}


@pytest.mark.parametrize(
    "name", ["t.csv", "a.b.2024.csv", "ünï cöde [bold].csv", "[red].csv", "-.csv", ".csv", "t.csv.gz"]
)
def test_names_of_tables(name):
    import gzip

    write(f"in/{name}", gzip.compress(GOOD.encode()) if name.endswith(".gz") else GOOD)
    if name == ".csv":
        assert "no suffix" in refused("train", f"in/{name}", "--target", "y", *FAST)
        return
    ended = ok("train", f"in/{name}", "--target", "y", *FAST)
    stem = name.removesuffix(".gz").removesuffix(".csv")
    assert {f"{stem}.thalweg", f"{stem}.report.html"} <= set(folder())
    assert f"{name}: 60 rows, 3 columns" in ended.out
    assert f"model   {stem}.thalweg" in ended.out


def test_a_table_elsewhere_and_outputs_elsewhere(tmp_path, monkeypatch):
    write("x.csv")
    Path("sub/deeper").mkdir(parents=True)
    monkeypatch.chdir("sub")
    ok("train", "../x.csv", "--target", "y", *FAST, "-q")
    assert set(folder()) == {"x.thalweg", "x.report.html"}
    ok("train", tmp_path / "x.csv", "--target", "y", *FAST, "-q", "--output", "deeper/net.v1")
    ok("train", tmp_path / "x.csv", "--target", "y", *FAST, "-q", "--report", "deeper/r.html")
    assert set(folder()) == {
        "x.thalweg", "x.report.html", "deeper/net.v1", "deeper/net.v1.report.html", "deeper/r.html"
    }  # fmt: skip


@pytest.mark.usefixtures("written_figures")
def test_names_of_columns():
    names = (
        "[bold]", "[/red]", "x\nnew line", "tab\there", "'quoted'", "back\\slash", "x one", "ünï", "<b>", "&amp;",
        ":smile:", "%s {0}", "../../x", "__class__", "--target", "-q", "x=1", "$HOME",
    )  # fmt: skip
    columns = {name: np.arange(60) * 0.5 if number % 2 else np.arange(60) % 7 for number, name in enumerate(names)}
    pl.DataFrame(columns | {"y": ["a", "b"] * 30}).write_csv("t.csv")
    trained, shown = ok("train", "t.csv", "--target", "y", *FAST).out, ok("show", "t.thalweg").out
    predicted = ok("predict", "t.thalweg", "t.csv").out
    for name in names:
        for printed in (trained, shown):
            assert all(word in printed for word in name.split()), name
        assert name in predicted, name
    assert "<b>" not in Path("t.report.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("written_figures")
def test_names_of_classes_and_of_the_target():
    labels = ["[/x]", "[red]", "a\\"]
    frame = pl.DataFrame({"x": np.arange(60.0), "[/y] 'ü'": labels * 20})
    frame.write_csv("t.csv")
    ended = ok("train", "t.csv", "--target", "[/y] 'ü'", *FAST)
    for label in labels:
        assert label in ended.out
    assert "[/x]" in ok("show", "t.thalweg").out
    ok("predict", "t.thalweg", "t.csv", "--output", "o.parquet")
    columns = [f"predicted_{frame.columns[1]}", *(f"probability_{label}" for label in labels)]
    assert pl.read_parquet("o.parquet").columns == [*frame.columns, *columns]


def test_a_wide_table_is_cut_in_print_with_a_word():
    rng = np.random.default_rng(0)
    pl.DataFrame({f"c{i}": rng.normal(size=40) for i in range(150)} | {"y": ["a", "b"] * 20}).write_csv("wide.csv")
    ended = ok("train", "wide.csv", "--target", "y", *FAST)
    assert "150 inputs" in ended.out
    assert "... and 110 more" in ended.out
    assert ended.out.count("\n") < 80


def test_a_table_of_its_own_for_each_part():
    write("t.csv")
    write("v.csv", "y,z,x\na,1,2\nb,2,3\n")
    ended = ok("train", "t.csv", "--target", "y", *FAST, "--validation", "v.csv", "--test", "v.csv", "--json")
    assert ended.json["split"] == {"train": 60, "validation": 2, "test": 2}
    assert [ended.json[f"{part}_table"]["name"] for part in ("validation", "test")] == ["v.csv", "v.csv"]
    assert ended.json["scores"]["examples"] == 2


@pytest.mark.usefixtures("written_figures")
def test_without_hidden_layers_validation_or_test():
    write("t.csv")
    told = ok("train", "t.csv", "--target", "y", *FAST, "--hidden", "none", "--split", "100/0/0", "--json").json
    assert len(told["network"]["layers"]) == 1
    assert (told["scores"], told["best_validation_loss"]) == (None, None)


# ---- tables that cannot be used


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.csv", "", "empty.csv: the file is empty"),
        ("blank.csv", "\n\n", "blank.csv: the file is empty"),
        ("header.csv", "x,z,y\n", "header.csv: the table has a header but no rows"),
        ("one.csv", "x,y\n" + "1.5,a\n2.5,a\n" * 10, "target 'y' has one class only, 'a'"),
        ("absent.csv", GOOD.replace("y", "w", 1), "target 'y' is not a column: the columns are x, z, w"),
        ("near.csv", GOOD.replace("y", "yy", 1), "did you mean 'yy'?"),
        ("missing.csv", "x,z,y\n" + "1,2,\n" * 10, "target 'y' has no values"),
        ("dup.csv", "x,x,y\n" + ROWS, "more than one column is called 'x'"),
        ("ragged.csv", GOOD + "1,2\n", "line 62 has 2 fields where the header has 3"),
        ("mixed.csv", "x,y\nü,é\n".encode() + b"1,\xe9\n", "line 3 is not UTF-8 text (byte 0xe9): save the file again"),
        ("utf16.csv", GOOD.encode("utf-16") + b"x", "not utf-16-le text"),
        ("binary.csv", bytes(range(256)), "not UTF-8"),
        ("inf.csv", GOOD + "inf,1,a\n", "column 'x' is infinite in row 61"),
        ("overflow.csv", GOOD + "1e400,1,a\n", "column 'x' is infinite in row 61"),
        ("large.csv", GOOD + "1e308,1,a\n-1e308,1,b\n" * 9, "column 'x' holds values too large"),
        ("text.csv", GOOD + "oops,1,a\n", "column 'x' holds numbers but for 1 value (row 61: 'oops')"),
        ("names.csv", "x,y\n" + "".join(f"name{i},{'ab'[i % 2]}\n" for i in range(60)), "too many to be categories"),
        ("const.csv", "x,y\n" + "1,a\n1,b\n" * 10, "no input column is left"),
        ("alone.csv", "y\n" + "a\nb\n" * 10, "no input column is left"),
        ("row.csv", "x,y\n1,a\n", "one class only"),
        ("rows.csv", "x,y\n1,a\n2,b\n3,a\n", "3 rows: too few to split 70/15/15"),
        ("quote.csv", 'x,y\n"1,a\n', "mend the quotes"),
        ("table.xlsx", b"PK\x03\x04", "damaged, or not a .xlsx file"),
        ("table", GOOD, "no suffix"),
        ("junk.parquet", b"PAR1junk", "damaged, or not a .parquet file"),
        pytest.param("junk.arrow", b"ARROW1", "damaged, or not a .arrow file", marks=pytest.mark.thorough),
        ("junk.npz", b"PK\x03\x04junk", "damaged, or not an .npz file"),
        ("junk.ndjson", "{]\n", "damaged, or not a .ndjson file"),
        ("junk.csv.gz", b"\x1f\x8bjunk", "damaged gzip file"),
    ],
)
def test_tables_that_cannot_be_used(name, content, reason):
    write(name, content)
    write("kept.thalweg", "an old model")
    write("kept.report.html", "an old report")
    assert reason in refused("train", name, "--target", "y", "--output", "kept.thalweg", *FAST)


def test_a_table_that_is_not_there():
    assert "nothing.csv: no such file: check the path" in refused("train", "nothing.csv", "--target", "y")
    Path("sub.csv").mkdir()
    assert "sub.csv: this is a folder" in refused("train", "sub.csv", "--target", "y")
    assert "too long" in refused("train", "x" * 300 + ".csv", "--target", "y", "--output", "m.thalweg")


@pytest.mark.parametrize("part", ["validation", "test"])
def test_parts_that_cannot_be_used(part):
    write("t.csv")
    for content, reason in {
        "x,z,y\n1,2,c\n": f"{part} table: target 'y' is 'c' in row 1, which is no class",
        "x,y\n1,a\n": f"{part} table: the table lacks 1 column of the training table: 'z'",
        "x,z,w\n1,2,a\n": f"{part} table: target 'y' is not a column",
        "x,z,y\nfoo,2,a\n": f"{part} table: column 'x' was numeric in training and is 'foo' in row 1",
        "x,z,y\n1,2,\n": f"{part} table: ",
        "x,z,y\n1e300,2,a\n": "float32",
        "x,z,y\n": "has a header but no rows",
    }.items():
        write("part.csv", content)
        assert reason in refused("train", "t.csv", "--target", "y", f"--{part}", "part.csv", *FAST)
    assert "nothing.csv: no such file" in refused("train", "t.csv", "--target", "y", f"--{part}", "nothing.csv")


# ---- settings that cannot be used


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--hidden", "0"), "hidden layer 1 has size 0; a size is a whole number of at least 1"),
        (("--hidden", "64,-3"), "hidden layer 2 has size -3"),
        (("--hidden", "99999999999"), "choose smaller layers"),
        (("--learning-rate", "-1"), "learning_rate is -1; it must be above 0 and at most 1000"),
        (("--learning-rate", "1e30"), "learning_rate is 1e+30; it must be above 0 and at most 1000"),
        (("--learning-rate", "nan"), "learning_rate is nan"),
        (("--momentum", "0.9"), "optimizer 'adam' has no momentum: leave it out, or use momentum or nesterov"),
        (("--optimizer", "momentum", "--momentum", "2"), "momentum is 2.0; it must be at least 0 and below 1"),
        (("--batch-size", "43"), "batch_size is 43, but there are 42 training examples: use 'all' or less"),
        (("--batch-size", "0"), "batch_size is 0"),
        (("--batch-size", "9" * 30), "but there are 42 training examples"),
        (("--epochs", "0"), "epochs is 0"),
        (("--patience", "-1"), "patience is -1"),
        (("--seed", "-1"), "seed is -1"),
        (("--seed", "9" * 30), "it must be a whole number from 0 to 4294967295"),
        (("--dropout", "1"), "dropout is 1.0"),
        (("--weight-decay", "-1"), "weight_decay is -1.0"),
        (("--weight-decay", "inf"), "weight_decay is inf"),
        (("--max-seconds", "nan"), "max_seconds is nan"),
        (("--split", "70/30"), "split '70/30' is not three numbers"),
        (("--split", "70/20/20"), "sums to 110"),
        (("--task", "regression"), "use --task classification"),
        (("--ignore", "nope"), "ignored column 'nope' is not a column"),
        (("--ignore", "y"), "target 'y' is also ignored"),
        (
            ("--target", "y,z"),
            "target 'y,z' is not a column, but its parts are: repeat the option, one for each: --target y",
        ),
        (("--group", "x, z"), "group 'x, z' is not a column, but its parts are: it is one column, so name one of them"),
        (("--ignore", "x", "--ignore", "z"), "no input column is left"),
        (
            ("--target", "x", "--loss", "cross_entropy"),
            "loss 'cross_entropy' is for classes, and target 'x' is measured",
        ),
        (("--output", "nowhere/net.thalweg"), "there is no folder"),
        (("--report", "nowhere/r.html"), "there is no folder"),
        (("--output", "."), "it is a folder; name a file"),
        (("--output", ""), "it is a folder; name a file"),
        (("--output", "x" * 300), "the name is too long"),
        (("--output", "/proc/net.thalweg"), "may not be written to"),
        (("--output", "t.csv"), "the model would overwrite the input 't.csv'"),
        (("--report", "./sub/../t.csv"), "the report would overwrite the input 't.csv'"),
        (("--output", "same", "--report", "same"), "the report would overwrite the model"),
        (("--test", "other.csv", "--output", "other.csv"), "the model would overwrite the input 'other.csv'"),
        (("--config", "c.toml", "--report", "c.toml"), "the report would overwrite the input 'c.toml'"),
    ],
    ids=str,
)
def test_settings_that_cannot_be_used(options, reason):
    write("t.csv")
    write("other.csv")
    write("c.toml", "")
    Path("sub").mkdir()
    arguments = () if "--target" in options else ("--target", "y")
    assert reason in refused("train", "t.csv", *arguments, *options)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("t.csv",), "Missing option '--target'"),
        (("--target", "y"), "Missing argument"),
        (("t.csv", "--target", "y", "--activation", "tahn"), "did you mean 'tanh'?"),
        (("t.csv", "--target", "y", "--activation", "softmax"), "unknown activation 'softmax'"),
        (("t.csv", "--target", "y", "--optimizer", "nestrov"), "did you mean 'nesterov'?"),
        (("t.csv", "--target", "y", "--loss", "cross_entrpy"), "did you mean 'cross_entropy'?"),
        (("t.csv", "--target", "y", "--initializer", "xavier_norml"), "did you mean 'xavier_normal'?"),
        (("t.csv", "--target", "y", "--order", "shufle"), "did you mean 'shuffle'?"),
        (("t.csv", "--target", "y", "--task", "regresion"), "did you mean 'regression'?"),
        (("t.csv", "--target", "y", "--engine", "gpu"), "Known: auto, numpy, xla"),
        (("t.csv", "--target", "y", "--dtype", "float16"), "did you mean 'float64'?"),
        (("t.csv", "--target", "y", "--hidden", "64;32"), "no list of sizes such as 64,32"),
        (("t.csv", "--target", "y", "--hidden", ""), "--hidden"),
        (("t.csv", "--target", "y", "--batch-size", "some"), "neither a number of rows nor 'all'"),
        (("t.csv", "--target", "y", "--epochs", "1.5"), "--epochs"),
        (("t.csv", "--target", "y", "--learning-rate", "fast"), "--learning-rate"),
        (("t.csv", "--target", "y", "--no-such"), "--no-such"),
        (("t.csv", "more.csv", "--target", "y"), "unexpected extra argument"),
    ],
    ids=str,
)
def test_usage(arguments, words):
    write("t.csv")
    before = folder()
    ended = run("train", *arguments)
    assert ended.status == 2
    assert words in lines(ended.err.replace("│", " "))
    assert ended.out == ""
    assert folder() == before


def test_choices_come_from_the_registries():
    text = lines(ok("train", "--help").out.replace("│", " "))
    for names in (RULES, LOSSES):
        assert f"One of {', '.join(names)}." in text


def test_a_full_disk_leaves_the_old_model(monkeypatch):
    import os

    write("t.csv")
    ok("train", "t.csv", "--target", "y", *FAST, "-q")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    ended = "cannot write the model 't.thalweg': the disk is full; make room, or name a folder on another disk"
    assert ended in refused("train", "t.csv", "--target", "y", "--epochs", 4, "-q")
    tw.load("t.thalweg")


def test_too_little_memory_is_told(monkeypatch):
    def fail(*_, **__):
        raise MemoryError("Unable to allocate 9 TiB")

    write("t.csv")
    monkeypatch.setattr(tw.Network, "init", fail)
    assert "the memory is too small (Unable to allocate 9 TiB)" in refused("train", "t.csv", "--target", "y", "-q")


def test_ctrl_c_before_the_training(monkeypatch):
    from thalweg.data import reading

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    write("t.csv")
    monkeypatch.setattr(reading, "open_table", interrupted)
    before = folder()
    assert run("train", "t.csv", "--target", "y") == (130, "", "thalweg: interrupted\n")
    assert folder() == before


def test_a_rule_that_is_slow_for_so_many_weights_is_told(monkeypatch):
    import thalweg.cli.terminal

    write("t.csv")
    told = "note gauss_newton works on matrices of 41 × 41 in every epoch"
    command = ("train", "t.csv", "--target", "z", "--task", "regression", "--hidden", 8, *FAST, "--optimizer")
    assert told not in ok(*command, "gauss_newton").out
    monkeypatch.setattr(thalweg.cli.terminal, "MANY_PARAMETERS", 40)
    assert told in ok(*command, "gauss_newton").out
    assert "works on matrices" not in ok(*command, "scg").out


def test_a_target_given_twice_is_refused():
    write("good.csv")
    ended = run("train", "good.csv", "--target", "y", "--target", "y")
    assert ended.status == 1
    assert ended.err == "thalweg: target 'y' is given twice: name each target once\n"
    assert "good.thalweg" not in folder()


@pytest.mark.parametrize(("target", "near"), [("Y", "y"), (" y", "y")])
def test_near_names_whatever_their_case(target, near):
    write("good.csv")
    assert f"did you mean '{near}'?" in refused("train", "good.csv", "--target", target)


def test_several_columns_to_leave_out():
    write("good.csv")
    ok("train", "good.csv", "--target", "y", "--ignore", "z", "-q", *FAST)
    assert "no input column is left" in refused("train", "good.csv", "--target", "y", "--ignore", "z,x")
    write("more.csv", GOOD.replace("x,z", '"x,z",w'))
    assert tw.load("good.thalweg").encoding.unused == ("z",)
    ok("train", "more.csv", "--target", "y", "--ignore", "x,z", "-q", *FAST)
    assert tw.load("more.thalweg").encoding.unused == ("x,z",)


@pytest.mark.parametrize("arguments", [("--target", "big"), ("--target", "size")])
def test_a_table_without_names_is_told(arguments):
    """Field case 10-no-header."""
    write("flowers.csv", "".join(f"{i * 1.5},{i % 5 + 0.5},{('big', 'small')[i % 2]}\n" for i in range(3, 40)))
    assert "line 1 looks like data, not names" in refused("train", "flowers.csv", *arguments)
    write("bits.csv", "0,0,1,0,0\n1,0,0,0,1\n0,1,1,1,1\n" * 20)
    assert "line 1 looks like data, not names" in refused("train", "bits.csv", "--target", "0")


def test_notes_of_the_reading_stand_in_print_record_and_report():
    write("t.csv", GOOD.replace("b\n", "\xe9\n").encode("latin-1"))
    assert "note t.csv is read as cp1252" in lines(ok("train", "t.csv", "--target", "y", *FAST).out)
    assert any("cp1252" in note for note in tw.load("t.thalweg").record["notes"])
    assert "cp1252" in Path("t.report.html").read_text()


@pytest.mark.parametrize(("table", "target"), [("wine.csv", "cultivar"), ("diabetes.csv", "progression")])
def test_a_clean_file_has_no_notes(table, target):
    shutil.copy(DATA / table, ".")
    assert ok("train", table, "--target", target, "--json", *FAST).json["notes"] == []


def rare() -> str:
    """600 rows of which one in 30 is fraud, which `a` tells a little."""
    rng = np.random.default_rng(0)
    a = rng.uniform(-1, 1, 600)
    fraud = rng.uniform(size=600) < 0.07 / (1 + np.exp(-4 * a))
    return write("fraud.csv", "a,fraud\n" + "".join(f"{x:.4f},{int(y)}\n" for x, y in zip(a, fraud, strict=True)))


def test_a_model_that_is_no_better_than_a_constant_is_told():
    """Field 08-no-better-than-a-constant."""
    ended = ok("train", rare(), "--target", "fraud", "--hidden", "4", "--epochs", 300)
    scores = tw.load("fraud.thalweg").record["scores"]
    share = f"{100 * scores['constant']['accuracy']:.1f} %"
    assert f"predicts 0 for every row: no better than always saying 0 ({share})" in ended.out
    told = lines(ended.out)
    assert "score model always saying 0 accuracy" in told
    assert "balanced accuracy 50.0 % 50.0 %" in told
    assert f"always saying 0: {share}" in Page(Path("fraud.report.html").read_text(encoding="utf-8")).text
    said = ok("predict", "fraud.thalweg", "fraud.csv", "--output", "o.csv").err
    assert "; always saying 0: accuracy 9" in said
    assert "note: predicts 0 for every row: no better than always saying 0 (9" in said
    found = ok("diagnose", "fraud.thalweg", "--table", "fraud.csv", "-q").out
    assert "predicts 0 for every example: no better than always saying 0 (9" in found


@pytest.mark.usefixtures("written_figures")
def test_a_class_without_test_rows_has_no_recall():
    write("train.csv", "x,y\n" + "".join(f"{i},{'abc'[i % 3]}\n" for i in range(60)))
    write("test.csv", "x,y\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in range(10)))
    ended = ok("train", "train.csv", "--target", "y", "--test", "test.csv", *FAST)
    assert "c none none none 0" in lines(ended.out)
    assert "c none none none 0" in Page(Path("train.report.html").read_text(encoding="utf-8")).text
    assert ok("show", "train.thalweg").out.count("none") == 3


def test_the_notes_stand_together_after_the_scores_those_of_what_was_learnt_first():
    table = Path(rare()).read_text().replace("\n", ",k\n").replace("fraud,k", "fraud,same")
    write("f.csv", "b," + table.replace("\n", "\n1.5,", 600))
    ended = ok("train", "f.csv", "--target", "fraud", "--hidden", "4", "--epochs", 30)
    rows = ended.out.splitlines()
    notes = [number for number, row in enumerate(rows) if row.startswith("note ")]
    assert len(notes) >= 2
    assert notes == list(range(notes[0], notes[0] + len(notes)))
    assert "no better than" in rows[notes[0]]
    assert notes[0] > rows.index(next(row for row in rows if row.startswith("Scores of")))
    assert [row.removeprefix("note ") for row in rows[notes[0] : notes[-1] + 1]] == tw.load("f.thalweg").record["notes"]


def test_the_standard_input(monkeypatch):
    import io

    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    ok("train", "-", "--target", "y", "-q", *FAST)
    assert set(folder()) == {"table.thalweg", "table.report.html"}


@pytest.mark.parametrize("suffix", [".parquet", pytest.param(".arrow", marks=pytest.mark.thorough)])
def test_a_damaged_binary_table_is_one_line(suffix):
    """Field case h27-flipped-bits-abort: whatever is flipped, a line and status 1, or a training."""
    frame = pl.DataFrame({"x": np.arange(60.0), "y": ["a", "b"] * 30})
    (frame.write_parquet if suffix == ".parquet" else frame.write_ipc)(f"t{suffix}")
    raw = bytearray(Path(f"t{suffix}").read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    raw[-12] ^= 0xFF
    write(f"t{suffix}", bytes(raw))
    refused("train", f"t{suffix}", "--target", "y")
