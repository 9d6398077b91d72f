"""Formulas of theory written again, from their docstrings and docs/theory alone, for 50 digits and more."""
