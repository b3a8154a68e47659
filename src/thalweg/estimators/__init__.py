"""Estimators for scikit-learn: its pipelines, searches and scores, by networks of ours."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
