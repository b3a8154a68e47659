"""Examples of streams laid out over several devices: each taken once, where it lies; blocks dealt evenly."""

import numpy as np
import pytest

from thalweg.training.fingerprint import Fingerprint, differences
from thalweg.training.placement import Placement, dealt, slots
from thalweg.training.shared_look import shares_of


@pytest.mark.parametrize("devices", [1, 3])
def test_every_example_of_a_batch_is_taken_once_where_it_lies(devices):
    """Also one that is drawn twice."""
    rng = np.random.default_rng(devices)
    owners = rng.integers(0, devices, 50)
    placement = Placement.of(owners, devices)
    shards = [np.flatnonzero(owners == device) for device in range(devices)]
    once, again = np.concatenate([rng.permutation(50), [50] * 6]), rng.integers(0, 50, 24)
    drawn = np.concatenate([once, again]).reshape(10, 8)
    laid = slots(placement, drawn, 4)
    for update, batch in enumerate(drawn):
        taken = []
        for device in range(devices):
            for row, place in zip(laid.rows[update, device], laid.places[update, device], strict=True):
                if row >= 0:
                    taken.append((int(place), int(shards[device][row])))
        assert sorted(taken) == [(place, row) for place, row in enumerate(batch.tolist()) if row < 50]


def test_blocks_are_dealt_evenly():
    assert dealt([5, 5, 5], 4, [0, 9, 0, 0]) == [0, 2, 3]
    assert [len(share) for share in shares_of([1] * 10, 3)] == [3, 4, 3]
    assert shares_of([100, 1, 1, 1], 3) == [range(1), range(1, 2), range(2, 4)]


def test_checkpoints_of_blocks_and_of_arrays_are_compared_by_what_both_tell():
    arrays = {"inputs": "a", "targets": "b"}
    blocks, kept = {**arrays, "examples": "c"}, {"examples": "c"}
    for one, other, expected in (
        (arrays, blocks, []),
        (blocks, kept, []),
        (kept, blocks, []),
        ({**blocks, "examples": "d"}, blocks, []),
        ({"examples": "d"}, blocks, ["other examples"]),
    ):
        assert differences(Fingerprint({}, one), Fingerprint({}, other)) == expected
    assert differences(Fingerprint({}, arrays), Fingerprint({}, kept))
