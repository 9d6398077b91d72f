"""Labeled rows and their files: the same for theory and simulation."""

from genloss.results.files import write_atomically
from genloss.results.moments import Moments
from genloss.results.result import Result
from genloss.results.row import Row

__all__ = ["Moments", "Result", "Row", "write_atomically"]
