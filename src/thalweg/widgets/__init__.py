"""Moving pictures: each is a notebook's widget and, by `to_html()`, a page of its own that needs no server."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
