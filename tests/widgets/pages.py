"""Steps for pages, and what a page says."""

import re
from html import unescape
from pathlib import Path

import numpy as np

import thalweg as tw
from thalweg.worked.rendering.html import render_fragment
from thalweg.worked.step_files.file import read_step_file

FOLDER = Path(__file__).parents[2] / "examples" / "worked"


def steps_of(name):
    return read_step_file(FOLDER / f"{name}.toml").run()


def two_by_two(**more):
    """Two inputs, two hidden units and two outputs, with the weights of a well known example (Mazur, 2015)."""
    net = tw.Network(
        inputs={"input": 2},
        layers=[tw.Layer("hidden", 2, "sigmoid"), tw.Layer("out", 2, "sigmoid", sources=("hidden",))],
    )
    params = net.unravel(np.array([0.15, 0.20, 0.25, 0.30, 0.35, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60, 0.60]))
    return tw.worked_step(
        net, "half_sse", params, [[0.05, 0.10]], [[0.01, 0.99]], tw.optimizers.GradientDescent(0.5), **more
    )


def plain(text):
    """A text without tags and spaces."""
    return re.sub(r"\s+", "", unescape(re.sub(r"<[^>]*>", "", text)))


def lines_in_python(step, notation, form="units"):
    """The lines as Python writes them, without tags and spaces."""
    found = re.findall(r'<div class="line">(.*?)</div>', render_fragment(step.document(notation, form=form)), re.S)
    return [plain(line) for line in found]


def lines_on(page):
    """The lines as the page shows them, without spaces."""
    texts = page.evaluate("[...document.querySelectorAll('.calculation .line')].map(line => line.textContent)")
    return [re.sub(r"\s+", "", text) for text in texts]


def now(page):
    """The line that is looked at, and what is told above it."""
    return int(page.get_attribute(".calculation [aria-current]", "data-at")), page.text_content("[data-part=where]")


def panel(page):
    return page.inner_text(".panel")


def about_of(page):
    """What each line of the data is about, and the values."""
    return page.evaluate("""() => {
      const { data } = JSON.parse(document.getElementById("values").textContent);
      return data.steps.map(({ calculations: [of] }) => ({ about: data.shared[of.about], values: of.values }));
    }""")
