"""Steps in every form, by one function."""

import json

import pytest
from pages import two_by_two

from thalweg.errors import ArgumentError
from thalweg.widgets.step_forms import written
from thalweg.worked.rendering.formats import ENDINGS, FORMATS


@pytest.mark.parametrize("form", FORMATS)
def test_each_form_begins_as_its_files_do_and_holds_the_values(form):
    text = written([two_by_two()], form, "mazur", {"digits": 9, "form": "units"})
    begins = {"page": "<!doctype html>", "html": "<!doctype html>", "latex": "\\documentclass", "json": "{"}
    assert text.startswith(begins.get(form, ""))
    assert "0.280471" in text
    assert form in ENDINGS
    if form == "json":
        json.loads(text)


def test_an_unknown_form_is_told_with_the_near_one():
    with pytest.raises(ArgumentError, match="unknown format 'latx': did you mean 'latex'"):
        written([two_by_two()], "latx")
