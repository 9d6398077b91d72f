"""WHO made the rows that each generation was trained on? The record of a chain, read; what descends from real rows."""

from __future__ import annotations

from genloss.ledger.answer import Ledger
from genloss.ledger.croissant import as_croissant
from genloss.ledger.reading import read

__all__ = ["Ledger", "as_croissant", "read"]


def __dir__() -> list[str]:
    return sorted(__all__)
