"""The numbers that the texts print, in the notation of each, as `thalweg step` shows them."""

import re
from pathlib import Path

import pytest

from thalweg.worked.rendering.text import render_text
from thalweg.worked.step_files.file import read_step_file

FOLDER = Path(__file__).parents[2] / "examples" / "worked"


def lines_of(step, notation, **view):
    """What the text shows: the symbol of each line and its value, to 10 digits."""
    shown = {}
    for line in render_text(step.document(notation, digits=10, **view), width=10**6).splitlines():
        symbol, equals, rest = line.strip().partition(" = ")
        if equals:
            shown.setdefault(symbol, rest.rpartition(" = ")[2])
    return shown


def shows(shown, symbol, value, places=9):
    assert symbol in shown, f"{symbol} is not shown; there are {', '.join(shown)}"
    assert float(shown[symbol]) == pytest.approx(value, rel=10.0**-places, abs=1e-15)


def test_aifh_xor_online(reference):
    given = reference("aifh_xor")
    example = given["example"]
    file = read_step_file(FOLDER / "aifh_xor_online.toml").with_example(example["input"], [example["target"]])
    shown = lines_of(file.open(), "aifh")
    for name, symbol in (("H1", "H1"), ("H2", "H2"), ("O", "O1")):
        shows(shown, f"sum[{symbol}]", example["net_inputs"][name])
        shows(shown, f"{'y' if name == 'O' else 'o'}[{symbol}]", example["outputs"][name])
        shows(shown, f"δ[{symbol}]", example["sensitivities"][name])
    for name, value in example["gradient"].items():
        start, end = name.split("->")
        start = {"B": "B2" if end == "O" else "B1"}.get(start, start)
        end = "O1" if end == "O" else end
        shows(shown, f"∂E[q]/∂w[{start}→{end}]", value)
        shows(shown, f"Δw[{start}→{end}]", -given["learning_rate"] * value)
        shows(shown, f"wⁿᵉʷ[{start}→{end}]", given["weights"][name] - given["learning_rate"] * value)


def test_aifh_xor_batch(reference):
    given = reference("aifh_xor")
    step = read_step_file(FOLDER / "aifh_xor_batch.toml").open()
    shown = lines_of(step, "aifh")
    for name, value in given["batch"]["gradient_sum"].items():
        start, end = name.split("->")
        start = {"B": "B2" if end == "O" else "B1"}.get(start, start)
        shows(shown, f"∂E/∂w[{start}→{'O1' if end == 'O' else end}]", value)
    shows(shown, "E", 2.0 * given["batch"]["mse_before"])  # half the sum of four squares
    shows(shown, "Eⁿᵉʷ", 2.0 * given["batch"]["mse_after_one_step"])


def test_brilliant(reference):
    given = reference("brilliant_sigmoid")
    step = read_step_file(FOLDER / "brl_sigmoid.toml").open()
    shown = lines_of(step, "brilliant")
    for i in range(4):
        shows(shown, f"∂E/∂w²{'₀₁₂₃'[i]},₁", given["first_gradient_output"][i][0])
        for j in range(3):
            shows(shown, f"∂E/∂w¹{'₀₁₂₃'[i]},{'₁₂₃'[j]}", given["first_gradient_hidden"][i][j])
    shows(shown, "E", given["losses"][0][1])
    shows(shown, "Eⁿᵉʷ", given["losses"][1][1])


@pytest.mark.usefixtures("unchecked_shapes")
def test_brilliant_after_ten_iterations(reference):
    given = reference("brilliant_sigmoid")
    step = read_step_file(FOLDER / "brl_sigmoid.toml").open(10)
    assert given["losses"][2][0] == 9
    shows(lines_of(step, "brilliant"), "E", given["losses"][2][1])


def test_qmind_to_two_digits(reference):
    given = reference("qmind_and")
    step = read_step_file(FOLDER / "qmind_and.toml").open()
    shown = lines_of(step, "qmind")
    printed = {
        **{f"f(x){'₀₁'[i]}": given["output"][i] for i in range(2)},
        **{f"expected{'₀₁'[i]}": given["expected"][i] for i in range(2)},
        **{f"Cost{'₀₁'[i]}": given["cost"][i] for i in range(2)},
        **{f"f′(x{'₀₁'[i]})": given["derivative"][i] for i in range(2)},
        **{f"Gradient{'₀₁'[i]}": given["gradient"][i] for i in range(2)},
        "ΔW₀,₀": given["delta_weight_00"],
        "Wⁿᵉʷ₀,₀": given["new_weight_00"],
    }
    for symbol, value in printed.items():
        assert symbol in shown, f"{symbol} is not among {', '.join(shown)}"
        assert float(shown[symbol]) == pytest.approx(value, abs=0.005 + 1e-9)


def test_nnd_function_approximation(reference):
    given = reference("nnd_function_approximation")
    shown = lines_of(read_step_file(FOLDER / "nnd_function_approximation.toml").open(), "nnd")
    for i in range(2):
        index = "₁₂"[i]
        shows(shown, f"a¹{index}", given["a1"][i])
        shows(shown, f"s¹{index}", given["s1"][i])
        shows(shown, f"w¹ⁿᵉʷ{index},₁", given["new_W1"][i])
        shows(shown, f"b¹ⁿᵉʷ{index}", given["new_b1"][i])
        shows(shown, f"w²ⁿᵉʷ₁,{index}", given["new_W2"][i])
    shows(shown, "a²₁", given["a2"])
    shows(shown, "e₁", given["error"])
    shows(shown, "s²₁", given["s2"])
    shows(shown, "b²ⁿᵉʷ₁", given["new_b2"])


def test_nnd_linear_network(reference):
    given = reference("nnd_demonstrations")["gradient_descent"]
    shown = lines_of(read_step_file(FOLDER / "nnd_3_15.toml").open(), "nnd")
    for i in range(2):
        shows(shown, f"w¹ⁿᵉʷ₁,{'₁₂'[i]}", given["after_step_1"][i])


def test_nnd_p3_3_oscillates_at_the_largest_stable_rate(reference):
    """At 2/λ_max the path keeps its distance from the minimum along that eigenvector, and turns in each step."""
    given = reference("nnd_quadratic")["P3_3"]
    first, second = read_step_file(FOLDER / "nnd_p3_3.toml").run()
    minimum = given["minimum"]
    direction = next(
        vector
        for value, vector in zip(given["eigenvalues"], given["eigenvectors_up_to_scale"], strict=True)
        if value == 40
    )

    def along(params):
        w = params["a"].weights["p"][0]
        return sum((w[i] - minimum[i]) * direction[i] for i in range(2))

    assert along(first.new_params) == pytest.approx(-along(first.params))
    assert along(second.new_params) == pytest.approx(along(first.params))


def test_nnd_e3_1_and_e3_2(reference):
    given = reference("nnd_quadratic")
    shown = lines_of(read_step_file(FOLDER / "nnd_e3_1.toml").open(), "nnd")
    e31 = given["E3_1"]
    shows(shown, "∂F/∂w¹₁,₁", e31["gradient"]["w"])
    shows(shown, "∂F/∂b¹₁", e31["gradient"]["b"])
    shows(shown, "w¹ⁿᵉʷ₁,₁", e31["after_one_step"]["w"])
    shows(shown, "b¹ⁿᵉʷ₁", e31["after_one_step"]["b"])
    shows(shown, "F", e31["error_before"])
    shows(shown, "Fⁿᵉʷ", e31["error_after"])
    shown = lines_of(read_step_file(FOLDER / "nnd_e3_2.toml").open(), "nnd")
    e32 = given["E3_2"]
    shows(shown, "w¹ⁿᵉʷ₁,₁", e32["after_one_newton_step"]["w"])
    shows(shown, "b¹ⁿᵉʷ₁", e32["after_one_newton_step"]["b"])
    assert float(shown["Fⁿᵉʷ"]) == pytest.approx(e32["error_after"], abs=1e-20)


def test_softmax_with_cross_entropy_is_output_less_target():
    step = read_step_file(FOLDER / "nnd_e3_5_softmax.toml").open()
    text = step.show("nnd")
    assert re.search(r"s²₁ = a²₁ - t₁ = ", text)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_every_example_is_read_and_lowers_its_error(path):
    steps = read_step_file(path).run()
    assert steps[0].value_after < steps[0].value
    for step in steps:
        assert step.show().startswith(step.title)
