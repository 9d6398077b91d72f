"""Is everything that cannot be read to an end refused wherever a file is read?"""

import ast
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import genloss
from genloss.advise.comparison.files import read_files
from genloss.errors import Problem
from genloss.ordinary import content, ordinary
from genloss.populations.idx import content_of
from genloss.populations.tables import read_rows
from genloss.populations.tables.reading import Reading
from genloss.results.cells import Store
from genloss.results.store import read_json
from genloss.study import Study
from genloss.study.runner.parts import Parts

SOURCE = Path(genloss.__file__).parent
_OPENERS = ("read_bytes", "read_text", "ZipFile", "ParquetFile", "OSFile", "memory_map")
_OTHERS = {  # openings of what is no file of the user's
    ("models/codec.py", "Image.open(held)"): "bytes in memory",
    ("room.py", "limit.read_text(encoding='ascii')"): "what the kernel says of a container",
    (
        "results/files.py",
        "Path(f'/proc/{process}/stat').read_text(encoding='ascii', errors='replace')",
    ): "what the kernel says of a process",
    ("ordinary.py", "path.read_bytes()"): "the guard itself",
    ("populations/own_rows/stored.py", "np.load(io.BytesIO(content), allow_pickle=False)"): "bytes in memory",
    (
        "results/files.py",
        "os.open(path, os.O_RDONLY | getattr(os, 'O_NONBLOCK', 0))",
    ): "refuses what is none",
    ("populations/tables/arrays.py", "file.open(member)"): "a member of an archive that is open",
    ("populations/tables/arrays.py", "file.open(array.member)"): "a member of an archive that is open",
    ("explore/pages.py", "each.place.read_bytes()"): "a file of this package",
    ("populations/packaged.py", "np.loadtxt(DATA_PATH, delimiter=',', dtype=np.uint8)"): "a file of a package",
}


def _openings() -> Iterator[tuple[str, str]]:
    """Return every call in the source that opens a file for reading, by file."""
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if not any(name in text for name in (*_OPENERS, "open", "np.load", "np.fromfile")):
            continue
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            modes = [str(each.value) for each in node.args if isinstance(each, ast.Constant)]
            reads = name == "open" and not any(mode.startswith(("w", "a", "x")) for mode in modes)
            if name in _OPENERS or reads or ast.unparse(node.func) in ("np.load", "np.loadtxt", "np.fromfile"):
                yield path.relative_to(SOURCE).as_posix(), ast.unparse(node)


def test_every_opening_is_guarded():
    found = list(_openings())
    assert len(found) > 15
    bare = [each for each in found if "ordinary(" not in each[1] and each not in _OTHERS]
    assert not bare
    assert {*_OTHERS} <= {*found}, "an exception that is none any more"


def _population(path: Path) -> dict[str, object]:
    return {"kind": "table", "file": str(path), "target": "y", "noise": 0.1}


def _study(population: dict[str, object]) -> Study:
    rules = {"kind": "replace", "rows": 9}
    tables = {"population": population, "workflow": rules, "generator": {"kind": "ridge", "penalty": 0.1}}
    return Study.from_dict({"generations": 1, "replicates": 2, **tables})


def _spectrum(path: Path) -> Study:
    given = {"kind": "linear_gaussian", "dim": 3, "noise": 0.1, "spectrum": {"file": str(path)}}
    return _study(given)


def _text(path: Path) -> Study:
    return Study.from_dict(
        {
            "generations": 1,
            "replicates": 2,
            "population": {"kind": "text", "file": str(path)},
            "workflow": {"kind": "replace", "rows": 9},
        }
    )


DOORS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "study": ("a.toml", Study.load),
    "rules": ("a.toml", lambda path: read_files([path])),
    "result": ("a.json", lambda path: read_json(path, "result/1", "a result")),
    "idx": ("a-idx3", content_of),
    "spectrum": ("a.npy", _spectrum),
    "text": ("a.txt", _text),
    "table of a study": ("a.csv", lambda path: _study(_population(path))),
} | {
    f"table{end}": (f"a{end}", lambda path: read_rows(path, Reading("y")))
    for end in (".csv", ".csv.gz", ".json", ".jsonl", ".npz", ".parquet", ".arrow")
}


@pytest.fixture(params=["device", "pipe", "kernel"])
def special(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "pipe":
        os.mkfifo(tmp_path / "pipe")
        return tmp_path / "pipe"
    path = Path({"device": "/dev/zero", "kernel": "/proc/cpuinfo"}[request.param])
    if not path.exists():
        pytest.skip(f"no {path} here")
    return path


@pytest.mark.parametrize("door", DOORS)
def test_what_does_not_end_is_refused(door: str, special: Path, tmp_path: Path):
    name, read = DOORS[door]
    link = tmp_path / name
    link.symlink_to(special)
    with pytest.raises(Problem, match="not a file that ends") as told:
        read(link)
    assert "copy what it gives into a file" in told.value.mend
    assert "cannot be read" not in told.value.found


def test_a_store_computes_again_what_does_not_end(special: Path, tmp_path: Path):
    store = Store(tmp_path)
    store.path("aa11").parent.mkdir()
    store.path("aa11").symlink_to(special)
    assert store.read("aa11") is None
    (tmp_path / "parts" / "x").mkdir(parents=True)
    (tmp_path / "parts" / "x" / "0-0.npy").symlink_to(special)
    assert Parts(tmp_path, "x", 1).read(range(1)) is None


def test_a_link_to_a_file_is_a_file_and_a_folder_is_left_alone(tmp_path: Path):
    (tmp_path / "real").write_text("x", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert content(tmp_path / "link") == b"x"
    assert ordinary(tmp_path) == tmp_path
    assert ordinary(tmp_path / "none") == tmp_path / "none"


def test_a_text_that_is_too_large_is_refused_unread(tmp_path: Path):
    path = tmp_path / "a.toml"
    with path.open("wb") as file:
        file.truncate(100_000_001)
    with pytest.raises(Problem, match="100,000,001 bytes, where at most 100,000,000 are read"):
        Study.load(path)
