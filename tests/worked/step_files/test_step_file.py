"""Step files: what they may say, and what is told of those that say something else."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

import thalweg as tw
from thalweg.worked.step_files.data import KEYS
from thalweg.worked.step_files.file import TABLES, TOP, read_step_file, step_file
from thalweg.worked.step_files.network import LAYER
from thalweg.worked.step_files.network import NETWORK as NETWORK_KEYS

NETWORK = {
    "inputs": {"p": 2, "q": 1},
    "layers": [
        {"name": "h", "size": 2, "activation": {"name": "leaky_relu", "slope": 0.2}, "sources": ["p"]},
        {"name": "out", "sources": ["h", "q"], "weights": {"q": [[3.0]]}, "bias": [0.5]},
    ],
}
DATA = {"inputs": {"p": [[1, 2], [3, 4], [5, 6]], "q": [1, 2, 3]}, "targets": [0, 1, 0]}


def test_what_is_given_is_taken_and_the_rest_is_drawn_from_the_seed():
    read = step_file({"network": NETWORK, "data": DATA, "seed": 7, "loss": {"name": "huber", "delta": 0.5}})
    drawn = read.network.init(7)
    np.testing.assert_array_equal(read.params["h"].weights["p"], drawn["h"].weights["p"])
    np.testing.assert_array_equal(read.params["out"].weights["h"], drawn["out"].weights["h"])
    np.testing.assert_array_equal(read.params["out"].weights["q"], [[3.0]])
    np.testing.assert_array_equal(read.params["out"].bias, [0.5])
    assert read.loss == tw.losses.Huber(0.5)
    assert read.network.layers[0].activation.slope == 0.2
    assert read.open().errors.shape == (3,)


def test_batches_in_turn():
    read = step_file({"network": NETWORK, "data": {**DATA, "batch_size": 2}, "steps": 3})
    rows = [step.rows.tolist() for step in read.run()]
    assert rows == [[0, 1], [2], [0, 1]]
    steps = read.run()
    for before, after in itertools.pairwise(steps):
        np.testing.assert_array_equal(read.network.ravel(before.new_params), read.network.ravel(after.params))


@pytest.mark.usefixtures("unchecked_shapes")
def test_the_steps_are_those_of_a_training():
    net = tw.mlp(2, 3, 1, hidden="sigmoid", output="sigmoid")
    P, T = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    layers = [{"name": layer.name, "size": layer.size, "activation": "sigmoid"} for layer in net.layers]
    data = {"inputs": P.tolist(), "targets": T.tolist(), "batch_size": 2}
    read = step_file({
        "network": {"inputs": 2, "layers": layers}, "data": data, "seed": 3, "loss": "half_sse", "l2": 0.01,
        "optimizer": {"name": "adam", "learning_rate": 0.1}, "steps": 10,
    })  # fmt: skip
    run = tw.train(
        net, P, T, "half_sse", tw.Adam(0.1), batch_size=2, order="sequential", epochs=5, seed=3, l2=0.01,
        dtype="float64", engine="numpy",
    )  # fmt: skip
    np.testing.assert_allclose(net.ravel(read.open(10).new_params), net.ravel(run.params), rtol=1e-12)


def test_a_state_is_taken_up():
    adam = {"name": "adam", "learning_rate": 0.1}
    size = tw.mlp(2, 1).parameter_count
    net = {"inputs": 2, "layers": [{"name": "out"}]}
    data = {"inputs": [[1, 2]], "targets": [1]}
    first = step_file({"network": net, "data": data, "optimizer": adam, "steps": 2}).run()
    state = {
        "step": 1,
        "m": {"out": {"weights": first[0].new_state.m["out"].weights["input"].tolist(),
                      "bias": first[0].new_state.m["out"].bias.tolist()}},
        "v": [*first[0].new_state.v["out"].weights["input"][0].tolist(), *first[0].new_state.v["out"].bias.tolist()],
    }  # fmt: skip
    weights = {"weights": first[0].new_params["out"].weights["input"].tolist(),
               "bias": first[0].new_params["out"].bias.tolist()}  # fmt: skip
    again = step_file({
        "network": {"inputs": 2, "layers": [{"name": "out", **weights}]},
        "data": data,
        "optimizer": {**adam, "state": state},
    }).open()  # fmt: skip
    assert size == 3
    assert again.number == 2
    np.testing.assert_array_equal(again.new_params["out"].bias, first[1].new_params["out"].bias)


def changed(**more):
    return {"network": NETWORK, "data": DATA, **more}


def with_layer(**more):
    return changed(network={**NETWORK, "layers": [NETWORK["layers"][0], {**NETWORK["layers"][1], **more}]})


def with_hidden(**more):
    return changed(network={**NETWORK, "layers": [{**NETWORK["layers"][0], **more}, NETWORK["layers"][1]]})


def test_one_bias_for_a_layer_is_given_or_drawn():
    read = step_file(with_hidden(shared_bias=0.25))
    assert read.shared_bias == ("h",)
    np.testing.assert_array_equal(read.params["h"].bias, [0.25, 0.25])
    drawn = step_file({**with_hidden(shared_bias=True), "seed": 2, "initializer": "uniform"}).params["h"].bias
    assert drawn[0] == drawn[1]
    assert step_file(with_hidden(shared_bias=False)).shared_bias == ()


def test_what_is_drawn_is_rounded_and_steps_go_on_from_rounded_numbers():
    read = step_file({**changed(), "seed": 7, "round": 3, "steps": 2, "optimizer": {"name": "momentum"}})
    drawn = read.network.init(7)["h"].weights["p"]
    np.testing.assert_allclose(read.params["h"].weights["p"], drawn, atol=0.5e-3)
    assert read.decimals == 3
    first, second = read.run()
    params, state = first.after()
    np.testing.assert_array_equal(read.network.ravel(second.params), read.network.ravel(params))
    np.testing.assert_array_equal(read.network.ravel(second.state.delta), read.network.ravel(state.delta))
    for values in (read.params, params, state.delta):
        vector = read.network.ravel(values)
        np.testing.assert_allclose(1000 * vector, np.round(1000 * vector), atol=1e-9)


@pytest.mark.parametrize("formula", ["1/n", "ln(n)", "sqrt(n)"])
def test_a_formula_need_be_finite_only_where_the_net_inputs_are(formula):
    formula = formula.replace("ln", "log")
    layer = {"size": 1, "bias": [0.5], "weights": {"h": [[0.0, 0.0]], "q": [[1.0]]}}
    activation = {"name": "formula", "formula": formula}
    step = step_file(with_layer(**layer, activation=activation)).open()
    n = np.array([1.5, 2.5, 3.5])
    of = {"1/n": (1 / n, -1 / n**2), "log(n)": (np.log(n), 1 / n), "sqrt(n)": (np.sqrt(n), 0.5 / np.sqrt(n))}[formula]
    np.testing.assert_allclose(step.passed.output[:, 0], of[0], rtol=1e-12)
    expected = 2 * (of[0] - np.array([0, 1, 0])) * of[1]
    np.testing.assert_allclose(step.sensitivities["out"][:, 0], expected, rtol=1e-12)
    with pytest.raises(tw.ArgumentError, match="is not finite at n = "):
        step_file(with_layer(**{**layer, "bias": [-1.0]}, activation=activation)).open()


@pytest.mark.parametrize(
    "file",
    [
        with_hidden(shared_bias=0.1),
        changed(penalize="all", l2=0.1),
        changed(penalty_over="examples", l2=0.1),
        changed(data={**DATA, "weights": [1, 2, 3]}),
        changed(data={**DATA, "target_weights": [[1], [2], [3]]}),
        changed(data={**DATA, "targets": [0, "missing", 1]}),
        changed(data={**DATA, "masks": {"h": [[1, 2]] * 3}}, network=with_hidden(dropout=0.5)["network"]),
    ],
)
def test_what_only_worked_steps_know_is_refused_elsewhere(file):
    with pytest.raises(tw.ArgumentError, match="a surface does not know"):
        step_file(file).refuse_conventions("a surface")
    step_file(changed(round=3)).refuse_conventions("a surface")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({}, "no [network]"),
        (changed(netwrok={}), "did you mean 'network'"),
        (changed(network={"inputs": 2}), "has no layers"),
        (changed(network={"inputs": "two", "layers": [{}]}), "inputs is 'two'"),
        (changed(network={"inputs": 2, "layers": ["out"]}), "layer 1 is 'out'"),
        (with_layer(size=0), "size 0"),
        (with_layer(activation="tahn"), "did you mean 'tanh'"),
        (with_layer(activation={"name": "elu", "slope": 1}), "slope"),
        (with_layer(sources=["h", "r"]), "'r'"),
        (with_layer(sources="h"), "must be a list"),
        (with_layer(weights=[[1.0]]), "several sources"),
        (with_layer(weights={"h": [[1.0]]}), "shape (1, 1); the network needs (1, 2)"),
        (with_layer(weights={"h": [["a", "b"]]}), "are not numbers"),
        (with_layer(weights={"r": [[1.0]]}), "unknown key 'r'"),
        (with_layer(size=1, bias=[1.0, 2.0]), "shape (2,)"),
        (with_layer(weights={"q": [[float("inf")]]}), "not finite"),
        (with_layer(size=1, bias=[float("nan")]), "not finite"),
        (with_layer(wieghts={}), "did you mean 'weights'"),
        (changed(data={"inputs": [[1, 2]]}), "[data] has no targets"),
        (changed(data={"inputs": [[1, 2]], "targets": [1]}), "2 inputs"),
        (changed(data={**DATA, "targets": [0, 1]}), "T has 2 examples and P has 3"),
        (changed(data={**DATA, "targets": [0, 1, "x"]}), "are not numbers"),
        (changed(data={**DATA, "batch_size": 4}), "from 1 to 3"),
        (changed(data={**DATA, "inputs": {"p": [[1, 2], [3]], "q": [1, 2, 3]}}), "rows of equal length"),
        (changed(loss="mes"), "did you mean 'mse'"),
        (changed(loss="cross_entropy"), "needs sigmoid or softmax"),
        (changed(optimizer={"name": "adam", "learningrate": 1}), "did you mean 'learning_rate'"),
        (changed(optimizer={"name": "adam", "learning_rate": -1.0}), "learning_rate is -1"),
        (changed(optimizer={"name": "adam", "state": {"w": 1}}), "unknown key 'w'"),
        (changed(optimizer={"name": "adam", "state": {"m": [1.0]}}), "shape (1,)"),
        (changed(optimizer={"name": "adam", "state": {"step": -1}}), "updates done"),
        (changed(notation="nmd"), "did you mean 'nnd'"),
        (changed(seed=-1), "seed is -1"),
        (changed(initializer="xavier"), "initializer"),
        (changed(dtype="float16"), "float32 or float64"),
        (changed(steps=0), "steps is 0"),
        (changed(l2="much"), "l2 is 'much'"),
        (changed(l2=-1), "l2 is -1.0; it must be a finite number of at least 0"),
        (changed(l1=-0.5), "l1 is -0.5; it must be a finite number of at least 0"),
        (changed(penalize="all"), "penalize says how l1 and l2 penalize, and neither is given"),
        (changed(penalty_over="examples"), "penalty_over says how l1 and l2 penalize, and neither is given"),
        (with_layer(weights={"q": [[True]]}), "from 'q' has true, which is no number: write 1 or 0"),
        (with_layer(size=1, bias=[False]), "bias of layer 'out' has false, which is no number"),
        (with_layer(activation={"name": "formula"}), 'activation of layer 2 is "formula" without one: write {name'),
        (with_layer(activation="formula"), 'activation of layer 2 is "formula" without one: write {name'),
        (
            changed(data={**DATA, "targets": [["mising"], [1], [0]]}),
            "targets has 'mising': words are not numbers, did ",
        ),
        (
            changed(data={**DATA, "targets": [0, 1, "yes"]}),
            "'yes': words are not numbers, write a number, or 'missing'",
        ),
        (changed(data={**DATA, "targets": [0, 1, True]}), "[data] targets has true"),
        (
            changed(data={**DATA, "inputs": {"p": [[1, 2], [3, "four"], [5, 6]], "q": [1, 2, 3]}}),
            "[data] inputs 'p' has 'four': words are not numbers",
        ),
        (
            changed(optimizer={"name": "rprop", "learning_rate": {"h": 1, "out": 1}}),
            "[optimizer] learning_rate: rprop has",
        ),
        (changed(fixed=["out[3]"]), "layer 'out' has 1 unit, 0"),
        (changed(round=13), "round is 13; it must be a whole number from 0 to 12"),
        (changed(round=True), "round is True"),
        (changed(round=3, optimizer="lm"), "round: lm moves all parameters at once"),
        (changed(penalize="biases"), "'weights' or 'all'"),
        (changed(penalty_over="m"), "'step' or 'examples'"),
        (changed(input_gradients="yes"), "true or false"),
        (with_layer(bias=False, shared_bias=0.5), "layer 2 has bias and shared_bias"),
        (with_layer(shared_bias=0.5), "layer 2 has bias and shared_bias"),
        (with_hidden(bias=0.5), "give a list of 2, or one for all as shared_bias"),
        (with_layer(dropout="half"), "dropout of layer 2 is 'half'"),
        (with_layer(dropout=0.5), "is the output: dropout belongs in hidden layers"),
        (with_hidden(shared_bias=[0.1, 0.2]), "shared_bias of layer 'h' is [0.1, 0.2]; it must be a number"),
        (with_hidden(dropout=1.5), "dropout is 1.5"),
        (
            changed(fixed=["h[0]"], network=with_hidden(shared_bias=0.1)["network"]),
            "which has one for all: name h.bias",
        ),
        (
            changed(loss="output", data={"inputs": {"p": [[1, 2]], "q": [1]}, "missing_targets": "ignore"}),
            "missing_targets: loss 'output' has no targets",
        ),
    ],
)
def test_a_mistake_is_told_in_a_line_with_its_place(data, told):
    with pytest.raises(tw.ThalwegError) as caught:
        step_file(data).run()
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", [*TOP, *TABLES, *NETWORK_KEYS, *LAYER, *KEYS, "state"])
def test_the_page_of_step_files_has_every_key_executed(key):
    page = (Path(__file__).parents[3] / "docs" / "step-files.md").read_text(encoding="utf-8")
    executed = "".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL))
    told = "".join(re.split(r"```python\n.*?```", page, flags=re.DOTALL))
    assert re.search(rf"(\b{key} = )|\[\[?([a-z.]*\.)?{key}[\].]", executed), f"{key} is in no example"
    assert re.search(rf"`[^`\n]*\b{key}\b[^`\n]*`", told), f"{key} is not told"


def test_files_that_are_none(tmp_path):
    with pytest.raises(tw.FileError, match="no such file: name a step file"):
        read_step_file(tmp_path / "nothing.toml")
    path = tmp_path / "broken.toml"
    path.write_text("[network\n")
    with pytest.raises(tw.FileError, match=r"broken\.toml is no TOML file"):
        read_step_file(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(tw.FileError, match="is no TOML file"):
        read_step_file(path)
    path.write_text("seed = 1\n")
    with pytest.raises(tw.ArgumentError, match=r"broken\.toml: the file has no \[network\]"):
        read_step_file(path)


def test_without_data_an_example_must_be_given():
    read = step_file({"network": NETWORK})
    with pytest.raises(tw.ArgumentError, match=r"no \[data\]"):
        read.open()
    step = read.with_example([1.0, 2.0, 3.0], [0.5]).open()
    np.testing.assert_array_equal(step.inputs["q"], [[3.0]])
    with pytest.raises(tw.ArgumentError, match="takes 3"):
        read.with_example([1.0], [0.5])
    with pytest.raises(tw.ArgumentError, match="gives 1"):
        read.with_example([1.0, 2.0, 3.0], [])


SQUARE = """
notation = "brilliant"
{order}
[network]
inputs = 2
[[network.layers]]
name = "hidden"
size = 2
weights = [[0.1, 0.2], [0.3, 0.4]]
[[network.layers]]
name = "out"
size = 1
[data]
inputs = [[1, 2]]
targets = [1]
"""


def test_a_square_matrix_of_a_from_to_text_is_asked_about(tmp_path):
    """field s18-orientation-of-a-square-matrix: it was taken transposed without a word."""
    path = tmp_path / "square.toml"
    path.write_text(SQUARE.format(order=""), encoding="utf-8")
    with pytest.raises(tw.ArgumentError, match="weights_are"):
        tw.read_step_file(path)
    found = {}
    for order in ("from, to", "to, from"):
        path.write_text(SQUARE.format(order=f'weights_are = "{order}"'), encoding="utf-8")
        found[order] = tw.read_step_file(path).params["hidden"].weights["input"]
    np.testing.assert_array_equal(found["to, from"], [[0.1, 0.2], [0.3, 0.4]])
    np.testing.assert_array_equal(found["from, to"], found["to, from"].T)
    path.write_text(SQUARE.format(order='weights_are = "rows"'), encoding="utf-8")
    with pytest.raises(tw.ArgumentError, match='"from, to"'):
        tw.read_step_file(path)


def test_a_matrix_that_lies_on_its_side_is_asked_about(tmp_path):
    path = tmp_path / "side.toml"
    text = SQUARE.format(order="").replace("inputs = 2", "inputs = 3").replace("[[1, 2]]", "[[1, 2, 3]]")
    path.write_text(text.replace("[[0.1, 0.2], [0.3, 0.4]]", "[[1, 2], [3, 4], [5, 6]]"), encoding="utf-8")
    with pytest.raises(tw.ArgumentError, match="transposed"):
        tw.read_step_file(path)


POLE = """
[network]
inputs = 1
[[network.layers]]
name = "one"
weights = [[1]]
bias = [1]
activation = {{name = "formula", formula = "n**2"}}
[[network.layers]]
name = "two"
weights = [[-2]]
bias = [1]
activation = {{name = "formula", formula = "1/n"}}
[data]
inputs = [{p}]
targets = [1]
"""


def test_a_pole_away_from_the_net_inputs(tmp_path):
    """field s10-formula-with-a-pole: a step needs f and f' where they are taken."""
    path = tmp_path / "pole.toml"
    path.write_text(POLE.format(p=-1), encoding="utf-8")
    read = tw.read_step_file(path)
    step = read.open()
    assert step.passed.output.tolist() == [[1.0]]
    assert step.neuron("two", 0).slope == -1.0
    path.write_text(POLE.format(p=-1 + 0.5**0.5), encoding="utf-8")
    at_pole = tw.read_step_file(path)
    params = at_pole.network.unravel(np.array([1.0, 1.0, -1.0, 0.0]))
    with pytest.raises(tw.ArgumentError, match=r"formula '1/n' is not finite at n = -?0, a net input of layer 'two'"):
        tw.worked_step(at_pole.network, "mse", params, [[-1.0]], [[1.0]])
    with pytest.raises(tw.ArgumentError, match="is not finite at n = 0: it must be, from -20 to 20"):
        tw.train(read.network, [[1.0]], [[1.0]], epochs=1)
