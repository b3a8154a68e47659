from .classifier import MLPClassifier as MLPClassifier
from .regressor import MLPRegressor as MLPRegressor
from .tabular import TabularClassifier as TabularClassifier
from .tabular import TabularRegressor as TabularRegressor
