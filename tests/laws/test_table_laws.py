"""Do random tables come back from every format, and does what is not whole give a Problem and nothing else?"""

import gzip
import io
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import feather
from pyarrow import parquet as arrow_parquet

from genloss import Problem
from genloss.populations.tables import Reading, moments_of_table, read_rows, scan_table

FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MANY = settings(FEW, max_examples=60)  # verification/faults.py damages many more

NUMBERS = st.one_of(
    st.floats(-1e12, 1e12),
    st.floats(allow_nan=False, allow_infinity=False, max_value=1e149, min_value=-1e149),
    st.integers(-(2**53), 2**53).map(float),
    st.sampled_from([0.0, -0.0, 0.1, 1 / 3, 5e-324]),
)
WORDS = st.sampled_from(["red", "grün", "a,b", 'quo"te', "new\nline", "semi;colon", "x=1", "tab\there", "Ω|", "it's"])


@st.composite
def frames(draw):
    """A table with a target that varies; columns of numbers and of words, some constant or repeated."""
    rows = draw(st.integers(4, 25))
    columns = {}
    for place in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            columns[f"n {place}"] = draw(st.lists(NUMBERS, min_size=rows, max_size=rows))
        else:
            columns[f"w{place}"] = draw(st.lists(WORDS, min_size=rows, max_size=rows))
    columns["y"] = [float(value) for value in range(rows)]
    columns["spread"] = [(-1.0) ** n * n * n for n in range(rows)]
    return pd.DataFrame(columns)


def plain_inputs(frame):
    """The inputs, made the slow way: column by column, entry by entry."""
    inputs, seen = {}, []
    for name in frame.columns.drop("y"):
        values = frame[name].tolist()
        firsts = [values.index(value) for value in values]  # equal up to spelling, for words
        known = firsts if isinstance(values[0], str) else values
        same = (isinstance(values[0], str), known)
        if len(set(values)) == 1 or same in seen:
            continue
        seen.append(same)
        if not isinstance(values[0], str):
            inputs[name] = values
            continue
        common = min(set(values), key=lambda word: (-values.count(word), word))
        for word in sorted(set(values) - {common}):
            inputs[f"{name}={word}"] = [float(value == word) for value in values]
    return inputs


def write(frame, kind, folder):
    """Write a table in one of the formats; return where."""
    path = folder / f"t.{kind}"
    table = pa.Table.from_pandas(frame)
    half = len(frame) // 2
    if kind in ("csv", "tsv"):
        frame.to_csv(path, index=False, sep="\t" if kind == "tsv" else ",")
    elif kind == "csv.gz":
        path.write_bytes(gzip.compress(frame.to_csv(index=False).encode()))
    elif kind == "parquet":
        arrow_parquet.write_table(table, path, row_group_size=7)
    elif kind == "feather":
        feather.write_feather(frame, path)
    elif kind == "npz":
        np.savez(path, **{n: frame[n].to_numpy(dtype=str if n.startswith("w") else float) for n in frame})
    elif kind == "shards":
        path.mkdir(exist_ok=True)
        for number, part in enumerate((table.slice(0, half), table.slice(half))):
            arrow_parquet.write_table(part, path / f"{number}.parquet")
    else:
        path.mkdir(exist_ok=True)
        names = [f"data-0000{number}-of-00002.arrow" for number in range(2)]
        for name, part in zip(names, (table.slice(0, half), table.slice(half)), strict=True):
            with pa.ipc.new_stream(str(path / name), part.schema) as writer:
                writer.write_table(part)
        (path / "state.json").write_text(json.dumps({"_data_files": [{"filename": name} for name in names]}))
    return path


KINDS = ["csv", "csv.gz", "tsv", "parquet", "feather", "npz", "shards", "saved"]


@pytest.mark.parametrize("kind", KINDS)
@FEW
@given(frame=frames())
def test_random_tables_come_back_from_every_format(kind, frame, tmp_path):
    rows = read_rows(write(frame, kind, tmp_path), Reading("y"))
    expected = plain_inputs(frame)
    assert rows.names == tuple(expected)
    assert np.array_equal(rows.inputs, np.column_stack(list(expected.values())))
    assert np.array_equal(rows.target, frame["y"])


@FEW
@given(
    frame=frames(),
    gaps=st.lists(st.tuples(st.integers(0, 24), st.integers(0, 4)), max_size=12),
    missing=st.sampled_from(["drop", "mean"]),
)
def test_moments_are_those_of_the_rows(frame, gaps, missing, tmp_path):
    frame = frame.map(lambda entry: 0.0 if isinstance(entry, float) and abs(entry) < 1e-140 else entry)  # squares are 0
    for row, place in gaps:
        if row < len(frame) and place < frame.shape[1]:
            frame.iloc[row, place] = np.nan if isinstance(frame.iloc[row, place], float) else None
    path = write(frame, "shards", tmp_path)
    try:
        rows = read_rows(path, Reading("y", missing=missing))
    except Problem:
        with pytest.raises(Problem):
            moments_of_table(path, Reading("y", missing=missing))
        return
    moments = moments_of_table(path, Reading("y", missing=missing))
    assert (moments.names, moments.rows, moments.notes) == (rows.names, len(rows.target), rows.notes)
    size = np.abs(rows.inputs).max(axis=0)
    centered = rows.inputs - rows.inputs.mean(axis=0)
    np.testing.assert_allclose(moments.mean / size, rows.inputs.mean(axis=0) / size, atol=1e-13)
    scaled = centered / size
    np.testing.assert_allclose(moments.scatter / size / size[:, None], scaled.T @ scaled, atol=1e-12)
    np.testing.assert_allclose(moments.cross / size, scaled.T @ (rows.target - rows.target.mean()), atol=1e-10)


BASE = pd.DataFrame({"n 0": np.arange(12.0) ** 2, "w1": list("abcabcabcabc"), "spread": np.arange(12.0)[::-1] ** 3})
BASE = BASE.assign(y=np.arange(12.0))


def reads_or_says_why(path):
    """Reading gives finite rows or a Problem; any other exception fails the test."""
    for missing in ("refuse", "drop", "mean"):
        try:
            rows = read_rows(path, Reading("y", missing=missing))
            moments_of_table(path, Reading("y", missing=missing))
        except Problem:
            continue
        assert np.isfinite(rows.inputs).all()
        assert np.isfinite(rows.target).all()


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet", "feather", "npz"])
@MANY
@given(data=st.data())
def test_damaged_files_are_read_or_refused(kind, data, tmp_path):
    content = bytearray(write(BASE, kind, tmp_path).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        how = data.draw(st.sampled_from(["set", "cut", "insert", "flip"]))
        if how == "cut":
            del content[place : place + data.draw(st.integers(1, 40))]
        elif how == "insert":
            content[place:place] = data.draw(st.binary(min_size=1, max_size=8))
        elif how == "flip":
            content[place] ^= 1 << data.draw(st.integers(0, 7))
        else:
            content[place] = data.draw(st.sampled_from([0, 1, 0x22, 0x2C, 0x0A, 0x7F, 0x80, 0xFF]))
        if not content:
            break
    (tmp_path / f"t.{kind}").write_bytes(content)
    reads_or_says_why(tmp_path / f"t.{kind}")


@pytest.mark.parametrize("kind", ["csv", "tsv.gz", "parquet", "arrow", "feather", "npz"])
@FEW
@given(content=st.binary(max_size=60))
def test_random_bytes_are_read_or_refused(kind, content, tmp_path):
    path = tmp_path / f"t.{kind}"
    begins = {"parquet": b"PAR1", "arrow": b"ARROW1", "npz": b"PK\x03\x04", "tsv.gz": b"\x1f\x8b\x08", "csv": b"x,y\n"}
    for start in (b"", begins.get(kind, b"\xff\xff\xff\xff")):
        path.write_bytes(start + content)
        reads_or_says_why(path)


@FEW
@given(text=st.text(alphabet='xy,;\t"\n\r 0123.-eNA|', max_size=60))
def test_random_text_is_read_or_refused(text, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + text, newline="")
    reads_or_says_why(path)


def test_the_hostile_header_of_an_array_is_refused(tmp_path):
    buffer = io.BytesIO()
    np.savez(buffer, x=np.arange(5), y=np.arange(5))
    for old, new in ((b"(5,)", b"(9**99,)"), (b"(5,)", b"(-5,)"), (b"<i8", b"|O"), (b"(5,), ", b"(5,0),")):
        path = tmp_path / "t.npz"
        path.write_bytes(buffer.getvalue().replace(old, new))
        reads_or_says_why(path)


def test_a_sample_is_even_and_depends_on_the_generator_alone(tmp_path):
    frame = pd.DataFrame({"x": np.arange(40.0) ** 2, "y": np.arange(40.0)})
    arrow_parquet.write_table(pa.Table.from_pandas(frame), tmp_path / "one.parquet")
    arrow_parquet.write_table(pa.Table.from_pandas(frame), tmp_path / "pieces.parquet", row_group_size=3)
    chosen = []
    for name in ("one", "pieces", "pieces"):
        _, rows = scan_table(
            tmp_path / f"{name}.parquet", Reading("y"), rows=7, rng=np.random.default_rng(len(chosen) // 2)
        )
        chosen.append(rows.numbers.tolist())
        assert rows.target.tolist() == [number - 1 for number in rows.numbers]
        assert len(set(chosen[-1])) == 7
        assert chosen[-1] == sorted(chosen[-1])
    assert chosen[0] == chosen[1] != chosen[2]
