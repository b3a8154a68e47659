"""Pages as files: whole, small, and readable without a program."""

import base64
import hashlib
import json
import re

import numpy as np
import pytest
from pages import steps_of, two_by_two
from read_page import ATTACK

import thalweg as tw
from thalweg.errors import ArgumentError
from thalweg.formulas.writer import rounded
from thalweg.widgets import picture_data
from thalweg.widgets import picture_page as page_module
from thalweg.widgets.picture_page import joined, module, worked_page
from thalweg.worked.notations import NOTATIONS


def test_nothing_is_loaded():
    html = worked_page(two_by_two(), notations=["nnd"])
    assert not re.search(r'(src|href)="', html)
    assert "http" not in html.replace("http-equiv", "")
    assert "import(" not in html
    assert not re.search(r"^import ", html, re.M)


def test_without_a_program_it_is_the_whole_calculation():
    step = two_by_two()
    read = worked_page(step, "ncsu", notations=["ncsu"]).partition("<noscript>")[2].partition("</noscript>")[0]
    for line in step.document("ncsu").lines():
        assert rounded(abs(line.value), 6).partition("e")[0] in read
    assert "<script" not in read


def test_a_long_calculation_is_read_as_text_without_a_program(monkeypatch):
    monkeypatch.setattr(page_module, "_MOST_FORMULAS", 60)
    read = worked_page(two_by_two(), notations=["nnd"]).partition("<noscript>")[2].partition("</noscript>")[0]
    assert "<math" not in read
    assert "n¹₁ = w¹₁,₁ p₁ + w¹₁,₂ p₂ + b¹₁" in read


def test_a_page_that_would_be_too_large_has_fewer_notations_and_says_so(monkeypatch):
    step = two_by_two()
    monkeypatch.setattr(page_module, "LARGEST", 60_000)
    html = worked_page(step)
    data = json.loads(html.partition('id="values">')[2].partition("</script>")[0])["data"]
    kept = [one["name"] for one in data["notations"]]
    assert kept[0] == "nnd"
    assert 1 < len(kept) < len(NOTATIONS)
    assert sorted([*kept, *data["left_out"]]) == sorted(NOTATIONS)


def test_a_page_of_many_steps_has_fewer_notations(monkeypatch):
    monkeypatch.setattr(picture_data, "_MOST_DOCUMENTS", 16)
    html = worked_page(steps_of("aifh_xor_online"))
    data = json.loads(html.partition('id="values">')[2].partition("</script>")[0])["data"]
    assert [one["name"] for one in data["notations"]] == ["aifh", "nnd"]
    assert "ng" in data["left_out"]


def test_texts_are_told_and_never_run():
    html = worked_page(two_by_two(title=ATTACK, notes=(ATTACK, "a\x1b[31mb")), notations=["nnd"])
    assert "<img" not in html
    assert "\x1b" not in html
    assert html.count("</script>") == 2
    assert html.count("</noscript>") == 1


def test_modules_as_one_give_what_each_exports():
    program = module("worked")
    assert program.endswith("export default worked_.default;\n")
    assert not re.search(r"^import ", program, re.M)
    assert program.count("export ") == 1
    assert joined("formulas").startswith("const formulas_ = (() => {")


def test_what_is_refused():
    with pytest.raises(ArgumentError, match="did you mean 'sensitivity'"):
        worked_page(two_by_two(), hidden=["sensitivty"])
    with pytest.raises(ArgumentError, match="the step has 1"):
        worked_page(two_by_two(), examples=(3,))
    with pytest.raises(ArgumentError, match="did you mean 'ncsu'"):
        worked_page(two_by_two(), "ncsuu")


def test_a_large_network_folds():
    net = tw.mlp(784, 64, 10, hidden="relu", output="softmax")
    step = tw.worked_step(net, "cross_entropy", net.init(0), np.full((1, 784), 0.5), np.eye(10)[[3]])
    html = worked_page(step, notations=["nnd", "ncsu"])
    assert len(html.encode()) < 1_000_000
    assert '"size":784,"drawn":6' in html


def test_several_steps_are_one_page():
    html = worked_page(steps_of("aifh_xor_online"), notations=["aifh"])
    assert html.count("<!doctype html>") == 1
    assert '"number":4' in html


def test_a_page_runs_its_own_program_and_nothing_else():
    html = page_module.page("network", {"data": {"title": "</script><script>alert(1)</script>"}}, "t", "")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    program = re.search(r'<script type="module">(.*?)</script>', html, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(program.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")
    assert html.count("<script") == 2
