"""The forms in which steps are written: as text, or as a file of another program."""

FORMATS = ("text", "markdown", "page", "html", "latex", "json")
"""`page` is the page that steps, `html` the calculation as a page without a program."""
ENDINGS = {
    "text": ".txt",
    "markdown": ".md",
    "page": ".html",
    "html": ".html",
    "latex": ".tex",
    "json": ".json",
    "pdf": ".pdf",
    "csv": ".csv",
}
"""How a file of each form ends."""


def forms_by_ending(*forms: str) -> dict[str, str]:
    """Which of the forms a file's ending asks for: of two with one ending the first.

    >>> forms_by_ending("page", "html", "latex")
    {'.html': 'page', '.htm': 'page', '.tex': 'latex'}
    """
    found: dict[str, str] = {}
    for form in forms:
        for ending in (".html", ".htm") if ENDINGS[form] == ".html" else (ENDINGS[form],):
            found.setdefault(ending, form)
    return found
