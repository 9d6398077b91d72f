"""Kernel ridge regression: kernels, exact solvers, and solvers for more rows than can be decomposed."""
