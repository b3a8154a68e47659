"""Mathematics as GitHub writes it in Markdown: between a dollar with a backtick and its mirror image, or in a fence."""

import re

_WRITTEN = re.compile(r"\$`(.+?)`\$")


def _rewrite(app, docname, source):
    source[0] = _WRITTEN.sub(r"{math}`\1`", source[0]).replace("```math\n", "```{math}\n")


def setup(app):
    """Rewrite each page as it is read."""
    app.connect("source-read", _rewrite)
    return {"parallel_read_safe": True}
