"""Each widget in a real notebook: nbconvert executes it, JupyterLab opens it, and a browser sees each of them drawn.

In the same JupyterLab a run is watched live, and ended by the button in its pictures.
"""

import os

import pytest
from lab_server import apart, served_lab, trust

import thalweg as tw

CELLS = {
    "": """\
import numpy as np, thalweg as tw
P, T = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
net = tw.mlp(2, 3, 1, output="sigmoid")
how = dict(loss="mse", optimizer=tw.Adam(0.1), epochs=60, batch_size=1, engine="numpy", record="all")
run = tw.train(net, P, T, validation=(P, T), **how)
step = run.step(2)
tw.widgets""",
    "network": "tw.widgets.Network(step)",
    "worked": "step.show_widget('aifh', notations=[])",
    "contour": "tw.widgets.Contour(net, 'mse', run.params, P, T, ('layer1[0,0]', 'layer1[0,1]'), steps=5, points=9)",
    "activation": "tw.widgets.Activation('tanh')",
    "curves": "tw.widgets.Curves({'<img src=x onerror=alert(1)>': run})",
    "regions": "tw.widgets.Regions(run, frames=4)",
    "words": "tw.widgets.Words('Rule', '<math><mi>w</mi></math>')",
    "status": "tw.watch(net, P, T, **how).stopped_because",
}
"""A cell for each widget; the first has what they need. A board of several is in the cell of `status`, that of a run
in `board`."""
BOARD = "run.show(frames=4)"
LIVE = """\
import numpy as np, thalweg as tw
P, T = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
run = tw.watch(tw.mlp(2, 3, 1, output="sigmoid"), P, T, epochs=100_000_000, engine="numpy")
print(run.stopped_because, run.epochs == len(run.history.loss) > 0)"""
SEEN = {"words": "math"}
"""What a widget draws, if not SVG."""


def there():
    """The widgets that there are."""
    return [name for name in CELLS if name and hasattr(tw.widgets, name.capitalize())]


def test_every_widget_has_a_cell():
    pictures = [name for name in dir(tw.widgets) if name[0].isupper() and name not in ("Picture", "Board")]
    assert sorted(pictures) == sorted(name.capitalize() for name in there())


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """A folder with the notebook, executed but for the cell that is run live."""
    nbformat = pytest.importorskip("nbformat", reason="nbconvert is not installed: no notebook to execute")
    nbconvert = pytest.importorskip("nbconvert.preprocessors", reason="nbconvert is not installed")
    cell = nbformat.v4.new_code_cell
    made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    made.cells = [cell(CELLS[""]), *(cell(CELLS[name]) for name in there()), cell(BOARD)]
    folder, kept = tmp_path_factory.mktemp("notebooks"), os.environ.copy()
    os.environ |= apart(tmp_path_factory.mktemp("jupyter"))
    try:
        nbconvert.ExecutePreprocessor(timeout=120).preprocess(made, {"metadata": {"path": str(folder)}})
    finally:
        os.environ.clear()
        os.environ |= kept
    made.cells.append(cell(LIVE))
    nbformat.write(made, folder / "widgets.ipynb")
    return made


def test_executed_it_holds_a_view_of_each_and_words_for_who_shows_none(notebook):
    view = "application/vnd.jupyter.widget-view+json"
    for cell in notebook.cells[1:-1]:
        shown = [output.data for output in cell.outputs if "data" in output]
        assert any(view in data for data in shown), cell.source
        assert all("text/plain" in data for data in shown)
    board = notebook.cells[-2].outputs[0].data
    assert run_told(board["text/html"])
    watched = notebook.cells[1 + there().index("status")].outputs
    assert watched[-1].data["text/plain"] == "'epochs'"


def run_told(page):
    return "Run of" in page and "<svg" in page


def test_each_is_drawn_in_jupyterlab_and_a_run_is_watched_and_stopped(notebook, browser, tmp_path, tmp_path_factory):
    pytest.importorskip("jupyterlab_server", reason="jupyterlab is not installed: nothing to open a notebook in")
    import nbformat

    elsewhere = tmp_path_factory.mktemp("lab")
    nbformat.write(notebook, tmp_path / "widgets.ipynb")
    trust(tmp_path / "widgets.ipynb", elsewhere)
    context = browser.new_context(viewport={"width": 1280, "height": 1100})
    asked, said = [], []
    with served_lab(tmp_path, elsewhere) as lab:
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: said.append(error.stack or str(error)))
        page.on("dialog", lambda dialog: said.append(dialog.message) or dialog.dismiss())
        page.goto(lab.url("widgets.ipynb"))
        for name in there():
            drawn = page.locator(f".{name}-picture").first
            drawn.locator(SEEN.get(name, "progress, svg")).first.wait_for(state="attached")
            drawn.scroll_into_view_if_needed()
            box = drawn.bounding_box()
            assert box["width"] > 250, name
            assert box["height"] > 30, name
        assert page.locator(".network-picture").count() == 3  # of the step, of the watched run, on the board
        assert page.get_by_text("Error displaying widget").count() == 0
        page.locator(".jp-CodeCell .cm-content").last.click()
        page.keyboard.press("Shift+Enter")
        live = page.locator(".status-picture").last
        stop = live.get_by_role("button", name="Stop")
        stop.wait_for()
        before = live.locator(".lines").inner_text()
        page.wait_for_function(
            "([el, text]) => el.innerText !== text", arg=[live.locator(".lines").element_handle(), before]
        )
        stop.click()
        page.locator(".jp-OutputArea-output", has_text="interrupted True").wait_for()
        live.get_by_text("interrupted after").wait_for()
        assert not stop.is_visible()
        page.close()
    context.close()
    assert not said
    assert all(url.startswith((lab.address, lab.address.replace("http", "ws"), "data:", "blob:")) for url in asked)
