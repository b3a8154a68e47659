"""A watcher sees all of a run, changes nothing of it, and can end it."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.training.replay import upcoming
from thalweg.training.watcher import Watcher, recorded_by_name

P = np.linspace(-1, 1, 24)[:, None]
NET = tw.mlp(1, 4, 1)


class Looks(Watcher):
    """Keeps all that it sees, and looks at everything."""

    def __init__(self, stops_at=None):
        self.told, self.seen, self.upcoming, self._stops_at = {}, [], [], stops_at

    def saw(self, result, seconds):
        for name, values in recorded_by_name(self.going.recipe, result.records).items():
            self.told.setdefault(name, []).extend(values)
        self.seen.append((result.updates, self.going.parameters(), seconds))
        self.upcoming.append(upcoming(self.going))
        if self._stops_at is not None and result.updates >= self._stops_at:
            self.going.stop()


CASES = [
    {"optimizer": "adam", "batch_size": 5},
    {"optimizer": "lm", "validation": (P[:6], P[:6] ** 2)},
    {"optimizer": "momentum", "batch_size": 4, "order": tw.PrioritySampling(0.5)},
    {"optimizer": "gd", "batch_size": 12, "engine": "xla"},
]


@pytest.mark.parametrize("settings", CASES, ids=lambda settings: settings["optimizer"])
def test_the_run_is_that_without_it_to_the_bit_and_all_of_it_is_seen(settings):
    how = {"epochs": 60, "engine": "numpy", "record": "all", **settings}
    alone, looks = tw.train(NET, P, P**2, **how), Looks()
    run = tw.train(NET, P, P**2, callbacks=[looks], **how)
    np.testing.assert_array_equal(NET.ravel(run.params), NET.ravel(alone.params))
    for name in set(alone.history.names()) - {"seconds"}:
        np.testing.assert_array_equal(run.history[name], alone.history[name])
        np.testing.assert_array_equal(looks.told[name], alone.history[name])
    assert looks.seen[-1][0] == run.updates
    opened = [one for one in looks.upcoming if one is not None]
    at_end = run.updates == looks.seen[0][0]
    assert bool(opened) == (isinstance(how.get("order", "shuffle"), str) and not at_end)
    for (updates, params, _), one in zip(looks.seen, looks.upcoming, strict=True):
        if one is not None:
            assert one.number == updates + 1
            np.testing.assert_array_equal(NET.ravel(one.params), NET.ravel(params))


def test_the_opened_update_is_the_one_that_comes():
    looks = Looks()
    run = tw.train(NET, P, P**2, epochs=60, batch_size=6, engine="numpy", callbacks=[looks])
    one = next(one for one in looks.upcoming if one is not None)
    step = run.step(one.number)
    np.testing.assert_array_equal(step.rows, one.rows)
    np.testing.assert_array_equal(NET.ravel(step.params), NET.ravel(one.params))


def test_it_ends_a_run_which_is_returned():
    looks = Looks(stops_at=50)
    run = tw.train(NET, P, P**2, epochs=10**7, batch_size="all", engine="numpy", callbacks=[looks])
    assert run.stopped_because == "interrupted"
    assert 50 <= run.updates == len(run.history.loss) < 10**6
    np.testing.assert_array_equal(NET.ravel(run.params), NET.ravel(looks.seen[-1][1]))


def test_who_ends_it_too_late_is_not_heard():
    looks = Looks(stops_at=20)
    run = tw.train(NET, P, P**2, epochs=20, batch_size="all", engine="numpy", callbacks=[looks])
    assert run.stopped_because == "epochs"


def test_a_run_that_goes_on_tells_what_was_before():
    first, looks = tw.train(NET, P, P**2, epochs=10, engine="numpy", record="all"), Looks()
    more = first.more(5, callbacks=[looks])
    np.testing.assert_array_equal([*looks.going.before.loss, *looks.told["loss"]], more.history.loss)
