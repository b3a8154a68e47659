"""A worked calculation as text, Markdown, LaTeX and HTML."""
