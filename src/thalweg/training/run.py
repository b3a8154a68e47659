"""What a run leaves: the trained parameters, the history, and why it ended."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ..core.arrays import Array, Tree
from ..core.blocks import output_in_blocks
from ..core.checked import check_inputs
from ..core.kinds import check_count, check_number, takes_kinds
from ..core.losses import Loss
from ..core.network import Network, Parameters
from ..errors import ArgumentError
from ..notebook import InWords
from ..notebook.pictures import loss_curves
from ..notebook.pieces import GREEN, ORANGE, RED, marked, paragraph
from ..optimizers.rule import Rule
from ..registry import title_of
from .callbacks import Callback
from .checkpoint import Checkpoint, SavedIn, check_continuable, longer
from .finding import Finding
from .history import History, kept_epoch
from .recipe import Recipe

if TYPE_CHECKING:
    from ..widgets.board import Board
    from ..worked.replayed import WorkedStep


@dataclass(frozen=True, repr=False)
class Run(InWords):
    """A finished run.

    `params` are NumPy arrays: those after the epoch of the lowest validation loss if there was a validation set;
    those of the lowest training loss if the run diverged or ran out of patience; else those after the last update.
    `stopped_because` is one of "epochs", "goal", "min_gradient", "stalled", "patience", "generalization_loss",
    "min_progress", "seconds", "callback", "interrupted" and "diverged"; `explanation` is the sentence for it. `epochs`
    and `updates` count those completed; `best_epoch` is counted from 1 (0: the initial parameters).
    """

    network: Network
    params: Parameters
    loss: Loss
    optimizer: Rule
    history: History
    epochs: int
    updates: int
    best_epoch: int
    stopped_because: str
    explanation: str
    engine: str
    seconds: float
    seed: int
    state: Tree = None
    """The last state of the rule, its named parts as NumPy arrays."""
    checkpoint: Checkpoint | None = field(default=None, repr=False, compare=False)
    """Where the run stood at its end, for `more`."""
    recipe: Recipe | None = field(default=None, repr=False, compare=False)
    """What the run was made from, its examples included, so that any of its updates can be had again."""
    saved_in: SavedIn | None = field(default=None, repr=False, compare=False)
    """Where its checkpoints lie, from the nearest of which an update is opened."""
    scaled: bool = False
    """Whether inputs and outputs are those inside a fitted network, scaled, and not as people gave them."""

    @property
    def kept_epoch(self) -> int | None:
        """The epoch whose parameters `params` are (0: the initial ones), None if they are those of the last update."""
        return kept_epoch(self.history.validation_loss is not None, self.stopped_because, self.best_epoch)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What is plain of what was learnt, the gravest first; empty if nothing is, and for a run without its examples.

        Targets that the output function cannot give, dead outputs, hidden units that are copies of each other, answers
        that are no better than a constant, and inputs with values far from all others or not scaled where these may be
        why. `tw.diagnose` looks closer, and tries what helps.

        >>> import thalweg as tw
        >>> net = tw.mlp(1, 1, output="sigmoid")
        >>> run = tw.train(net, np.array([[0.0], [1.0]]), np.array([[20.0], [30.0]]), "mse", epochs=5)
        >>> run.findings[0].text
        'targets lie outside what a sigmoid can give (0 to 1): 20 to 30'
        """
        from .outcome import findings_of

        return findings_of(self)

    def in_words(self) -> str:
        """How the run went, and what of it there is."""
        losses = self.history.loss
        what = f"{title_of(self.optimizer)} on {self.network.parameter_count:,} parameters"
        lines = [f"{self.epochs:,} epochs of {what}: {self.explanation}"]
        if len(losses):
            lines.append(f"training loss {losses[0]:.4g} in the first epoch, {losses[-1]:.4g} in the last")
        if self.recipe is not None and self.recipe.missing is not None:
            missing = self.recipe.missing
            lines.append(f"{int(missing.sum()):,} of {missing.size:,} targets are missing, and were ignored")
        if self.scaled:
            lines.append("its numbers are scaled, as the network has them: those of the fitted network are not")
        lines.append(f"engine {self.engine}, {self.seconds:.2g} s, seed {self.seed}")
        return "\n".join(lines)

    def in_html(self) -> str:
        """How the run went, its losses as curves, what is plain of what it learnt."""
        ending, *more = self.in_words().splitlines()
        return "".join(
            [
                paragraph(f"Run of {self.network}", "title"),
                marked(ending, RED if self.stopped_because == "diverged" else GREEN),
                loss_curves(self.history.columns(), self.kept_epoch),
                *(marked(finding, ORANGE) for finding in self.findings),
                *(paragraph(line, "faint") for line in more),
            ]
        )

    def predict(self, P: Array | Mapping[str, Array]) -> np.ndarray:
        """The network's output (examples, outputs) for inputs (examples, features), in the type of its parameters.

        Block by block of the rows, so that memory does not grow with them but for the output. Raises ArgumentError for
        the run inside a fitted network, whose numbers are scaled: that one predicts.
        """
        if self.scaled:
            raise ArgumentError(
                "this run is the one inside a fitted network, of scaled numbers: use fit.predict(P), or for scaled "
                "inputs X tw.forward(fit.run.network, fit.run.params, X).output"
            )
        inputs = {name: np.asarray(p) for name, p in check_inputs(self.network, P).items()}
        return output_in_blocks(self.network, self.params, inputs)

    @takes_kinds
    def show(self, frames: int = 40) -> Board:
        """The pictures of the run, which a notebook shows, and which can be written as a page: `write_html`.

        Its curves, the network with its weights, and, with one input or two, what it says of them. One goes through all
        together, at so many moments of the run (0: its end alone), for which the run is made again: that takes as long
        as the run did. Raises ArgumentError for a run without its examples.

        >>> import thalweg as tw
        >>> P = np.linspace(-1, 1, 20)[:, None]
        >>> board = tw.train(tw.mlp(1, 5, 1), P, P**2, epochs=30, engine="numpy").show(frames=5)
        >>> list(board), [frame["epoch"] for frame in board["regions"].frames]
        (['curves', 'network', 'regions'], [0, 2, 8, 17, 30])
        """
        from ..widgets.run_pictures import run_board

        return run_board(self, frames)

    @takes_kinds
    def more(
        self,
        epochs: int = 100,
        *,
        max_seconds: float | None = None,
        callbacks: Sequence[Callback] = (),
        verbose: bool | None = None,
    ) -> Run:
        """The run, gone on with for so many epochs more: what one run of all the epochs would have been, to the bit.

        It goes on with the last parameters (not the best, where those are kept), the state of the rule, the batches,
        and the history; what ended the run is judged anew after the next epoch. The run itself stays as it is. Raises
        ArgumentError for a run that diverged, or that does not hold where its rule stood.

        >>> import thalweg as tw
        >>> P = np.linspace(-1, 1, 20)[:, None]
        >>> ten = tw.train(tw.mlp(1, 5, 1), P, P**2, epochs=10)
        >>> twenty = tw.train(tw.mlp(1, 5, 1), P, P**2, epochs=20)
        >>> bool((ten.more(10).history.loss == twenty.history.loss).all())
        True
        """
        from .arguments import check_callbacks
        from .loop import drive

        recipe, _ = check_continuable(self)
        epochs = check_count("epochs", epochs)
        if max_seconds is not None:
            max_seconds = check_number("max_seconds", max_seconds)
        called = check_callbacks(callbacks)
        run = drive(longer(recipe, self, epochs), max_seconds, called, before=self, verbose=verbose)
        return dataclasses.replace(run, scaled=self.scaled)

    def step(self, k: int) -> WorkedStep:
        """Update `k` of the run, counted from 1, replayed by its engine and opened as a worked calculation.

        Its notes say how close the replay came to the run. Raises ArgumentError for a `k` that is no update of the run.

        >>> import thalweg as tw
        >>> P = np.linspace(-1, 1, 20)[:, None]
        >>> run = tw.train(tw.mlp(1, 5, 1), P, P**2, batch_size=5, epochs=30)
        >>> step = run.step(120)
        >>> step.rows, step.notes[0]
        (array([0, 7, 1, 6, 8], dtype=int32), 'Update 4 of 4 in epoch 30; float32.')
        """
        from ..worked.replayed import step_of_run

        return step_of_run(self, k)
