"""Is a table of more columns than can be used answered before the work that grows with their square?"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from genloss.advise.forecasts.worlds import directions
from genloss.errors import Problem
from genloss.metrics import samples
from genloss.populations.own_rows import columns
from genloss.populations.tables import columnar, read_rows
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


@pytest.mark.parametrize("metric", [samples.correlation_distance, samples.least_direction_left])
def test_metrics_of_wide_rows_are_those_of_all_pairs_of_columns(metric, monkeypatch):
    rng = np.random.default_rng(1)
    real, made = rng.normal(size=(9, 40)), rng.normal(size=(12, 40))
    made[:, 3] = 1.0  # no correlation with any
    whole = float(metric(real_rows=real, generated_rows=made))
    monkeypatch.setattr(samples, "_WIDE", 20)
    monkeypatch.setattr(samples, "_correlations", None)
    monkeypatch.setattr(np.linalg, "eigh", None)
    assert float(metric(real_rows=real, generated_rows=made)) == pytest.approx(whole, rel=1e-12)


def test_a_table_of_numbers_is_seen_at_once_as_it_is_column_by_column(monkeypatch):
    table = pd.DataFrame({"a": [1, 2, 3], 7: [0.5, 1.5, -2.0], "c": np.float32([1, 2, 3])})
    monkeypatch.setattr(columns, "_all", None)
    at_once = columns.columns_of(table)
    monkeypatch.undo()
    monkeypatch.setattr(columns, "_array_of_numbers", lambda _: None)
    each = columns.columns_of(table)
    assert at_once.names == each.names == ("a", "7", "c")
    assert at_once.numbers.tobytes() == each.numbers.tobytes()
    assert at_once.numbers.flags["C_CONTIGUOUS"]
    monkeypatch.undo()
    for odd in (table.assign(c=["x", "y", "z"]), table.assign(c=pd.array([1, 2, 3], dtype="Int64"))):
        assert columns._array_of_numbers(odd) is None


@pytest.mark.parametrize(("small", "buffer"), [(64 << 20, 0), (10, 1 << 20)])
def test_a_small_parquet_file_is_read_without_a_buffer(small, buffer, tmp_path, monkeypatch):
    # With one, pyarrow makes room for what a damaged page says of its size: 2 GB for 3 kB.
    path, seen, opened = tmp_path / "a.parquet", [], columnar.arrow_parquet.ParquetFile
    pd.DataFrame({"a": [0.0, 1.0, 2.0, 4.0], "y": [1.0, 2.0, 4.0, 4.0]}).to_parquet(path)

    def noted(*given, **named):
        seen.append(named.get("buffer_size", 0))
        return opened(*given, **named)

    monkeypatch.setattr(columnar, "_SMALL", small)
    monkeypatch.setattr(columnar.arrow_parquet, "ParquetFile", noted)
    assert len(read_rows(path, Reading("y")).target) == 4
    assert max(seen) == buffer
