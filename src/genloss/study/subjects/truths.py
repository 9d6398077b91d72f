"""Is the truth of a study inside its family? Asked when a study is read; values on an axis are seen when used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genloss.errors import Problem
from genloss.study.language.key import axis_values
from genloss.study.language.source import Source
from genloss.study.spec.grid import cases_of
from genloss.study.spec.tables import TABLES
from genloss.study.subjects.table import subject_of_kind


def check_truths(resolved: Mapping[str, Any], source: Source) -> None:
    """Refuse a truth outside its family, and say where in the user's file it stands."""
    for case in cases_of(resolved):
        population = case["population"]
        keys = TABLES["population"][population["kind"]]
        check = subject_of_kind(population["kind"]).check_truth
        if check is None or any(axis_values(keys[key], population[key]) is not None for key in keys):
            continue
        try:
            check(population)
        except Problem as problem:
            path = (f"case {case['name']}",) if case["name"] else ()
            key = next((key for key in keys if key in problem.where), next(iter(keys)))
            raise Problem(source.at(*path, "population", key), problem.found, problem.mend) from problem
