"""Figures: each function draws one and returns it as a Matplotlib Figure, which it imports when it is called."""

from .agreement import predicted_against_actual as predicted_against_actual
from .confusion import confusion_matrix as confusion_matrix
from .curves import learning_curves as learning_curves
from .svg import inline_svg as inline_svg
