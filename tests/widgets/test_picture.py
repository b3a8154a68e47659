"""Pictures as files, and where anywidget is missing."""

import importlib
import sys

import numpy as np
import pytest
from moving_runs import classifier
from pages import two_by_two

import thalweg as tw
from thalweg.errors import FileError


def test_a_page_is_written_to_a_file(tmp_path):
    picture = tw.widgets.Worked(two_by_two(), notations=["nnd"])
    picture.write_html(tmp_path / "step.html")
    assert (tmp_path / "step.html").read_text(encoding="utf-8") == picture.to_html()
    with pytest.raises(FileError, match="nowhere"):
        picture.write_html(tmp_path / "nowhere" / "step.html")


@pytest.fixture
def without_anywidget(monkeypatch):
    rooms = ("picture", "worked_picture", "network_picture", "contour_picture", "curves_picture", "regions_picture")
    monkeypatch.setitem(sys.modules, "anywidget", None)
    modules = [importlib.import_module(f"thalweg.widgets.{name}") for name in rooms]
    kept = [dict(vars(module)) for module in modules]
    yield [importlib.reload(module) for module in modules]
    for module, names in zip(modules, kept, strict=True):  # the very classes that others have imported
        vars(module).clear()
        vars(module).update(names)


def test_without_anywidget_it_is_a_page_and_one_line_that_says_what_to_install(without_anywidget):
    _, worked, network, contour, curves, regions = without_anywidget
    net = tw.mlp(1, 1)
    start, P, T = net.unravel(np.array([2.0, 0.0])), np.array([[1.0]]), np.array([[5.0]])
    over = contour.Contour(net, "sse", start, P, T, ["layer1[0,0]", "layer1[0]"], steps=3, points=5)
    over.begin(1.0, 0.5)
    assert over.paths[0]["points"][0] == over.start == [1.0, 0.5]
    live = curves.Curves()
    live.append({"loss": [2.0, 1.0]})
    live.append({"loss": 0.5})
    assert live.runs["run"].epochs == 3
    says = regions.Regions(classifier(), frames=0)
    says.show(classifier().params, epoch=3)
    moving = (live, says, network.Network(classifier(), frames=0))
    still = (worked.Worked(two_by_two(), "aifh", notations=["aifh"]), network.Network(two_by_two()), over)
    for picture in (*moving, *still):
        assert picture.to_html().startswith("<!doctype html>")
        assert "pip install thalweg[notebook]" in picture._repr_html_()
        assert "pip install thalweg[notebook]" in repr(picture)
        assert "\n" not in repr(picture)


@pytest.mark.parametrize(
    ("make", "how"), [(tw.widgets.Worked, {"notations": ["nnd"]}), (tw.widgets.Network, {})], ids=["worked", "network"]
)
def test_its_module_is_what_a_notebook_loads(visited, home, make, how):
    """As anywidget does: the module is imported, and its render is given a model and an element."""
    picture = make(two_by_two(), **how)
    page = visited(home)
    drawn = page.evaluate(
        """async ([source, data]) => {
          const module = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
          const model = { get: (name) => ({ data })[name], set() {}, on() {}, off() {}, save_changes() {} };
          const el = document.body.appendChild(document.createElement("div"));
          module.default.render({ model, el });
          return el.querySelectorAll("[data-unit]").length;
        }""",
        [picture._esm, picture.data],
    )
    assert drawn == 6
