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
