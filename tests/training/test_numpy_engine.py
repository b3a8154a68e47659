"""The eager engine: how many threads of BLAS its rules have."""

from dataclasses import dataclass

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import thalweg as tw
from thalweg.training import numpy_engine

SEEN = []
P = np.linspace(-1, 1, 20)[:, None]


def threads():
    return {info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"}


@dataclass(frozen=True)
class Looking(tw.LevenbergMarquardt):
    """Tells the threads that it had."""

    def search(self, problem, state, x):
        SEEN.append(threads())
        return super().search(problem, state, x)


@pytest.mark.parametrize(("most", "expected"), [(500, {1}), (6, {2})])
def test_small_matrices_have_one_thread_and_others_what_they_were_given(most, expected, monkeypatch):
    monkeypatch.setattr(numpy_engine, "ONE_THREAD_UP_TO", most)
    SEEN.clear()
    with threadpool_limits(2):
        tw.train(tw.mlp(1, 2, 1), P, P**2, optimizer=Looking(), epochs=2, engine="numpy")
        assert threads() == {2}
    assert all(seen == expected for seen in SEEN)
    assert len(SEEN) == 2
