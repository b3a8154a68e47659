"""The script that plants mistakes, on a tree of one file; and that its own list still fits the code."""

import mutants
import pytest
from mutants import Mutant, StaleError

CODE = "def double(x):\n    return 2 * x\n\n\ndef half(x):\n    return x / 2\n"
TEST = "from tiny import double, half\n\n\ndef test_double():\n    assert double(2) == 4\n    assert half(0) == 0\n"
TESTS = ("tests/test_tiny.py",)
SEEN = Mutant("src/tiny.py", "2 * x", "3 * x", TESTS, "a double three times as large")
NOT_SEEN = Mutant("src/tiny.py", "x / 2", "x / 3", TESTS, "half is a third")
TWICE = Mutant("src/tiny.py", "return", "pass", TESTS, "no value")
GONE = Mutant("src/tiny.py", "4 * x", "5 * x", TESTS, "code that has moved on")
NO_FILE = Mutant("src/huge.py", "2 * x", "3 * x", TESTS, "a file that is gone")
NO_TEST = Mutant("src/tiny.py", "2 * x", "3 * x", ("tests/test_huge.py::test_double",), "tests that are gone")


@pytest.fixture
def tree(tmp_path):
    for path, text in (("src/tiny.py", CODE), ("tests/test_tiny.py", TEST)):
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def in_this_process(tree, tests):
    """`mutants.passes` without the start of another pytest."""
    code = {}
    exec((tree / "src/tiny.py").read_text(encoding="utf-8"), code)
    return code["double"](2) == 4 and code["half"](0) == 0


def test_what_is_killed_what_survives_and_what_no_longer_applies(tree, monkeypatch, capsys):
    monkeypatch.setattr(mutants, "passes", in_this_process)
    assert mutants.run(tree, [SEEN, NOT_SEEN, TWICE, GONE, NO_FILE, NO_TEST]) == 1
    out = capsys.readouterr().out
    for found, mutant in (("killed", SEEN), ("SURVIVED", NOT_SEEN), *(("NOT APPL", m) for m in (TWICE, GONE, NO_FILE))):
        assert any(line.startswith(found) and line.endswith(mutant.why) for line in out.splitlines())
    for reason in ("stands 2 times in src/tiny.py: 'return'", "stands 0 times", "no src/huge.py", "no tests/test_huge"):
        assert reason in out
    assert out.splitlines()[-1] == "1 killed, 1 SURVIVED, 4 NOT APPLICABLE"
    assert mutants.run(tree, [SEEN, GONE]) == 1
    assert mutants.run(tree, [SEEN]) == 0


def test_a_mistake_is_planted_in_a_copy_and_seen_by_the_tests_named(tree):
    assert mutants.run(tree, [SEEN]) == 0
    assert (tree / "src/tiny.py").read_text(encoding="utf-8") == CODE


def test_tests_that_fail_without_a_mistake_tell_nothing(tree, monkeypatch, capsys):
    monkeypatch.setattr(mutants, "passes", lambda copy, tests: False)
    assert mutants.run(tree, [SEEN]) == 1
    assert capsys.readouterr().out == "the tests fail without a mistake: mend them first\n"


def test_mistakes_are_chosen_by_place_and_word():
    every = [SEEN, NOT_SEEN, NO_FILE]
    assert mutants.chosen(every, ".", "") == every
    assert mutants.chosen(every, "src/", "") == every
    assert mutants.chosen(every, "./src/tiny.py", "") == [SEEN, NOT_SEEN]
    assert mutants.chosen(every, "sr", "") == []
    assert mutants.chosen(every, ".", "third") == [NOT_SEEN]


LISTED = mutants.read_list(mutants.LIST)


def test_every_mistake_of_the_list_can_be_planted():
    stale = []
    for mutant in LISTED:
        try:
            assert mutants.mistaken(mutants.TREE, mutant) != (mutants.TREE / mutant.file).read_text(encoding="utf-8")
        except StaleError as error:
            stale.append(str(error))
    assert stale == []
    assert len({(mutant.file, mutant.old, mutant.new) for mutant in LISTED}) == len(LISTED) >= 60
