"""Figures: each function draws one and returns it as a Matplotlib Figure, which it imports when it is called.

What a figure shows can also be had as data: from the arrays that it was given, or from the function named here beside
it.
"""

import os

from ..system import starting
from .activation_curves import ActivationCurve, activation_and_derivative, activation_curve
from .agreement import predicted_against_actual
from .animation import MovingPicture, animated_paths
from .confusion import confusion_matrix
from .curves import learning_curves
from .diagram import network_diagram
from .error_along_direction import error_along_direction
from .error_along_weight import error_along_weight
from .error_distribution import error_histogram, error_histogram_by_part
from .fit import fit
from .gradient_flow import gradient_flow, gradient_flow_history
from .parameter_histograms import LayerHistogram, gradient_histograms, layer_histograms, weight_histograms
from .range_test import range_test
from .ranking import RankingCurve, precision_recall, precision_recall_curves, roc, roc_curves
from .rate_comparison import RateCurve, learning_rates, rate_curves
from .rates_map import rates_map
from .regions import Regions, class_regions, decision_regions
from .regression import regression
from .reliability import CalibrationBins, calibration, calibration_bins
from .section import Said, Section, section_of_run
from .spectrum import Spectrum, sort_spectrum, spectrum
from .surface import error_surface
from .svg import inline_svg
from .training_state import training_state

if "MPLBACKEND" in os.environ:
    with starting("Matplotlib", ["MPLBACKEND"]):
        import matplotlib as _  # noqa: F401 - it is imported to see whether it starts

__all__ = [
    "ActivationCurve",
    "CalibrationBins",
    "LayerHistogram",
    "MovingPicture",
    "RankingCurve",
    "RateCurve",
    "Regions",
    "Said",
    "Section",
    "Spectrum",
    "activation_and_derivative",
    "activation_curve",
    "animated_paths",
    "calibration",
    "calibration_bins",
    "class_regions",
    "confusion_matrix",
    "decision_regions",
    "error_along_direction",
    "error_along_weight",
    "error_histogram",
    "error_histogram_by_part",
    "error_surface",
    "fit",
    "gradient_flow",
    "gradient_flow_history",
    "gradient_histograms",
    "inline_svg",
    "layer_histograms",
    "learning_curves",
    "learning_rates",
    "network_diagram",
    "precision_recall",
    "precision_recall_curves",
    "predicted_against_actual",
    "range_test",
    "rate_curves",
    "rates_map",
    "regression",
    "roc",
    "roc_curves",
    "section_of_run",
    "sort_spectrum",
    "spectrum",
    "training_state",
    "weight_histograms",
]


def __dir__() -> list[str]:
    return __all__
