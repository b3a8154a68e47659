"""Pages of a training and of a diagnosis, each one HTML file that needs nothing else; and figures as files."""
