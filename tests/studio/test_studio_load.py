"""Twenty sessions that train at once on one server: each keeps its own, and hears of it in time."""

import importlib.util
import statistics
from pathlib import Path

import pytest

SESSIONS = 20


@pytest.fixture(scope="module")
def benchmark():
    place = Path(__file__).parents[2] / "benchmarks" / "studio.py"
    spec = importlib.util.spec_from_file_location("studio_benchmark", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_twenty_sessions_at_once_keep_their_own_state_and_are_told_in_time(served, benchmark):
    pytest.importorskip("socketio", reason="the page's library, which brings it, is not installed")
    gaps, own = benchmark.await_gaps(served.address, SESSIONS, settled=0.5, seconds=1.0)
    assert own == SESSIONS
    assert len(gaps) >= SESSIONS
    assert statistics.median(gaps) < 5.0  # 0.2 where nothing else runs, which benchmarks/studio.py measures
