"""The gallery: famous worked examples of other texts as step files, which come with the installation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...core.kinds import takes_kinds
from ...errors import ArgumentError, FileError, unknown
from ...system import read_toml
from .file import StepFile, read_step_file

_HERE = Path(__file__).parents[1]
_INSTALLED = _HERE / "gallery"
_IN_THE_REPOSITORY = tuple(_HERE.parents[2] / "examples" / name for name in ("gallery", "worked"))
ALIASES = {"hagan": "nnd_function_approximation"}
"""Other names of examples: that of the text's first author, where the file has the name of its notation."""


@dataclass(frozen=True)
class GalleryExample:
    """A worked example of the gallery: its text, what it shows, and where its step file lies.

    `source` is short, as behind the title of a step; `reference` names the text in full.
    """

    name: str
    title: str
    source: str
    reference: str
    about: str
    path: Path

    def read(self) -> StepFile:
        """The step file."""
        return read_step_file(self.path)


def gallery() -> tuple[GalleryExample, ...]:
    """All examples of the gallery, in the order of their names; raises FileError where none was installed.

    >>> import thalweg as tw
    >>> [example.source for example in tw.worked.gallery() if example.name == "mazur"]
    ['Mazur 2015']
    """
    return tuple(_example(path) for path in sorted(_paths().values(), key=lambda path: path.stem))


@takes_kinds
def gallery_step(name: str) -> StepFile:
    """The step file of an example of the gallery; raises ArgumentError, with the near names, for an unknown one.

    >>> import thalweg as tw
    >>> step = tw.worked.gallery_step("mazur").open()
    >>> round(step.value, 9), round(step.value_after, 9)
    (0.298371109, 0.291027774)
    """
    return read_step_file(gallery_path(name))


@takes_kinds
def gallery_path(name: str) -> Path:
    """Where the step file of an example lies; raises ArgumentError, with the near names, for an unknown one."""
    paths = _paths()
    found = paths.get(ALIASES.get(name, name))
    if found is None:
        raise ArgumentError(unknown("example of the gallery", name, sorted(paths), tuple(ALIASES)))
    return found


def _paths() -> dict[str, Path]:
    """The step files by name: those in the package, or, run from the repository, those of its examples."""
    folders = (_INSTALLED,) if _INSTALLED.is_dir() else _IN_THE_REPOSITORY
    found = {path.stem: path for folder in folders for path in folder.glob("*.toml")}
    if not found:
        raise FileError(f"the gallery is missing: {_INSTALLED} was not installed; install thalweg again")
    return found


def _example(path: Path) -> GalleryExample:
    """What a step file says of itself; its network is not read."""
    data = read_toml(path, "install thalweg again")
    source = str(data.get("source", ""))
    told = {key: str(data.get(key, "")) for key in ("title", "about")}
    return GalleryExample(path.stem, told["title"], source, str(data.get("reference", source)), told["about"], path)
