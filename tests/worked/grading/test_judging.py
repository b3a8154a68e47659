"""Judging: the numbers of a student who works by plain loops, with every rounding, and with one mistake at a time."""

import itertools
import math

import numpy as np
import pytest
from student_by_hand import KINDS, Student, a_step

import thalweg as tw
from thalweg.worked.grading.comparing import whole_view
from thalweg.worked.grading.held_numbers import Asked
from thalweg.worked.grading.judging import Book, judge
from thalweg.worked.grading.ledger import ledger_of

HOWS = ("operations", "lines", "memory")


def ledger(step):
    return ledger_of(step, step.document("nnd", **whole_view(step)), "nnd")


def judged(of, said, decimals, book=None, leave_out=()):
    blanks = tuple(name for name in of.calculations if name in said and name not in leave_out)
    return judge(of, Asked(blanks, {}, decimals), {name: said[name] for name in blanks}, book)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("examples", [1, 2])
def test_a_right_calculation_by_hand_is_never_called_wrong(kind, examples):
    step = a_step(kind, 1, examples)
    of = ledger(step)
    for decimals in (2, 4):
        for how in HOWS:
            said = Student(step, decimals, how).work()
            told = judged(of, said, decimals)
            assert [line for line in told.lines if line.verdict != "right"] == [], (decimals, how)
            assert len(told.lines) == len(said)


def test_nor_where_only_the_last_lines_are_asked():
    """What lies between was rounded, too, and nobody has seen it."""
    for kind in KINDS:
        step = a_step(kind, 3, 2)
        of = ledger(step)
        for decimals in (2, 4):
            for how in HOWS:
                said = Student(step, decimals, how).work()
                last = {name: value for name, value in said.items() if name.startswith(("delta", "new_weight"))}
                assert judged(of, last, decimals).first_wrong is None, (kind, decimals, how)


def planted(step):
    """One line for each quantity, layer and mistake, of what differs well."""
    ideal = Student(step, 4)
    ideal.work()
    seen = {}
    for line, wrong in ideal.possible.items():
        for mistake, value in wrong.items():
            far = abs(value - ideal.said[line])
            key = line.partition("[")[0], mistake
            if far > 0.02 and far > seen.get(key, (0, ""))[0]:
                seen[key] = far, line
    return [(line, mistake) for (_, mistake), (_, line) in seen.items()]


@pytest.mark.parametrize(
    ("kind", "examples"),
    [
        pytest.param(kind, examples, marks=[] if examples == 1 + number % 2 else pytest.mark.thorough)
        for number, kind in enumerate(KINDS)
        for examples in (1, 2)
    ],
)
def test_a_planted_mistake_is_found_at_its_line_and_what_follows_is_right(kind, examples):
    step = a_step(kind, 1, examples)
    of, book = ledger(step), Book()
    named = 0
    found = planted(step)
    assert len(found) > 15
    for line, mistake in found:
        told = judged(of, Student(step, 4, "lines", line, mistake).work(), 4, book)
        assert told.first_wrong is not None, (line, mistake)
        assert told.first_wrong.id == line, (mistake, told.first_wrong)
        assert len(told.mistakes) == 1, (line, mistake, told.mistakes)
        assert told.points == len(told.lines) - 1
        named += told.first_wrong.kind.replace(" ", "_") == mistake
    assert named >= 0.9 * len(found), (named, len(found))


def test_all_kinds_of_mistakes_are_planted():
    kinds = {mistake for kind in KINDS for examples in (1, 2) for _, mistake in planted(a_step(kind, 1, examples))}
    assert kinds >= {
        "sign", "derivative", "transposed", "stale", "mean_for_sum", "factor", "term", "bias", "activation", "layer",
        "error", "update",
    }  # fmt: skip


def test_what_follows_from_a_mistake_is_told_apart_from_what_is_right():
    step = a_step("chain", 1)
    told = judged(ledger(step), Student(step, 4, "lines", "sensitivity:layer2[0]", "derivative").work(), 4)
    verdicts = {line.id: line.verdict for line in told.lines}
    assert verdicts["sensitivity:layer2[1]"] == verdicts["net_input:layer1[0]"] == "right"
    assert verdicts["example_gradient:layer2[0,1]"] == verdicts["delta:layer2[0,1]"] == "follow-on"


def test_the_same_mistake_in_a_second_unit_is_counted_once():
    step = a_step("chain", 1)
    said = Student(step, 4).work()
    for i in (0, 1):
        said[f"sensitivity:layer1[{i}]"] = round(said[f"sensitivity:layer1[{i}]"] / said[f"slope:layer1[{i}]"], 4)
    told = judged(ledger(step), {name: value for name, value in said.items() if "sensitivity" in name}, 4)
    assert [line.verdict for line in told.lines][-2:] == ["wrong", "again"]
    assert len(told.mistakes) == 1
    assert told.points == len(told.lines) - 1


def test_a_sensitivity_of_the_student_s_own_wrong_error_follows_from_it():
    """The formula takes target and output again; whoever has the error written down goes on with that."""
    step = a_step("chain", 1)
    said = Student(step, 4).work()
    for i in (0, 1):
        said[f"error:layer2[{i}]"] *= -1
        said[f"sensitivity:layer2[{i}]"] *= -1
    names = ("error", "sensitivity:layer2")
    told = judged(ledger(step), {name: value for name, value in said.items() if name.startswith(names)}, 4)
    assert [line.verdict for line in told.lines] == ["wrong", "again", "follow-on", "follow-on"]
    assert told.lines[2].expected == pytest.approx(told.lines[2].given, abs=2e-4)


def test_zeros_that_follow_from_zeros_earn_nothing():
    step = a_step("chain", 1)
    of = ledger(step)
    told = judged(of, dict.fromkeys(Student(step, 4).work(), 0.0), 4)
    right = sum(line.verdict == "right" for line in told.lines)
    assert told.points == right < len(told.lines) / 4
    assert not any(line.kind == "other line" for line in told.lines)
    assert "of these 0, for no point" in str(told)


def test_a_mistake_that_may_be_the_one_before_is_that_one():
    """Without its bias, a net input of which the bias is half looks like half of what it should be."""
    rows, bias = np.array([[0.4, 0.3]]), np.array([0.2, 0.21])
    net = tw.mlp(2, 2, hidden="sigmoid", output="sigmoid")
    params = net.unravel(np.array([0.9, 0.2, 0.3, 0.3, *bias]))
    step = tw.worked_step(net, "half_sse", params, rows, [[0.1, 0.9]], tw.GradientDescent(0.5))
    n = rows @ params["layer1"].weights["input"].T
    assert n[0, 1] == pytest.approx(bias[1])
    told = step.compare({f"n1_{i + 1}": round(value, 4) for i, value in enumerate(n[0])})
    assert [(line.verdict, line.kind) for line in told.lines] == [("wrong", "bias"), ("again", "bias")]


def test_there_is_no_mean_to_forget_in_a_sum():
    step = a_step("chain", 1, 2)
    said = Student(step, 4).work()
    name = "sensitivity:layer1[0]#1"
    told = judged(ledger(step), {name: 2 * said[name]}, 4)
    assert "mean" not in told.first_wrong.told(4)
    assert told.first_wrong.words == "twice what it should be"
    told = judged(ledger(step), {name: said[name] / 2}, 4)
    assert told.first_wrong.words == "half of what it should be"


def test_digits_points_and_rounding_are_slips():
    step = tw.worked_step(tw.mlp(1, 1), "sse", tw.mlp(1, 1).unravel(np.array([0.7, 0.1])), [[0.9]], [[2.0]])
    of = ledger(step)
    right = 0.73

    def slip(value):
        told = judge(of, Asked(("net_input:layer1[0]",), {}, 4), {"net_input:layer1[0]": value})
        return told.first_wrong and told.first_wrong.kind

    assert slip(right) is None
    assert slip(0.37) == "digits"
    assert slip(0.7) == "rounding"
    assert slip(7.3) == "decimal point"
    assert slip(0.43) == "digits"
    assert slip(12.345) == "unknown"


def test_two_answers_exchanged_are_told_as_that_of_the_other_line():
    step = a_step("squares", 1)
    of, right = ledger(step), Student(step, 4).work()
    updates = [name for name in right if name.startswith("delta:layer1")]
    seen = []
    for first, second in itertools.pairwise(updates):
        said = {**right, first: right[second], second: right[first]}
        mistakes = judged(of, said, 4).mistakes
        assert [line.id for line in mistakes] == [first, second]
        seen += [line.kind for line in mistakes]
    assert seen.count("other line") > len(seen) / 2


def test_an_empty_line_is_empty_and_goes_on_with_what_came_before():
    step = a_step("chain", 1)
    said = Student(step, 4, "lines", "sensitivity:layer2[0]", "sign").work()
    of = ledger(step)
    blanks = tuple(name for name in of.calculations if name in said)
    answers = {name: value for name, value in said.items() if not name.startswith("sensitivity:layer1")}
    told = judge(of, Asked(blanks, {}, 4), answers)
    assert [line.id for line in told.mistakes] == ["sensitivity:layer2[0]"]
    assert sum(line.verdict == "empty" for line in told.lines) == 2
    assert {line.verdict for line in told.lines if line.id.startswith("delta:layer1")} <= {"follow-on", "right"}


def test_a_right_number_after_a_mistake_is_right():
    """Who finds back to the key is not called wrong."""
    step = a_step("chain", 1)
    said = Student(step, 4).work()
    said["sensitivity:layer2[0]"] *= -1
    told = judged(ledger(step), said, 4)
    assert [line.id for line in told.mistakes] == ["sensitivity:layer2[0]"]


def test_a_momentum_left_out_is_told():
    net = tw.mlp(1, 1)
    x = net.unravel(np.array([0.7, 0.1]))
    state = tw.Momentum(0.5, 0.9).init(np.zeros(2))._replace(delta=net.unravel(np.array([0.4, -0.3])))
    step = tw.worked_step(net, "sse", x, [[0.9]], [[2.0]], tw.Momentum(0.5, 0.9), state)
    of = ledger(step)
    g = float(step.gradient["layer1"].weights["input"][0, 0])
    line = "delta:layer1[0,0]"
    told = judge(of, Asked((line,), {}, 4), {line: round(-0.5 * g, 4)})
    assert told.first_wrong is not None
    assert told.first_wrong.kind == "term"


@pytest.mark.parametrize("kind", ["chain", "squares"])
@pytest.mark.parametrize("examples", [1, 2])
def test_an_update_of_the_student_s_own_wrong_error_follows_from_it(kind, examples):
    """The sensitivities between are not asked; whoever has the error written down goes on with that."""
    step = a_step(kind, 1, examples)
    work = Student(step, 4).work()
    turned = Student(step, 4, "lines", "error:layer2[0]" + ("#1" if examples > 1 else ""), "sign")
    of = ledger(step)
    names = ("error", "delta:layer2[0", "new_weight")
    said = {name: value for name, value in work.items() if name.startswith(names)}
    right = judged(of, said, 4)
    assert right.first_wrong is None
    own = going_on_with_own_errors(step, turned)
    told = judged(of, {name: own.get(name, value) for name, value in said.items()}, 4)
    assert [line.id for line in told.mistakes] == [turned.line]
    follow = [line for line in told.lines if line.verdict == "follow-on"]
    assert {line.id.partition(":")[0] for line in follow} == {"delta", "new_weight"}
    assert all(line.expected == pytest.approx(line.given, abs=2e-3) for line in follow)


def going_on_with_own_errors(step, student):
    """The numbers of one whose wrong error is what the sensitivities are made of: as if the target were another."""
    student.work()
    q = int(student.line.partition("#")[2] or 1) - 1
    targets = np.array(step.targets)
    targets[q, 0] = student.said[student.line.replace("error", "output")] + student.said[student.line]
    other = tw.worked_step(step.network, step.loss, step.params, step.inputs["input"], targets, step.rule)
    return Student(other, 4).work()


class Cutting(Student):
    """A student who cuts off where others round."""

    def r(self, value):
        return self.cut(value) if self.how == "operations" else value

    def cut(self, value):
        return math.trunc(value * 10**self.decimals + math.copysign(1e-9, value)) / 10**self.decimals

    def say(self, name, value, **wrong):
        self.said[name] = self.cut(super().say(name, self.cut(value), **wrong))
        return value if self.how == "memory" else self.said[name]


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_that_are_cut_off_get_no_false_name(kind):
    wrong, step = 0, a_step(kind, 1)
    of, book = ledger(step), Book()
    for decimals in (2, 3):
        for how in HOWS:
            said = Cutting(step, decimals, how).work()
            for asked in (("",), ("sensitivity", "delta"), ("delta",), ("sensitivity:layer1",)):
                told = judged(of, {n: v for n, v in said.items() if n.startswith(asked)}, decimals, book)
                wrong += len(told.mistakes)
                assert {line.kind for line in told.mistakes} <= {"rounding"}, (decimals, how, asked)
    assert wrong


def test_a_mistake_that_may_be_the_one_after_it_is_that_one():
    """As above, but of the two net inputs the one that may be two mistakes is the first."""
    rows, bias = np.array([[0.4, 0.3]]), np.array([0.21, 0.2])
    net = tw.mlp(2, 2, hidden="sigmoid", output="sigmoid")
    params = net.unravel(np.array([0.3, 0.3, 0.9, 0.2, *bias]))
    step = tw.worked_step(net, "half_sse", params, rows, [[0.1, 0.9]], tw.GradientDescent(0.5))
    n = rows @ params["layer1"].weights["input"].T
    said = {f"n1_{i + 1}": round(value, 4) for i, value in enumerate(n[0])}
    alone = step.compare({"n1_1": said["n1_1"]}).first_wrong
    assert (alone.kind, len(alone.also)) == ("factor", 1)
    told = step.compare(said)
    assert [(line.verdict, line.kind) for line in told.lines] == [("wrong", "bias"), ("again", "bias")]
