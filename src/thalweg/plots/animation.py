"""Paths of update rules that run over the error surface, or down the curve of one weight, step by step."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.kinds import check_count, takes_kinds
from ..errors import ArgumentError
from . import style
from .error_along_weight import error_along_weight
from .surface import error_surface

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from matplotlib.figure import Figure
    from PIL.Image import Image

    from ..surface import ErrorAlongWeight, Surface

MOST_FRAMES = 60
_REST = 8
"""How many times as long as the others the last frame stands, before the first comes again."""
_DOTS_PER_INCH = 100


@dataclass(frozen=True, eq=False)
class MovingPicture:
    """A figure whose paths grow: `steps` are the ones shown, one a frame."""

    figure: Figure
    points: tuple[np.ndarray, ...]
    """The points (steps + 1, 2) of each path as they lie on the figure."""
    steps: tuple[int, ...]
    frames_per_second: int

    def gif(self) -> bytes:
        """The frames as a GIF that begins again at its end."""
        first, *others = self.frames()
        duration = round(1000 / self.frames_per_second)
        written = io.BytesIO()
        times = [duration] * len(others) + [_REST * duration]
        first.save(written, "GIF", save_all=True, append_images=others, duration=times, loop=0)
        return written.getvalue()

    def save(self, path: str | Path) -> None:
        """Write the GIF; raises ArgumentError for a name that ends otherwise, FileError where it cannot be."""
        from ..system import write_atomically

        path = Path(path)
        if path.suffix.lower() != ".gif":
            raise ArgumentError(f"an animation is written as .gif, not as {path.suffix or 'a file without an ending'}")
        write_atomically(path, self.gif(), purpose="animation")

    def frames(self) -> Iterator[Image]:
        """Each frame as an image of Pillow. What does not move is drawn once."""
        import numpy as np
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from PIL import Image

        canvas = FigureCanvasAgg(self.figure)
        ax = self.figure.axes[0]
        moving = [artist for artist in (*ax.lines, *ax.texts) if artist.get_gid() is not None]
        told = self.figure.text(0.99, 0.005, "", ha="right", va="bottom", fontsize=9, color=style.INK)
        for artist in (*moving, told):
            artist.set_animated(True)
        canvas.draw()
        still = canvas.copy_from_bbox(self.figure.bbox)
        for step in self.steps:
            canvas.restore_region(still)
            told.set_text(f"step {step:,}")
            for artist in sorted(moving, key=lambda artist: artist.get_zorder()):
                if self._set(artist, step):
                    ax.draw_artist(artist)
            told.draw(canvas.get_renderer())
            pixels = np.asarray(canvas.buffer_rgba())[:, :, :3].copy()
            yield Image.fromarray(pixels).quantize(256, Image.Quantize.FASTOCTREE)
        told.remove()
        for artist in moving:
            artist.set_animated(False)

    def _set(self, artist: Any, step: int) -> bool:
        """Bring what moves to a step; False if it is not there yet."""
        what, *numbers = artist.get_gid().split()
        if what == "step":
            return int(numbers[1]) < step
        seen = self.points[int(numbers[0])][: step + 1]
        artist.set_data(*(seen if what == "path" else seen[-1:]).T)
        return True

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.gif()).decode()
        return f'<img alt="paths of update rules, step by step" src="data:image/gif;base64,{data}">'


@takes_kinds
def animated_paths(
    drawn: Surface | ErrorAlongWeight,
    *,
    frames: int = MOST_FRAMES,
    frames_per_second: int = 10,
    eigenvectors: bool = False,
) -> MovingPicture:
    """Draw an error surface, or the error along one weight, with its paths growing from step to step.

    Of paths with more steps than `frames` every so many are shown, the first and the last always; the number of the
    step stands below the picture.

    Raises ArgumentError for what has no paths, and as `error_surface` does.

    >>> import numpy as np, thalweg as tw
    >>> net, P, T = tw.mlp(1, 1), np.array([[1.0], [2.0]]), np.array([[1.0], [3.0]])
    >>> start, one = net.unravel(np.array([2.0, 0.0])), ["layer1[0,0]"]
    >>> path = tw.trajectory(net, "mse", start, P, T, tw.GradientDescent(0.1), steps=3, only=one)
    >>> curve = tw.error_along_weight(net, "mse", start, P, T, one[0], trajectories=[path])
    >>> animated_paths(curve).steps
    (0, 1, 2, 3)

    Source: NND figures 3.2 to 3.4, AIFH figure 6.1.
    """
    import numpy as np

    from ..surface import Surface

    check_count("frames", frames, 2)
    check_count("frames_per_second", frames_per_second, 1, 60)
    if not drawn.paths:
        raise ArgumentError("no path is on the picture, so that nothing would move: give trajectories (--rules)")
    if isinstance(drawn, Surface):
        figure = error_surface(drawn, eigenvectors=eigenvectors)
        points = tuple(path.points for path in drawn.paths)
    else:
        figure = error_along_weight(drawn)
        points = tuple(np.column_stack([path.values, path.F]) for path in drawn.paths)
    figure.set_dpi(_DOTS_PER_INCH)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # what was laid out once stays where it is in all frames
    shown = frame_steps(max(map(len, points)) - 1, frames)
    return MovingPicture(figure, points, tuple(shown), frames_per_second)


def frame_steps(steps: int, frames: int) -> Sequence[int]:
    """Which steps are shown, the first and the last among them.

    >>> frame_steps(2, 60), frame_steps(1000, 5)
    ([0, 1, 2], [0, 250, 500, 750, 1000])
    """
    count = min(frames, steps + 1)
    return [round(k * steps / max(count - 1, 1)) for k in range(count)]
