"""Chains of parametric families, of categories, and of regressions on a table's own rows."""
