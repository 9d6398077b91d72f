"""Labeled rows and their files: the same for theory and simulation. And what every answer can do."""

from __future__ import annotations

from genloss.results.answer import Answer, Drawn, Summary
from genloss.results.moments import Moments as Moments
from genloss.results.result import Result
from genloss.results.row import Row

__all__ = ["Answer", "Drawn", "Result", "Row", "Summary"]


def __dir__() -> list[str]:
    return sorted(__all__)
