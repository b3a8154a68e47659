"""What the losses of a run tell: each finding from both sides of its threshold, and runs that have none."""

import dataclasses
import json

import numpy as np
import pytest

import thalweg as tw
from thalweg.diagnosis import LossCurve

RNG = np.random.default_rng(0)
FALLING = np.geomspace(1.0, 0.01, 40)
LEVEL = np.concatenate([np.geomspace(1.0, 0.1, 20), np.full(20, 0.1)])


def loss_curve(loss, validation=None, stopped="epochs", best=None, **more):
    loss = np.asarray(loss, dtype=float)
    return LossCurve(
        loss, None if validation is None else np.asarray(validation, dtype=float), stopped, best or 1, **more
    )


def kinds(*given, **more):
    return [finding.kind for finding in loss_curve(*given, **more).findings]


def bouncing(rise, share=0.5, epochs=40, level=1.0):
    """Later losses of which a share rises by `rise` of itself, and falls back."""
    later = np.full(epochs // 2, level)
    later[1 : 1 + 2 * round(share * (epochs // 2 - 1)) : 2] *= 1 + rise
    return np.concatenate([np.full(epochs // 2, level), later])


def test_a_loss_that_came_to_rest_has_no_finding():
    assert loss_curve(LEVEL).findings == ()
    assert loss_curve(LEVEL, LEVEL + 0.05).findings == ()
    assert loss_curve(LEVEL).steady


def test_diverged():
    (found,) = loss_curve([1.0, 3.0, 50.0, np.nan], stopped="diverged").findings
    assert found.kind == "diverged"
    assert found.text == "the training diverged in epoch 4"
    assert "a smaller learning rate" in found.remedy
    assert loss_curve([], stopped="diverged").findings[0].text == "the training diverged in epoch 1"


@pytest.mark.parametrize(("rise", "told"), [(0.049, []), (0.051, ["bouncing"]), (3.0, ["bouncing"])])
def test_how_far_a_loss_bounces(rise, told):
    assert kinds(bouncing(rise, 0.25)) == told


@pytest.mark.parametrize(("rises", "told"), [(3, []), (4, ["bouncing"])])
def test_how_often_a_loss_bounces(rises, told):
    """A fifth of the 19 changes of the later half is 3.8."""
    loss = np.full(40, 1.0)
    loss[21 : 21 + 2 * rises : 2] = 1.2
    assert kinds(loss) == told


def test_what_bouncing_says():
    (found,) = loss_curve(bouncing(0.5, 0.25)).findings
    rises = np.diff(bouncing(0.5, 0.25)[20:])
    assert found.text == (
        f"the training loss bounces: in the last {len(rises)} epochs it rose {(rises > 0).sum()} times by more than "
        "5 %, once by 50 %"
    )
    assert found.severity == pytest.approx((rises > 0).mean())


def test_a_small_loss_may_move_as_it_likes():
    """Rises of half of itself, of a loss that is a thousandth of the first one; of a fiftieth they count."""
    loss = bouncing(0.5, 0.25, level=0.001)
    assert kinds([1.0, *loss]) == []
    assert kinds([1.0, *(20 * loss)]) == []
    assert kinds([1.0, *(21 * loss)]) == ["bouncing"]


@pytest.mark.parametrize(("epochs", "told"), [(14, []), (15, ["bouncing"]), (16, ["bouncing"])])
def test_bouncing_needs_epochs(epochs, told):
    loss = np.where(np.arange(epochs) % 2, 1.0, 2.0)
    assert [kind for kind in kinds(loss) if kind == "bouncing"] == told
    assert not loss_curve(loss).steady
    assert loss_curve(np.ones(epochs)).steady == bool(told)


def test_with_dropout_the_validation_loss_is_what_bounces():
    wild = np.where(np.arange(40) % 2, 1.0, 2.0)
    assert kinds(wild) == ["bouncing"]
    assert kinds(wild, dropout=True) == []
    assert not loss_curve(wild, dropout=True).steady
    assert kinds(wild, LEVEL, dropout=True) == []
    assert loss_curve(wild, LEVEL, dropout=True).steady
    assert loss_curve(LEVEL, wild, dropout=True).findings[0].text.startswith("the validation loss bounces")


@pytest.mark.parametrize(("last", "told"), [(1.09, []), (1.11, ["overfitting"]), (1.7, ["overfitting"])])
def test_overfitting(last, told):
    validation = 0.5 * np.concatenate([np.geomspace(2.0, 1.0, 20), np.linspace(1.0, last, 20)])
    assert [kind for kind in kinds(FALLING, validation) if kind != "still falling"] == told


def test_what_overfitting_says():
    validation = [1.0, 0.5, 0.4, 0.6, 0.8]
    (found,) = loss_curve([1.0, 0.7, 0.3, 0.2, 0.1], validation, best=3).findings
    assert found.text == (
        "overfitting: the validation loss rose by 100 % after epoch 3, while the training loss fell from 0.3 to 0.1 "
        "(the parameters of epoch 3 were kept)"
    )
    assert found.remedy == "weight decay, dropout, more examples, or a smaller network"
    assert found.severity == pytest.approx(2.0)


@pytest.mark.parametrize(("last", "told"), [(0.989, False), (0.991, True), (1.009, True), (1.011, False)])
def test_a_loss_that_stands_still(last, told):
    assert loss_curve([1.0, 0.5, 2.0, last]).stands_still == told
    assert not loss_curve([1.0]).stands_still
    assert not loss_curve([1.0, np.nan]).stands_still


def test_what_is_no_overfitting():
    validation = [1.0, 0.5, 0.4, 0.6, 0.8]
    assert kinds([1.0, 0.7, 0.3, 0.35, 0.4], validation) != ["overfitting"], "the training loss rose as well"
    for stopped in ("patience", "generalization_loss"):
        assert kinds([1.0, 0.7, 0.3, 0.2, 0.1], validation, stopped=stopped) == []
    assert "overfitting" not in kinds([1.0, 0.7, 0.3, 0.2, 0.1])
    assert "overfitting" not in kinds([1.0, 0.7, 0.3, 0.2, 0.1], [np.nan] * 5)
    assert "overfitting" not in kinds([1.0, 0.7, 0.3, 0.2, 0.1], [1.0, 0.5, 0.4, 0.6, np.nan])


@pytest.mark.parametrize(("share", "told"), [(0.951, []), (0.949, ["still falling"]), (0.5, ["still falling"])])
def test_still_falling(share, told):
    """The means over the last 4 of 40 epochs and over the 4 before."""
    loss = np.concatenate([np.geomspace(5, 1, 32), np.full(4, 1.0), np.full(4, share)])
    assert kinds(loss) == told
    if told:
        (found,) = loss_curve(loss).findings
        assert found.text == (
            "the training loss was still falling at the end: over the last 4 of 40 epochs it is on average "
            f"{100 * (1 - share):.0f} % below that of the 4 before"
        )
        assert found.remedy == "more epochs"


@pytest.mark.parametrize("stopped", ["epochs", "seconds", "callback", "interrupted"])
def test_a_run_that_was_cut_short_may_be_told_to_go_on(stopped):
    assert kinds(FALLING, stopped=stopped) == ["still falling"]
    assert loss_curve(FALLING, stopped=stopped).cut_short


@pytest.mark.parametrize("stopped", ["goal", "patience", "stalled", "min_gradient", "min_progress"])
def test_a_run_that_was_done_is_not(stopped):
    assert kinds(FALLING, stopped=stopped) == []
    assert not loss_curve(FALLING, stopped=stopped).cut_short


def test_the_validation_loss_is_the_one_that_should_fall():
    assert kinds(FALLING, LEVEL) == []
    assert loss_curve(LEVEL, FALLING).findings[0].text.startswith("the validation loss was still falling")


@pytest.mark.parametrize(("first", "told"), [(1.0, ["still falling"]), (490.0, ["still falling"]), (510.0, [])])
def test_what_is_next_to_nothing_need_not_fall(first, told):
    """From 0.1 to 0.05 is a ten-thousandth of 500."""
    assert kinds([first, *LEVEL[1:-4], *[0.05] * 4]) == told


@pytest.mark.parametrize(("share", "told"), [(1.049, []), (1.051, ["rising"]), (2.0, ["rising"])])
def test_rising(share, told):
    loss = np.concatenate([np.geomspace(5, 1, 32), np.full(4, 1.0), np.full(4, share)])
    assert kinds(loss) == told
    assert loss_curve(loss).rises == bool(told)
    assert not loss_curve(loss, dropout=True).rises
    if told:
        assert f"on average {100 * (share - 1):.0f} % above" in loss_curve(loss).findings[0].text


def test_a_loss_that_only_rises_does_not_bounce():
    (found,) = loss_curve(np.geomspace(1.0, 1e80, 40)).findings
    assert found.kind == "rising"
    assert found.text.endswith("on average 1.6e+10 % above that of the 4 before")


@pytest.mark.parametrize(("epochs", "told"), [(7, []), (8, ["never fell"]), (40, ["never fell"])])
def test_a_validation_loss_that_never_fell(epochs, told):
    assert kinds(np.ones(epochs), np.linspace(1.0, 1.05, epochs), stopped="patience") == told
    assert kinds(np.ones(epochs), np.r_[1.0, 0.99, np.ones(epochs - 2)]) == []
    assert kinds(np.ones(epochs)) == []
    assert kinds(np.ones(epochs), np.r_[np.nan, np.ones(epochs - 1)]) == []


def test_one_cause_is_told_once():
    falls_and_bounces = np.where(np.arange(40) % 2, 1.0, 2.0) * FALLING
    assert kinds(falls_and_bounces) == ["bouncing"]
    assert kinds(FALLING, np.concatenate([np.geomspace(1.0, 0.5, 20), np.geomspace(0.5, 0.9, 20)])) == ["overfitting"]


@pytest.mark.parametrize("epochs", [0, 1, 2, 3])
def test_of_few_epochs_nothing_is_told(epochs):
    assert kinds(FALLING[:epochs]) == []
    assert kinds(FALLING[:epochs], FALLING[:epochs]) == []
    assert loss_curve(FALLING[:epochs]).epochs == epochs
    assert not loss_curve(FALLING[:epochs]).steady


def test_four_epochs_are_enough_to_be_still_falling():
    assert kinds([1.0, 0.9, 0.5, 0.4]) == ["still falling"]


@pytest.mark.parametrize(
    "loss", [np.full(40, np.nan), [np.nan] * 20 + [1.0] * 20, [np.inf, *[1.0] * 39], np.zeros(40), -FALLING]
)
def test_losses_out_of_the_ordinary_raise_no_warning(loss):
    assert kinds(loss) == []
    assert kinds(loss, loss) == []


@pytest.mark.parametrize("more", [{}, {"patience": 2}, {"validation": True}, {"optimizer": tw.GradientDescent(1e3)}])
def test_the_epoch_that_was_kept_is_that_of_the_run(more):
    P = RNG.normal(size=(40, 2))
    given = {**more, "validation": (P[30:], -P[30:, :1])} if "validation" in more or "patience" in more else more
    run = tw.train(tw.mlp(2, 3, 1), P, P[:, :1], epochs=9, **given)
    seen = LossCurve(run.history.loss, run.history.validation_loss, run.stopped_because, run.best_epoch)
    assert seen.kept_epoch == run.kept_epoch


def test_as_data():
    told = json.loads(json.dumps(loss_curve([1.0, np.nan], stopped="goal").to_dict(), allow_nan=False))
    assert told == {
        "loss": [1.0, None],
        "validation_loss": None,
        "stopped_because": "goal",
        "best_epoch": 1,
        "dropout": False,
    }


def test_a_course_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        loss_curve(LEVEL).best_epoch = 3
