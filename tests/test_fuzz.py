"""Two thousand damaged files, and those made to break a reader: an answer, or one line of ours, within the limits.

tests/fuzz.py reads as many as one likes; here are the first of each target.
"""

import sys

import pytest
from fuzz_worker import made
from fuzzing import crafted_jobs, jobs_of, run
from hostile_targets import TARGETS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the limits of a process are those of Linux")
DEAR = {
    "csv": 25,
    "csv.gz": 10,
    "tsv": 10,
    "ndjson": 12,
    "xlsx": 12,
    "gradient json": 6,
    "gradient npz": 6,
    "group checkpoint": 25,
    "several networks": 12,
}
"""Of which one takes as long as ten of others."""
COUNTS = {name: DEAR.get(name, 102) for name in TARGETS}


def test_damaged_files_are_read_or_told_in_one_line():
    assert sum(COUNTS.values()) >= 2000
    found = run([*jobs_of(COUNTS), *crafted_jobs(COUNTS)])
    assert {name: outcome.faults for name, outcome in found.items() if outcome.faults} == {}
    for name, outcome in found.items():
        assert outcome.refused > 0, name
        assert outcome.read + outcome.refused + outcome.shielded == outcome.inputs, name


FAULTS = {
    "good": None,
    "error": "KeyError",
    "warning": "UserWarning",
    "lines": "a message of 9 characters and 2 lines",
    "pickle": "pickle.find_class",
    "eval": "code is run",
    "program": "os.system",
    "written": "somewhere is opened to be written",
    "memory": "MemoryError",
    "crash": "a crash: SIGABRT",
    "hang": "a hang: more than 0.1 s",
    "shielded": None,
    "not shielded": "KeyError",
}


def test_what_no_reader_may_do_is_seen():
    module = "planted_targets"
    found = run([*jobs_of(dict.fromkeys(FAULTS, 1), seconds=0.1, module=module), *crafted_jobs(["error"], module)])
    assert found["good"].refused == found["shielded"].shielded == 1
    for name, told in FAULTS.items():
        faults = list(found[name].faults)
        assert len(faults) == (told is not None) + (name == "error"), (name, faults)
        assert told is None or told in faults[0]
    assert list(found["error"].faults)[1].startswith("a made one: KeyError")


def test_a_number_is_the_same_input_again():
    (job,), seeds = jobs_of({"good": 1}, seed=3, module="planted_targets"), [bytes(range(99))]
    assert [made(job, number, seeds) for number in range(50)] == [made(job, number, seeds) for number in range(50)]
    assert len({made(job, number, seeds) for number in range(50)}) > 40
