"""What does a verifier say of a user's own rows? A function of the user's, or an earlier fit that knows densities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.code.trusted import Trusted
from genloss.errors import Problem
from genloss.models.protocol import HasLogProb
from genloss.populations.own_rows import copied
from genloss.simulation.filters import refuse_kinds
from genloss.simulation.verdicts import Scores, judged_by_function
from genloss.workflows import Filter, Schedule

Array = NDArray[np.float64]

_REASONS = {
    "oracle": "which rows are good is not known here",
    "distance": "a model of your own says how likely a row is, not what its label should be",
    "truth": "the law of these rows is not known",
    "piece": "rows of your own are judged one by one",
}


def refuse_filters(schedule: Schedule) -> None:
    """Refuse filters that a user's own rows cannot be judged by."""
    refuse_kinds(schedule, _REASONS)


@dataclass(frozen=True)
class OfOwn(Scores):
    """Rows of a user's own before a function of the user's or a fit that verifies them."""

    chosen: Filter
    rows: Any
    fit: Any
    uniform: Array
    trusted: Trusted

    def likelihood(self) -> Array:
        """Under the fit that verifies, (1, rows)."""
        if not isinstance(self.fit, HasLogProb):
            found = f"{type(self.fit).__name__} has no method log_prob, so that it cannot verify rows"
            raise Problem(
                "workflow.train filter", found, "give it one, which returns log p of every row, or a function"
            )
        logs = np.asarray(self.fit.log_prob(copied(self.rows)), dtype=float)
        if logs.shape != self.uniform.shape[1:]:
            found = f"log_prob returned numbers of shape {logs.shape} for {self.uniform.shape[1]} rows"
            raise Problem("workflow.train filter", found, "return one for each row")
        return logs[None]

    def called(self) -> Array:
        """What the user's function says of rows, as they are, and of one number in [0, 1) a row."""
        given, shape = ("rows", "uniform"), self.uniform.shape[1:]
        return judged_by_function(self.chosen, self.trusted, given, copied(self.rows), self.uniform[0], shape=shape)[
            None
        ]


def judge_of(trusted: Trusted) -> Callable[[Filter, Any, Any, Array], OfOwn]:
    """Return who judges rows of a user's own. trusted: the code that may be executed."""

    def judge(chosen: Filter, rows: Any, fit: Any, uniform: Array) -> OfOwn:
        return OfOwn(chosen, rows, fit, uniform, trusted)

    return judge
