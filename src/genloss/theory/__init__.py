"""What do closed forms and recursions predict? Status and source with each; `coverage` lists them all.

Modules load on first use: one formula does not wait for the others' imports.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genloss.theory import combine, coverage, drift, gaussian, lineages, reuse, ridge, tails, workflows
    from genloss.theory.filters import verifier
    from genloss.theory.loops import closed_loop, contaminated, curation, guidance, smoothing
    from genloss.theory.ridge import chosen_rows, equivalents, kernel, mixing, scaling, sources, spectra, strong
    from genloss.theory.workflows import priors, relabeled

__all__ = [
    "chosen_rows",
    "closed_loop",
    "combine",
    "contaminated",
    "coverage",
    "curation",
    "drift",
    "equivalents",
    "gaussian",
    "guidance",
    "kernel",
    "lineages",
    "mixing",
    "priors",
    "relabeled",
    "reuse",
    "ridge",
    "scaling",
    "smoothing",
    "sources",
    "spectra",
    "strong",
    "tails",
    "verifier",
    "workflows",
]

_FOLDERS = {
    **dict.fromkeys(("closed_loop", "contaminated", "curation", "guidance", "smoothing"), "loops."),
    **dict.fromkeys(("chosen_rows", "equivalents", "kernel", "mixing"), "ridge."),
    **dict.fromkeys(("scaling", "sources", "spectra", "strong"), "ridge."),
    **dict.fromkeys(("priors", "relabeled"), "workflows."),
    "verifier": "filters.",
}


def __getattr__(name: str) -> Any:
    if name in __all__:
        return import_module(f"genloss.theory.{_FOLDERS.get(name, '')}{name}")
    raise AttributeError(f"module 'genloss.theory' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
