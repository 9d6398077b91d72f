"""Is a user's file read as it is, and is what cannot be used refused by file, column and row?"""

import gzip
import io
import pickle

import numpy as np
import pandas as pd
import pytest

from genloss import Problem
from genloss.populations.forms import bytes_hash, joint_hash
from genloss.populations.idx import encode
from genloss.populations.table_file import read_table

GOOD = "x,z,y\n" + "".join(f"{i},{i * i},{2 * i}\n" for i in range(6))
FRAME = pd.DataFrame({"x": [1, 2, 3, 4], "y": [1.0, 2.0, 3.0, 4.5]})
IMAGES = encode(np.arange(20, dtype=np.uint8).reshape(5, 2, 2))


def parquet(**columns):
    buffer = io.BytesIO()
    FRAME.assign(**columns).to_parquet(buffer)
    return buffer.getvalue()


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


BAD = {
    "misspelled target.csv": GOOD.replace("y", "yield", 1).replace("z", "yy", 1),
    "empty.csv": "",
    "header alone.csv": "x,y\n",
    "three rows.csv": "x,y\n1,2\n3,4\n5,6\n",
    "no header.csv": "1,2\n3,4\n5,6\n",
    "text.csv": GOOD + "red,1,2\n",
    "missing.csv": GOOD + ",1,2\n",
    "infinite.csv": GOOD + "1,inf,2\n",
    "one column.csv": "y\n1\n2\n3\n4\n",
    "semicolons.csv": "x;y\n1;2\n3;4\n",
    "name twice.csv": "y,y,x\n1,2,3\n",
    "no name.csv": "x,y,\n1,2,\n",
    "long row.csv": GOOD + "1,2,3,4\n",
    "long rows.csv": "x,y\n" + "1,2,3\n" * 5,
    "torn.csv": 'x,y\n"1,2\n3',
    "latin.csv": b"x,y\n\xff\xfe,1\n",
    "sheet.xlsx": "x",
    "truncated.parquet": parquet()[:-20],
    "categories.parquet": parquet(k=pd.Categorical(list("abab"))),
    "dates.parquet": parquet(k=pd.Timestamp("2020-01-01")),
    "gap.parquet": parquet(k=pd.array([1, None, 2, 3], dtype="Int64")),
    "truncated.npz": npz(x=np.ones(5), y=np.arange(5))[:-30],
    "empty.npz": b"",
    "objects.npz": npz(x=np.array([1, "a", None, 2], dtype=object), y=np.arange(4)),
    "pickle.npz": pickle.dumps([1]),
    "one array.npz": npy(np.ones(3)),
    "lengths.npz": npz(x=np.ones(4), y=np.arange(5)),
    "deep.npz": npz(x=np.ones((4, 2, 2)), y=np.arange(4)),
    "words.npz": npz(x=np.array(list("abcd")), y=np.arange(4)),
    "complex.npz": npz(x=np.ones(4) * 1j, y=np.arange(4)),
    "clash.npz": npz(x_0=np.ones(5), x=np.ones((5, 2)), y=np.arange(5)),
}


def problem_of(path, target="y"):
    with pytest.raises(Problem) as caught:
        read_table(path, target=target)
    return str(caught.value).replace(f"{path.parent}/", "")


def test_messages(tmp_path, golden):
    said = []
    for name, content in BAD.items():
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        message = problem_of(path)
        # What pandas and pyarrow say in brackets is theirs to change.
        said.append(message if "(" not in message or "not a whole" not in message else _ours(message))
    golden("table-messages.txt", "\n\n".join(said) + "\n")


def _ours(message):
    found, mend = message.split("\n")
    return f"{found.split(' (')[0]} (...)\n{mend}"


IDX_BAD = {
    "torn-idx3-ubyte": (IMAGES[:-1], "35 bytes, but its header says 5 x 2 x 2, which takes 36"),
    "magic-idx3-ubyte": (b"PK34", "not an IDX file: it begins with 50 4b 33 34"),
    "header-idx3-ubyte": (IMAGES[:6], "6 bytes, too few for its own header of 16"),
    "empty-idx3-ubyte": (b"", "it begins with nothing"),
    "gzip-idx3-ubyte.gz": (gzip.compress(IMAGES)[:-6], "not a whole gzip file"),
    "more-idx3-ubyte": (encode(np.ones((6, 2, 2), np.uint8)), "has 5 rows"),
}


@pytest.mark.parametrize("name", IDX_BAD)
def test_bad_idx_files_are_refused(name, tmp_path):
    content, said = IDX_BAD[name]
    (tmp_path / name).write_bytes(content)
    (tmp_path / "labels").write_bytes(encode(np.arange(5, dtype=np.uint8)))
    assert said in problem_of(tmp_path / name, "labels")


def test_idx_labels_must_be_there_and_be_labels(tmp_path):
    path = tmp_path / "i-idx3-ubyte"
    path.write_bytes(IMAGES)
    assert "for IDX, give as target the file of labels" in problem_of(path, "none")
    assert "has the shape (5, 2, 2)" in problem_of(path, path.name)
    assert "no such file" in problem_of(tmp_path / "none.csv")


@pytest.mark.parametrize("kind", ["csv", "parquet", "npz"])
def test_the_same_numbers_come_from_every_format(kind, tmp_path):
    path = tmp_path / f"mine.{kind}"
    if kind == "csv":
        FRAME.to_csv(path, index=False)
    else:
        path.write_bytes(parquet() if kind == "parquet" else npz(x=FRAME["x"], y=FRAME["y"]))
    loaded = read_table(path, target="y")
    assert loaded.data.columns == ("x", "y")
    assert np.array_equal(loaded.data.values, FRAME.to_numpy())
    assert loaded.sha256 == bytes_hash(path.read_bytes())


def test_booleans_and_gzip_idx_are_read(tmp_path):
    (tmp_path / "b.parquet").write_bytes(parquet(k=[True, False, True, True]))
    assert read_table(tmp_path / "b.parquet", target="y").data.values[:, 2].tolist() == [1, 0, 1, 1]
    labels = encode(np.arange(5, dtype=np.uint8))
    (tmp_path / "labels").write_bytes(labels)
    (tmp_path / "i-idx3-ubyte.gz").write_bytes(gzip.compress(IMAGES))
    loaded = read_table(tmp_path / "i-idx3-ubyte.gz", target="labels")
    assert loaded.data.columns == ("pixel_0", "pixel_1", "pixel_2", "pixel_3", "labels")
    assert loaded.data.values[1].tolist() == [4, 5, 6, 7, 1]
    assert loaded.sha256 == joint_hash([bytes_hash(IMAGES), bytes_hash(labels)])
