"""Runs that are kept: what they were made from and what came of them, as the run and the record have it."""

import numpy as np
import pytest
from driven import built_of, ran

import thalweg as tw
from thalweg.errors import ArgumentError
from thalweg.studio.compare_files import model_from
from thalweg.studio.kept_runs import MOST_KEPT, MOST_SHOWN, KeptRun, KeptRuns, kept_of, model_kept
from thalweg.studio.known_runs import KnownRuns
from thalweg.studio.links import query_of
from thalweg.studio.models import model_file
from thalweg.studio.session import Session


@pytest.fixture(scope="module")
def session():
    found = Session(built_of(data="circle", points=60, epochs=5, optimizer="nesterov", rule={"learning_rate": 0.3}))
    return ran(found, "run")


def test_a_run_is_kept_with_its_settings_its_losses_and_its_scores(session):
    kept, run, built = kept_of(session), session.finished(), session.built
    assert kept.name == "circle nesterov"
    assert kept.link == query_of(built.spec)
    expected = {
        "data": "circle.csv", "split": "training 42, validation 9, test 9", "network": "2 - 4 - 1",
        "activations": "tanh, sigmoid", "parameters": 17, "rule": "nesterov", "learning rate": 0.3,
        "momentum": tw.Nesterov().momentum, "batch size": 32, "loss": "cross_entropy", "epochs at most": 5,
    }  # fmt: skip
    assert {name: kept.settings[name] for name in expected} == expected
    best = int(np.argmin(run.history.validation_loss))
    assert kept.results["kept epoch"] == best + 1
    assert kept.results["test loss"] == pytest.approx(run.history.test_loss[best], rel=1e-5)
    test = built.prepared.test
    right = (run.predict(test.P)[:, 0] > 0.5) == (np.asarray(test.T)[:, 0] > 0.5)
    assert (kept.results["scored on"], kept.results["accuracy"]) == ("test", pytest.approx(right.mean(), rel=1e-5))
    assert kept.curves.epochs == 5


def test_a_saved_model_says_the_same_as_its_run(session, tmp_path):
    path = tmp_path / "m.thalweg"
    path.write_bytes(model_file(session.built, session.finished()))
    run, model = kept_of(session), model_kept("m", tw.load(path))
    unsaid = {"batch size", "type", "l1"}
    assert {n: v for n, v in model.settings.items() if n not in unsaid} == {
        n: v for n, v in run.settings.items() if n not in unsaid
    }
    assert {n: v for n, v in model.results.items() if v is not None} == {
        n: pytest.approx(v, rel=1e-5) if isinstance(v, float) else v for n, v in run.results.items()
    }
    assert model.curves.curves["loss"].points() == run.curves.curves["loss"].points()
    assert model.link is None
    assert model_from("m.thalweg", run.content).settings == model.settings


def test_a_model_without_a_record_is_in_the_table_alone():
    net = tw.mlp(2, 3, 1)
    kept = model_kept("bare", tw.Model(net, net.init(0), tw.losses.MSE()))
    assert (kept.curves, kept.settings["network"], kept.settings["rule"]) == (None, "2 - 3 - 1", None)
    store = KeptRuns()
    store.add(kept)
    assert store.drawn() == {}


def test_what_is_not_there_or_at_work_is_not_kept():
    session = Session(built_of(data="circle", epochs=1_000_000))
    with pytest.raises(ArgumentError, match="no run to keep yet"):
        kept_of(session)
    session.run()
    with pytest.raises(ArgumentError, match="pause it"):
        kept_of(session)
    session.close()
    assert session.wait(20)


def test_so_many_are_known_and_so_large():
    known = KnownRuns(most=2, most_bytes=10)
    for id_, size in (("a", 3), ("b", 3), ("c", 3)):
        known.enter(KeptRun(id_, {}, {}, id=id_, content=b"x" * size))
    assert [known.get(id_) is not None for id_ in "abc"] == [False, True, True]
    known.enter(KeptRun("d", {}, {}, id="d", content=b"x" * 9))
    assert [known.get(id_) is not None for id_ in "bcd"] == [False, False, True]


def test_names_are_one_each_and_so_many_are_drawn(session):
    store, one = KeptRuns(), kept_of(session)
    for _ in range(MOST_SHOWN + 1):
        store.add(one)
    names = [run.name for run in store.runs]
    assert names[:2] == ["circle nesterov", "circle nesterov 2"]
    assert list(store.drawn()) == names[:MOST_SHOWN]
    with pytest.raises(ArgumentError, match="8 runs are drawn"):
        store.draw(names[-1], True)
    store.draw(names[0], False)
    store.draw(names[-1], True)
    renamed = store.rename(names[1], " slow ")
    assert (renamed.name, renamed.curves.name) == ("slow", "slow")
    assert "slow" in store.drawn()
    with pytest.raises(ArgumentError, match="another run is called 'slow'"):
        store.rename(names[2], "slow")
    with pytest.raises(ArgumentError, match="0 letters"):
        store.rename(names[2], " ")
    other = KeptRuns()
    slow, second = (next(run.id for run in store.runs if run.name == name) for name in ("slow", names[2]))
    assert [other.find(slow, "", drawn=False), other.find(second, "second"), other.find(slow, "")] == [True] * 3
    assert ([run.name for run in other.runs], other.shown) == (["slow", "second"], {"second"})
    store.remove("slow")
    assert not KeptRuns().find(slow, "slow")
    other.remove("second")  # which is not its own
    assert KeptRuns().find(second, "")
    assert "slow" not in [*store.drawn(), *(run.name for run in store.runs)]
    while len(store.runs) < MOST_KEPT:
        store.add(KeptRun("x", {}, {}))
    with pytest.raises(ArgumentError, match="40 runs are kept"):
        store.add(KeptRun("x", {}, {}))
