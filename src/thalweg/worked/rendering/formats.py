"""The forms in which steps are written: as text, or as a file of another program."""

FORMATS = ("text", "markdown", "page", "html", "latex", "json")
"""`page` is the page that steps, `html` the calculation as a page without a program."""
ENDINGS = {"text": ".txt", "markdown": ".md", "page": ".html", "html": ".html", "latex": ".tex", "json": ".json"}
"""How a file of each form ends."""
