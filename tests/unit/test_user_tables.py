"""Is a user's table read as it is, told what was done to it, and refused with what to do where it cannot be used?"""

import gzip
import io
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather
from pyarrow import parquet as arrow_parquet

from genloss import Problem
from genloss.populations.forms import bytes_hash, joint_hash
from genloss.populations.from_data import table_pool
from genloss.populations.tables import Reading, file_hash, moments_of_table, read_rows, scan_table
from genloss.populations.tables.formats import open_source

pytestmark = pytest.mark.usefixtures("without_pictures")

GOOD = "x,z,y\n" + "".join(f"{i},{i * i % 7},{2 * i + i % 3}\n" for i in range(1, 9))
RNG = np.random.default_rng(3)
FRAME = pd.DataFrame(
    {
        "a": RNG.standard_normal(12),
        "color": ["red", "blue", "red", "green"] * 3,
        "flag": [True, False, False] * 4,
        "n": np.arange(12) % 5,
        "y": RNG.standard_normal(12),
    }
)
EXPECTED = np.column_stack([FRAME.a, FRAME.color == "blue", FRAME.color == "green", FRAME.flag, FRAME.n]).astype(float)


def parquet(frame=None, **columns):
    buffer = io.BytesIO()
    base = pd.DataFrame({"x": [1, 2, 3, 4], "y": [1.0, 2.0, 3.0, 4.5]}) if frame is None else frame
    base.assign(**columns).to_parquet(buffer)
    return buffer.getvalue()


def table_bytes(table):
    buffer = io.BytesIO()
    arrow_parquet.write_table(table, buffer)
    return buffer.getvalue()


def stream_bytes(table):
    buffer = io.BytesIO()
    with pa.ipc.new_stream(buffer, table.schema) as writer:
        writer.write_table(table, max_chunksize=5)
    return buffer.getvalue()


def arrow_bytes(table):
    buffer = io.BytesIO()
    with pa.ipc.new_file(buffer, table.schema) as writer:
        writer.write_table(table, max_chunksize=5)
    return buffer.getvalue()


def feather_bytes(frame):
    buffer = io.BytesIO()
    feather.write_feather(frame, buffer)
    return buffer.getvalue()


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def twice_named():
    return pa.Table.from_arrays([pa.array([1, 2]), pa.array([1, 2]), pa.array([1, 2])], names=["x", "x", "y"])


FOUR = {"x": [1, 2, 3, 4], "y": [1.0, 2.0, 3.0, 4.5]}
CASES = {
    # the file as a whole
    "sheet.xlsx": "x",
    "torn.jsonl": '{"x": 1, "y": 2}\n' * 3 + '\n{"x": 1, "y": \n',
    "twice.jsonl": '{"x": 1, "x": 2, "y": 1}\n',
    "no record.jsonl": '{"x": 1, "y": 2}\n\n\n[1, 2]\n',
    "null.jsonl": "null\n",
    "null among records.jsonl": '{"x": null, "y": 2}\n' * 3 + " null\n",
    "no keys.jsonl": "{}\n{}\n",
    "empty.jsonl": "",
    "numbers.json": "[1, 2, 3]",
    "torn.json": '[{"x": 1, "y": 2},\n {"x": 2, "y": 3},\n {"x": ',
    "no end.json": '[{"x": 1, "y": 2},\n {"x": 2, "y": 3},\n',
    "no comma.json": '[{"x": 1, "y": 2}\n {"x": 2, "y": 3}]',
    "columns.json": '{"x": {"0": 1, "1": 2}, "y": {"0": 1, "1": 2}}',
    "latin.ndjson": b'{"x": "caf\xe9", "y": 1}\n',
    "utf16.json": '[{"x": 1}]'.encode("utf-16"),
    "torn.jsonl.gz": gzip.compress(b'{"x": 1, "y": 2}\n' * 9)[:-9],
    "lists.jsonl": "".join(f'{{"x": [{i}], "y": {i * i}}}\n' for i in range(5)),
    "lists at times.jsonl": '{"x": [1], "y": 1}\n{"x": 2, "y": 3}\n{"x": 2, "y": 4}\n{"x": {}, "y": 5}\n',
    "records.json": json.dumps([{"x": {"u": 1}, "y": i} for i in range(5)]),
    "word among numbers.jsonl": "".join(f'{{"x": {i}, "y": {i * i}}}\n' for i in range(8)) + '{"x": "red", "y": 7}\n',
    "dates.jsonl": "".join(f'{{"x": {i}, "d": "2020-01-0{i}", "y": {i * i}}}\n' for i in range(1, 8)),
    "empty.csv": "",
    "blank lines.csv": "\n\n\n",
    "header alone.csv": "x,y\n",
    "three rows.csv": "x,y\n1,2\n3,4\n5,6\n",
    "no header.csv": "1,2\n3,4\n5,6\n",
    "name twice.csv": "y,y,x\n1,2,3\n",
    "no name.csv": ",x,y\n0,1,2\n",
    "one column.csv": "y\n1\n2\n3\n4\n",
    "long row.csv": GOOD + "1,2,3,4\n",
    "short row.csv": GOOD + "1,2\n",
    "torn quote.csv": GOOD + '"1,2,3\n',
    "latin.csv": GOOD.encode() + b"caf\xe9,1,2\n",
    "latin name.csv": b"caf\xe9,y\n1,2\n",
    "excel.csv": GOOD.encode("utf-16"),
    "torn.csv.gz": gzip.compress(GOOD.encode())[:-9],
    "blanks between.csv": GOOD.replace(",", " "),
    "another in the first line.tsv": GOOD.replace(",", ";", 2),
    "truncated.parquet": parquet()[:-20],
    "empty.parquet": b"",
    "no rows.parquet": parquet(pd.DataFrame({"x": [1.0], "y": [1.0]}).iloc[:0]),
    "truncated.arrow": arrow_bytes(pa.table(FOUR))[:-30],
    "empty.arrow": b"",
    "old.feather": b"FEA1" + b"\0" * 40,
    "latin name.arrow": arrow_bytes(pa.table({**FOUR, "kilo": FOUR["x"]})).replace(b"kilo", b"kil\xe9"),
    "name twice.arrow": stream_bytes(twice_named()),
    "truncated.npz": npz(x=np.ones(5), y=np.arange(5))[:-30],
    "empty.npz": b"",
    "objects.npz": npz(x=np.array([1, "a", None, 2], dtype=object), y=np.arange(4)),
    "lengths.npz": npz(x=np.ones(4), y=np.arange(5)),
    "deep.npz": npz(x=np.ones((4, 2, 2)), y=np.arange(4)),
    "clash.npz": npz(x_0=np.arange(5), x=np.ones((5, 2)), y=np.arange(5)),
    "complex.npz": npz(x=np.ones(4) * 1j, y=np.arange(4)),
    # the target
    "misspelled target.csv": GOOD.replace("y", "yield", 1).replace("z", "yy", 1),
    "missing target.csv": "price,area\n" + "1,2\n" * 5,
    "words as target.csv": "x,y\n1,low\n2,high\n3,low\n4,middle\n",
    "words and a number as target.csv": "x,y\n1,low\n2,high\n3,low\n4,7\n",
    "one word as target.csv": "x,y\n1,low\n2,low\n3,low\n4,low\n",
    "late word as target.csv": GOOD + "1,2,high\n",
    "constant target.csv": "x,y\n1,3\n2,3\n3,3\n4,3\n",
    "target twice.csv": "x,copy,y\n1,2,2\n2,3,3\n3,5,5\n4,1,1\n",
    "dates as target.csv": "x,y\n" + "".join(f"{i},2020-01-0{i}\n" for i in range(1, 6)),
    # the entries
    "missing.csv": GOOD + ",1,2\n,NA,3\n",
    "infinite.csv": GOOD + "1,-inf,2\n",
    "huge.csv": GOOD + "1,1e200,2\n",
    "mixed.csv": GOOD + "red,1,2\n",
    "commas.csv": "x;y\n1,500;2\n2,500;3\n3,250;1\n4,000;7\n",
    "dates.csv": "x,day,y\n" + "".join(f"{i % 2},2020-01-0{i},{i}\n" for i in range(1, 6)),
    "many words.csv": "x,id,y\n" + "".join(f"{i % 4},user{i},{i * i}\n" for i in range(60)),
    "all constant.csv": "a,b,y\n" + "".join(f"1,one,{i}\n" for i in range(5)),
    "dates.parquet": parquet(k=pd.Timestamp("2020-01-01")),
    "spans.parquet": parquet(k=pd.Timedelta("1s")),
    "lists.parquet": table_bytes(pa.table({**FOUR, "k": [[1, 2]] * 4})),
    "records.arrow": arrow_bytes(pa.table({**FOUR, "k": [{"u": 1}] * 4})),
    "bytes.parquet": table_bytes(pa.table({**FOUR, "k": [b"a"] * 4})),
    "gap.parquet": parquet(k=pd.array([1, None, 2, 3], dtype="Int64")),
    "clash of words.csv": "k,k=b,y\na,1,1\na,2,2\nb,4,3\na,3,5\n",
    "days.npz": npz(k=np.array(["2020-01-01"] * 4, "M8[D]"), y=np.arange(4)),
}


def written(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def problem_of(path, **reading):
    """What is said of a file, by both ways of reading it."""
    with pytest.raises(Problem) as caught:
        read_rows(path, Reading("y", **reading))
    with pytest.raises(Problem) as other:
        moments_of_table(path, Reading("y", **reading))
    assert str(caught.value) == str(other.value)
    return str(caught.value).replace(f"{path.parent}/", "")


def test_messages(tmp_path, golden):
    said = []
    for name, content in CASES.items():
        message = problem_of(written(tmp_path / name, content))
        # What pandas and pyarrow say in brackets is theirs to change.
        said.append(message if "not a whole" not in message and "not in UTF" not in message else _ours(message))
    golden("user-table-messages.txt", "\n\n".join(said) + "\n")


def _ours(message):
    found, mend = message.split("\n")
    return f"{found.split(' (')[0]} (...)\n{mend}"


def lines_of(records):
    return "".join(f"{json.dumps(record)}\n" for record in records)


def formats(tmp_path):
    """Write one table in every format; return the paths."""
    table = pa.Table.from_pandas(FRAME)
    csv, records = FRAME.to_csv(index=False), FRAME.to_dict("records")
    saved = tmp_path / "saved"
    saved.mkdir()
    for number in range(2):
        written(saved / f"data-0000{number}-of-00002.arrow", stream_bytes(table.slice(7 * number, 7)))
    files = [{"filename": f"data-0000{number}-of-00002.arrow"} for number in range(2)]
    written(saved / "state.json", json.dumps({"_data_files": files, "_split": None}))
    shards = tmp_path / "shards" / "data"
    shards.mkdir(parents=True)
    for number in range(2):
        written(shards / f"train-0000{number}-of-00002.parquet", table_bytes(table.slice(7 * number, 7)))
    contents = {
        "t.csv": csv,
        "bom.csv": b"\xef\xbb\xbf" + csv.encode(),
        "windows.csv": csv.replace("\n", "\r\n"),
        "blank lines.csv": "\n" + csv.replace("\n", "\n\n"),
        "quoted.csv": FRAME.to_csv(index=False, quoting=1),
        "spaced.csv": csv.replace(",", " , "),
        "semicolons.csv": FRAME.to_csv(index=False, sep=";"),
        "bars.csv": FRAME.to_csv(index=False, sep="|"),
        "t.csv.gz": gzip.compress(csv.encode()),
        "zipped after all.csv": gzip.compress(csv.encode()),
        "t.tsv": FRAME.to_csv(index=False, sep="\t"),
        "t.tsv.gz": gzip.compress(FRAME.to_csv(index=False, sep="\t").encode()),
        "t.parquet": table_bytes(table),
        "categories.parquet": parquet(FRAME.astype({"color": "category"})),
        "index.parquet": parquet(FRAME.set_index(FRAME.n + 3)),
        "stream.arrow": stream_bytes(table),
        "file.arrow": arrow_bytes(table),
        "t.feather": feather_bytes(FRAME),
        "t.npz": npz(**{n: FRAME[n].to_numpy(dtype=str if n == "color" else None) for n in FRAME}),
        "T.CSV": csv,
        "t.jsonl": lines_of(records),
        "t.ndjson": "\r\n\n".join(map(json.dumps, records)),
        "bom.jsonl": b"\xef\xbb\xbf" + lines_of(records).encode(),
        "t.jsonl.gz": gzip.compress(lines_of(records).encode()),
        "lines.json": lines_of(records),
        "t.json": json.dumps(records),
        "indented.json": json.dumps(records, indent=2),
        "t.json.gz": gzip.compress(json.dumps(records, separators=(",", ":")).encode()),
    }
    paths = [written(tmp_path / name, content) for name, content in contents.items()]
    return [*paths, saved, tmp_path / "shards", shards / "train-*.parquet"]


def test_every_format_gives_the_same_inputs_target_and_moments(tmp_path):
    for path in formats(tmp_path):
        rows = read_rows(path, Reading("y"))
        assert rows.names == ("a", "color=blue", "color=green", "flag", "n"), path
        assert np.array_equal(rows.inputs, EXPECTED), path
        assert np.array_equal(rows.target, FRAME.y), path
        assert (rows.read, rows.used, rows.numbers.tolist()) == (12, 12, list(range(1, 13)))
        assert any("column 'color': 3 words became 2 columns" in str(note) for note in rows.notes)
        moments = moments_of_table(path, Reading("y"))
        np.testing.assert_allclose(moments.mean, EXPECTED.mean(axis=0), atol=1e-12)
        np.testing.assert_allclose(moments.covariance, np.cov(EXPECTED.T, bias=True), atol=1e-12)
        np.testing.assert_allclose(moments.correlation, np.corrcoef(EXPECTED.T), atol=1e-12)
        centered = FRAME.y - FRAME.y.mean()
        np.testing.assert_allclose(moments.cross, EXPECTED.T @ centered, atol=1e-12)
        np.testing.assert_allclose(moments.target_mean, FRAME.y.mean(), atol=1e-12)
        np.testing.assert_allclose(moments.target_scatter, (centered**2).sum(), rtol=1e-12)


def test_what_is_done_is_said(tmp_path):
    text = "id,c,x,twin,shade,hue,gap,y,empty\n"
    for i in range(12):
        shade = "abb"[i % 3]
        text += (
            f"{9007199254740993 + i},7,{i}.5,{i}.50,{shade},{shade.upper()}?,{i if i % 4 else ''},{i * i + i % 3},\n"
        )
    rows = read_rows(written(tmp_path / "t.csv", text), Reading("y", missing="mean"))
    assert rows.names == ("id", "x", "shade=a", "gap")
    assert [str(note) for note in rows.notes] == [
        "column 'id': whole numbers beyond 2^53 were rounded; leave it out if they are names",
        "column 'c': left out: it is 7 in every row",
        "column 'twin': left out: it says the same as 'x' in every row",
        "column 'shade': 2 words became 1 column of 0 and 1; 'b', the most frequent, is 0 in all",
        "column 'hue': left out: it says the same as 'shade' in every row",
        "column 'gap': 3 missing of 12 filled with its mean, 6",
        "column 'empty': left out: it is empty in every row",
    ]
    left = read_rows(tmp_path / "t.csv", Reading("y", drop=["id", "empty"], missing="drop"))
    assert left.names == ("x", "shade=a", "gap")
    assert left.numbers.tolist() == [n for n in range(1, 13) if (n - 1) % 4]
    assert "3 of 12 rows left out, with missing entries in 'gap' (3)" in map(str, left.notes)
    assert "column 'id': left out, as asked" in map(str, left.notes)
    assert "separated by semicolons" in str(
        read_rows(written(tmp_path / "s.csv", GOOD.replace(",", ";")), Reading("y")).notes[0]
    )


MISSING = pd.DataFrame(
    {
        "x": [1.0, np.nan, 3.0, 8.0, 5.0, 6.0],
        "k": ["u", "v", None, "u", "w", "u"],
        "y": [1.0, 2.0, 4.0, np.nan, 7.0, 3.0],
    }
)


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl", "json"])
def test_missing_entries_are_refused_dropped_or_filled(kind, tmp_path):
    path = tmp_path / f"m.{kind}"
    records = [{key: value for key, value in row.items() if value == value} for row in MISSING.to_dict("records")]
    {
        "csv": lambda: MISSING.to_csv(path, index=False),
        "parquet": lambda: MISSING.to_parquet(path),
        "jsonl": lambda: path.write_text(lines_of(records)),  # a key that a record lacks is a gap
        "json": lambda: path.write_text(json.dumps(records)),
    }[kind]()
    with pytest.raises(Problem, match=r"missing entries in 3 of 6 rows: 'x' \(1\), 'k' \(1\), 'y' \(1\)"):
        read_rows(path, Reading("y"))
    with pytest.raises(Problem, match=r"3 rows of 6 without missing entries; missing: 'x' \(1\)"):
        read_rows(path, Reading("y", missing="drop"))
    filled = read_rows(path, Reading("y", missing="mean"))
    assert filled.names == ("x", "k=v", "k=w")
    mean = (1 + 3 + 5 + 6) / 4
    expected = [[1, 0, 0], [mean, 1, 0], [3, 0.25, 0.25], [5, 0, 1], [6, 0, 0]]
    np.testing.assert_allclose(filled.inputs, expected, atol=1e-12)
    assert filled.target.tolist() == [1, 2, 4, 7, 3]
    assert filled.numbers.tolist() == [1, 2, 3, 5, 6]
    assert "column 'y': 1 rows left out, which have no target" in map(str, filled.notes)
    moments = moments_of_table(path, Reading("y", missing="mean"))
    assert (moments.rows, moments.read) == (5, 6)
    np.testing.assert_allclose(moments.mean, filled.inputs.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(moments.covariance, np.cov(filled.inputs.T, bias=True), atol=1e-12)


def test_words_of_dropped_rows_are_forgotten(tmp_path):
    text = "k,j,x,y\nz,z,,1\n" + "".join(f"a,{'ab'[i % 2]},{i},{i * i}\n" for i in range(6))
    rows = read_rows(written(tmp_path / "t.csv", text), Reading("y", missing="drop"))
    assert rows.names == ("j=b", "x")
    assert [str(note) for note in rows.notes[:2]] == [
        "column 'k': left out: it is a in every row",
        "column 'j': 2 words became 1 column of 0 and 1; 'a', the most frequent, is 0 in all",
    ]


def test_numbers_that_name_groups_are_read_as_words(tmp_path):
    text = "zip,x,y\n" + "".join(f"{['01', '02', 'A3'][i % 3]},{i},{i * i % 7}\n" for i in range(9))
    path = written(tmp_path / "t.csv", text)
    assert "not numeric ('A3' in row 3, among numbers)" in problem_of(path)
    rows = read_rows(path, Reading("y", categories=["zip"]))
    assert rows.names == ("zip=02", "zip=A3", "x")
    frame = pd.DataFrame({"g": [3.0, 4.0, np.nan, 4.0, 3.0] * 2, "y": np.arange(10.0)})
    frame.to_parquet(tmp_path / "g.parquet")
    floats = read_rows(tmp_path / "g.parquet", Reading("y", categories=["g"], missing="mean"))
    assert floats.names == ("g=4",)
    assert floats.inputs[:3, 0].tolist() == [0, 1, 0.5]


def test_truth_as_target_and_types_of_numbers(tmp_path):
    text = "x,y\n" + "".join(f"{i},{i % 3 == 0}\n" for i in range(6))
    assert read_rows(written(tmp_path / "t.csv", text), Reading("y")).target.tolist() == [1, 0, 0, 1, 0, 0]
    half = pa.array(np.array([1, 2, 4, 8], np.float16))
    money = pa.array([1, 2, 3, 5]).cast(pa.decimal128(24, 2))
    whole = pa.array([1, 3, 2, 2**63 + 2], pa.uint64())
    table = pa.table({"half": half, "money": money, "whole": whole, "y": pa.array([1, 3, 1, 2], pa.int8())})
    rows = read_rows(written(tmp_path / "t.parquet", table_bytes(table)), Reading("y"))
    np.testing.assert_allclose(rows.inputs, [[1, 1, 1], [2, 2, 3], [4, 3, 2], [8, 5, 2.0**63]])
    assert "column 'whole': whole numbers beyond 2^53 were rounded" in str(rows.notes[0])
    big = npz(
        x=np.arange(5, dtype=">i4"),
        w=np.asfortranarray(np.arange(10.0).reshape(5, 2) ** 2),
        y=np.array([4, 3, 1, 2, 0]),
    )
    rows = read_rows(written(tmp_path / "t.npz", big), Reading("y"))
    assert rows.names == ("x", "w_0", "w_1")
    assert rows.inputs[4].tolist() == [4, 64, 81]


def hugging_face(classes):
    features = {"label": {"names": classes, "_type": "ClassLabel"}}
    table = pa.table({"x": np.arange(6.0) ** 2, "label": [0, 1, 2, 0, 0, 1], "y": np.arange(6.0)})
    return table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})


def test_classes_of_hugging_face_are_words_or_a_target(tmp_path):
    path = written(tmp_path / "t.parquet", table_bytes(hugging_face(["cat", "dog", "emu"])))
    assert read_rows(path, Reading("y")).names == ("x", "label=dog", "label=emu")
    rows = read_rows(path, Reading("label"))
    assert rows.target.tolist() == [0, 1, 2, 0, 0, 1]
    assert "classes are taken as their numbers: 'cat' is 0, 'dog' is 1, 'emu' is 2" in str(rows.notes[0])


def folder_problem(path):
    with pytest.raises(Problem) as caught:
        read_rows(path, Reading("y"))
    return str(caught.value).replace(str(path.parent), "")


def test_folders_that_are_no_single_table_are_refused(tmp_path):
    both = tmp_path / "both"
    (both / "train").mkdir(parents=True)
    written(both / "dataset_dict.json", '{"splits": ["train", "test"]}')
    assert "a folder of 2 splits: train, test\n  mend: give one of them, e.g. /both/train" in folder_problem(both)
    hub = tmp_path / "hub"
    hub.mkdir()
    for name in ("test-00000-of-00001.parquet", "train-00000-of-00001.parquet"):
        written(hub / name, parquet())
    assert "2 splits: test, train\n  mend: give one of them, e.g. /hub/train-*.parquet" in folder_problem(hub)
    assert "a folder without Parquet" in folder_problem(both / "train")
    odd = tmp_path / "odd"
    odd.mkdir()
    written(odd / "a.parquet", parquet())
    written(odd / "b.parquet", parquet(z=1))
    assert "odd/b.parquet: its columns differ from those of a.parquet: z" in folder_problem(odd)
    torn = tmp_path / "torn"
    torn.mkdir()
    written(torn / "state.json", '{"_data_files": [{"filename": "data-0.arrow"}]}')
    assert "data-0.arrow is missing" in folder_problem(torn)
    for state in ("{", "[]", '{"_data_files": []}', '{"_data_files": [{"filename": "../x.arrow"}]}'):
        written(torn / "state.json", state)
        assert "save the data set again" in folder_problem(torn)
    assert "there is no file of this name" in folder_problem(tmp_path / "none-*.parquet")
    assert "no such file" in folder_problem(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("reading", "said"),
    [
        ({"target": "Y"}, "t.csv: target: there is no column 'Y'\n  mend: known here: x, z, y"),
        ({"target": "y", "drop": ["zz"]}, "t.csv: drop: there is no column 'zz'\n  mend: did you mean z?"),
        ({"target": "y", "categories": ["zz"]}, "categories: there is no column 'zz'"),
        ({"target": "y", "drop": ["y"]}, "'y' is also left out"),
        ({"target": "y", "drop": ["x", "z"]}, "every column but 'y' is left out"),
        ({"target": "y", "missing": "mode"}, "'mode' is not known\n  mend: give one of refuse, drop, mean"),
        ({"target": "y", "levels": 1}, "1 different words"),
    ],
)
def test_requests_that_cannot_be_met(reading, said, tmp_path):
    with pytest.raises(Problem) as caught:
        read_rows(written(tmp_path / "t.csv", GOOD), Reading(**reading))
    assert said in str(caught.value)


def test_what_is_wrong_late_is_found_in_its_row(tmp_path):
    lines = ["x,y", *(f"{i}.000000,{i % 7}" for i in range(60_000))]  # several blocks of 256 kB
    path = tmp_path / "t.csv"
    for wrong, said in (
        ("oops,1", "column 'x' is not numeric ('oops' in row 50001)"),
        ("1,inf", "column 'y', the target, is infinite in row 50001"),
        ("1,2,3", "row 50001 has 3 values, the first line names 2"),
        ('"1,2', "a row of more than 262,144 bytes\n  mend: close every quotation mark"),
    ):
        lines[50_001] = wrong
        assert said in problem_of(written(path, "\n".join([*lines, *lines[1:]] if '"' in wrong else lines)))
    table = pa.table({"x": [*range(150_000), None], "y": [*range(1, 150_001), float("inf")]})
    written(tmp_path / "t.parquet", table_bytes(table))
    assert "infinite in row 150001" in problem_of(tmp_path / "t.parquet")


@pytest.mark.parametrize("new", [pa.ipc.new_file, pa.ipc.new_stream])
def test_an_arrow_file_of_one_batch_is_not_held_whole(new, tmp_path):
    count = 200_000
    columns = {"x": np.arange(count) % 11, "k": np.array(["a", "b", "c"])[np.arange(count) % 3], "y": np.arange(count)}
    table = pa.table({name: pa.array(column) for name, column in columns.items()})
    path = tmp_path / "t.arrow"
    with new(str(path), table.schema) as writer:
        writer.write_table(table)
    before, held, done = pa.total_allocated_bytes(), [], []
    for piece in open_source(path).pieces((0, 1, 2)):
        held.append(pa.total_allocated_bytes() - before)
        done.append((piece.first_row, piece.batch.num_rows))
        last = piece.done
    assert done == [(1, 65_536), (65_537, 65_536), (131_073, 65_536), (196_609, 3_392)]
    assert max(held) < path.stat().st_size / 20
    assert abs(last - path.stat().st_size) < 2000
    rows = read_rows(path, Reading("y"))
    assert rows.names == ("x", "k=b", "k=c")
    assert np.array_equal(rows.target, columns["y"])
    assert np.array_equal(rows.inputs, np.column_stack([columns["x"], columns["k"] == "b", columns["k"] == "c"]))
    wrong = table.set_column(2, "y", pa.array([*range(count - 1), np.inf]))
    with new(str(path), wrong.schema) as writer:
        writer.write_table(wrong)
    assert "infinite in row 200000" in problem_of(path)


def scattered():
    """Records whose keys, kinds of numbers and gaps change from one to the next, some over several lines."""
    rng = np.random.default_rng(8)
    for i in range(400):
        record = {
            "y": int(rng.integers(100)),
            "x": [i, i + 0.5, None][i % 3],
            "k": "caf\u00e9 }],{" if i % 5 else 'u"\n',
        }
        record |= {"late": i * i % 11} if i > 300 else {}
        yield dict(sorted(record.items(), key=lambda _: rng.random()))


@pytest.mark.parametrize("size", [7, 64, 1000, 1 << 19])
def test_records_are_the_same_however_they_are_cut(size, tmp_path, monkeypatch):
    monkeypatch.setattr("genloss.populations.tables.records._BLOCK", size)
    found = list(scattered())
    by_name = {name: [record.get(name) for record in found] for name in ("x", "late", "y", "k")}
    known = np.array([by_name["x"], by_name["late"], by_name["y"]], dtype=float)
    texts = {
        "t.jsonl": lines_of(found),
        "blank.jsonl": "\n\n" + lines_of(found).replace("\n", "\n \n"),
        "odd.jsonl": lines_of(found).replace('"x": 3,', '"x": "3",').replace('"x": 3}', '"x": "3"}'),
        "t.json": json.dumps(found),
        "i.json": " \n" + json.dumps(found, indent=1, ensure_ascii=False),
    }
    for name, text in texts.items():
        rows = read_rows(written(tmp_path / name, text), Reading("y", missing="mean"))
        assert (rows.read, rows.used) == (400, 400)
        place = {name: number for number, name in enumerate(rows.names)}
        assert place.keys() == {"x", "late", 'k=u"'} | ({"k=u"} & place.keys())
        assert np.array_equal(rows.target, known[2])
        for line in (0, 1):
            there = ~np.isnan(known[line])
            assert np.array_equal(rows.inputs[there, place[["x", "late"][line]]], known[line, there])


def test_what_is_wrong_in_a_late_record_is_said_with_row_and_line(tmp_path, monkeypatch):
    monkeypatch.setattr("genloss.populations.tables.records._BLOCK", 300)
    good = [json.dumps({"x": i, "y": i * i % 7}) for i in range(200)]
    for wrong, said in (
        ('{"x": 1, "y" 2}', "not JSON (Expecting ':' delimiter)"),
        ('{"x": 1, "y": 2, "x": 3}', "not JSON (the key 'x' stands twice)"),
        ("7", "not a record, but 7"),
        ('{"x": 1, "y": 2} {"x": 1, "y": 2', "not JSON (Expecting ',' delimiter)"),
    ):
        both = [*good[:150], wrong, *good[150:]]
        more = "} {" in wrong
        assert f"row {151 + more}, line 152: {said}" in problem_of(
            written(tmp_path / "t.jsonl", "\n" + "\n".join(both))
        )
        if not more:
            text = "[\n" + ",\n".join(both) + "\n]"
            assert f"row 151, line 152: {said}" in problem_of(written(tmp_path / "t.json", text))
    digits = f'[{{"x": 1, "y": {"9" * 5000}}}]'
    assert "row 1, line 1: not JSON (Exceeds the limit (4300 digits)" in problem_of(
        written(tmp_path / "t.json", digits)
    )
    late = "\n".join([*good, '{"x": "oops", "y": 1}']).encode()
    assert "column 'x' is not numeric ('oops' in row 201)" in problem_of(written(tmp_path / "t.jsonl", late))
    assert "line 202 is not in UTF-8" in problem_of(written(tmp_path / "t.jsonl", late + b'\n{"x": "\xe9"}'))
    text = "[" + ", ".join(good) + "\n" + good[0] + "]"
    assert "row 200, line 1: no comma after it" in problem_of(written(tmp_path / "t.json", text))
    monkeypatch.setattr("genloss.populations.tables.records._LONGEST", 1000)
    long = '{"x": 1, "k": "' + "z" * 5000 + '", "y": 1}\n'
    assert "a record of more than 1,000 bytes (row 1)" in problem_of(written(tmp_path / "t.jsonl", long))
    monkeypatch.setattr("genloss.populations.tables.records._MOST_COLUMNS", 20)
    many = json.dumps([{f"k{i}": 1, "y": i} for i in range(50)])
    assert "more than 20 different keys" in problem_of(written(tmp_path / "t.json", many))


def test_a_row_of_many_small_pieces_keeps_its_number(tmp_path):
    table = pa.table({"x": [*range(1000), float("inf"), 7], "y": [*range(1, 1002), 3]})
    written(tmp_path / "t.arrow", arrow_bytes(table))  # pieces of 5 rows
    assert "infinite in row 1001" in problem_of(tmp_path / "t.arrow")


def test_arrays_that_lie_about_themselves_are_refused(tmp_path):
    offsets, content = np.arange(5, dtype=np.int32).tobytes(), b"a\xffbc"
    text = pa.Array.from_buffers(pa.string(), 4, [None, pa.py_buffer(offsets), pa.py_buffer(content)])
    places = pa.array([0, 1, 9, 1], pa.int32())
    outside = pa.DictionaryArray.from_arrays(places, pa.array(["a", "b"]), safe=False)
    for number, column in enumerate((text, outside)):
        table = pa.table({**FOUR, "k": column})
        for ending, write in (("arrow", arrow_bytes), ("parquet", table_bytes)):
            if number and ending == "parquet":
                continue  # pyarrow does not write it
            assert "not a whole" in problem_of(written(tmp_path / f"{number}.{ending}", write(table)))


def test_progress_goes_to_the_end_and_the_hash_is_the_files(tmp_path):
    for path in formats(tmp_path):
        seen = []
        read_rows(path, Reading("y"), progress=lambda done, total, seen=seen: seen.append((done, total)))
        assert seen == sorted(seen), path
        assert seen[-1][0] == seen[-1][1] > 0, path
        if path.is_file():
            assert file_hash(path) == bytes_hash(path.read_bytes())
    shards = sorted((tmp_path / "shards" / "data").iterdir())
    assert file_hash(tmp_path / "shards") == joint_hash(bytes_hash(shard.read_bytes()) for shard in shards)


def test_rows_become_a_pool(tmp_path):
    FRAME.to_parquet(tmp_path / "t.parquet")
    rows = read_rows(tmp_path / "t.parquet", Reading("y"))
    pool = table_pool("mine", rows.table(), target="y", noise=0.1, held_out=4, seed=5, rows=None)
    assert pool.inputs.shape == (8, 5)


def test_a_scan_gives_both_and_a_sample_needs_a_generator(tmp_path):
    path = written(tmp_path / "t.csv", GOOD)
    moments, rows = scan_table(path, Reading("y"), rows=3, rng=np.random.default_rng(1))
    assert (moments.rows, len(rows.target), rows.used) == (8, 3, 8)
    assert moments.names == rows.names
    with pytest.raises(Problem, match="give a number and `rng`"):
        read_rows(path, Reading("y"), rows=3)


def test_what_follows_a_list_is_not_lost(tmp_path):
    records = "[" + ", ".join(f'{{"x": {i}, "y": {i * i}}}' for i in range(4)) + "]"
    for more in ("\n[{}]", " oops", '\n{"x": 9, "y": 1}'):
        assert "more after the ]" in str(problem_of(written(tmp_path / "two.json", records + more)))
    assert read_rows(written(tmp_path / "one.json", records + " \n\n"), Reading("y")).inputs.shape == (4, 1)


def test_long_numbers_in_records_keep_their_names(tmp_path):
    path = written(
        tmp_path / "ids.jsonl", "".join(f'{{"id": {2**64 + i % 5}, "a": {i}, "y": {i % 3}}}\n' for i in range(20))
    )
    assert read_rows(path, Reading("y", categories="id")).inputs.shape == (20, 5)
    assert any("once rounded" in str(note) for note in read_rows(path, Reading("y")).notes)


def test_dates_late_in_a_column_of_words_are_words(tmp_path, monkeypatch):
    monkeypatch.setattr("genloss.populations.tables.records._BLOCK", 200)
    lines = [
        f'{{"s": "{word}", "x": {i}, "y": {i * i % 11}}}\n'
        for i, word in enumerate(["hello"] * 25 + ["2020-01-01"] * 9)
    ]
    assert read_rows(written(tmp_path / "late.jsonl", "".join(lines)), Reading("y")).inputs.shape == (34, 2)


def test_splits_of_usual_names_are_not_joined(tmp_path):
    for name in ("train", "test"):
        pd.DataFrame({"x": np.arange(9.0), "y": np.arange(9.0) ** 2}).to_parquet(tmp_path / f"{name}.parquet")
    assert "2 splits" in str(problem_of(tmp_path))
    with pytest.raises(Problem, match="levels"):
        Reading("y", levels=2.5)


def test_rows_written_as_keys_are_told_in_a_short_line(tmp_path):
    said = str(problem_of(written(tmp_path / "keys.json", pd.DataFrame({"x": range(400), "y": range(400)}).to_json())))
    assert len(said) < 400
    assert 'orient="records"' in said
