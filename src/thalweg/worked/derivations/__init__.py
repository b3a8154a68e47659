"""Derivatives derived line by line, each line equal to the one before it by a rule that is named."""
