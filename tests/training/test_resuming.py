"""A run whose process ended goes on from its checkpoint: the run that was not interrupted, to the bit."""

import dataclasses
import logging

import numpy as np
import optax
import pytest
from interrupted_runs import NET, Killed, P, T, assert_same, killed_in, train_until_killed

import thalweg as tw
from thalweg.optimizers import RULES
from thalweg.optimizers.full_batch import FullBatchRule

HELD_OUT = (P[:7], T[:7])
DROPS = tw.mlp(2, 6, 1, dropout=0.3)


def killed_and_resumed(folder, given_again=(), net=NET, **options):
    """With what is given again to `resume` by name."""
    options = {"epochs": 14, "loss": "mse", **options}
    whole = tw.train(net, P, T, **options)
    train_until_killed(folder, epoch=min(11, whole.epochs), net=net, **options)
    again = {name: options[name] for name in given_again}
    run = tw.resume(folder, P, T, **again)
    assert_same(run, whole)
    return run


@pytest.mark.parametrize("rule", list(RULES))
def test_every_rule(rule, tmp_path):
    full = isinstance(RULES.get(rule), FullBatchRule)
    run = killed_and_resumed(tmp_path, optimizer=rule, engine="numpy", batch_size=None if full else 5)
    assert run.epochs == 14 or run.stopped_because == "stalled"


@pytest.mark.parametrize(
    ("options", "given_again"),
    [
        ({"order": "random", "batch_size": 4, "seed": 7}, ()),
        ({"order": tw.PrioritySampling(0.5, refill_every=3), "batch_size": 6}, ()),
        ({"order": tw.PrioritySampling(0.5, high=range(2, 9), unbiased=True), "batch_size": 6,
          "sample_weight": np.r_[0.0, np.arange(22.0)]}, ["sample_weight"]),
        ({"order": tw.GivenOrder(lambda epoch: np.random.default_rng(epoch).permutation(23)), "batch_size": 6},
         ["order"]),
        ({"validation": HELD_OUT, "validate_every": 3, "min_progress": 0.001}, ["validation"]),
        ({"validation": HELD_OUT, "patience": 4, "optimizer": tw.Adam(0.5)}, ["validation"]),
        ({"validation": HELD_OUT, "tolerance": 0.0, "tolerance_epochs": 12}, ["validation"]),
        ({"optimizer": tw.Momentum(lambda k: 0.1 * 0.9**k)}, ["optimizer"]),
        ({"optimizer": tw.Momentum(tw.schedules.WarmUp(tw.schedules.Cosine(0.1, steps=40), steps=9), 0.8)}, ()),
        ({"optimizer": tw.Momentum(tw.schedules.ReduceOnPlateau(0.5, patience=2)), "batch_size": 5}, ()),
        ({"l1": 1e-3, "l2": 1e-2, "shares_penalties": True, "min_gradient": 1e-9, "sample_weight": np.arange(23.0)},
         ["sample_weight"]),
        ({"target_weight": np.arange(23.0)[:, None] % 3, "frozen": ["layer1"]}, ["target_weight"]),
        ({"dtype": "float64", "seed": 5, "batch_size": 3}, ()),
        ({"net": DROPS, "batch_size": 5}, ()),
        ({"record": "all", "validation": HELD_OUT, "test": (P[7:9], T[7:9]), "optimizer": "lm"},
         ["validation", "test"]),
        ({"params": NET.init(9), "loss": tw.losses.Huber(0.3)}, ()),
    ],
    ids=["random", "pools", "given-pool", "given-order", "progress", "patience", "tolerance", "function", "schedule",
         "plateau", "penalties", "targets", "float64", "dropout", "record", "params"],
)  # fmt: skip
def test_every_option(options, given_again, tmp_path):
    killed_and_resumed(tmp_path, given_again, engine="numpy", **options)


@pytest.mark.parametrize(
    ("options", "given_again"),
    [
        ({"net": DROPS, "batch_size": 5, "optimizer": tw.Adam(tw.schedules.ReduceOnPlateau(0.5, patience=2)),
          "validation": HELD_OUT, "order": tw.PrioritySampling(0.5, refill_every=3)}, ["validation"]),
        ({"optimizer": optax.noisy_sgd(0.01, key=3), "batch_size": "all"}, ["optimizer"]),
    ],
    ids=["adam", "optax"],
)  # fmt: skip
def test_xla(options, given_again, tmp_path):
    """Of parameters in one vector, and of a rule with keys of JAX's in its state, which sees their tree."""
    killed_and_resumed(tmp_path, given_again, engine="xla", **options)


def test_in_the_middle_of_an_epoch(tmp_path):
    """Every segment is saved: 32 updates, of the 60 of an epoch."""
    many = np.tile(P, (3, 1))[:60], np.tile(T, (3, 1))[:60]
    options = {"epochs": 4, "loss": "mse", "batch_size": 1, "engine": "numpy"}
    whole = tw.train(NET, *many, **options)
    train_until_killed(tmp_path, epoch=2, every="0.000001s", examples=many, **options)
    updates = sorted(int(path.stem.split("-")[1]) for path in tmp_path.glob("checkpoint-*"))
    assert any(update % 60 for update in updates), updates
    assert_same(tw.resume(tmp_path, *many), whole)


def test_killed_again_and_again(tmp_path):
    whole = tw.train(NET, P, T, epochs=14, batch_size=5, engine="numpy")
    train_until_killed(tmp_path, 3, every="2epochs", epochs=14, batch_size=5, engine="numpy")
    for epoch in (5, 6, 13):
        with pytest.raises(Killed):
            tw.resume(tmp_path, P, T, callbacks=[killed_in(epoch)])
    assert_same(tw.resume(tmp_path, P, T), whole)
    assert len(list(tmp_path.glob("checkpoint-*"))) == 3


def test_of_a_run_that_went_on_from_another(tmp_path):
    """With its history before it, and, with other rows, only from its parameters and the state of its rule."""
    first = tw.train(NET, P, T, epochs=6, batch_size=5, engine="numpy")
    options = {"epochs": 10, "state": first, "batch_size": 5, "engine": "numpy"}
    whole = tw.train(NET, P, T, **options)
    train_until_killed(tmp_path / "same", epoch=13, **options)
    assert_same(tw.train(NET, P, T, **options, checkpoint=tw.Checkpoints(tmp_path / "same", resume=True)), whole)
    whole = tw.train(NET, P[:9], T[:9], **options)
    train_until_killed(tmp_path / "other", epoch=9, examples=(P[:9], T[:9]), **options)
    assert_same(tw.resume(tmp_path / "other", P[:9], T[:9]), whole)


@pytest.mark.parametrize(
    "options",
    [{"epochs": 5}, {"epochs": 50, "goal": 1.0}, {"epochs": 9, "optimizer": tw.optimizers.GradientDescent(1e6)}],
)
@pytest.mark.filterwarnings("ignore")
def test_a_run_that_had_ended_is_returned(options, tmp_path):
    run = tw.train(NET, P, T, "mse", engine="numpy", checkpoint=tmp_path, **options)
    before = {path: path.read_bytes() for path in tmp_path.glob("checkpoint-*")}
    assert_same(tw.resume(tmp_path, P, T), run)
    assert {path: path.read_bytes() for path in tmp_path.glob("checkpoint-*")} == before


def test_more_epochs_than_it_was_begun_with(tmp_path):
    tw.train(NET, P, T, epochs=6, checkpoint=tmp_path, engine="numpy")
    assert_same(tw.resume(tmp_path, P, T, epochs=9), tw.train(NET, P, T, epochs=9, engine="numpy"))
    with pytest.raises(tw.ArgumentError, match=r"epochs is 3, and the run in .* has 9 already: give as many"):
        tw.resume(tmp_path, P, T, epochs=3)


def test_a_run_whose_time_was_up(tmp_path):
    """It has ended for as long as it is given no more time, which its clock goes on counting."""
    short = tw.train(NET, P, T, epochs=10**6, max_seconds=0.01, batch_size=5, engine="numpy", checkpoint=tmp_path)
    assert tw.resume(tmp_path, P, T, max_seconds=0.01).updates == short.updates
    longer = tw.resume(tmp_path, P, T, max_seconds=short.seconds + 0.05)
    assert longer.updates > short.updates
    assert longer.seconds >= short.seconds + 0.05
    whole = tw.train(NET, P, T, epochs=longer.epochs, batch_size=5, engine="numpy")
    np.testing.assert_array_equal(longer.history.loss, whole.history.loss)


def test_what_must_be_given_again_is_named(tmp_path):
    options = {"epochs": 3, "engine": "numpy", "validation": HELD_OUT, "optimizer": tw.Momentum(lambda k: 0.1)}
    tw.train(NET, P, T, **options, checkpoint=tmp_path)
    with pytest.raises(tw.ArgumentError, match=r"had a validation set: give it again, validation=\(P, T\)"):
        tw.resume(tmp_path, P, T)
    with pytest.raises(tw.ArgumentError, match="has a schedule of one's own, <lambda>, which no file holds: give it"):
        tw.resume(tmp_path, P, T, validation=HELD_OUT)
    with pytest.raises(TypeError, match="unexpected keyword argument 'momentum'"):
        tw.resume(tmp_path, P, T, momentum=0.5)


STORED = {"net": NET, "P": P, "T": T, "batch_size": 5, "epochs": 3, "loss": "mse", "validation": HELD_OUT,
          "engine": "numpy"}  # fmt: skip


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """The folder of a run."""
    folder = tmp_path_factory.mktemp("stored")
    tw.train(**STORED, checkpoint=folder)
    return folder


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"P": P + 1}, "other inputs"),
        ({"T": T * 2, "sample_weight": np.arange(1, 24.0)}, "other targets, weights in one of them alone"),
        ({"sample_weight": np.arange(23.0)}, "weights in one of them alone"),
        ({"validation": (P[:6], T[:6])}, "another validation set"),
        ({"validation": None}, "no validation set"),
        ({"net": tw.mlp(2, 5, 1)}, "network was 2-4-1 and is 2-5-1"),
        ({"net": tw.mlp(2, 4, 1, hidden="sigmoid")}, "network of other layers"),
        ({"optimizer": tw.Adam(0.5, beta2=0.9)}, "optimizer learning_rate was 0.001 and is 0.5, optimizer beta2 was"),
        ({"optimizer": "rprop"}, "optimizer was adam and is rprop"),
        ({"batch_size": 4}, "batch_size was 5 and is 4"),
        ({"loss": "mae"}, "loss was mse and is mae"),
        ({"order": "sequential"}, "order was shuffle and is sequential"),
        ({"patience": 3}, "patience was"),
        ({"seed": 3}, "seed was 0 and is 3"),
        ({"dtype": "float64"}, "dtype was float32 and is float64"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(value),
)  # fmt: skip
def test_a_checkpoint_of_another_training_is_refused(change, told, stored):
    before = {path: path.read_bytes() for path in stored.iterdir() if path.is_file()}
    with pytest.raises(tw.ArgumentError) as error:
        tw.train(**{**STORED, **change}, checkpoint=tw.Checkpoints(stored, resume=True))
    assert f"is of another training: {told}" in str(error.value)
    assert "give what it was begun with, or name another folder" in str(error.value)
    assert "\n" not in str(error.value)
    assert {path: path.read_bytes() for path in stored.iterdir() if path.is_file()} == before


def test_checkpoints_are_not_overwritten(tmp_path):
    tw.train(NET, P, T, epochs=2, checkpoint=tmp_path, engine="numpy")
    with pytest.raises(tw.FileError, match="holds the checkpoints of a training, which are not overwritten"):
        tw.train(NET, P, T, epochs=2, checkpoint=tmp_path, engine="numpy")


def test_resume_begins_where_there_is_nothing_yet(tmp_path):
    place = tw.Checkpoints(tmp_path / "new", resume=True)
    run = tw.train(NET, P, T, epochs=2, checkpoint=place, engine="numpy")
    assert run.epochs == 2
    assert_same(tw.train(NET, P, T, epochs=2, checkpoint=place, engine="numpy"), run)
    with pytest.raises(tw.FileError, match="holds no whole checkpoint"):
        tw.resume(tmp_path, P, T)


def test_other_versions_are_told(tmp_path, monkeypatch, caplog):
    tw.train(NET, P, T, epochs=2, checkpoint=tmp_path, engine="numpy")
    from thalweg.training import saver

    monkeypatch.setattr(saver, "version", lambda library: f"99.{library}")
    with caplog.at_level(logging.WARNING):
        tw.resume(tmp_path, P, T)
    assert "the checkpoint was written with thalweg 0.1.0 (now 99.thalweg), numpy" in caplog.text


def test_auto_stays_with_the_engine_of_the_checkpoint(tmp_path):
    """So many epochs that NumPy would not be chosen."""
    options = {"epochs": 10**6, "batch_size": 5}
    train_until_killed(tmp_path, **options, engine="numpy")
    stops = [lambda end: tw.STOP if end.epoch == 15 else None]
    place = tw.Checkpoints(tmp_path, resume=True)
    assert tw.train(NET, P, T, **options, callbacks=stops, checkpoint=place).engine == "numpy"


def test_the_settings_of_the_folder_stay(tmp_path):
    train_until_killed(tmp_path, epochs=14, engine="numpy")
    run = tw.resume(tw.Checkpoints(tmp_path, every="1h", keep=1), P, T)
    assert run.epochs == 14
    assert len(list(tmp_path.glob("checkpoint-*"))) == 1
    assert dataclasses.is_dataclass(run.recipe)
