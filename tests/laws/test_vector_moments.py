"""Do moments of vectors add up to those of all vectors, to the last digits and in little memory?"""

import tracemalloc
from fractions import Fraction

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import csv as arrow_csv
from pyarrow import parquet as arrow_parquet

from genloss.populations.tables import Reading, read_rows, scan_table
from genloss.populations.tables.vector_moments import VectorMoments


def exact_moments(vectors):
    """Mean and scatter in fractions: no rounding but the last."""
    rows = [[Fraction(float(entry)) for entry in row] for row in vectors]
    mean = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    off = [[entry - center for entry, center in zip(row, mean, strict=True)] for row in rows]
    scatter = [[sum(row[i] * row[j] for row in off) for j in range(len(mean))] for i in range(len(mean))]
    return np.array(mean, dtype=float), np.array(scatter, dtype=float)


@pytest.mark.parametrize("shift", [0.0, 1e6, 1e9])
def test_parts_add_up_to_the_exact_moments_of_all(shift):
    vectors = np.random.default_rng(1).standard_normal((60, 3)) + shift * np.array([1.0, -1.0, 0.0])
    total = VectorMoments.of(vectors[:0])
    for part in np.split(vectors, [1, 2, 20, 20, 45]):
        total = total + VectorMoments.of(part)
    mean, scatter = exact_moments(vectors)
    assert total.count == 60
    np.testing.assert_allclose(total.mean, mean, rtol=1e-15, atol=1e-15)
    # Entries of size `shift` are themselves rounded by 1e-16 of it: no sum of squares could do better.
    np.testing.assert_allclose(total.scatter, scatter, atol=60 * max(1e-14, 1e-15 * shift))
    naive = vectors.T @ vectors - 60 * np.outer(vectors.mean(0), vectors.mean(0))
    assert shift < 1e9 or np.abs(naive - scatter).max() > 10


def test_constants_are_appended_and_maps_applied():
    vectors = np.random.default_rng(2).standard_normal((9, 2))
    matrix = np.array([[1.0, 2.0, -1.0], [0.0, 1.0, 3.0]])
    more = VectorMoments.of(vectors).extended(np.array([4.0])).mapped(matrix)
    same = VectorMoments.of(np.column_stack([vectors, np.full(9, 4.0)]) @ matrix.T)
    np.testing.assert_allclose(more.mean, same.mean, atol=1e-14)
    np.testing.assert_allclose(more.scatter, same.scatter, atol=1e-13)


def many_rows(path, rows):
    """Write a table of 7 columns, words among them, in row groups as large tables have them."""
    rng = np.random.default_rng(rows)
    frame = pd.DataFrame(rng.standard_normal((rows, 5)), columns=list("abcde"))
    frame["k"] = np.array(["u", "v", "w"])[rng.integers(3, size=rows)]
    frame["y"] = frame["a"] + rng.standard_normal(rows)
    if path.suffix == ".csv":
        arrow_csv.write_csv(pa.Table.from_pandas(frame), path)
    else:
        arrow_parquet.write_table(pa.Table.from_pandas(frame), path, row_group_size=50_000)
    return path


def peak_memory(work):
    """Bytes at the peak of arrays, of Python and of Arrow, above those held before."""
    usual = pa.default_memory_pool()
    pool = pa.proxy_memory_pool(usual)
    pa.set_memory_pool(pool)
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] + pool.max_memory()
    finally:
        tracemalloc.stop()
        pa.set_memory_pool(usual)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_memory_does_not_grow_with_the_rows(kind, tmp_path):
    rows, reading = 600_000, Reading("y")
    path = many_rows(tmp_path / f"t.{kind}", rows)
    peak = peak_memory(lambda: scan_table(path, reading, rows=1000, rng=np.random.default_rng(1)))
    # Eight columns of codes and features take 8 x 8 bytes a row, 38 MB.
    assert peak < 25e6
    assert peak_memory(lambda: read_rows(path, reading)) > 2 * rows * 8 * 8
