"""watch: a training with its pictures in the cell of a notebook, live."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..core.arrays import Array
from ..core.network import Network
from ..errors import ArgumentError
from ..notebook import in_notebook
from ..training.blocks import Blocks
from ..training.loop import train
from ..training.options import TrainingOptions
from ..training.run import Run
from ..training.taking_options import takes_all_options
from ..training.watcher import Going
from .looking_on import Onlooker
from .run_pictures import GoingPictures

_SECONDS_MADE_AGAIN = 1.0
"""A run that took less is made again, so that all of it can be gone through."""
_log = logging.getLogger("thalweg")


@takes_all_options(TrainingOptions)
def watch(net: Network, P: Array | Mapping[str, Array] | Blocks, T: Array | None = None, **options: Any) -> Run:
    """Train as `tw.train` does, with pictures in the cell of the notebook while it goes on; their Stop button ends it.

    The losses and all else that is recorded as curves, the network with its weights, and, with one input or two, its
    regions, values or fitted curve. They are drawn a few times a second and take no more than a twentieth of the time;
    the run is that of `tw.train`, to the bit. Stop, as the interruption of the kernel, ends it, and the run so far is
    returned. Afterwards its moments can be gone through.

    Args:
        net: The network.
        P: Inputs (examples, features), or a mapping of one array for each input; or `tw.blocks(...)`.
        T: Targets (examples, outputs); for cross-entropy one-hot rows, or 0/1 for a sigmoid output.
        {options}

    Where nothing is said of `record`, all is recorded. Outside a notebook the training shows its progress as
    `verbose=True` does. Raises ArgumentError and DataError as `tw.train` does, and where anywidget, which a notebook
    needs for the pictures, is not installed.

    >>> import numpy as np, thalweg as tw
    >>> P = np.linspace(-1, 1, 20)[:, None]
    >>> run = tw.watch(tw.mlp(1, 5, 1), P, P**2, epochs=20, verbose=False)
    >>> run.history.names()
    ('loss', 'gradient_norm', 'learning_rate', 'seconds')
    """
    checked = TrainingOptions(**options)
    how = {**options, "record": checked.record or "all"}
    if not in_notebook():
        return train(net, P, T, **{**how, "verbose": True if checked.verbose is None else checked.verbose})
    if find_spec("anywidget") is None:
        raise ArgumentError("tw.watch shows its pictures by anywidget: pip install 'thalweg[notebook]'")
    live = Live()
    run = train(net, P, T, **{**how, "callbacks": (*checked.callbacks, live), "verbose": False})
    live.conclude(run)
    return run


class Live(Onlooker):
    """Shows the pictures of a run that goes on, in a cell of a notebook.

    What fails in a picture is told once in the log, and does not end the run.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pictures: GoingPictures | None = None

    def watch(self, going: Going) -> None:
        """Show the pictures of the beginning."""
        super().watch(going)
        with self._told():
            pictures = GoingPictures(self, kernel=kernel_name(), on_stop=going.stop)
            import_module("IPython.display").display(pictures.board)
            self._pictures = pictures

    def looked(self) -> None:
        """Show what is new."""
        with self._told():
            if self._pictures is not None:
                self._pictures.refresh()

    def conclude(self, run: Run) -> None:
        """Show the run that has ended."""
        with self._told():
            if self._pictures is not None:
                self._pictures.conclude(
                    run, again=run.seconds < _SECONDS_MADE_AGAIN and run.stopped_because != "seconds"
                )

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            _log.warning(f"the pictures of tw.watch failed, and the training goes on without them: {error!r}")
            self._pictures = None


def kernel_name() -> str:
    """The name that a Jupyter server has for the kernel that this runs in; empty if it is none of a server's."""
    shell = import_module("IPython").get_ipython()
    file = str(getattr(getattr(getattr(shell, "kernel", None), "parent", None), "connection_file", "") or "")
    name = Path(file).stem
    return name.removeprefix("kernel-") if name.startswith("kernel-") else ""
