"""What the commands print: tables and scores, and the progress of a training as a bar or as plain lines."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import FileError, visible

if TYPE_CHECKING:
    from rich.console import Console

    from ..core.network import Network
    from ..core.plain_data import JsonObject
    from ..tables.scores import ClassificationScores, RegressionScores
    from ..tables.several_scores import SeveralScores
    from ..training.callbacks import EpochEnd
    from ..training.progress import Progress, Standing

_MOST_LINES = 40
_SECONDS_BETWEEN_LINES = 2.0
_WIDTH_OF_A_FILE = 160
MANY_PARAMETERS = 1000
"""Above, an epoch of a rule that holds matrices of them takes a good part of a second."""


def console(quiet: bool = False) -> Console:
    """Where to print; nowhere if `quiet`."""
    from rich.console import Console

    class Printing(Console):
        """Shows control characters of what it is given as such."""

        def render_str(self, text: str, **style: Any) -> Any:
            return super().render_str(visible(text), **style)

    out: Any = _Output(sys.stdout)
    if sys.stdout.isatty():
        return Printing(file=out, quiet=quiet, highlight=False, emoji=False)
    return Printing(file=out, quiet=quiet, highlight=False, emoji=False, soft_wrap=True, width=_WIDTH_OF_A_FILE)


class _Output:
    """The standard output for people: if it is closed or full the rest goes nowhere, and a training is still saved."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write text, or nothing."""
        try:
            return self._stream.write(text)
        except OSError:
            silence(self._stream)
            return len(text)

    def flush(self) -> None:
        """Flush what was written, if it can be."""
        try:
            self._stream.flush()
        except OSError:
            silence(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def silence(stream: Any) -> None:
    """Lead a stream that cannot be written to nowhere, so that what it still holds is no error at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def print_data(data: str | bytes) -> None:
    """Text in UTF-8, or bytes as they are, for programs on the standard output; raises FileError if that fails."""
    try:
        if hasattr(sys.stdout, "buffer"):
            sys.stdout.buffer.write(data if isinstance(data, bytes) else data.encode(errors="backslashreplace"))
        else:
            sys.stdout.write(data if isinstance(data, str) else data.decode(errors="replace"))
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has enough
        silence(sys.stdout)
        raise
    except OSError as error:
        silence(sys.stdout)
        raise FileError(f"cannot write to the standard output ({error.strerror}): lead it elsewhere") from error


def print_json(value: Any) -> None:
    """One JSON object on the standard output."""
    from ..files.model_file import plain

    print_data(json.dumps(plain(value), ensure_ascii=False, allow_nan=False) + "\n")


def print_table(
    out: Console,
    heads: Sequence[str],
    rows: Iterable[Sequence[Any]],
    title: str | None = None,
    most: int = _MOST_LINES,
) -> None:
    """A table without lines; columns of numbers are set flush right; of more than `most` rows the rest are counted."""
    from rich.markup import escape
    from rich.table import Table

    rows = list(rows)
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for number, head in enumerate(heads):
        numeric = bool(rows) and all(isinstance(row[number], int | float) for row in rows)
        table.add_column(escape(head), justify="right" if numeric else "left", style=None, header_style="dim")
    for row in rows[:most]:
        table.add_row(*(escape(str(cell)) for cell in row))
    out.print(table, soft_wrap=False)
    if len(rows) > most:
        out.print(f"... and {len(rows) - most} more")


def print_scores(out: Console, scores: ClassificationScores | RegressionScores | SeveralScores, part: str) -> None:
    """The headline numbers beside the constant answer's; for classes their precision and recall, and the confusion."""
    from rich.markup import escape

    from ..tables.scores import ClassificationScores
    from ..tables.several_scores import SeveralScores

    weighed = "" if scores.weighed_by is None else f", weighed by {escape(repr(scores.weighed_by))}"
    told = scores.rows_told if isinstance(scores, SeveralScores) else f"{scores.examples} rows"
    out.print(f"\n[bold]Scores of the {part} part[/bold] ({escape(told)}{weighed})")
    compared = scores.compared() if scores.constant_told else scores.lines()
    heads = ("score", "model", *([scores.constant_told] if scores.constant_told else []))
    print_table(out, heads, compared)
    if isinstance(scores, SeveralScores):
        out.print()
        print_table(out, *scores.table())
        classes = [(of, str(name), *map(share_of_class, shares), n) for of, name, *shares, n in scores.class_rows()]
        if classes:
            out.print()
            print_table(out, ("target", "class", "precision", "recall", "F1", "rows"), classes)
        return
    if not isinstance(scores, ClassificationScores):
        return
    out.print()
    per_class = list(zip(scores.classes, scores.precision, scores.recall, scores.f1, scores.support, strict=True))
    shown = scores.worst_classes(_MOST_LINES)
    rows = [(str(name), *map(share_of_class, (p, r, f)), n) for name, p, r, f, n in (per_class[k] for k in shown)]
    print_table(out, ("class", "precision", "recall", "F1", "rows"), rows)
    if len(shown) < len(per_class):
        out.print(
            f"the lowest F1 first, the frequent first among equals; and {len(per_class) - len(shown):,} more classes"
        )
    if not scores.confusion and scores.mistakes:
        told = ", ".join(f"{actual} for {said} ({count})" for actual, said, count in scores.most_mistaken(5))
        out.print(f"most often taken for another: {told}", markup=False)
    if len(scores.classes) <= 12:
        out.print()
        heads = ("actual \\ predicted", *(str(name) for name in scores.classes))
        lines = ((str(name), *counts) for name, counts in zip(scores.classes, scores.confusion, strict=True))
        print_table(out, heads, lines)


def print_ensemble(out: Console, record: JsonObject) -> None:
    """The settings that were tried, and the scores of the folds, as a record has them."""
    from ..files.record import count_at, list_at, number_at, object_at, text_at
    from ..tables.fold_scores import summary_lines

    rows = []
    for number, setting in enumerate(list_at(record, "ensemble", "settings"), start=1):
        place = f"setting {number} of the ensemble"
        told: JsonObject = {place: setting}
        networks, weight = len(list_at(told, place, "members")), number_at(told, place, "weight")
        loss = number_at(told, place, "loss")
        rows.append((text_at(told, place, "name"), networks, f"{loss:.4g}", "kept" if weight else ""))
    if len(rows) > 1:
        out.print()
        print_table(out, ("setting", "networks", "out-of-fold loss", ""), rows)
    if object_at(record, "fold_scores"):
        folds, names = count_at(record, "ensemble", "folds"), object_at(record, "fold_scores", "summary")
        summary = {
            name: {
                key: number_at(record, "fold_scores", "summary", name, key) for key in ("mean", "spread", "together")
            }
            for name in names
        }
        out.print(f"\n[bold]Scores of the {folds} folds[/bold], each by networks not trained on it")
        print_table(out, ("score", "mean", "spread", "all rows"), summary_lines(summary))


def share_of_class(share: float | None) -> str:
    """Precision, recall or F1 of a class to three digits; "none" for a class without rows."""
    return "none" if share is None else f"{share:.3f}"


def print_notes(out: Console, notes: Iterable[str]) -> None:
    """Notes, a line each, the most important first."""
    from rich.markup import escape

    for number, note in enumerate(notes):
        gap = "" if number else "\n"
        out.print(f"{gap}[yellow]note[/yellow] {escape(note)}")


class ProgressBar:
    """A callback of `train`: a bar on a terminal, else a line every few seconds and at the end.

    `begun` is called as soon as there is an epoch to show.
    """

    every_epoch = False
    of_one_network = True
    """Networks that train together call it with none of their epochs."""

    def __init__(self, out: Console, begun: Callable[[], None]) -> None:
        self._out = out
        self._begun = begun
        self._bar: Progress | None = None
        self._told = time.monotonic()
        self._last: EpochEnd | None = None
        self._said: int = 0

    def __enter__(self) -> ProgressBar:
        if self._out.is_terminal and not self._out.quiet:
            from ..training.progress import Bar, Progress

            self._bar = Progress(Bar(self._out))
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
        elif self._last is not None and self._last.epoch != self._said:
            self._say(self._last)

    def __call__(self, end: EpochEnd) -> None:
        """Show where the run stands."""
        self._begun()
        self._last = end
        if self._bar is not None:
            self._bar.show(_standing(end))
        elif time.monotonic() - self._told >= _SECONDS_BETWEEN_LINES:
            self._say(end)

    def _say(self, end: EpochEnd) -> None:
        self._told, self._said = time.monotonic(), end.epoch
        self._out.print(f"epoch {end.epoch}/{end.epochs}  {_standing(end).losses}")


def _standing(end: EpochEnd) -> Standing:
    from ..training.progress import Standing

    return Standing(end.epoch, end.epochs, end.epoch / end.epochs, end.seconds, end.loss, end.validation_loss)


def warn_if_slow(out: Console, name: str, rule: Any, net: Network) -> None:
    """Say so if a rule works on matrices of more parameters than it soon gets done with."""
    from ..optimizers.full_batch import FullBatchRule

    n = net.parameter_count
    if isinstance(rule, FullBatchRule) and rule.matrices and n > MANY_PARAMETERS:
        out.print(
            f"[yellow]note[/yellow] {name} works on matrices of {n:,} × {n:,} in every epoch, which takes long: fewer "
            "hidden units, such as --hidden 10, suit it better\n"
        )
