"""What do closed forms and recursions predict? Status and source with each; `coverage` lists them all."""

from genloss.theory import (
    closed_loop,
    coverage,
    curation,
    drift,
    equivalents,
    gaussian,
    guidance,
    kernel,
    mixing,
    reuse,
    ridge,
    scaling,
    spectra,
    strong,
    tails,
    workflows,
)

__all__ = [
    "closed_loop",
    "coverage",
    "curation",
    "drift",
    "equivalents",
    "gaussian",
    "guidance",
    "kernel",
    "mixing",
    "reuse",
    "ridge",
    "scaling",
    "spectra",
    "strong",
    "tails",
    "workflows",
]
