"""The forms in which a step is shown."""

FORMS = ("units", "matrix")
"""Unit by unit, or layer by layer with matrices."""
