"""Which published figures and tables can be computed again here, and do their claims hold?"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genloss.reproductions.answer import Reproduction
    from genloss.reproductions.door import reproduce

_HOMES = {"Reproduction": "answer", "reproduce": "door"}

__all__ = ["Reproduction", "reproduce"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"genloss.reproductions.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'genloss.reproductions' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
