"""What happens when it is run? `reference` is the definition; the fast engines match it. They load on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genloss.simulation.engines import ENGINES, choose, draws

__all__ = ["ENGINES", "choose", "draws"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("genloss.simulation.engines"), name)
    raise AttributeError(f"module 'genloss.simulation' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
