"""Is a table of more columns than can be used answered before the work that grows with their square?"""

from pathlib import Path

import numpy as np
import pytest

from genloss.advise.forecasts.worlds import directions
from genloss.errors import Problem
from genloss.populations.tables import read_rows
from genloss.populations.tables.reading import MOST_INPUTS, Reading


def test_more_columns_than_are_read_are_refused(tmp_path: Path):
    path = tmp_path / "wide.csv"
    names = [*(f"c{i}" for i in range(MOST_INPUTS + 1)), "y"]
    path.write_text("\n".join([",".join(names), *[",".join(["1"] * len(names))] * 3]), encoding="utf-8")
    with pytest.raises(Problem, match="10,001 columns to learn from, where at most 10,000 are read"):
        read_rows(path, Reading("y"))


def test_few_rows_are_refused_without_a_matrix_of_all_columns(monkeypatch: pytest.MonkeyPatch):
    x = np.random.default_rng(0).normal(size=(20, 3000))

    def whole(_matrix: object) -> None:
        raise AssertionError("the moments of all columns were decomposed")

    monkeypatch.setattr(np.linalg, "eigh", whole)
    with pytest.raises(directions.FewRows, match="20 rows for 19 directions of the inputs"):
        directions.directions(x, 6)


def test_alike_columns_may_outnumber_the_rows():
    few = np.random.default_rng(1).normal(size=(30, 2))
    assert len(directions.directions(np.tile(few, 20), 6).variances) == 2
