"""A step as a worked calculation: its values, the notations of the five texts, derivations, and what renders them."""
