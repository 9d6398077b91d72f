"""What do closed forms and recursions predict? Status and source with each; `coverage` lists them all."""

from genloss.theory import (
    coverage,
    drift,
    equivalents,
    gaussian,
    kernel,
    mixing,
    reuse,
    ridge,
    scaling,
    spectra,
    strong,
    tails,
)

__all__ = [
    "coverage",
    "drift",
    "equivalents",
    "gaussian",
    "kernel",
    "mixing",
    "reuse",
    "ridge",
    "scaling",
    "spectra",
    "strong",
    "tails",
]
