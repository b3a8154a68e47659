"""What the tests of notebooks ask of a page: balanced, escaped, small, legible on white and on black."""

import re
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "meta", "link", "input"}
BACKGROUNDS = ("#ffffff", "#111111", "#1e1e1e")
"""Those of notebooks: light, JupyterLab's dark, VS Code's dark."""
LEAST_CONTRAST = 3.0
"""Of graphics and of bold or large text (WCAG 2.2, 1.4.11)."""


class Page(HTMLParser):
    """The text and the tags of a page; an AssertionError where a tag is not closed."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.words = [], [], []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(self.words)


def colours(page):
    """Every colour that a page names."""
    found = re.findall(r'(?:fill|stroke|color|background)(?:="|:)\s*([^;"}!]+)', page)
    return {colour.strip() for colour in found} - {"none", "currentColor"}


def contrast(one, other):
    def luminance(colour):
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    a, b = sorted((luminance(one), luminance(other)))
    return (b + 0.05) / (a + 0.05)


def assert_shows_well(page):
    """Balanced, small, by itself, and in colours that stand out from the background of every notebook."""
    found = Page(page)
    assert len(page) < 30_000
    assert not {tag for tag, _ in found.tags} & {"script", "link", "img", "iframe"}
    assert "http" not in page
    for colour in colours(page):
        if colour.startswith("rgba(128,128,128"):  # a rule, which only guides the eye
            continue
        for background in BACKGROUNDS:
            assert contrast(colour, background) >= LEAST_CONTRAST, (colour, background)
    return found
