"""Compiled programs: as many as are stated, and what goes with one that is dropped."""

import gc
import multiprocessing
import os
from pathlib import Path

import jax
import numpy as np
import pytest

import thalweg as tw
from thalweg.training import programs
from thalweg.training.programs import compilations, run_program

P, T = np.ones((6, 2)), np.ones((6, 1))


def train(hidden, engine="xla"):
    return tw.train(tw.mlp(2, hidden, 1), P, T, epochs=1, engine=engine, optimizer="gd", batch_size="all")


def doubled(factor, x):
    return factor * x


def test_a_program_is_compiled_once_for_its_shapes():
    before = compilations()
    for x in (np.ones(3, np.float32), np.zeros(3, np.float32), np.ones(4, np.float32)):
        np.testing.assert_array_equal(run_program(doubled, (2.0,), x), 2.0 * x)
    assert compilations() == before + 2
    with jax.enable_x64(True):
        assert run_program(doubled, (2.0,), np.ones(3)).dtype == np.float64
    assert compilations() == before + 3


def test_the_one_that_was_not_used_for_longest_is_dropped(monkeypatch):
    monkeypatch.setattr(programs, "MOST_PROGRAMS", 3)
    monkeypatch.setattr(programs, "_PROGRAMS", programs._Programs())
    for hidden in (1, 2, 3, 1, 4, 1, 3):  # the fourth drops the second
        train(hidden)
    assert compilations() == 4
    train(2)
    assert compilations() == 5


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="this system does not tell the maps of a process")
def test_many_shapes_take_no_more_maps_than_some(monkeypatch):
    """Field h01-many-shapes: each shape kept some 80 of 65,530 for ever."""

    def maps():
        gc.collect()
        return len(Path("/proc/self/maps").read_text().splitlines())

    monkeypatch.setattr(programs, "MOST_PROGRAMS", 4)
    monkeypatch.setattr(programs, "_PROGRAMS", programs._Programs())
    for hidden in range(1, 13):
        train(hidden)
    settled = maps()
    for hidden in range(13, 25):
        train(hidden)
    assert maps() < settled + 200


def in_a_child(told):
    try:
        told.put(train(3).engine)
    except tw.ThalwegError as error:
        told.put(str(error))
    told.put(train(3, "numpy").engine)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning")
def test_a_forked_process_is_told_to_be_spawned():
    train(3)
    context = multiprocessing.get_context("fork")
    told = context.Queue()
    process = context.Process(target=in_a_child, args=(told,))
    process.start()
    assert 'multiprocessing.get_context("spawn")' in told.get(timeout=60)
    assert told.get(timeout=60) == "numpy"
    process.join()
