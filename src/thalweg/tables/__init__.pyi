from .check import check_model as check_model
from .diagnosis import diagnose_model as diagnose_model
from .rates import compare_rates as compare_rates
from .settings import Settings as Settings
from .steps import open_row as open_row
from .steps import open_step as open_step
from .training import Trained as Trained
from .training import train_table as train_table
