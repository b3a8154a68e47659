"""The reference of the API, a page a room, made from the names that each room says are public."""

import inspect
import operator
import re
import shutil
from pathlib import Path

import thalweg

PAGES = Path(__file__).parents[1] / "api"
ROOMS = {
    "thalweg": "Verbs, and what they return",
    "thalweg.activations": "Activations",
    "thalweg.losses": "Losses",
    "thalweg.initializers": "Initial weights",
    "thalweg.optimizers": "Rules of descent",
    "thalweg.schedules": "Schedules of the learning rate",
    "thalweg.callbacks": "Callbacks",
    "thalweg.estimators": "Estimators of scikit-learn",
    "thalweg.worked": "Worked steps and derivations",
    "thalweg.gradient_check": "Checks of a gradient",
    "thalweg.diagnosis": "Diagnosis",
    "thalweg.learning_rates": "Learning rates and curvature",
    "thalweg.surface": "Error surfaces",
    "thalweg.plots": "Plots",
    "thalweg.widgets": "Moving pictures",
    "thalweg.recipes": "From arrays to a fitted network",
    "thalweg.exchange": "In from others, out to others",
}


def write_pages(app):
    """Write the pages, each with every public name of its room once."""
    shutil.rmtree(PAGES, ignore_errors=True)
    PAGES.mkdir()
    _check_rooms()
    for room, title in ROOMS.items():
        (PAGES / f"{_file(room)}.rst").write_text(_page(room, title), encoding="utf-8")
    entries = "\n".join(f"   {_file(room)}" for room in ROOMS)
    index = f"{_heading('Reference')}\n.. toctree::\n   :maxdepth: 1\n\n{entries}\n"
    (PAGES / "index.rst").write_text(index, encoding="utf-8")


def _check_rooms():
    rooms = {"thalweg"} | {f"thalweg.{name}" for name in thalweg.__all__ if inspect.ismodule(getattr(thalweg, name))}
    assert rooms == set(ROOMS), f"rooms without a page, or pages without a room: {rooms ^ set(ROOMS)}"


def _file(room):
    return room.replace(".", "-")


def _heading(title):
    return f"{title}\n{'=' * len(title)}\n"


def _page(room, title):
    module = operator.attrgetter(*room.split(".")[1:])(thalweg) if "." in room else thalweg
    about = (module.__doc__ or "").strip().splitlines()[0]
    parts = [_heading(title), f"``import thalweg as tw``: {about}" if room == "thalweg" else about]
    parts.append(f"\n.. currentmodule:: {room}\n")
    for public in sorted(module.__all__, key=str.lower):
        found = getattr(module, public)
        if inspect.ismodule(found):
            continue
        if room != "thalweg" and getattr(thalweg, public, None) is found:  # it is told there
            parts.append(f":obj:`thalweg.{public}`\n")
        else:
            parts.append(_directive(module, public, found))
    return "\n".join(parts)


def _directive(module, public, found):
    path = f"{module.__name__}.{public}"
    if inspect.isclass(found):
        return f".. autoclass:: {path}\n   :members:\n   :show-inheritance:\n"
    if (callable(found) and hasattr(found, "__wrapped__")) or inspect.isfunction(found):
        return f".. autofunction:: {path}\n"
    return f".. autodata:: {path}\n   :no-value:\n"


def _skip(app, what, name, obj, skip, options):
    """What others add: scikit-learn's methods for the routing of metadata, and words without content."""
    routing = re.fullmatch(r"set_\w+_request|get_metadata_routing", name)
    return True if routing or (obj.__doc__ or "").startswith("Alias for field number") else None


def setup(app):
    """Write before the pages are read."""
    app.connect("builder-inited", write_pages, priority=1)
    app.connect("autodoc-skip-member", _skip)
    return {"parallel_read_safe": True}
