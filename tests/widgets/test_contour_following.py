"""Where the rules of a contour go: as plain loops go, and what the curvature says of their rates."""

import numpy as np
import pytest
from plain_loops import adam, central_gradient, descent, linear_gradient, one_two_one_error

import thalweg as tw


def contour(name, view=0, rules=None, **more):
    shown = tw.surface.demonstration(name)
    seen = shown.views[view]
    return shown, tw.widgets.Contour(
        shown.network, shown.loss, shown.start(view), shown.P, shown.T, seen.weights,
        list(shown.rules) if rules is None else rules, span=seen.span, points=9, **more,
    )  # fmt: skip


def test_sliders_turn_the_rules_and_nothing_else():
    shown, picture = contour("dl3gd", rules=[tw.GradientDescent(0.01), tw.optimizers.Momentum(0.02, 0.5)], steps=30)
    data = picture.data
    picture.turned = [[0.12, None], [0.05, 0.8]]
    gradient = linear_gradient(np.hstack([shown.P, shown.T]).tolist())
    for path, expected in zip(
        picture.paths, (descent(gradient, (-1, -2.95), 0.12, 30), descent(gradient, (-1, -2.95), 0.05, 30, 0.8)),
        strict=True,
    ):  # fmt: skip
        np.testing.assert_allclose(path["points"], expected, rtol=1e-9)
    assert [path["name"] for path in picture.paths] == ["gd, α = 0.12", "momentum, learning rate 0.05"]
    assert [bool(path.get("diverges")) for path in picture.paths] == [True, False]
    assert picture.data is data
    assert [rule["bound"] for rule in picture.rules] == pytest.approx([0.1, 2 * 1.8 / 20])
    assert picture.following == [tw.GradientDescent(0.12), tw.optimizers.Momentum(0.05, 0.8)]


def test_the_curvature_is_that_of_the_text():
    _, picture = contour("dl3gd")
    assert [one["where"] for one in picture.curvature] == ["start", "minimum"]
    for one in picture.curvature:
        assert one["values"] == pytest.approx([20, 4])
        np.testing.assert_allclose(one["vectors"], np.array([[1, -1], [1, 1]]) / np.sqrt(2), atol=1e-12)
    assert (picture.rules[0]["bound"], picture.rules[0]["where"]) == (pytest.approx(0.1), "at the minimum")


@pytest.mark.parametrize("view", [0, 1, 2])
def test_adam_on_each_pair_goes_as_a_plain_loop(view):
    shown, picture = contour("dl3aa", view, only=True, steps=25)
    x = shown.network.ravel(shown.start(view)).tolist()
    places = {0: [0, 4], 1: [0, 2], 2: [2, 3]}[view]

    def error(pair):
        at = list(x)
        for place, value in zip(places, pair, strict=True):
            at[place] = value
        return one_two_one_error(at, shown.P[:, 0].tolist(), shown.T[:, 0].tolist())

    expected = adam(central_gradient(error, [0, 1]), shown.views[view].start, 0.1, 25)
    np.testing.assert_allclose(picture.paths[0]["points"], expected, atol=2e-6)
    assert picture.paths[0]["F"][-1] == pytest.approx(error(expected[-1]), rel=1e-5)
    assert "bound" not in picture.rules[0]


def test_other_rules_and_steps_are_followed_on_the_same_error():
    _, picture = contour("dl3gd")
    picture.begin(1.0, 1.0)
    picture.follow(["adam", "lm"], steps=7)
    assert [path["name"] for path in picture.paths] == ["adam, α = 0.001", "lm"]
    assert len(picture.paths[0]["points"]) == 8
    assert picture.paths[1]["points"][0] == [1.0, 1.0]
    assert picture.turned == [[0.001, None], [None, None]]
    with pytest.raises(tw.ThalwegError, match="at most 5"):
        picture.follow(["gd", "adam", "momentum", "nesterov", "rmsprop", "adagrad"])
    with pytest.raises(tw.ThalwegError, match="steps is 0"):
        picture.follow(steps=0)


def test_what_cannot_be_is_told_and_the_paths_stay():
    _, picture = contour("dl3gd", steps=3)
    before = picture.paths
    picture.turned = [[-0.5, None]]
    assert "learning_rate is -0.5" in picture.told
    assert picture.paths == before
    picture.take({"start": [0.0, "x"], "paths": [], "step": "2", "turned": [[0.02, None]]})
    assert "the start is" in picture.told
    assert picture.paths == before
    picture.take({"start": [0.0, 0.0]})
    assert picture.told == ""
    assert picture.paths[0]["name"] == "gd, α = 0.02"


def test_all_weights_are_bounded_by_the_curvature_of_all():
    net = tw.mlp(1, 2, 1, hidden="tanh")
    P = np.linspace(-1, 1, 9)[:, None]
    start = net.init(0)
    picture = tw.widgets.Contour(net, "mse", start, P, P**2, ("layer1[0,0]", "layer2[0]"), points=5, steps=2)
    expected = tw.largest_stable_rate(net, "mse", start, P, P**2)
    assert picture.rules[0]["bound"] == pytest.approx(expected, rel=1e-3)
    assert picture.rules[0]["where"] == "of all weights, at the start"
    one = tw.widgets.Contour(net, "mse", start, P, P**2, ["layer2[0]"], points=15, steps=2, span=(-3.0, 3.0))
    assert one.rules[0]["bound"] == pytest.approx(1.0)  # ∂²F/∂b² is 2 for the mean of squares
    assert one.curvature == []


def test_where_another_follows_the_rules_a_long_path_begins_to_be_shown_at_once():
    waiting = []
    _, picture = contour("dl3aa", 1, only=True, steps=60, rules=["gd"], work=lambda *what: waiting.append(what))
    picture._following._pace = 0.015 / 20  # as on a machine that makes 20 steps in the time
    picture.turned = [[0.5, None]]
    compute, show = waiting.pop()
    show(compute())
    assert len(picture.paths[0]["points"]) == 21
    whole, show_whole = waiting.pop()
    show_whole(whole())
    assert len(picture.paths[0]["points"]) == 61
    picture.turned = [[0.6, None]]
    first = waiting.pop()
    picture.turned = [[0.7, None]]
    first[1](first[0]())
    assert len(waiting) == 1  # only what was asked for last is followed to its end


def test_what_is_shown_is_of_one_answer_while_the_next_is_computed():
    waiting = []
    _, picture = contour("dl3gd", rules=["gd"], steps=3, work=lambda *what: waiting.append(what))
    begun = list(picture.start)
    picture.begin(1.0, 1.0)
    picture.follow(["gd", "momentum"])
    picture.take({"turned": [[0.02, None]]})  # by a page that does not know of the second rule yet
    start, rules = picture.shown
    assert (start, len(rules)) == (begun, 1) == (begun, len(picture.paths))
    assert picture.following == [tw.GradientDescent(0.02), tw.optimizers.Momentum()]
    picture.follow(["adam", "momentum"])
    picture.take({"turned": [[0.03, None]]})  # of a rule that is gone
    assert picture.following == [tw.optimizers.Adam(), tw.optimizers.Momentum()]
    while waiting:
        compute, show = waiting.pop(0)
        show(compute())
    start, rules = picture.shown
    assert (start, len(rules)) == ([1.0, 1.0], 2) == (list(picture.paths[0]["points"][0]), len(picture.paths))
