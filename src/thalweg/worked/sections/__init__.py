"""What a worked calculation says of a step, section by section, in a notation."""
