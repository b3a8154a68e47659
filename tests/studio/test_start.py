"""Weights that a training begins with instead of drawn ones."""

import contextlib
import io
import tempfile

import numpy as np
import pytest
from driven import built_of, ran

import thalweg as tw
from thalweg.errors import ArgumentError, FileError
from thalweg.studio.building import build
from thalweg.studio.links import query_of
from thalweg.studio.models import model_file
from thalweg.studio.scripts import command_of, script_of
from thalweg.studio.session import Session
from thalweg.studio.spec import Spec
from thalweg.studio.start import start_from, start_of


@pytest.fixture
def stood():
    """A training that stands somewhere."""
    return ran(Session(built_of(data="circle", points=40)), "epoch", "epoch")


def test_it_begins_where_another_one_stood_and_its_script_does(stood, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    params = stood.sample().parameters
    start = start_of(stood.built, params)
    spec = Spec(engine="numpy", data="circle", points=40, start=True, epochs=3, optimizer="gd")
    built = build(spec, None, start)
    net = built.network
    np.testing.assert_array_equal(net.ravel(built.recipe.params), net.ravel(params))
    run = ran(Session(built), "run").finished()
    (tmp_path / start.name).write_bytes(start.file())
    names = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(script_of(built, 3), names)
    np.testing.assert_array_equal(names["run"].history.loss, run.history.loss)
    assert "weights to begin with" in command_of(built).missing
    part = built.prepared.train
    alone = tw.train(net, part.P, part.T, **{**built.options, "params": params})
    np.testing.assert_array_equal(alone.history.loss, run.history.loss)


def test_of_a_model_file(stood):
    found = start_from("C:\\somewhere\\kept.thalweg", model_file(stood.built, stood.finished()))
    assert found.name == "kept.thalweg"
    params = found.parameters_for(stood.built.network)
    x = stood.built.network.ravel
    np.testing.assert_array_equal(x(params), x(stood.finished().params))


def test_what_does_not_fit_or_is_none_is_told(stood, tmp_path, monkeypatch):
    start = start_of(stood.built, stood.sample().parameters)
    with pytest.raises(ArgumentError, match=r"^circle\.start\.thalweg is of another network: .*layer1"):
        build(Spec(data="circle", start=True, layers=((5,),)), None, start)
    with pytest.raises(ArgumentError, match="upload them"):
        build(Spec(data="circle", start=True))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for content in (b"", b"x" * 100, model_file(stood.built, stood.finished())[:300]):
        with pytest.raises(FileError, match=r"^bad\.thalweg\b") as caught:
            start_from("/home/somebody/bad.thalweg", content)
        assert str(tmp_path) not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_without_it_the_weights_are_drawn(stood):
    start = start_of(stood.built, stood.sample().parameters)
    drawn = build(Spec(engine="numpy", data="circle", points=40), None, start)
    assert drawn.start is None
    net = drawn.network
    np.testing.assert_array_equal(net.ravel(drawn.recipe.params), net.ravel(stood.built.recipe.params))
    assert "start" in query_of(Spec(start=True))
