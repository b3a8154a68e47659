"""The mistakes of lines: each formula once, none that is right, all of kinds that are explained."""

from pathlib import Path

from thalweg.formulas.evaluation import evaluate
from thalweg.formulas.expression import Number, Sum, Symbol
from thalweg.worked.grading.changed_formulas import everywhere, renamed
from thalweg.worked.grading.comparing import whole_view
from thalweg.worked.grading.ledger import ledger_of
from thalweg.worked.grading.mistake import KINDS
from thalweg.worked.grading.mistakes import mistakes, with_sign
from thalweg.worked.step_files.file import read_step_file

FOLDER = Path(__file__).parents[3] / "examples" / "worked"


def test_every_line_has_mistakes_that_can_be_worked_out():
    for name in ("nnd_e3_4_graph", "nnd_e3_5_softmax", "aifh_xor_batch"):
        step = read_step_file(FOLDER / f"{name}.toml").open(1)
        ledger = ledger_of(step, step.document("nnd", **whole_view(step)), "nnd")
        kinds = set()
        for one in ledger.calculations.values():
            if one.formula is None:
                continue
            found = mistakes(one, ledger)
            assert len(found) == len({mistake.formula for mistake in found}) >= 6
            assert all(mistake.formula != one.formula and mistake.words for mistake in found)
            assert [mistake.rank for mistake in found] == sorted(mistake.rank for mistake in found)
            for mistake in found:
                assert isinstance(evaluate(mistake.formula, ledger.exact), float)
            kinds |= {mistake.kind for mistake in found}
        assert kinds <= set(KINDS)
        assert len(kinds) >= 10


def test_one_change_at_each_place():
    def change(part):
        if isinstance(part, Symbol):
            yield "kind", "words", Number(0.0)

    x, y = Symbol("x"), Symbol("y")
    found = [whole for _, _, whole in everywhere(Sum((x, Sum((y, x)))), change)]
    zero = Number(0.0)
    assert found == [Sum((zero, Sum((y, x)))), Sum((x, Sum((zero, x)))), Sum((x, Sum((y, zero))))]
    assert renamed(Sum((x, y)), {"x": "y"}) == Sum((y, y))


def test_a_second_mistake_is_the_sign():
    step = read_step_file(FOLDER / "ncsu_chain.toml").open(1)
    ledger = ledger_of(step, step.document("nnd", **whole_view(step)), "nnd")
    found = mistakes(ledger.calculations["sensitivity:hidden[0]"], ledger)
    turned = list(with_sign(found))
    assert {mistake.kind for mistake in turned} == {mistake.kind for mistake in found} - {"sign"}
    for mistake in turned:
        assert "and the sign is turned" in mistake.words
