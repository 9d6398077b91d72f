"""Do moments of vectors add up to those of all vectors, to the last digits and in little memory?"""

import tracemalloc
from fractions import Fraction

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import csv as arrow_csv
from pyarrow import parquet as arrow_parquet

from genloss.populations.tables import Reading, pieces, read_rows, scan_table
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


def late_news(rows):
    """A table in which words, gaps and whole columns first show far down."""
    rng = np.random.default_rng(4)
    place = np.arange(rows)
    late = place > 0.6 * rows
    frame = pd.DataFrame(
        {
            "level": 1e6 + rng.standard_normal(rows),
            "starts": np.where(late, 40 + rng.standard_normal(rows), np.nan),
            "gaps": np.where(late & (place % 3 == 0), np.nan, rng.standard_normal(rows)),
            "words": np.where(late, np.array(["u", "v", "late"])[rng.integers(3, size=rows)], "u"),
            "until": np.where(place < rows - 1, 7.0, 8.0),
            "like": np.where(place < rows - 1, 7.0, 9.0),
            "same": 7.0,
            "y": rng.standard_normal(rows),
        }
    )
    frame["words"] = frame["words"].astype(object).where(place % 50 != 49, None)
    return frame


def test_what_shows_late_counts_from_the_first_row(tmp_path, monkeypatch):
    monkeypatch.setattr(pieces, "_PART", 1)  # 512 rows are worked on at once
    frame = late_news(3000)
    table = pa.Table.from_pandas(frame)
    with pa.ipc.new_file(str(tmp_path / "t.arrow"), table.schema) as writer:
        writer.write_table(table, max_chunksize=97)
    moments, rows = scan_table(
        tmp_path / "t.arrow", Reading("y", missing="mean"), rows=3000, rng=np.random.default_rng(1)
    )
    numbers = frame[["level", "starts", "gaps"]].fillna(frame[["level", "starts", "gaps"]].mean())
    there = frame["words"].notna()
    words = {
        word: np.where(there, frame["words"] == word, (frame["words"][there] == word).mean()) for word in ("v", "late")
    }
    expected = numbers.assign(
        **{"words=late": words["late"], "words=v": words["v"]}, until=frame.until, like=frame.like
    )
    assert moments.names == rows.names == tuple(expected.columns)
    np.testing.assert_allclose(rows.inputs, expected.to_numpy(), rtol=1e-13)
    np.testing.assert_allclose(moments.mean, expected.mean(), rtol=1e-13)
    np.testing.assert_allclose(moments.covariance, np.cov(expected.T, bias=True), rtol=1e-8, atol=1e-9)
    assert "column 'same': left out: it is 7 in every row" in map(str, rows.notes)


def many_rows(path, rows):
    """Write a table of 7 columns, words among them, in row groups as large tables have them."""
    rng = np.random.default_rng(rows)
    frame = pd.DataFrame(rng.standard_normal((rows, 5)), columns=list("abcde"))
    frame["k"] = np.array(["u", "v", "w"])[rng.integers(3, size=rows)]
    frame["y"] = frame["a"] + rng.standard_normal(rows)
    if path.suffix == ".csv":
        arrow_csv.write_csv(pa.Table.from_pandas(frame), path)
    elif path.suffix == ".npz":
        np.savez(path, **{name: frame[name].to_numpy(dtype=str if name == "k" else float) for name in frame})
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


@pytest.mark.parametrize("kind", ["parquet", "csv", "npz"])
def test_memory_does_not_grow_with_the_rows(kind, tmp_path):
    rows, reading = 400_000, Reading("y")
    path = many_rows(tmp_path / f"t.{kind}", rows)
    peak = peak_memory(lambda: scan_table(path, reading, rows=1000, rng=np.random.default_rng(1)))
    # Eight columns of codes and features take 8 x 8 bytes a row, 26 MB.
    assert peak < 25e6
    assert peak_memory(lambda: read_rows(path, reading)) > 2 * rows * 8 * 8
