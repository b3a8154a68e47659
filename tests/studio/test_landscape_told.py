"""What is told beside the picture: λ's, the largest stable rates, and the rules with the numbers of a step."""

import re
from html import unescape

import pytest

import thalweg as tw
from thalweg.core.weight_names import find_weight, index_of
from thalweg.studio.landscape_case import case_of
from thalweg.studio.landscape_state import Chosen, State
from thalweg.studio.landscape_told import curvature_html, rules_html


def plain(html):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", html)))


def test_the_curvature_in_numbers():
    case = case_of(State(rules=(Chosen("gd", 0.12), Chosen("momentum", 0.02, 0.5), Chosen("adam", 0.1), Chosen("lm"))))
    picture = case.picture()
    told = plain(curvature_html(case, picture.curvature, picture.rules))
    assert "the minimum (−1, −1) 20 4 (0.70711, −0.70711) (0.70711, 0.70711) 5" in told
    assert "gd : the largest stable learning rate is 2/λ_max = 0.1, at the minimum; now it is 0.12." in told
    assert "1 − 0.12·20 = −1.4, 1 − 0.12·4 = 0.52" in told
    assert "2(1+α)/λ_max = 0.15" in told
    assert "adam has no largest stable rate" in told
    assert "lm has no learning rate" in told
    assert "not finite" in curvature_html(case, [], [])


@pytest.mark.parametrize("state", [State(rules=(Chosen("gd", 0.02),), steps=5), State(case="dl3aa", steps=5)])
def test_the_rule_has_the_numbers_of_the_step(state):
    case = case_of(state)
    picture = case.picture()
    html = rules_html(case, picture.start, picture.following, 3, picture.paths)
    assert html.count("<b>") == len(picture.paths)
    assert "update 3, from step 2 to step 3" in html
    lines = [plain(line).replace(" ", "") for line in re.findall(r'<div class="line">(.*?)</div>', html, re.S)]
    values = [line.rpartition("=")[2].replace("−", "-").replace("×10", "e") for line in lines if "new" in line]
    only = case.weights if case.alone else None
    expected = []
    for rule in picture.following:
        taken = tw.trajectory(case.net, case.loss, case.from_start, case.P, case.T, rule, steps=3, only=only)
        expected += _pair(case, taken.X[3])
    assert [float(value) for value in values] == pytest.approx(expected, rel=1e-3)


def _pair(case, x):
    return [float(x[index_of(case.net, find_weight(case.net, name))]) for name in case.weights]
