"""A step as a worked calculation: its values, written in a notation, in any form of output."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Unpack

import numpy as np

from ..core.arrays import Array, Tree
from ..core.kinds import takes_kinds
from ..core.losses import LOSSES, Loss
from ..core.network import Network, Parameters
from ..core.plain_data import JsonObject
from ..errors import ArgumentError
from ..optimizers.rule import Rule
from ..registry import title_of
from .notations import AnyNotation, name_of_notation, said_notation
from .rendering.html import render_fragment, render_html
from .rendering.latex import render_formulas, render_latex
from .rendering.markdown import render_markdown
from .rendering.text import render_text
from .rounded.document import rounded_document
from .rounded.step import WHOLE, check_size, left_by, rounded_as_written
from .sections.backward import backward_sections
from .sections.document import Document, Line, Section
from .sections.error import error_sections
from .sections.forward import forward_sections
from .sections.gradient import gradient_sections
from .sections.heading import introduction, name_of_step, symbols
from .sections.input_gradient import input_gradient_sections
from .sections.update import update_sections
from .sections.view import View, ViewFields
from .sections.writing import Writing
from .step.conventions import check_conventions
from .step.opening import open_values
from .step.values import StepValues

if TYPE_CHECKING:
    from optax import GradientTransformation

    from ..widgets.worked_picture import Worked, WorkedSettings
    from .grading.comparison import Comparison


@dataclass(frozen=True, eq=False, repr=False)
class WorkedStep(StepValues):
    """A step of training, opened; `document` writes it down, `show` and the `to_` methods in each form of output."""

    title: str = ""
    notation: AnyNotation = "nnd"
    """The notation in which it is shown unless another is asked for."""
    notes: tuple[str, ...] = ()

    @takes_kinds
    def document(self, notation: AnyNotation | None = None, **view: Unpack[ViewFields]) -> Document:
        """The worked calculation as sections of lines, in a notation; `view` holds fields of `View`."""
        used = said_notation(notation, self.notation)
        with np.errstate(all="ignore"):
            return write_document(self, used, View(**view), self.title, self.notes)

    def after(self) -> tuple[Parameters, Tree]:
        """The parameters and the state with which the next step begins: of a rounded one those that its lines say."""
        if self.decimals is None:
            return self.new_params, self.new_state
        whole = _write(self, self.notation, WHOLE, self.title, self.notes)
        return left_by(self, rounded_document(whole, self.decimals))

    def show(self, notation: AnyNotation | None = None, **view: Unpack[ViewFields]) -> str:
        """The worked calculation as plain text.

        >>> import numpy as np, thalweg as tw
        >>> net = tw.mlp(1, 1)
        >>> params = net.unravel(np.array([2.0, 0.0]))
        >>> step = tw.worked_step(net, "sse", params, [[3.0]], [[5.0]], tw.GradientDescent(0.1))
        >>> [line for line in step.show("nnd").splitlines() if line.startswith("  n")]
        ['  n¹₁  net input: what comes into the first unit of a layer', '  n¹₁ = w¹₁,₁ p₁ + b¹₁ = (2)(3) + 0 = 6']
        """
        return render_text(self.document(notation, **view))

    def show_widget(self, notation: AnyNotation | None = None, **settings: Unpack[WorkedSettings]) -> Worked:
        """The step to be stepped through, in a notebook: `tw.widgets.Worked`, which has the settings.

        >>> import numpy as np, thalweg as tw
        >>> net = tw.mlp(1, 1)
        >>> step = tw.worked_step(net, "sse", net.unravel(np.array([2.0, 0.0])), [[3.0]], [[5.0]])
        >>> step.show_widget("ncsu", notations=[]).notation
        'ncsu'
        """
        from ..widgets.worked_picture import Worked

        return Worked(self, notation, **settings)

    def to_markdown(self, notation: AnyNotation | None = None, **view: Unpack[ViewFields]) -> str:
        """The worked calculation as Markdown with LaTeX formulas."""
        return render_markdown(self.document(notation, **view))

    def to_latex(self, notation: AnyNotation | None = None, **view: Unpack[ViewFields]) -> str:
        """The worked calculation as a LaTeX article."""
        return render_latex(self.document(notation, **view))

    def to_html(self, notation: AnyNotation | None = None, **view: Unpack[ViewFields]) -> str:
        """The worked calculation as one HTML page that needs nothing else."""
        return render_html(self.document(notation, **view))

    def to_dict(self, notation: AnyNotation | None = None, **view: Unpack[ViewFields]) -> JsonObject:
        """The worked calculation as plain data."""
        return self.document(notation, **view).to_dict()

    @takes_kinds
    def compare(
        self,
        answers: Mapping[str, object],
        *,
        notation: AnyNotation | None = None,
        round: int | None = None,  # noqa: A002 - the word of step files
    ) -> Comparison:
        """Judge someone's numbers for lines of the step: the first wrong one, and what it looks like.

        A line is judged by the numbers before it that were given, so that what follows from a mistake is right. It may
        be off by what rounding every number on the way does, and no more.

        Args:
            answers: A number for each line, by its symbol, as it is written or typed ("s²₁", "s2_1"), or by its id.
            notation: The notation of the symbols; None: the step's.
            round: To how many decimals every line was rounded; None: as the step says, or else each line to those that
                its number is given with, of a text with its zeros ("0.250" has three), and at least two.

        Raises ArgumentError for a name of no line, of several, and for what is no number.

        >>> import numpy as np, thalweg as tw
        >>> net = tw.mlp(1, 1, 1, hidden="sigmoid")
        >>> step = tw.worked_step(net, "sse", net.unravel(np.array([0.5, 0.1, -0.4, 0.2])), [[0.8]], [[1.0]])
        >>> told = step.compare({"a1_1": 0.6225, "n2_1": -0.0490, "s2_1": -2.098, "s1_1": 0.8392})
        >>> told.first_wrong.symbol, told.first_wrong.words
        ('s¹₁', 'without the derivative f′¹(n¹₁)')
        """
        from .grading.comparing import compare, whole_view

        name, decimals = self.notation if notation is None else notation, self.decimals if round is None else round
        exact = replace(self, conventions=replace(self.conventions, decimals=None))
        document = exact.document(name, **whole_view(exact))
        return compare(exact, document, name, answers, decimals)

    def _repr_html_(self) -> str:
        return render_fragment(self.document())

    def _repr_latex_(self) -> str:
        return render_formulas(self.document())

    def __repr__(self) -> str:
        return (
            f"WorkedStep({title_of(self.rule)}, {LOSSES.name_of(self.loss)!r}, {self.examples} examples, "
            f"F {self.value:g} -> {self.value_after:g}; print(step.show()) shows it)"
        )


def write_document(
    step: StepValues, notation: AnyNotation, view: View, title: str = "", notes: tuple[str, ...] = ()
) -> Document:
    """The worked calculation of a step in a notation; raises ArgumentError for what the step has not."""
    if step.decimals is None:
        return _write(step, notation, view, title, notes)
    if view.form != "units":
        raise ArgumentError(f"round = {step.decimals} shows every line unit by unit: leave out form={view.form!r}")

    def exact(step: StepValues, view: View, forward: bool = False) -> Document:
        return _write(step, notation, view, title, notes, _UP_TO_ERROR if forward else _SECTIONS)

    return rounded_as_written(step, exact, view)


_UP_TO_ERROR = forward_sections, error_sections
_SECTIONS = (
    *_UP_TO_ERROR, backward_sections, input_gradient_sections, gradient_sections, update_sections,
)  # fmt: skip


def _write(
    step: StepValues,
    notation: AnyNotation,
    view: View,
    title: str,
    notes: tuple[str, ...],
    parts: Sequence[Callable[[Writing], list[Section]]] = _SECTIONS,
) -> Document:
    """The worked calculation with exact values."""
    w = Writing.of(step, notation, view)
    if view.form == "matrix":
        from .sections.matrix.sections import matrix_sections

        sections, letters = matrix_sections(w)
    else:
        sections = [section for part in parts for section in part(w)]
        lines = (item for section in sections for item in section.items if isinstance(item, Line))
        letters = symbols(w, lines)
    return Document(
        title=title or name_of_step(step),
        notation=name_of_notation(notation),
        text=w.notation.title,
        introduction=introduction(w),
        symbols=letters,
        sections=tuple(section for section in sections if section.items),
        notes=(*notes, *w.notation.notes(step.network, step.loss, step.rule)),
        digits=view.digits,
        facts={"step": step.number, "error_before": step.value, "error_after": step.value_after},
    )


@takes_kinds
def worked_step(
    net: Network,
    loss: str | Loss,
    params: Parameters,
    P: Array | Mapping[str, Array],
    T: Array | None = None,
    rule: str | Rule | GradientTransformation = "gd",
    state: Tree = None,
    *,
    sample_weight: Array | None = None,
    target_weight: Array | None = None,
    targets: str = "complete",
    l1: float = 0.0,
    l2: float = 0.0,
    masks: Mapping[str, np.ndarray] | None = None,
    number: int | None = None,
    title: str = "",
    notation: AnyNotation = "nnd",
    rows: np.ndarray | None = None,
    notes: tuple[str, ...] = (),
    fixed: Sequence[str] = (),
    shared_bias: Sequence[str] = (),
    penalize: str = "weights",
    penalty_over: str = "step",
    learning_rates: Mapping[str, float] | None = None,
    input_gradients: bool = False,
    decimals: int | None = None,
) -> WorkedStep:
    """Open the step that a rule makes from the parameters on these examples, in the type of the parameters.

    Args:
        net: The network.
        loss: A name or object of `tw.losses`.
        params: The parameters before the step, as `net.init()` gives them.
        P: Inputs (examples, features), or a mapping of one array for each input.
        T: Targets (examples, outputs); None for a loss that uses none, such as "output".
        rule: A name or object of `tw.optimizers`.
        state: The rule's, in the structure of the parameters or as one vector; None: before its first update.
        sample_weight: (examples,) weights of the examples; 2 counts as the example given twice.
        target_weight: (examples, outputs) weights of the single targets; 0 is as left out.
        targets: "complete", or "ignore_nan": a target that is NaN is missing, and has weight 0.
        l1: Adds l1 Σ|w| over the weights to F.
        l2: Adds (l2/2) Σ w² over the weights to F.
        masks: For each layer with dropout (examples, size), what each output is multiplied with: 0 for a unit that is
            dropped, and for others 1/(1 - dropout), or 1 where a text does not scale; None: no dropout.
        number: Of the update in its run, counted from 1; None: of the rule's state.
        title: What the calculation is called.
        notation: The notation in which it is shown unless another is asked for: a name, or a table of symbols.
        rows: The numbers of the examples in the data that they are from.
        notes: Sentences that are shown before it.
        fixed: What the step leaves as it is: "bias" for all biases, a layer, "layer.bias", layer[to,from] or layer[to].
        shared_bias: The layers whose units have one bias together, whose gradient is the sum over them.
        penalize: Whether l1 and l2 are on "weights" or on "all" parameters, the biases too.
        penalty_over: "step", or "examples": l1 and l2 are divided by the number of examples, as in λ/2m.
        learning_rates: A rate for each layer, by its name, in place of the rule's.
        input_gradients: Shows the gradients by the inputs; `step.input_gradient` has them in any case.
        decimals: Rounds every line to so many and goes on from what is rounded, as by hand; None: exact.

    Raises ArgumentError for what does not fit together.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> params = net.unravel(np.array([2.0, 0.0]))
    >>> step = tw.worked_step(net, "sse", params, [[3.0]], [[5.0]], tw.GradientDescent(0.1))
    >>> step.gradient["layer1"].weights["input"], step.new_params["layer1"].bias
    (array([[6.]]), array([-0.2]))

    Source: docs/sources.md.
    """
    values = open_values(
        net,
        loss,
        params,
        P,
        T,
        rule,
        state,
        sample_weight=sample_weight,
        target_weight=target_weight,
        targets=targets,
        l1=l1,
        l2=l2,
        masks=masks,
        number=number,
        rows=rows,
        fixed=fixed,
        conventions=check_conventions(
            net,
            shared_bias=shared_bias,
            penalize=penalize,
            penalty_over=penalty_over,
            learning_rates=learning_rates,
            input_gradients=input_gradients,
            decimals=decimals,
        ),
    )
    step = WorkedStep(**vars(values), title=title, notation=notation, notes=notes)
    if step.decimals is not None:
        check_size(step)
    return step
