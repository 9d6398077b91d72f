"""What do closed forms and recursions predict? Status and source with each; `coverage` lists them all."""

from genloss.theory import coverage, equivalents, kernel, mixing, reuse, ridge, scaling, spectra, strong

__all__ = ["coverage", "equivalents", "kernel", "mixing", "reuse", "ridge", "scaling", "spectra", "strong"]
