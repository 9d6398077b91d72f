"""What of a plan follows from its subject and from what was judged, whatever was open?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from genloss.advise.plans.checked import Verification, verified
from genloss.advise.plans.facts import Looked
from genloss.advise.plans.protocol import Array, Judged, Planned
from genloss.advise.plans.search import Explored
from genloss.advise.plans.target import Target
from genloss.errors import Problem
from genloss.results.agreement import Z

NOTHING = float("nan")


def words_of(metric: str) -> str:
    """Return the name of a metric as it is said."""
    return metric.replace("_", " ")


def least_mean(subject: Planned) -> str:
    """Say what is sought where no target is given."""
    side = "largest" if subject.more_is_better else "least"
    return f"the {side} mean {words_of(subject.metric)} of generation {subject.generations}"


def about(subject: Planned, settings: Mapping[str, float]) -> dict[str, Any]:
    """Return the fields of a plan that the subject fills. settings: those of the answer."""
    known = {**subject.settings, **settings}
    return {
        "metric": words_of(subject.metric),
        "unit": subject.unit,
        "generations": subject.generations,
        "settings": {name: float(value) for name, value in known.items() if value is not None},
        "assumptions": tuple(subject.assumptions()),
        "asked": tuple((str(name), str(said)) for name, said in subject.words()),
    }


def curves(judged: Judged) -> dict[str, Any]:
    """Return the fields of a plan that hold means."""
    return {
        "mean": tuple(judged.mean.tolist()),
        "mean_low": tuple(judged.low.tolist()),
        "mean_high": tuple(judged.high.tolist()),
        "status": judged.status,
    }


def looked_at(found: Explored) -> tuple[Looked, ...]:
    """Return every value that was judged, ascending."""
    lines = []
    for value in found.values:
        stands = found.stands.get(value)
        misses = (None, None, None) if stands is None else (stands.known, stands.best, stands.worst)
        lines.append(Looked(value, float(found.judged[value].mean[-1]), *misses))
    return tuple(lines)


def promised(runs: Array, judged: Judged) -> Verification:
    """Whether the mean of the last generation of independent runs is the one that was promised, by the errors of both.

    The promise has the error of the truths that it was drawn from, or the allowance of theory.
    """
    count, mean = len(runs), float(judged.mean[-1])
    found, error = float(runs[:, -1].mean()), float(runs[:, -1].std(ddof=1) / np.sqrt(count))
    low, high, off = float(judged.low[-1]), float(judged.high[-1]), 0.0
    if judged.runs is not None and len(judged.runs) > 1:
        by_truth = judged.runs[..., -1].mean(axis=1)
        low, high, off = mean, mean, float(by_truth.std(ddof=1) / np.sqrt(len(by_truth)))
    room = Z * float(np.hypot(error, off))
    what, verdict = "mean of the last generation", "held" if low - room <= found <= high + room else "missed"
    return Verification(verdict, count, what, found, error, mean, NOTHING, NOTHING, found, error, limit_error=off)


def not_possible(problem: Problem, limit: float) -> Verification:
    """Say why no independent runs were drawn."""
    why = f"{problem.found}; {problem.mend}."
    return Verification("not possible", 0, "", NOTHING, NOTHING, limit, NOTHING, NOTHING, NOTHING, NOTHING, why)


def checked_by_runs(
    subject: Planned, settings: Mapping[str, float], replicates: int, judged: Judged, target: Target | None = None
) -> Verification:
    """Run an answer with luck of its own: does it meet the target, or have the mean that was promised?"""
    try:
        runs = subject.check(settings, replicates)
    except Problem as problem:
        return not_possible(problem, float(judged.mean[-1]) if target is None else target.limit)
    return promised(runs, judged) if target is None else verified(runs, target, judged.mean)
