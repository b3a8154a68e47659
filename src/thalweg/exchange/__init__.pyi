from .exporting import export as export
from .onnx_graph import onnx_inputs as onnx_inputs
