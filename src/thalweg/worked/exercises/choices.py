"""The names of what an exercise can be told, apart from the code that makes it: the command line lists them."""

from __future__ import annotations

QUANTITIES: dict[str, tuple[str, ...]] = {
    "net_inputs": ("net_input",),
    "outputs": ("output", "sent"),
    "errors": ("error",),
    "loss": ("example_error", "error_before"),
    "derivatives": ("slope", "output_derivative"),
    "sensitivities": ("sensitivity",),
    "gradients": ("example_gradient", "gradient"),
    "parts": ("part",),
    "updates": ("delta",),
    "new_weights": ("new_weight",),
}
"""The words for what can be left blank, and the quantities of lines that they are."""

NUMBERS = ("drawn", "file")
"""Where a student's numbers are from: drawn for each, or those of the file for all."""
