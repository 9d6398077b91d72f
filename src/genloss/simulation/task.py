"""What is one engine asked to simulate, and with which random numbers?"""

from __future__ import annotations

from dataclasses import dataclass

from genloss.code.trusted import NONE, Trusted
from genloss.models import Generator, Predictor
from genloss.populations import Population
from genloss.workflows import Schedule


@dataclass(frozen=True)
class Task:
    """One chain of generations, repeated.

    schedule: which rows each generator fit trains on. With a predictor, generation n reports the
    predictor taught by generator fit n - 1, so the schedule needs the fits before max(report);
    without one, generation n reports generator fit n. replicates: how many to compute, from the first on;
    draws are always made for `block` of them, those of one or several whole blocks, so that this number
    changes no draw. beside: more generators that differ from the first in their penalties only, on the same
    draws, without a predictor; for engines that share them. Results are by generator then. trusted: the
    code of users that may be executed.
    """

    population: Population
    schedule: Schedule
    generator: Generator
    predictor: Predictor | None
    report: tuple[int, ...]
    replicates: int
    block: int
    beside: tuple[Generator, ...] = ()
    trusted: Trusted = NONE

    @property
    def fits(self) -> int:
        """How many generator fits are needed."""
        return max(self.report) + (self.predictor is None)
