"""Formulas that users write: read without running them, differentiated rule by rule, computed over any arrays."""
