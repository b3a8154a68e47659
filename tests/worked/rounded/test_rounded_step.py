"""What a rounded step leaves: the parameters and the rule's state that its lines say."""

import numpy as np
import pytest

import thalweg as tw

NET = tw.mlp(2, 3, 2, hidden="tanh")
P, T = np.array([[0.3, -0.7], [1.1, 0.4]]), np.array([[0.2, 0.6], [0.9, 0.1]])


def opened(rule, decimals=8, **how):
    params = NET.unravel(np.round(np.random.default_rng(2).normal(size=NET.parameter_count), 2))
    if "shared_bias" in how:
        params["layer1"].bias[:] = 0.25
    return tw.worked_step(NET, "mse", params, P, T, rule, decimals=decimals, **how)


@pytest.mark.parametrize("rule", ["gd", "momentum", "nesterov", "adagrad", "rmsprop", "adamax", "rprop"])
def test_each_number_of_the_lines_is_taken_over(rule):
    step = opened(rule)
    params, state = step.after()
    assert type(state) is type(step.new_state)
    assert state.step == 1
    np.testing.assert_allclose(NET.ravel(params), NET.ravel(step.new_params), atol=1e-6)
    lines = {line.about["weight"]: line.value for line in step.document(most_neurons=9, most_terms=9).lines()
             if line.about["quantity"] == "new_weight"}  # fmt: skip
    assert len(lines) == NET.parameter_count
    assert params["layer1"].weights["input"][2, 1] == lines["layer1[2,1]"]
    assert params["layer2"].bias[1] == lines["layer2[1]"]
    for name in state._fields[1:]:
        exact, found = getattr(step.new_state, name), getattr(state, name)
        values = NET.ravel(found) if isinstance(found, dict) else np.asarray(found)
        np.testing.assert_allclose(values, NET.ravel(exact) if isinstance(exact, dict) else exact, atol=1e-6)
        np.testing.assert_allclose(values * 1e8, np.round(values * 1e8), atol=1e-6)


def test_what_is_held_stays_and_a_shared_bias_stays_one():
    step = opened("momentum", shared_bias=["layer1"], fixed=["layer2", "layer1[0,0]"])
    params, state = step.after()
    np.testing.assert_array_equal(NET.ravel({**params, "layer1": step.params["layer1"]}), NET.ravel(step.params))
    assert params["layer1"].weights["input"][0, 0] == step.params["layer1"].weights["input"][0, 0]
    assert len(set(params["layer1"].bias)) == 1
    assert len(set(state.delta["layer1"].bias)) == 1
    assert state.delta["layer1"].bias[0] != 0.0


def test_an_exact_step_leaves_what_it_computed():
    step = opened("momentum", decimals=None)
    params, state = step.after()
    assert params is step.new_params
    assert state is step.new_state


def test_the_error_after_is_that_of_the_rounded_parameters():
    step = opened("gd", decimals=3, l2=0.1)
    params, _ = step.after()
    again = tw.worked_step(NET, "mse", params, P, T, "gd", decimals=3, l2=0.1)
    before = next(line for line in again.document().lines() if line.about["quantity"] == "error_before")
    assert step.document().facts["error_after"] == before.value


def test_a_given_number_that_another_happens_to_be_stands_as_it_is():
    net = tw.mlp(1, 1, 1, hidden="linear")
    given = 0.123451
    step = tw.worked_step(
        net, "half_sse", net.unravel(np.array([1.0, 0.0, given, 0.0])), [[given]], [[1.0]], "gd", decimals=4
    )
    assert "(0.123451)(0.1235) + 0 = 0.0152" in step.show()


def test_the_gradient_by_a_bias_is_the_rounded_sensitivity():
    net = tw.mlp(2, 3, 3, 2, hidden="tanh", output="softmax")
    for seed in range(2):
        rng = np.random.default_rng(seed)
        step = tw.worked_step(
            net, "cross_entropy", net.init(seed), rng.normal(size=(2, 2)), np.eye(2), "gd", decimals=4
        )
        lines = step.document().lines()
        for line in lines:
            if line.about["quantity"] == "example_gradient" and "source" not in line.about:
                same = [
                    one.value
                    for one in lines
                    if one.about["quantity"] == "sensitivity"
                    and all(one.about[name] == line.about[name] for name in ("layer", "neuron", "example"))
                ]
                assert line.value == same[0]
