"""The script and the command of a picture, run: their paths are the picture's."""

import json
import re
import shlex

import numpy as np
import pytest
from command_line import run
from driven import built_of

import thalweg as tw
from thalweg.studio.landscape_case import case_of
from thalweg.studio.landscape_scripts import command_of, script_of, step_file_of
from thalweg.studio.landscape_state import Chosen, State

STATES = [
    State(start=(0.5, -1.0), rules=(Chosen("gd", 0.12), Chosen("momentum", 0.02, 0.5)), steps=12),
    State(data=((1.0, 0.5, 2.0), (0.25, -1.0, 0.0)), rules=(Chosen("lm"), Chosen("adam", 0.1)), steps=5),
    State(case="dl3aa", pair=2, steps=6),
]


def ends(case, picture, tmp_path, monkeypatch, capsys):
    """Where the script says that each path ends."""
    monkeypatch.chdir(tmp_path)
    names = [path["name"] for path in picture.paths]
    script = script_of(case, tuple(picture.start), picture.following, names, case.steps)
    exec(compile(script, "script", "exec"), {})
    assert (tmp_path / "landscape.png").exists()
    return [float(line.rpartition(" ")[2]) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("state", STATES)
def test_both_are_the_picture(state, tmp_path, monkeypatch, capsys):
    case = case_of(state)
    picture = case.picture()
    shown = [path["F"][-1] for path in picture.paths]
    assert ends(case, picture, tmp_path, monkeypatch, capsys) == shown
    (tmp_path / f"{state.case}.toml").write_text(step_file_of(case, picture.following), encoding="utf-8")
    command = command_of(case, tuple(picture.start), picture.following, case.steps)
    done = run(*shlex.split(command.text)[1:], "--json", tmp_path / "data.json")
    assert done.status == 0, done.err
    data = json.loads((tmp_path / "data.json").read_text())
    assert [path["F"][-1] for path in data["paths"]] == pytest.approx(shown, rel=1e-12)
    np.testing.assert_allclose(data["F"], picture.drawn.F, rtol=1e-12)


def test_the_script_of_a_network_that_was_trained(tmp_path, monkeypatch, capsys):
    built = built_of(data="circle", seed=3)
    params = built.network.unravel(np.asarray(built.network.ravel(built.recipe.params), dtype=float) + 0.25)
    state = State(case="network", steps=4, training={"data": "circle", "seed": "3", "engine": "numpy"})
    case = case_of(state, built, params, 12)
    picture = case.picture()
    assert ends(case, picture, tmp_path, monkeypatch, capsys) == [path["F"][-1] for path in picture.paths]
    assert "the script says this one" in command_of(case, case.start, picture.following, 4).missing


def test_where_the_command_has_no_option():
    case = case_of(State(rules=(Chosen("momentum", 0.02, 0.5), Chosen("nesterov", 0.02, 0.6))))
    rules = [one.made() for one in case.rules]
    command = command_of(case, case.start, rules, 100)
    assert command.text == ""
    assert re.search("no option for the momentum of momentum and of nesterov", command.missing)
    assert isinstance(rules[0], tw.optimizers.Momentum)
    twice = case_of(State(rules=(Chosen("momentum", 0.02, 0.5), Chosen("momentum", 0.02, 0.9)), steps=3))
    picture = twice.picture()
    assert [path["name"][-12:] for path in picture.paths] == ["momentum 0.5", "momentum 0.9"]
    assert picture.paths[0]["F"][-1] != picture.paths[1]["F"][-1]
    assert "each momentum the same" in command_of(twice, twice.start, picture.following, 3).missing
