"""What do closed forms and recursions predict? Status and source with each; `coverage` lists them all."""

from genloss.theory import coverage, drift, gaussian, reuse, ridge, tails, workflows
from genloss.theory.loops import closed_loop, curation, guidance
from genloss.theory.ridge import equivalents, kernel, mixing, scaling, spectra, strong

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
