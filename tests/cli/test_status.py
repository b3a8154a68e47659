"""The status of a training that was interrupted where processes train together: that of the signal, in all of them."""

import pytest

from thalweg.cli import process
from thalweg.training import agreement


@pytest.mark.parametrize(
    ("own", "each", "status"), [(0, [0, 143], 143), (143, [0, 143], 143), (130, [143, 130], 130), (0, [0, 0], 130)]
)
def test_status_of_the_signal_that_came_to_one(monkeypatch, own, each, status):
    told = []
    monkeypatch.setattr(process._PROCESS, "status", own)
    monkeypatch.setattr(agreement, "exchanged_data", lambda found: told.append(found) or each)
    assert process.interrupted_status() == status
    assert told == [own]  # each process tells, whatever came to it
