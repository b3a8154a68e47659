"""What is drawn in each case."""

import numpy as np
import pytest
from driven import built_of

from thalweg.errors import ArgumentError
from thalweg.studio.landscape_case import case_of, names_of, offered_rules
from thalweg.studio.landscape_state import Chosen, State
from thalweg.studio.landscape_told import rules_html


def test_edited_data_are_drawn_where_their_minimum_is():
    usual = case_of(State())
    assert usual.span == ((-4.0, 2.0), (-4.0, 2.0))
    rows = ((1.0, 0.0, 30.0), (0.0, 1.0, -20.0))  # w = (30, -20) gives each target
    case = case_of(State(data=rows))
    assert all(low < x < high for x, (low, high) in zip((30.0, -20.0), case.span, strict=True))
    assert all(low < x < high for x, (low, high) in zip(case.start, case.span, strict=True))
    np.testing.assert_allclose(case.picture().drawn.minimum, (30, -20), atol=1e-6)


def test_data_in_which_a_weight_is_free_are_drawn():
    case = case_of(State(data=((1.0, 1.0, 2.0),)))  # each w with w1 + w2 = 2
    picture = case.picture()
    assert min(picture.curvature[0]["values"]) == pytest.approx(0, abs=1e-9)


def test_the_network_of_the_page():
    built = built_of(data="circle", seed=3)
    state = State(case="network", weights=("layer2[0,1]", "layer1[0]"))
    case = case_of(state, built)
    x = built.network.ravel(built.recipe.params)
    names = names_of(built.network)
    assert case.start == pytest.approx([x[names.index(name)] for name in case.weights])
    assert case.about.startswith("circle.csv: 140 rows of the training part")
    assert "lm" not in offered_rules(case)
    moved = built.network.unravel(np.asarray(x) * 2.0)
    trained = case_of(state, built, moved, 12)
    assert trained.start == pytest.approx([2 * value for value in case.start], rel=1e-6)
    assert "after 12 updates" in trained.about
    picture = case.picture()
    told = rules_html(case, picture.start, picture.following, 3, picture.paths)
    assert told.count('class="line"') > 6
    assert "must be" not in told


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State(start=(-9.0, 0.0)), r"the start has a\[0,0\] = -9, outside of the picture, which goes from -4 to 2"),
        (State(case="network", weights=("layer9[0]", "layer1[0]")), "unknown layer 'layer9'"),
        (State(case="network", weights=("layer1[0]", "layer1[0]")), "is chosen twice"),
        (State(case="network", weights=("nothing", "layer1[0]")), "is no name of one"),
    ],
)
def test_what_is_refused(state, words):
    with pytest.raises(ArgumentError, match=words):
        case_of(state, built_of())


def test_weights_that_are_not_finite_are_refused():
    built = built_of()
    broken = built.network.unravel(np.full(built.network.parameter_count, np.nan))
    with pytest.raises(ArgumentError, match="not finite any more"):
        case_of(State(case="network"), built, broken, 5)


def test_a_rule_that_moves_all_weights_cannot_hold_others():
    with pytest.raises(ArgumentError, match="moves all parameters"):
        case_of(State(case="dl3aa", rules=(Chosen("lm"),))).picture()
    assert "lm" in offered_rules(case_of(State()))
