"""What a network says, as it is read without a program."""

from moving_runs import WILD, classifier

import thalweg as tw
from thalweg.widgets.regions_page import as_read


def test_the_examples_and_their_answers_are_a_table_and_no_name_is_markup():
    picture = tw.widgets.Regions(classifier(), classes=[WILD, "b"], names=["a", WILD], across=["a"], frames=0)
    read = as_read(picture.data, picture.frames)
    assert WILD not in read
    assert "<p>Held: &lt;img src=x onerror=alert(1)&gt; = " in read
    assert read.count("<tr><td>") == 60
    assert "<td>validation</td><td>b</td>" in read


COLOUR = """() => {
  const canvas = document.querySelector(".legend canvas.pattern");
  return [...canvas.getContext("2d").getImageData(1, 1, 1, 1).data].slice(0, 3);
}"""


def test_a_style_that_comes_after_the_picture_is_taken(shown):
    html = tw.widgets.Regions(classifier(), frames=0).to_html()
    there = shown(html, wait=".legend canvas.pattern").evaluate(COLOUR)
    assert max(there) - min(there) > 30
    late = shown(html.replace("<style>", '<style media="not all">', 1), wait=".legend canvas.pattern")
    assert late.evaluate(COLOUR) != there
    late.evaluate("document.querySelector('style').media = 'all'")
    late.wait_for_function(f"colour => ({COLOUR})().join() === colour.join()", arg=there)
