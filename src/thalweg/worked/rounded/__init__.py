"""A worked calculation rounded at every line, as by hand."""
