"""`thalweg derive chain`: the names that a weight may have."""

import pytest
from command_line import ok, refused


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", ["hidden[1,2]", "hidden[0,1]", "layer1[0,1]"])
def test_a_weight_by_the_layer_that_it_leads_to_counted_from_0_or_as_on_paper(name):
    out = ok("derive", "chain", "2-3-1", "--weight", name, "--notation", "nnd").out
    assert "∂F̂/∂w¹₁,₂ = " in out
    assert ("it is taken as counted from 1" in out) == (name == "hidden[1,2]")


def test_the_output_layer():
    assert "∂F̂/∂w²₁,₂ = " in ok("derive", "chain", "2-3-1", "--weight", "out[0,1]").out
    assert "w³₁,₁" in ok("derive", "chain", "2-3-3-1", "--weight", "output[0,0]").out
    assert "w²₁,₁" in ok("derive", "chain", "2-3-3-1", "--weight", "hidden2[0,0]").out


@pytest.mark.parametrize("name", ["hidden[3,0]", "hidden[1,3]", "hidden[0,2]", "hidden", "lair1[0,0]"])
def test_a_weight_that_there_is_not(name):
    assert "layer" in refused("derive", "chain", "2-3-1", "--weight", name)
