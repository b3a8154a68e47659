from .exporting import export as export
from .features import source_values as source_values
