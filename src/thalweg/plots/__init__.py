"""Figures: each function draws one and returns it as a Matplotlib Figure, which it imports when it is called.

What a figure shows can also be had as data: from the arrays that it was given, or from the function named here beside
it.
"""

from .activation_curves import activation_and_derivative as activation_and_derivative
from .activation_curves import activation_curve as activation_curve
from .agreement import predicted_against_actual as predicted_against_actual
from .confusion import confusion_matrix as confusion_matrix
from .curves import learning_curves as learning_curves
from .diagram import network_diagram as network_diagram
from .error_along_direction import error_along_direction as error_along_direction
from .error_along_weight import error_along_weight as error_along_weight
from .error_distribution import error_histogram as error_histogram
from .gradient_flow import gradient_flow as gradient_flow
from .gradient_flow import gradient_flow_history as gradient_flow_history
from .parameter_histograms import gradient_histograms as gradient_histograms
from .parameter_histograms import layer_histograms as layer_histograms
from .parameter_histograms import weight_histograms as weight_histograms
from .range_test import range_test as range_test
from .ranking import precision_recall as precision_recall
from .ranking import precision_recall_curves as precision_recall_curves
from .ranking import roc as roc
from .ranking import roc_curves as roc_curves
from .rate_comparison import learning_rates as learning_rates
from .rate_comparison import rate_curves as rate_curves
from .rates_map import rates_map as rates_map
from .regions import class_regions as class_regions
from .regions import decision_regions as decision_regions
from .reliability import calibration as calibration
from .reliability import calibration_bins as calibration_bins
from .spectrum import sort_spectrum as sort_spectrum
from .spectrum import spectrum as spectrum
from .surface import error_surface as error_surface
from .svg import inline_svg as inline_svg
