"""The model and its file; files are written whole or not at all."""

from .atomic import check_folder as check_folder
from .atomic import check_writable as check_writable
from .atomic import make_folder as make_folder
from .atomic import write_atomically as write_atomically
from .model import Model as Model
from .model import Prediction as Prediction
from .model_file import load as load
from .model_file import save as save
