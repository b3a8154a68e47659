"""`thalweg check`: the verdict on a model's gradient, a line for each layer, the worst ten, the exit status."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from command_line import DATA, ok, quickly_trained, refused, run

import thalweg as tw
from thalweg.core.activations import Tanh

WORKED = Path(__file__).parents[2] / "examples" / "worked"
TABLES = {"wine": "cultivar", "houses": "price"}


@pytest.fixture(scope="module", name="models")
def _models(tmp_path_factory) -> Path:
    """A folder with a model of each of two tables."""
    more = {"wine": ("--hidden", "6"), "houses": ("--activation", "relu", "--hidden", "8,4")}
    return quickly_trained(tmp_path_factory.mktemp("models"), **more)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch, models):
    monkeypatch.chdir(tmp_path)
    for name in TABLES:
        shutil.copy(models / f"{name}.thalweg", ".")
        shutil.copy(DATA / f"{name}.csv", ".")


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_model_passes():
    ended = ok("check", "wine.thalweg", "--table", "wine.csv")
    net = tw.load("wine.thalweg").network
    assert ended.err == ""
    assert ended.out.startswith(f"The gradient is right: {net.parameter_count} of {net.parameter_count} weights agree")
    assert "The error has the l2 penalty of the training, 0.001." in ended.out
    assert "The model's float32 parameters were checked in float64." in ended.out
    assert "layer1 84 84 0 0 0" in words(ended.out)
    assert "layer2 21 21 0 0 0" in words(ended.out)
    assert sum(line.endswith("right") for line in ended.out.splitlines()) == 10


@pytest.mark.parametrize("name", TABLES)
def test_all_numbers_as_json(name):
    told = ok("check", f"{name}.thalweg", "--table", f"{name}.csv", "--json").json
    model = tw.load(f"{name}.thalweg")
    frame = tw.read_table(f"{name}.csv")
    P, T = model.encoding.inputs_of(frame)[0], model.encoding.targets_of(frame)
    params = model.network.unravel(model.network.ravel(model.params).astype("float64"))
    _, gradient = tw.gradient(model.network, model.loss, params, P, T, l2=0.001)
    assert told["passed"] is True
    assert (told["model"], told["table"]) == (f"{name}.thalweg", f"{name}.csv")
    assert told["total"] == told["checked"] == model.network.parameter_count
    np.testing.assert_array_equal(told["entries"]["analytic"], model.network.ravel(gradient))
    np.testing.assert_allclose(told["entries"]["numeric"], model.network.ravel(gradient), rtol=1e-5, atol=1e-9)
    assert max(told["entries"]["error"]) < 1e-6
    assert [part["name"] for part in told["parts"]] == [layer.name for layer in model.network.layers]
    assert len(told["worst"]) == 10
    assert told["worst"][0]["error"] == max(told["entries"]["error"])


def test_a_wrong_derivative_ends_with_1(monkeypatch):
    monkeypatch.setattr(Tanh, "derivative", lambda self, x: x * x - 1.0)
    ended = run("check", "wine.thalweg", "--table", "wine.csv")
    assert (ended.status, ended.err) == (1, "")
    lines = ended.out.splitlines()
    assert lines[0] == "The gradient is wrong in 84 of 105 weights."
    assert any("no simple pattern" in line or "the sign is flipped" in line for line in lines)
    assert "Right: layer2." in lines
    assert "The mistake comes in at 'layer1', the last layer that is wrong: look at the derivative of Tanh." in lines
    assert sum(line.endswith("wrong") for line in lines) == 10
    told = run("check", "wine.thalweg", "--table", "wine.csv", "--json")
    assert told.status == 1
    assert told.json["passed"] is False
    assert told.json["findings"]


def test_rows():
    tw.read_table("houses.csv").sample(450, with_replacement=True, seed=0).write_csv("many.csv")
    for options, used in (((), 200), (("--rows", 20), 20), (("--rows", 1, "--all"), 1)):
        ended = ok("check", "houses.thalweg", "--table", "many.csv", *options)
        assert f"{used} of 450 rows were used, spread over the table." in ended.out
    for options in (("--rows", 1000), ("--all",)):
        assert "rows were used" not in ok("check", "houses.thalweg", "--table", "many.csv", *options).out


def test_rows_are_spread_over_the_table():
    ended = ok("check", "houses.thalweg", "--table", "houses.csv", "--rows", 3, "--json").json
    model, frame = tw.load("houses.thalweg"), tw.read_table("houses.csv")[[0, 100, 199]]
    P, T = model.encoding.inputs_of(frame)[0], model.encoding.targets_of(frame)
    params = model.network.unravel(model.network.ravel(model.params).astype("float64"))
    _, gradient = tw.gradient(model.network, model.loss, params, P, T, l2=0.001)
    np.testing.assert_array_equal(ended["entries"]["analytic"], model.network.ravel(gradient))


def test_a_sample_of_the_weights_or_all():
    ok("train", "wine.csv", "--target", "cultivar", "--epochs", 1, "--engine", "numpy", "--hidden", 80, "-q",
       "--output", "large.thalweg")  # fmt: skip
    sample = ok("check", "large.thalweg", "--table", "wine.csv", "--rows", 10, "--json").json
    everything = ok("check", "large.thalweg", "--table", "wine.csv", "--rows", 10, "--json", "--all").json
    assert sample["total"] == everything["total"] == everything["checked"] == 1363
    assert 900 < sample["checked"] < 1100
    few = ok("check", "large.thalweg", "--table", "wine.csv", "--rows", 10, "--json", "--weights", 50).json
    assert 50 <= few["checked"] < 100
    assert any("drawn at random from each array" in note for note in sample["notes"])


@pytest.mark.parametrize("path", sorted(WORKED.glob("*.toml")), ids=lambda path: path.stem)
def test_step_files(path):
    ended = ok("check", path)
    assert ended.out.startswith("The gradient is right")
    assert "float64" not in ended.out


def test_a_model_of_float64_without_l2():
    ok("train", "wine.csv", "--target", "cultivar", "--epochs", 2, "--dtype", "float64", "--weight-decay", 0,
       "--dropout", 0.3, "-q", "--output", "plain.thalweg")  # fmt: skip
    ended = ok("check", "plain.thalweg", "--table", "wine.csv", "--rows", 10)
    assert "float32" not in ended.out
    assert "l2" not in ended.out
    assert "Dropout is left out of the check." in ended.out


def test_what_is_unexpected_in_the_table_is_noted():
    import polars as pl

    tw.read_table("houses.csv").head(5).with_columns(pl.lit(7).alias("extra")).write_csv("new.csv")
    assert (
        "1 column not in the training table, not used: 'extra'."
        in ok("check", "houses.thalweg", "--table", "new.csv").out
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("wine.thalweg",), "a model holds no data: give the table that it was trained on, --table wine.csv"),
        (("wine.thalweg", "--table", "nope.csv"), "nope.csv: no such file"),
        (("nope.thalweg", "--table", "wine.csv"), "cannot read 'nope.thalweg'"),
        (("wine.thalweg", "--table", "houses.csv"), "the table lacks 13 columns of the training table"),
        (("wine.thalweg", "--table", "wine.csv", "--rows", "0"), "--rows is 0; it must be at least 1"),
        (("wine.thalweg", "--table", "wine.csv", "--weights", "0"), "--weights is 0; it must be at least 1"),
        (("wine.thalweg", "--table", "wine.csv", "--weights", "5", "--all"), "give one of them"),
        (("nope.toml",), "nope.toml"),
        ((WORKED / "aifh_xor_online.toml", "--table", "wine.csv"), "--table goes with a model file"),
        ((WORKED / "aifh_xor_online.toml", "--rows", "2"), "--rows goes with a model file"),
    ],
)
def test_what_cannot_be_checked_is_one_line(arguments, reason):
    assert reason in refused("check", *arguments)


def test_a_table_without_its_target_is_one_line():
    frame = tw.read_table("wine.csv")
    frame.drop("cultivar").write_csv("new.csv")
    assert "target 'cultivar' is not a column" in refused("check", "wine.thalweg", "--table", "new.csv")
    frame.with_columns(cultivar=frame["cultivar"].shift(1)).write_csv("new.csv")
    assert "target 'cultivar' is missing in row 1" in refused("check", "wine.thalweg", "--table", "new.csv")


def test_models_without_a_table_or_with_a_damaged_record_are_one_line():
    net = tw.mlp(2, 1)
    tw.save(tw.Model(net, net.init(0), tw.losses.MSE()), "arrays.thalweg")
    assert "use tw.check_network with the arrays" in refused("check", "arrays.thalweg", "--table", "wine.csv")
    assert "use tw.check_network with the arrays" in refused("check", "arrays.thalweg")
    model = tw.load("wine.thalweg")
    for settings in ({"optimizer": "nope"}, {"hiden": 3}, 5):
        tw.save(
            tw.Model(model.network, model.params, model.loss, model.encoding, {"settings": settings}), "odd.thalweg"
        )
        refused("check", "odd.thalweg", "--table", "wine.csv")
    tw.save(tw.Model(model.network, model.params, model.loss, model.encoding, {}), "bare.thalweg")
    assert "l2" not in ok("check", "bare.thalweg", "--table", "wine.csv").out
    assert "--table TABLE" in refused("check", "bare.thalweg")


STUDENT = (WORKED / "backprop.py").read_text()


def test_a_students_own_gradient_of_a_step_file():
    Path("student.py").write_text(STUDENT)
    at = ("check", WORKED / "nnd_function_approximation.toml", "--gradient")
    ended = run(*at, "student.py")
    assert ended.status == 1
    assert "W1 and b1: this is what comes out without f' in hidden." in ended.out
    assert "Right is s¹ = f'(n¹) ⊙ (W²)ᵀ s², with f'(n) = a (1 - a)." in words(ended.out)
    assert "W2 2 2 0 0 0" in words(ended.out)
    Path("student.py").write_text(STUDENT.replace('@ x["W2"]\n', '@ x["W2"] * a * (1 - a)\n'))
    assert ok(*at, "student.py").out.startswith("The gradient is right: 7 of 7 entries agree")
    assert "no such file" in refused(*at, "nobody.py")


def test_a_students_own_gradient_of_a_model():
    Path("student.py").write_text(
        "import numpy as np\n"
        "def gradient(x, P, T):\n"
        '    a = np.tanh(P @ x["W1"].T + x["b1"])\n'
        '    n = a @ x["W2"].T + x["b2"]\n'
        "    e = np.exp(n - n.max(1, keepdims=True))\n"
        "    s2 = (e / e.sum(1, keepdims=True) - T) / len(P)\n"
        '    s1 = s2 @ x["W2"] * (1 - a**2)\n'
        '    return {"W1": s1.T @ P, "b1": s1.sum(0), "W2": s2.T @ a, "b2": s2.sum(0)}\n'
    )
    net = tw.load("wine.thalweg").network
    assert [type(layer.activation).__name__ for layer in net.layers] == ["Tanh", "Softmax"]
    ended = run("check", "wine.thalweg", "--table", "wine.csv", "--rows", 20, "--gradient", "student.py")
    assert ended.status == 1
    assert "W1 and W2: this is what comes out without the penalty's derivative λ W" in words(ended.out)
