"""The work of the room of rates: the grid is that of the command's function, its curves those of each run alone."""

import numpy as np
import pytest
from driven import built_of

import thalweg as tw
from thalweg.errors import ArgumentError
from thalweg.studio.jobs import DONE, FAILED, Job
from thalweg.studio.rates_map import map_html, told_of
from thalweg.studio.rates_state import RatesState
from thalweg.studio.rates_work import find_range, rates_of, try_rates
from thalweg.studio.spec import Spec

SPEC = Spec(data="circle", points=40, batch_size=8, engine="numpy", optimizer="momentum")
STATE = RatesState(spec=SPEC, low=0.05, high=50.0, columns=2, momenta=(0.0, 0.9), epochs=6)


@pytest.fixture(scope="module")
def tried():
    job = Job(lambda job: try_rates(STATE, built_of(**SPEC.changed()), job))
    assert job.wait(60)
    assert (job.status, job.told, job.share) == (DONE, "", 1.0)
    return job.result


def test_each_cell_is_the_run_alone(tried):
    built = built_of(**SPEC.changed())
    part = built.prepared.train
    assert tried.grid.learning_rates.tolist() == [0.05, 50.0]
    for row, momentum in enumerate((0.0, 0.9)):
        options = {**built.options, "optimizer": tw.Momentum(0.05, momentum=momentum), "epochs": 6, "engine": "numpy"}
        alone = tw.train(built.network, part.P, part.T, **{**options, "patience": None, "test": None})
        np.testing.assert_allclose(tried.history(row, 0).loss, alone.history.loss, rtol=1e-4)
        assert tried.grid.errors[row, 0] == pytest.approx(alone.history.validation_loss.min(), rel=1e-4)
        assert tried.why(row, 0).startswith("all 6 epochs were run")


def test_the_map_tells_every_cell(tried):
    html = map_html(tried.grid, (1, 0))
    assert html.count("data-cell=") == 4
    assert html.count('aria-pressed="true"') == 1
    assert html.count('tabindex="0"') == 1
    for row in range(2):
        for column in range(2):
            assert told_of(tried.grid, row, column) in html
    crossed = html.count('class="diverged')
    assert crossed == tried.grid.diverged.sum()


def test_rates_lie_around_the_largest_stable_one_unless_they_are_said():
    built = built_of(**SPEC.changed())
    part = built.prepared.train
    found = rates_of(RatesState(spec=SPEC, columns=5), built)
    usual = tw.rates_grid(
        built.network, part.P, part.T, learning_rates=None, momenta=[0.0], epochs=1, loss=built.options["loss"],
        batch_size=8, seed=SPEC.seed, params=built.recipe.params,
    ).learning_rates  # fmt: skip
    assert (len(found), found[0], found[-1]) == (5, pytest.approx(usual[0]), pytest.approx(usual[-1]))
    assert rates_of(RatesState(spec=SPEC, low=0.5, high=8.0, columns=5), built) == [0.5, 1, 2, 4, 8]
    assert rates_of(RatesState(spec=SPEC, low=100.0, columns=3), built)[0] == 100


def test_a_range_test_is_that_of_the_library_and_can_be_stopped():
    built = built_of(**SPEC.changed())
    part = built.prepared.train
    state = RatesState(spec=SPEC, updates=30)
    job = Job(lambda job: find_range(state, built, job))
    assert job.wait(60)
    expected = tw.learning_rate_range_test(
        built.network, part.P, part.T, updates=30, optimizer=SPEC.made_rule(), loss=built.options["loss"],
        batch_size=8, order="shuffle", seed=SPEC.seed,
    )  # fmt: skip
    assert job.result.losses.tolist() == expected.losses.tolist()
    seen = []

    def halfway(job):
        told, job.tell = job.tell, lambda k, of: (seen.append(k), k == 10 and job.stop(), told(k, of))
        return find_range(state, built, job)

    stopped = Job(halfway)
    assert stopped.wait(60)
    assert (stopped.stopped, len(stopped.result.losses), seen) == (True, 10, list(range(1, 11)))


def test_networks_that_are_stopped_keep_what_they_have():
    built = built_of(**SPEC.changed())
    state = RatesState(spec=SPEC, low=0.05, high=0.5, columns=2, momenta=(0.0, 0.9), epochs=5000)

    def halfway(job):
        told, job.tell = job.tell, lambda done, of: (told(done, of), job.share > 0 and job.stop())
        return try_rates(state, built, job)

    job = Job(halfway)
    assert job.wait(60)
    assert job.result.grid.interrupted
    assert 0 < len(job.result.history(0, 0).loss) < 5000


def test_what_fails_is_told_and_nothing_else_shows():
    def refuses(job):
        raise ArgumentError("choose another rate")

    def breaks(job):
        raise RuntimeError("/secret/path")

    for work, told in ((refuses, "choose another rate"), (breaks, "something failed inside")):
        job = Job(work)
        assert job.wait(10)
        assert (job.status, job.result) == (FAILED, None)
        assert job.told.startswith(told)
