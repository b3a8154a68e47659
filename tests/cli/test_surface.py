"""`thalweg surface`: the picture, its data, and what it refuses."""

import json
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from command_line import DATA, ok, refused
from PIL import Image

import thalweg as tw

XOR = """
loss = "mse"
[network]
inputs = {p = 2}
[[network.layers]]
name = "hidden"
size = 2
activation = "tanh"
weights = [[1.0, -0.5], [0.25, 1.5]]
bias = [0.1, -0.2]
[[network.layers]]
name = "out"
size = 1
activation = "sigmoid"
weights = [[1.2, -0.8]]
bias = [0.3]
[optimizer]
name = "momentum"
learning_rate = 0.4
[data]
inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]
targets = [0, 1, 1, 0]
"""
LINEAR = """
loss = "sse"
[network]
inputs = {p = 2}
[[network.layers]]
name = "a"
size = 1
weights = [[1, 1]]
bias = false
[optimizer]
name = "gd"
learning_rate = 0.02
[data]
inputs = [[-4, 2], [1, 2]]
targets = [-1, 1]
"""
P, T = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]])
WEIGHTS = ("--weights", "hidden[0,0],out[0,1]")
FEW = ("--points", 5, "--steps", 4)
SMALL = ("--points", 7)
"""For what follows no rule, which has no steps."""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("xor.toml").write_text(XOR, encoding="utf-8")
    Path("linear.toml").write_text(LINEAR, encoding="utf-8")


@pytest.fixture(scope="module", name="model")
def _model(tmp_path_factory):
    place = tmp_path_factory.mktemp("models") / "wine.thalweg"
    ok("train", DATA / "wine.csv", "--target", "cultivar", "--epochs", 3, "--hidden", 4, "-q", "--output", place)
    return place


def net_of_xor():
    from thalweg.worked.step_files.file import read_step_file

    read = read_step_file("xor.toml")
    return read.network, read.params


def test_a_picture_of_two_weights_with_four_rules():
    ended = ok("surface", "xor.toml", *WEIGHTS, "--rules", "gd,momentum,nesterov,adam", "--output", "s.png", *FEW)
    assert Path("s.png").read_bytes().startswith(b"\x89PNG")
    assert "picture: s.png" in ended.out
    for name in ("gd, α = 0.01", "momentum, α = 0.4", "nesterov, α = 0.01", "adam, α = 0.001"):
        assert f"\n{name} " in ended.out
    assert not Path("surface.png").exists()


@pytest.mark.parametrize(
    ("suffix", "start"),
    [("svg", b"<?xml"), pytest.param("pdf", b"%PDF", marks=pytest.mark.thorough), ("PNG", b"\x89PNG")],
)
def test_formats(suffix, start):
    ok("surface", "xor.toml", *WEIGHTS, "--output", f"s.{suffix}", *FEW)
    assert Path(f"s.{suffix}").read_bytes().startswith(start)


def test_the_data_are_those_of_the_library():
    arguments = *WEIGHTS, "--rules", "gd=0.5,adam", "--learning-rate", 0.1, "--range", "-2:3,-1:1"
    ok("surface", "xor.toml", *arguments, "--json", "s.json", "-q", *FEW)
    assert not Path("surface.png").exists()
    told = json.loads(Path("s.json").read_text())
    net, params = net_of_xor()
    taken = [
        tw.trajectory(net, "mse", params, P, T, rule, steps=4, name=name)
        for name, rule in (("gd, α = 0.5", tw.GradientDescent(0.5)), ("adam, α = 0.1", tw.Adam(0.1)))
    ]
    expected = tw.error_surface(
        net, "mse", params, P, T, ("hidden[0,0]", "out[0,1]"), span=((-2, 3), (-1, 1)), points=5, trajectories=taken
    )
    assert told == json.loads(json.dumps(expected.to_dict()))


def test_the_files_own_rule_keeps_its_settings():
    net, params = net_of_xor()
    own = tw.trajectory(net, "mse", params, P, T, tw.Momentum(0.4), steps=4)
    for rules in ((), ("--rules", "momentum")):
        ok("surface", "xor.toml", *WEIGHTS, *rules, "--json", "s.json", *FEW)
        (path,) = json.loads(Path("s.json").read_text())["paths"]
        assert (path["name"], path["F"]) == ("momentum, α = 0.4", own.F.tolist())
    ok("surface", "xor.toml", *WEIGHTS, "--rules", "none", "--json", "s.json", *SMALL)
    assert json.loads(Path("s.json").read_text())["paths"] == []


def test_batches_and_a_penalty_of_the_file():
    text = XOR.replace('loss = "mse"', 'loss = "mse"\nl2 = 0.1').replace("[data]", "[data]\nbatch_size = 1")
    Path("online.toml").write_text(text, encoding="utf-8")
    ok("surface", "online.toml", *WEIGHTS, "--json", "s.json", *FEW)
    net, params = net_of_xor()
    one = tw.trajectory(net, "mse", params, P, T, tw.Momentum(0.4), steps=4, batch_size=1, order="sequential", l2=0.1)
    told = json.loads(Path("s.json").read_text())
    assert told["paths"][0]["F"] == one.F.tolist()
    assert told["F_center"] == pytest.approx(float(tw.gradient(net, "mse", params, P, T, l2=0.1)[0]))


def test_only_the_weights_of_the_axes():
    ok("surface", "xor.toml", *WEIGHTS, "--only", "--rules", "adam=0.1", "--json", "s.json", *FEW)
    (path,) = json.loads(Path("s.json").read_text())["paths"]
    assert path["share"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        (("--directions", "random", "--seed", 3), "random direction 1"),
        (("--directions", "gradient"), "down the gradient"),
        (("--directions", "pca"), "principal direction 1"),
        ((), "principal direction 1"),
        (("--rules", "none"), "down the gradient"),
    ],
)
def test_directions(arguments, first):
    few = SMALL if "none" in arguments else FEW
    ok("surface", "xor.toml", *arguments, "--json", "s.json", *few)
    assert json.loads(Path("s.json").read_text())["plane"]["names"][0].startswith(first)


def test_a_network_of_two_weights_needs_no_naming():
    ended = ok("surface", "linear.toml", "--steps", 2, "--points", 9, "--range", "-1:2")
    assert Path("surface.png").exists()
    assert "at a[0,0] = 0.4, a[0,1] = 0.3" in ended.out
    assert "100 %" in ended.out


def test_divergence_is_told():
    ended = ok("surface", "linear.toml", "--rules", "gd=5", "--steps", 400, "--points", 9, "--json", "s.json")
    assert "diverged" in ended.out


def test_one_weight_is_a_curve():
    ended = ok("surface", "xor.toml", "--weights", "hidden[1,0]", "--range", "-3:3", "--json", "s.json", "--points", 7)
    net, params = net_of_xor()
    expected = tw.error_along_weight(net, "mse", params, P, T, "hidden[1,0]", span=(-3, 3), points=7)
    assert json.loads(Path("s.json").read_text()) == expected.to_dict()
    assert f"hidden[1,0] = 0.25: error {expected.F_at:.6g}, slope {expected.slope:.6g}" in ended.out
    ok("surface", "xor.toml", "--weights", "hidden[1,0]", "--output", "s.svg")
    assert "slope" in Path("s.svg").read_text() or Path("s.svg").stat().st_size > 1000


def test_a_model_with_its_table(model):
    shutil.copy(model, "wine.thalweg")
    of = ("surface", "wine.thalweg", "--table", DATA / "wine.csv", "--directions", "random", "--json", "s.json")
    assert "over all 178 rows of the table, each counted alike, with the l2 penalty of the" in " ".join(
        ok(*of, *SMALL).out.split()
    )
    told = json.loads(Path("s.json").read_text())
    trained, frame = tw.load("wine.thalweg"), tw.read_table(DATA / "wine.csv")
    inputs, targets = trained.encoding.inputs_of(frame)[0], trained.encoding.targets_of(frame)
    F, _ = tw.gradient(trained.network, trained.loss, trained.params, inputs, targets, l2=0.001)
    assert told["F_center"] == pytest.approx(float(F), rel=1e-6)
    assert told["paths"] == []
    assert "--table wine.csv" in refused("surface", "wine.thalweg")


NO_DATA = XOR[: XOR.index("[data]")]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("xor.toml", "--weights", "hidden[0,0],out[0,1],out[0]"), "--weights names 3; a surface has two directions"),
        (("xor.toml", "--directions", "random,gradient,pca"), "--directions names 3; each is a pair of directions"),
        (("xor.toml", "--directions", "gradeint"), "unknown directions 'gradeint': did you mean 'gradient'?"),
        (("xor.toml", "--directions", "pca", "--rules", "none"), "'pca' needs trajectories"),
        (("xor.toml", *WEIGHTS, "--directions", "pca"), "both say what the axes are"),
        (("xor.toml", "--weights", "hiden[0,0],out[0,1]"), "unknown layer 'hiden': did you mean 'hidden'?"),
        (("xor.toml", "--weights", "hidden[0,7],out[0,1]"), "'p' has 2 units, 0 to 1"),
        (("xor.toml", "--weights", "hidden,out"), "write layer[to,from]"),
        (("xor.toml", "--weights", "out[0],out[0]"), "named twice"),
        (("xor.toml", "--weights", "out[0]", "--rules", "lm"), "moves all parameters"),
        (("xor.toml", "--weights", "out[0]", "--steps", 3), "--steps is of rules, and none is followed"),
        (("xor.toml", *WEIGHTS, "--rules", "none", "--only"), "--only is of rules, and none is followed"),
        (("xor.toml", *WEIGHTS, "--seed", 1), "--seed is that of random directions"),
        (("xor.toml", *WEIGHTS, "--rules", "gd=1", "--learning-rate", "2"), "--learning-rate has no effect"),
        (("xor.toml", "--weights", "out[0]", "--range", "0:1,0:1"), "one weight has one range"),
        (("xor.toml", "--only"), "--only needs the weights to train"),
        (("xor.toml", "--weights", ""), "--weights is empty: name one weight or two"),
        (("xor.toml", *WEIGHTS, "--rules", "gd,adamm"), "unknown optimizer 'adamm'"),
        (("xor.toml", *WEIGHTS, "--rules", "gd=fast"), "--rules: 'fast' is no number"),
        (("xor.toml", *WEIGHTS, "--rules", "lm=0.1"), "'lm' has no learning rate: leave '=0.1' out"),
        (("xor.toml", *WEIGHTS, "--rules", "gd,gd"), "names 'gd' twice"),
        (("xor.toml", *WEIGHTS, "--rules", "gd=1,gd=2,gd=3,gd=4,gd=5,gd=6"), "6 paths cannot be told apart"),
        (("xor.toml", *WEIGHTS, "--learning-rate", "-1"), "learning_rate is -1"),
        (("xor.toml", *WEIGHTS, "--steps", 0), "steps is 0"),
        (("xor.toml", *WEIGHTS, "--points", 1), "points is 1; it must be a whole number of at least 2"),
        (("xor.toml", *WEIGHTS, "--range", "5"), "write -5:5 for both axes"),
        (("xor.toml", *WEIGHTS, "--range", "5:-5"), "low below high"),
        (("xor.toml", *WEIGHTS, "--range", "a:b"), "'a' is no number"),
        (("xor.toml", *WEIGHTS, "--output", "s.jpeg"), "must end in .png, .svg, .pdf, .gif or .html"),
        (("xor.toml", *WEIGHTS, "--output", "nowhere/s.png"), "there is no folder"),
        (("xor.toml", *WEIGHTS, "--json", "xor.toml"), "would overwrite the input"),
        (("xor.toml", *WEIGHTS, "--output", "s.png", "--json", "s.png"), "would overwrite the picture"),
        (("xor.toml", *WEIGHTS, "--table", DATA / "wine.csv"), "--table goes with a model file"),
        (("none.toml", *WEIGHTS), "none.toml: no such file"),
        (("no_data.toml", *WEIGHTS), "no_data.toml has no [data], and an error needs examples"),
        (("l1.toml", *WEIGHTS), "l1 is 0.1; a surface is drawn without l1"),
        (("linear.toml", "--range", "1e300:2e300"), "the error is not finite at any point"),
    ],
)
def test_mistakes(arguments, words):
    Path("no_data.toml").write_text(NO_DATA, encoding="utf-8")
    Path("l1.toml").write_text("l1 = 0.1\n" + XOR, encoding="utf-8")
    assert words in refused("surface", *arguments)


def test_a_model_of_arrays():
    net = tw.mlp(2, 1)
    tw.save(tw.Model(net, net.init(0), tw.losses.MSE()), "arrays.thalweg")
    assert "trained on arrays" in refused("surface", "arrays.thalweg", "--table", DATA / "wine.csv")


DOSAGE = """
loss = "sse"
[network]
inputs = 1
[[network.layers]]
name = "h"
size = 2
activation = "softplus"
weights = [3.34, -3.53]
bias = [-1.43, 0.57]
[[network.layers]]
name = "o"
weights = [[-1.22, -2.30]]
bias = [0]
[data]
inputs = [0, 0.5, 1]
targets = [0, 1, 0]
"""


@pytest.mark.parametrize("only", [(), ("--only",)])
def test_one_weight_rolls_down_its_curve(only):
    """field s27-one-parameter-descends: the steps on the curve, by a plain loop over the one weight's slope."""
    Path("dosage.toml").write_text(DOSAGE, encoding="utf-8")
    arguments = ("dosage.toml", "--weights", "o[0]", "--rules", "gd=0.1", "--steps", 6, "--json", "s.json", *only)
    told = ok("surface", *arguments, "--output", "s.png").out
    x, t = np.array([0.0, 0.5, 1.0]), np.array([0.0, 1.0, 0.0])
    base = -1.22 * np.log1p(np.exp(3.34 * x - 1.43)) - 2.30 * np.log1p(np.exp(-3.53 * x + 0.57))
    b, found = 0.0, []
    for _ in range(7):
        residual = base + b - t
        found.append((b, float((residual**2).sum()), float(2 * residual.sum())))
        b -= 0.1 * found[-1][2]
    (path,) = json.loads(Path("s.json").read_text())["paths"]
    np.testing.assert_allclose(np.transpose([path["values"], path["F"], path["slopes"]]), found, rtol=1e-9)
    assert f"{found[1][0]:.6g}" in told
    assert "the other weights held" in told


def test_a_gif_shows_the_paths_step_by_step():
    ok("surface", "xor.toml", *WEIGHTS, *FEW, "--rules", "gd=0.5,adam", "--output", "paths.gif")
    with Image.open("paths.gif") as gif:
        assert gif.n_frames == 5


def test_a_gif_without_paths_is_refused():
    assert "no path is on the picture" in refused(
        "surface", "xor.toml", *WEIGHTS, *SMALL, "--rules", "none", "--output", "paths.gif"
    )
    assert not Path("paths.gif").exists()


def test_the_paths_begin_where_they_are_told_to():
    ok("surface", "xor.toml", *WEIGHTS, *FEW, "--rules", "gd", "--start", "-2,0.5", "--json", "s.json", "-q")
    drawn = json.loads(Path("s.json").read_text(encoding="utf-8"))
    assert drawn["center"] == [-2.0, 0.5] == drawn["paths"][0]["points"][0]
    ok("surface", "xor.toml", "--weights", "out[0,1]", "--points", 5, "--start", "0.5", "--json", "c.json", "-q")
    assert json.loads(Path("c.json").read_text(encoding="utf-8"))["at"] == 0.5


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("1", "--start has 1 values, --weights 2"),
        ("1,x", "--start: 'x' is no number"),
        ("1,inf", "--start: inf is not finite"),
    ],
)
def test_a_start_that_is_none(start, words):
    assert words in refused("surface", "xor.toml", *WEIGHTS, *SMALL, "--start", start)
    assert "name them by --weights" in refused("surface", "xor.toml", "--directions", "gradient", "--start", "1,2")


def test_a_page_to_play_and_click_has_the_command_that_begins_elsewhere():
    arguments = *WEIGHTS, "--rules", "gd=0.5", "--only", "--range", "-2:3"
    ok("surface", "xor.toml", *arguments, "--start", "1,0.5", "--output", "s.html", *FEW)
    values = json.loads(re.search(r'id="values">(.*?)</script>', Path("s.html").read_text(encoding="utf-8"), re.S)[1])
    command = values["data"]["command"]
    assert command.startswith('thalweg surface xor.toml --weights "hidden[0,0],out[0,1]" --rules gd=0.5')
    assert "--only" in command
    assert command.endswith("--start {start}")
    assert command.count("--start") == 1
    assert values["start"] == [1, 0.5]
    words = shlex.split(command.replace("{start}", "1,0.5").replace("s.html", "again.html"))
    ok(*words[1:])  # what is told can be run
    again = json.loads(
        re.search(r'id="values">(.*?)</script>', Path("again.html").read_text(encoding="utf-8"), re.S)[1]
    )
    assert again["paths"] == values["paths"]
    ok("surface", "xor.toml", "--directions", "gradient", "--output", "d.html", *FEW)
    assert '"command":' not in Path("d.html").read_text(encoding="utf-8")


def test_the_command_of_an_example_of_the_gallery_names_it():
    ok("surface", "--gallery", "mazur", "--weights", "hidden[0,0]", "--output", "g.html", *SMALL)
    values = json.loads(re.search(r'id="values">(.*?)</script>', Path("g.html").read_text(encoding="utf-8"), re.S)[1])
    assert values["data"]["command"].startswith('thalweg surface --gallery mazur --weights "hidden[0,0]"')
