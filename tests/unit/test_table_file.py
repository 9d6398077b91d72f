"""Does a study find the numbers of a user's table, and of IDX files, as they are? (Formats: test_user_tables.py.)"""

import gzip
import io

import numpy as np
import pandas as pd
import pytest

from genloss import Problem
from genloss.populations.forms import bytes_hash, joint_hash
from genloss.populations.idx import encode
from genloss.populations.table_file import read_table

GOOD = "x,z,y\n" + "".join(f"{i},{i * i},{2 * i % 5}\n" for i in range(6))
FRAME = pd.DataFrame({"x": [1, 2, 3, 4], "y": [1.0, 2.0, 3.0, 4.5]})
IMAGES = encode(np.arange(20, dtype=np.uint8).reshape(5, 2, 2))
NAN = b"\0\0\x0d" + IMAGES[3:16] + np.full(20, np.nan, ">f4").tobytes()


def parquet(**columns):
    buffer = io.BytesIO()
    FRAME.assign(**columns).to_parquet(buffer)
    return buffer.getvalue()


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def problem_of(path, target="y"):
    with pytest.raises(Problem) as caught:
        read_table(path, target=target)
    return str(caught.value).replace(f"{path.parent}/", "")


def test_a_problem_of_the_target_is_told_from_one_of_the_file(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(GOOD.replace("y", "yield", 1).replace("z", "yy", 1))
    assert problem_of(path) == "population.target: there is no column 'y'\n  mend: did you mean yy?"
    path.write_text(GOOD + "1,inf,2\n")
    assert problem_of(path).startswith("t.csv: column 'z' is infinite in row 7")


def test_what_was_done_travels_with_the_table(tmp_path):
    parquet_with_words = parquet(k=list("abab"), same=7)
    (tmp_path / "t.parquet").write_bytes(parquet_with_words)
    loaded = read_table(tmp_path / "t.parquet", target="y")
    assert loaded.data.columns == ("x", "k=b", "y")
    assert "column 'same': left out: it is 7 in every row" in loaded.notes


IDX_BAD = {
    "torn-idx3-ubyte": (IMAGES[:-1], "35 bytes, but its header says 5 x 2 x 2, which takes 36"),
    "magic-idx3-ubyte": (b"PK34", "not an IDX file: it begins with 50 4b 33 34"),
    "header-idx3-ubyte": (IMAGES[:6], "6 bytes, fewer than the 16 of its own header"),
    "empty-idx3-ubyte": (b"", "it begins with nothing"),
    "gzip-idx3-ubyte.gz": (gzip.compress(IMAGES)[:-6], "not a whole gzip file"),
    "nan-idx3-ubyte": (NAN, "no finite numbers"),
    "more-idx3-ubyte": (encode(np.ones((6, 2, 2), np.uint8)), "6 images and 5 labels"),
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
    assert read_table(tmp_path / "b.parquet", target="y").data.values[:, 1].tolist() == [1, 0, 1, 1]
    labels = encode(np.arange(5, dtype=np.uint8))
    (tmp_path / "labels").write_bytes(labels)
    (tmp_path / "i-idx3-ubyte.gz").write_bytes(gzip.compress(IMAGES))
    loaded = read_table(tmp_path / "i-idx3-ubyte.gz", target="labels")
    assert loaded.data.columns == ("pixel_0", "pixel_1", "pixel_2", "pixel_3", "labels")
    assert loaded.data.values[1].tolist() == [4, 5, 6, 7, 1]
    assert loaded.sha256 == joint_hash([bytes_hash(IMAGES), bytes_hash(labels)])
