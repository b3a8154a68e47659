from .checking import ExportCheck as ExportCheck
from .checking import check_export as check_export
from .exporting import export as export
from .onnx_graph import onnx_inputs as onnx_inputs
from .reading import read_network as read_network
