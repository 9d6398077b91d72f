"""Labeled rows and their files: the same for theory and simulation. And what every answer can do."""

from genloss.results.answer import Answer, Drawn, Summary
from genloss.results.files import write_atomically
from genloss.results.moments import Moments
from genloss.results.result import Result
from genloss.results.row import Row

__all__ = ["Answer", "Drawn", "Moments", "Result", "Row", "Summary", "write_atomically"]


def __dir__() -> list[str]:
    return sorted(__all__)
