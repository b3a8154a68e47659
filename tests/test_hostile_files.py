"""Step files, files of options, models and tables made to break what reads them: one line of our own, at once."""

import datetime
import json

import numpy as np
import polars as pl
import pytest
from cli.command_line import run as run_command

import thalweg as tw
from thalweg.errors import visible
from thalweg.system import read_toml
from thalweg.worked.step_files.file import step_file

STEP = """
[network]
inputs = 2
[[network.layers]]
name = "out"
size = 1
activation = "tanh"
weights = [0.7, 0.8]
bias = 0.1
[data]
inputs = [[1, 0], [0, 1]]
targets = [[1], [0]]
"""
NET = tw.mlp(2, 2, 1)


def refused(path, error=tw.ThalwegError):
    with pytest.raises(error) as caught:
        tw.read_step_file(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 5000 + "]" * 5000,
        "a = " + "{b = " * 3000 + "1" + "}" * 3000,
        "optimizer" + ".a" * 2000 + " = 1",
        "optimizer" + ".a" * 40 + " = 1",
        "a = " + "9" * 5000,
    ],
    ids=["brackets", "tables", "keys", "forty keys", "digits"],
)
def test_nested_and_long_toml(tmp_path, text):
    """field h14-toml-nested"""
    (tmp_path / "x.toml").write_text(text)
    assert refused(tmp_path / "x.toml", tw.FileError).count("x.toml") == 1
    with pytest.raises(tw.FileError):
        read_toml(tmp_path / "x.toml", "name a file")


@pytest.mark.parametrize(
    "number", ["[0.1]", "{}", "2024-01-01", '"0.1"', "true", "1" + "0" * 400, "nan"], ids=lambda text: text[:12]
)
def test_a_number_of_a_rule_that_is_none(tmp_path, number):
    """field h18-rule-settings"""
    (tmp_path / "x.toml").write_text(f'{STEP}[optimizer]\nname = "momentum"\nmomentum = {number}\n')
    assert "momentum" in refused(tmp_path / "x.toml", tw.ArgumentError)


@pytest.mark.parametrize("key", ["weights = [0.7, 0.8]", "bias = 0.1", "inputs = [[1, 0], [0, 1]]", "size = 1\n"])
@pytest.mark.parametrize("value", ["1" + "0" * 400, "[[[[1]]]]", "2024-01-01", "{a = 1}", "[[1, 2], [3]]"])
def test_values_of_a_wrong_kind(tmp_path, key, value):
    (tmp_path / "x.toml").write_text(STEP.replace(key, f"{key.partition(' =')[0]} = {value}\n"))
    refused(tmp_path / "x.toml")


def test_a_layer_too_large_is_refused_before_memory_is_taken(tmp_path):
    """field h23-large-layers"""
    large = STEP.replace("weights = [0.7, 0.8]\nbias = 0.1", "").replace("size = 1\n", "size = 30_000_000\n")
    (tmp_path / "x.toml").write_text(large)
    told = refused(tmp_path / "x.toml", tw.ArgumentError)
    assert "layer 'out' of 30,000,000 units" in told
    assert "more than 1,000,000" in told
    with pytest.raises(tw.ArgumentError, match="layer 'layer1' of 1,000,000,000,000,000,000 units"):
        tw.mlp(2, 10**18, 1).init()


def test_the_limit_of_a_step_file_is_lifted_by_an_argument(tmp_path):
    wide = STEP.replace("weights = [0.7, 0.8]\nbias = 0.1", "").replace("size = 1\n", "size = 400_000\n")
    (tmp_path / "x.toml").write_text(wide.partition("[data]")[0])
    assert "1,200,000 parameters" in refused(tmp_path / "x.toml", tw.ArgumentError)
    assert tw.read_step_file(tmp_path / "x.toml", most_parameters=2_000_000).network.parameter_count == 1_200_000


@pytest.mark.parametrize("number", ["nan,1", "inf,0", "1e400,0"])
@pytest.mark.parametrize("form", [(), ("--format", "json")])
def test_an_example_that_is_not_finite_is_refused(tmp_path, number, form):
    """field h20-input-nan"""
    (tmp_path / "x.toml").write_text(STEP)
    status, out, told = run_command("step", str(tmp_path / "x.toml"), "--input", number, "--target", "1", *form)
    assert (status, out) == (1, "")
    assert "--input has" in told
    assert told.count("\n") == 1


def test_a_step_that_diverges_is_told_after_those_before_it(tmp_path):
    """field h20-input-nan"""
    diverging = f'steps = 5\n{STEP.replace("tanh", "linear")}[optimizer]\nname = "gd"\nlearning_rate = 1e120\n'
    (tmp_path / "x.toml").write_text(diverging)
    steps = tw.read_step_file(tmp_path / "x.toml").run()
    assert 1 <= len(steps) < 5
    assert f"step {len(steps) + 1}, which is not shown, leads to numbers that are not finite" in steps[-1].notes[-1]
    assert "NaN" not in json.dumps(steps[-1].to_dict())
    with pytest.raises(tw.ArgumentError, match="not finite: choose a smaller learning rate"):
        tw.read_step_file(tmp_path / "x.toml").open(5)
    at_once = step_file({"network": {"inputs": 1, "layers": [{"size": 1, "weights": [1e200], "bias": 0.0}]},
                         "data": {"inputs": [[1e200]], "targets": [[0.0]]}})  # fmt: skip
    with pytest.raises(tw.ArgumentError, match="step 1 leads to"):
        at_once.run()


def deep(levels):
    record = {}
    for _ in range(levels):
        record = {"a": record}
    return record


LOOP: dict = {}
LOOP["self"] = LOOP


@pytest.mark.parametrize(
    "record",
    [deep(40), deep(5000), LOOP, {"x": b"1"}, {"x": object()}, {"x": 1j}, {"x": datetime.date(2024, 1, 1)}],
    ids=["deep", "very deep", "loop", "bytes", "object", "complex", "date"],
)
def test_a_record_that_could_not_be_loaded_is_not_saved(tmp_path, record):
    """field h22-save-what-load-refuses"""
    with pytest.raises(tw.ArgumentError) as caught:
        tw.save(tw.Model(NET, NET.init(0), tw.losses.MSE(), None, record), tmp_path / "x.thalweg")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["nan", "float16", "complex", "integers"])
def test_parameters_that_could_not_be_loaded_are_not_saved(tmp_path, kind):
    """field h22-save-what-load-refuses"""
    dtype = {"float16": "float16", "complex": "complex64", "integers": "int64"}.get(kind, "float64")
    params = {
        name: tw.LayerParameters({s: w.astype(dtype) for s, w in weights.items()}, bias.astype(dtype))
        for name, (weights, bias) in NET.init(0).items()
    }
    if kind == "nan":
        params["layer1"].weights["input"][0, 0] = np.nan
    with pytest.raises(tw.ArgumentError):
        tw.save(tw.Model(NET, params, tw.losses.MSE()), tmp_path / "x.thalweg")
    assert not list(tmp_path.iterdir())


def test_the_deepest_record_that_is_saved_is_loaded(tmp_path):
    for levels in range(20, 40):
        try:
            tw.save(tw.Model(NET, NET.init(0), tw.losses.MSE(), None, deep(levels)), tmp_path / "x.thalweg")
        except tw.ArgumentError:
            break
        assert tw.load(tmp_path / "x.thalweg").record == deep(levels)
    assert 25 < levels < 35


def test_a_model_file_with_a_number_of_400_digits(tmp_path):
    """field h16-model-huge-number"""
    net = tw.Network({"p": 1}, [tw.Layer("out", 1, tw.activations.LeakyReLU(0.25))])
    tw.save(tw.Model(net, net.init(0), tw.losses.MSE()), tmp_path / "x.thalweg")
    content = (tmp_path / "x.thalweg").read_bytes()
    size, header, rest = int.from_bytes(content[:8], "little"), content[8:], b""
    header, rest = header[:size].rstrip(b" "), header[size:]
    header = header.replace(b"0.25", b"1" + b"0" * 400)
    header += b" " * (-len(header) % 8)
    (tmp_path / "x.thalweg").write_bytes(len(header).to_bytes(8, "little") + header + rest)
    with pytest.raises(tw.FileError, match="slope") as caught:
        tw.load(tmp_path / "x.thalweg")
    assert "\n" not in str(caught.value)


def test_control_characters_are_shown_as_such(tmp_path):
    """field h21-terminal-escapes"""
    rows = {"a\x1b[31m": [i * 1.3 for i in range(40)], "b": [i % 5 for i in range(40)]}
    rows["label"] = ["u\x1b]0;title\x07" if i % 2 else "<b>v</b>" for i in range(40)]
    pl.DataFrame(rows).write_parquet(tmp_path / "x.parquet")
    table, model = str(tmp_path / "x.parquet"), str(tmp_path / "x.thalweg")
    status, out, told = run_command("train", table, "--target", "label", "--epochs", "3", "--output", model)
    assert status == 0, told
    _, shown, _ = run_command("show", model)
    assert r"u\x1b]0;title\x07" in shown
    pages = [path.read_text() for path in tmp_path.glob("*.html")]
    assert pages
    for text in (out, told, shown, *pages):
        assert not [c for c in text if ord(c) < 32 and c not in "\n\t"]
    assert "<b>v</b>" not in pages[0]
    _, _, told = run_command("train", table, "--target", "c\x1b[31m")
    assert "\x1b" not in told


def test_a_step_with_tags_and_control_characters_in_its_names(tmp_path):
    """field h21-terminal-escapes"""
    hostile = 'title = "<script>x</script>\\u001b[31m"\nnotes = ["<b>bold</b>\\u0007"]\n'
    (tmp_path / "x.toml").write_text(hostile + STEP.replace('"out"', '"<i>out\\u001b"'))
    (step,) = tw.read_step_file(tmp_path / "x.toml").run()
    for text in (step.show(), step.to_markdown(), step.to_html(), step.to_latex()):
        assert not [c for c in text if ord(c) < 32 and c not in "\n\t"]
    for text in (step.to_markdown(), step.to_html()):
        assert not any(tag in text for tag in ("<script>x", "<b>bold", "<i>out"))


def test_what_is_visible():
    assert visible("a\x00\x1b\x7f\x9b\n\tµ") == "a\\x00\\x1b\\x7f\\x9b\n\tµ"
    assert visible("\u202eabc") == "\\u202eabc"
