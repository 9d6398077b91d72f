"""Is every file written whole, through links, over nothing but files, and over no one else's unasked?"""

import ast
import errno
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tomli_w
from helpers import tiny

import genloss
from genloss import Problem
from genloss.cli.main import run_command
from genloss.results import files
from genloss.results.files import checked_file, read_regular, sweep, write_atomically
from genloss.results.marks import Mark, mark_of, marked
from genloss.study import explain

pytestmark = pytest.mark.usefixtures("without_pictures")

SRC = Path(genloss.__file__).parent
STUDY = tiny(predictor=None, generator={"kind": "ridge", "penalty": 0.1})
ROWS = "x,y\n" + "\n".join(f"{i * 37 % 23},{i * 37 % 23 + i * 17 % 7}" for i in range(40)) + "\n"
ATTRIBUTE = ["--data", "rows.csv", "--repetitions", "2", "--many", "4", "--quiet"]
SHARE = ["--real", "rows.csv", "--generator", "made.csv", "--quiet"]
PLAN = ["--open", "penalty", "--replicates", "50", "--quiet"]
FORECAST = ["--target", "y", "--generations", "1", "--replicates", "50", "--quiet"]


def names(folder):
    return sorted(path.name for path in folder.rglob("*"))


def halves(folder):
    return [path for path in folder.rglob("*") if path.name.endswith(".part")]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.toml").write_text(tomli_w.dumps(STUDY))
    (tmp_path / "other.toml").write_text(tomli_w.dumps(STUDY | {"seed": 4}))
    (tmp_path / "rows.csv").write_text(ROWS)
    (tmp_path / "made.csv").write_text(ROWS.replace("\n", "7\n").replace("7\n", "\n", 1))
    return tmp_path


# links and what is no file


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_its_target_gets_the_content(there, tmp_path):
    (tmp_path / "far").mkdir()
    target, link, second = tmp_path / "far" / "target.txt", tmp_path / "link.txt", tmp_path / "second.txt"
    if there:
        target.write_text("old")
        target.chmod(0o640)
    link.symlink_to("far/target.txt")
    second.symlink_to(link)
    write_atomically(second, "new")
    assert link.is_symlink()
    assert second.is_symlink()
    assert target.read_text() == "new"
    assert not there or target.stat().st_mode & 0o777 == 0o640
    assert names(tmp_path) == ["far", "link.txt", "second.txt", "target.txt"]


def made(kind, path):
    if kind == "a folder":
        path.mkdir()
    elif kind == "a named pipe":
        os.mkfifo(path)
    elif kind == "a socket":
        path.symlink_to(os.path.relpath(_socket(path.parent), path.parent))
    elif kind == "links":
        path.symlink_to(path.name)
    else:
        path.symlink_to({"a device": "/dev/null", "a stream": "/dev/stdout"}[kind])


def _socket(folder):
    bound = socket.socket(socket.AF_UNIX)
    before = Path.cwd()
    os.chdir(folder)  # a socket's name is short
    try:
        bound.bind("s")
    finally:
        os.chdir(before)
        bound.close()
    return folder / "s"


KINDS = {
    "a folder": "is a folder where a file must stand",
    "a named pipe": "is a named pipe where a file must stand",
    "a socket": "is a socket where a file must stand",
    "a device": "is not a place for a file",
    "a stream": "is not a place for a file",
    "links": "Too many levels",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("force", [True, False])
def test_what_is_no_file_is_refused_and_stays(kind, force, tmp_path):
    path = tmp_path / "a.json"
    made(kind, path)
    before = (names(tmp_path), path.lstat().st_mode, Path("/dev/null").stat().st_mode)
    with pytest.raises(Problem, match=KINDS[kind]):
        write_atomically(path, "new")
    with pytest.raises(Problem, match=KINDS[kind]):
        Mark("study 1", force=force).leave(path, "{\n}")
    assert (names(tmp_path), path.lstat().st_mode, Path("/dev/null").stat().st_mode) == before


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "words",
    [
        ["predict", "study.toml", "--json", "a.json"],
        ["predict", "study.toml", "--out", "a.json"],
        ["simulate", "study.toml", "--out", "a.json"],
        ["plan", "study.toml", *PLAN, "--picture", "a.png"],
        ["forecast", "rows.csv", *FORECAST, "--page", "a.html"],
        ["run", "study.toml", "--out", "r"],
        ["datasets", "--json", "a.json"],
    ],
)
def test_commands_refuse_it_before_any_work(kind, words, here, capsys):
    place = here / ("r/rows.json" if words[0] == "run" else words[-1])
    place.parent.mkdir(exist_ok=True)
    if kind == "a folder" and words[2:3] == ["--out"] and words[0] != "run":
        return  # a folder is a place for an answer
    made(kind, place)
    before = names(here)
    assert run_command(words) == 2
    said = capsys.readouterr()
    assert "error: " in said.err
    assert "Traceback" not in said.err
    assert not said.out
    assert names(here) == before


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1"])
def test_standard_output_gets_data_by_every_name(name, capsys):
    assert run_command(["predict", "study.toml", "--quiet", "--json", name]) == 0
    assert capsys.readouterr().out.startswith('{\n "schema": "result/1"')


def test_a_pipe_is_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="is a named pipe"):
        read_regular(tmp_path / "pipe", most=9)
    assert mark_of(tmp_path / "pipe", ".json") is None
    (tmp_path / "long").write_bytes(b"0123456789")
    with pytest.raises(OSError, match="longer than 9 bytes"):
        read_regular(tmp_path / "long", most=9)


# whole or not at all


@pytest.mark.parametrize("step", ["write", "fsync", "rename", "folder"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT])
def test_a_disk_that_fails_leaves_what_was_there_and_nothing_else(step, code, tmp_path, monkeypatch):
    def failing(*_args, **_more):
        raise OSError(code, os.strerror(code))

    old = tmp_path / "old.txt"
    old.write_text("old")
    with monkeypatch.context() as patch:
        match step:
            case "write":
                patch.setattr(files, "write_new", lambda half, _data: (half.write_bytes(b"ha"), failing()))
            case "fsync":
                patch.setattr(os, "fsync", failing)
            case "rename":
                patch.setattr(Path, "replace", failing)
            case "folder":
                patch.setattr(Path, "mkdir", failing)
        for path in (old, tmp_path / "deep" / "er" / "new.txt"):
            with pytest.raises(Problem, match=f"cannot be written: {os.strerror(code)}"):
                write_atomically(path, "new")
    assert names(tmp_path) == ["old.txt"]
    assert old.read_text() == "old"


def test_what_a_killed_writer_left_is_swept_by_the_next_in_that_folder(tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "link.txt").symlink_to("far/target.txt")
    code = (
        "import os, sys, pathlib\nfrom genloss.results import files\n"
        "files.os.fsync = lambda _: os.kill(os.getpid(), 9)\n"
        "files.write_atomically(pathlib.Path(sys.argv[1]), 'half')"
    )
    for name in ("a.txt", "link.txt"):
        killed = subprocess.run([sys.executable, "-c", code, str(tmp_path / name)], check=False)
        assert killed.returncode == -9
    assert len(halves(tmp_path)) == 2
    for name in ("b.txt", "link.txt"):
        write_atomically(tmp_path / name, "whole")
    assert halves(tmp_path) == []
    assert names(tmp_path) == ["b.txt", "far", "link.txt", "target.txt"]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no list of processes here")
def test_what_a_writer_left_is_swept_though_nobody_has_asked_how_it_ended(tmp_path):
    # As in a container whose first process waits for nobody.
    writer = subprocess.Popen([sys.executable, "-S", "-c", ""])
    half = tmp_path / f".genloss-{files._host()}-{writer.pid}-00000000.part"
    half.write_text("half")
    until = time.monotonic() + 20
    while half.exists() and time.monotonic() < until:
        sweep(tmp_path)
    assert not half.exists()
    assert writer.wait() == 0


def test_a_sweep_leaves_others_files_and_writers_at_work(tmp_path):
    host = files._host()
    kept = [
        f".genloss-{host}-{os.getpid()}-00000000.part",  # at work
        f".genloss-00000000-{2**22 + 1}-00000000.part",  # of another machine
        ".a.txt.99999999-1.part",
        "movie.part",
    ]
    for name in [*kept, f".genloss-{host}-{2**22 + 1}-00000000.part", ".genloss-00000000-7-11111111.part"]:
        (tmp_path / name).write_text("half")
    os.utime(tmp_path / ".genloss-00000000-7-11111111.part", (0, 0))
    sweep(tmp_path)
    assert names(tmp_path) == sorted(kept)


def test_a_file_that_came_meanwhile_is_asked_about(tmp_path, monkeypatch):
    path = tmp_path / "a.md"
    linked = files._linked

    def late(half, target):
        target.write_text("foreign")
        return linked(half, target)

    monkeypatch.setattr(files, "_linked", late)
    with pytest.raises(Problem, match="bears no mark"):
        Mark("study 1").leave(path, "ours")
    assert path.read_text() == "foreign"
    assert names(tmp_path) == ["a.md"]


def test_what_may_only_be_read_is_refused(tmp_path, monkeypatch):
    (tmp_path / "a").write_text("old")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(Problem, match="it may only be read"):
        checked_file(tmp_path / "a")


# whose file it is


ENDINGS = (".html", ".json", ".csv", ".parquet", ".md", ".png", ".svg")


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_answer_replaces_its_own_study_and_no_other(ending, tmp_path):
    one, other = genloss.predict(STUDY), genloss.predict(STUDY | {"seed": 4})
    path = one.save(tmp_path / f"a{ending}")
    first = path.read_bytes()
    assert mark_of(path, ending) == f"study {one.rows[0].study}"
    genloss.predict(STUDY | {"question": "Again?"}).save(path)  # the question is no part of what is asked
    one.save(path)
    with pytest.raises(Problem, match="answers something else") as caught:
        other.save(path)
    assert "force=True" in caught.value.mend
    assert path.read_bytes() == first
    other.save(path, force=True)
    assert mark_of(path, ending) == f"study {other.rows[0].study}"


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    "content", [b"", b"mine", b"study,cell\n", b"{}", b"<!doctype html>", b"\x89PNG" * 9, b"\0" * 99]
)
def test_a_foreign_file_stays(ending, content, tmp_path):
    path = tmp_path / f"a{ending}"
    path.write_bytes(content)
    with pytest.raises(Problem, match="is there already"):
        genloss.predict(STUDY).save(path)
    assert path.read_bytes() == content


def test_answers_without_a_study_replace_their_like_only(tmp_path):
    told = explain(STUDY)
    told.save(tmp_path / "a.md")
    genloss.predict(STUDY).save(tmp_path / "a.md")  # of the same study
    told.draw(tmp_path / "b.png")
    told.draw(tmp_path / "b.png")
    with pytest.raises(Problem, match="answers something else"):
        explain(STUDY | {"seed": 9}).draw(tmp_path / "b.png")
    flows = {"a": genloss.workflows.replace(20), "b": genloss.workflows.accumulate(20)}
    one = genloss.compare(flows, generations=2, replicates=20)
    one.save(tmp_path / "c.csv")
    one.save(tmp_path / "c.csv")  # the same bytes
    with pytest.raises(Problem, match="no place for a mark"):
        genloss.compare(flows, generations=2, replicates=30).save(tmp_path / "c.csv")


def test_marks_are_where_no_reader_looks():
    for ending, content in {".json": b"[1, {}]", ".html": b"<p>", ".svg": b"<svg>", ".txt": b"a"}.items():
        assert marked(content, ending, "study 1") == content  # not of our making: as it is
    assert marked(b'{\n "a": 1\n}', ".json", "study 1") == b'{\n "mark": "study 1",\n "a": 1\n}'


COMMANDS = {
    "attribute": (["GaussianMixture", *ATTRIBUTE], ["KernelDensity", *ATTRIBUTE]),
    "share": (["rows.csv", *SHARE, "--drop", "x"], ["rows.csv", *SHARE]),
    "predict": (["study.toml", "--quiet"], ["other.toml", "--quiet"]),
    "simulate": (["study.toml", "--quiet"], ["other.toml", "--quiet"]),
    "explain": (["study.toml", "--quiet"], ["other.toml", "--quiet"]),
    "ledger": (["own", "--quiet"], ["mine", "--quiet"]),
    "plan": (["study.toml", *PLAN], ["other.toml", *PLAN]),
    "forecast": (["rows.csv", *FORECAST], ["rows.csv", *FORECAST, "--target", "x"]),
    "reproduce": (["2412.17646/upper-bound", "--quiet"], ["2410.16713/linear-regression-as-published", "--quiet"]),
    "verifier": (["rows.csv", "--target", "y", "--quiet"], ["rows.csv", "--target", "x", "--quiet"]),
    "compare": (["study.toml", "--replicates", "20"], ["flow.toml", "--replicates", "20"]),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_it_will_not_replace_and_the_way_out_works(name, here, capsys):
    (here / "flow.toml").write_text('[workflow]\nkind = "replace"\nrows = 31\n')
    for name_of_record in ("own", "mine"):
        (here / name_of_record).mkdir()
        (here / name_of_record / "ledger.csv").write_text("generation,data,made_by,rows\na,r,real,9\n")
    first, second = COMMANDS[name]
    where = ["--json", "a.json", "--out", "folder"]
    assert run_command([name, *first, *where]) == 0
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    assert run_command([name, *first, *where]) == 0  # the same again
    capsys.readouterr()
    assert run_command([name, *second, *where]) == 2
    said = capsys.readouterr()
    assert "is there already, and answers something else" in said.err
    assert not said.out
    assert {path: path.read_bytes() for path in here.rglob("*") if path.is_file()} == before
    paste = said.err.splitlines()[-1].split()
    assert paste[-1] == "--force"
    assert run_command(paste[1:]) == 0
    assert (here / "a.json").read_bytes() != before[here / "a.json"]


def test_a_runs_folder_is_its_studys_and_that_of_its_grown_form(here, capsys):
    def run(*words):
        return run_command(["run", *words, "--out", "r", "--quiet"])

    (here / "grown.toml").write_text(tomli_w.dumps(STUDY | {"replicates": 22}))
    assert [run("study.toml"), run("study.toml"), run("grown.toml"), run("r/study.toml")] == [0, 0, 0, 0]
    assert run("other.toml") == 2
    assert "r/study.toml: is of another study" in capsys.readouterr().err
    (here / "r" / "index.html").write_text("my notes")
    assert run("grown.toml") == 2
    assert "r/index.html: is there already, and bears no mark" in capsys.readouterr().err
    assert run("grown.toml", "--force") == 0
    (here / "r" / "study.toml").write_text("# my study\n" + (here / "grown.toml").read_text())
    assert run("grown.toml") == 2
    assert "was not written by genloss" in capsys.readouterr().err
    assert run("other.toml", "--force") == 0
    assert mark_of(here / "r" / "index.html", ".html") == f"study {genloss.Study.load(here / 'other.toml').id}"


@pytest.mark.parametrize("force", [True, False])
def test_two_files_of_a_run_are_never_one(force, tmp_path):
    (tmp_path / "rows.json").symlink_to("index.html")
    with pytest.raises(Problem, match=r"rows.json: is the same file as index.html, by a link"):
        genloss.run(STUDY, out=tmp_path, force=force)


# no other place writes


WRITES = {
    "write_text", "write_bytes", "savez", "savez_compressed", "savetxt", "save", "tofile", "to_parquet", "to_csv",
    "to_json", "to_excel", "to_pickle", "savefig", "dump", "rename", "renames", "link", "symlink_to", "hardlink_to",
    "unlink", "remove", "rmdir", "rmtree", "removedirs", "mkdir", "makedirs", "touch", "truncate", "copy", "copyfile",
    "copytree", "move", "mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryDirectory", "write_array", "write_table",
    "ftruncate", "sendfile", "chmod", "utime", "memmap", "open_memmap",
}  # fmt: skip
"""Names of calls that change the disk. `replace` is a word of strings and dataclasses too: see `writes`."""
NOT_FILES = {
    ("advise/plans/pilots/again.py", "TemporaryDirectory"): "a folder for the rows of a check, which removes itself",
    ("explore/simulations.py", "TemporaryDirectory"): "a folder for finished replicates, which removes itself",
    ("models/codec.py", "open"): "from memory",
    ("models/codec.py", "save"): "into memory",
    ("report/figure.py", "savefig"): "into memory",
    ("results/store.py", "to_parquet"): "into memory",
    ("results/store.py", "to_csv"): "returns text",
    ("results/marks.py", "write_table"): "into memory",
    ("results/replicates.py", "write_table"): "into memory",
    ("populations/own_rows/stored.py", "write_table"): "into memory",
    ("populations/own_rows/stored.py", "savez"): "into memory",
    ("models/exchange.py", "savez"): "into memory",
    ("models/exchange.py", "to_parquet"): "into memory",
    ("models/exchange.py", "to_csv"): "returns text",
    ("study/runner/stopping.py", "TemporaryDirectory"): "a folder for values between rounds, which removes itself",
    ("study/runner/kept_file.py", "TemporaryDirectory"): "a folder for what processes read, which removes itself",
    ("models/command.py", "TemporaryDirectory"): "a folder for a command, which removes itself",
    ("study/runner/parts.py", "write_array"): "into memory",
    ("populations/tables/arrays.py", "open"): "a member of an archive, for reading",
    ("study/runner/units.py", "remove"): "asks the writer to",
    ("study/runner/keeping.py", "remove"): "asks the writer to",
    ("study/runner/sent.py", "dump"): "into memory",
    ("study/runner/cluster_checks.py", "remove"): "asks the probe to",
    ("study/runner/cluster_worker.py", "unlink"): "a file of its own, which shows that it can write here",
}
THE_WRITERS = ("results/files.py", "results/folder_files.py")


def called(node):
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def opens_to_write(node):
    """Whether a call of open says a mode that writes, or one that cannot be read off."""
    name = called(node)
    if name != "open":
        return False
    if isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "os":
        return True
    place = 0 if isinstance(node.func, ast.Attribute) else 1
    given = [*node.args[place : place + 1], *(word.value for word in node.keywords if word.arg == "mode")]
    return any(not isinstance(mode, ast.Constant) or set(str(mode.value)) & set("wax+") for mode in given)


def writes(tree):
    """Every call that may change the disk, by name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = called(node)
            value = getattr(node.func, "value", None)
            path_replace = (
                name == "replace"
                and isinstance(node.func, ast.Attribute)
                and (getattr(value, "id", "") == "os" or (len(node.args) == 1 and not node.keywords))
            )
            if name in WRITES or opens_to_write(node) or path_replace:
                yield name, node


def in_memory(node):
    """Whether `copy` is that of an array or a mapping, a method without arguments, or `copy.copy` of an object."""
    if called(node) != "copy" or not isinstance(node.func, ast.Attribute):
        return False
    return not node.args or getattr(node.func.value, "id", "") == "copy"


def found_in(root):
    found = set()
    for path in sorted(root.rglob("*.py")):
        name = str(path.relative_to(root))
        if name in THE_WRITERS:
            continue
        for call, node in writes(ast.parse(path.read_text(encoding="utf-8"))):
            null = any(isinstance(each, ast.Attribute) and each.attr == "devnull" for each in node.args)
            if not in_memory(node) and not null and (name, call) not in NOT_FILES:
                found.add(f"{name}, line {node.lineno}: {call}")
    return found


def test_no_other_place_writes():
    assert found_in(SRC) == set()


@pytest.mark.parametrize(
    "code",
    [
        "open('a', 'w')", "open('a', mode)", "path.open('ab')", "path.open(mode='x')", "path.write_text('')",
        "np.savez(path, a=a)", "figure.savefig(path)", "frame.to_parquet(path)", "os.replace(a, b)",
        "half.replace(path)",
        "json.dump(data, file)", "os.open(path, flags)", "shutil.rmtree(path)", "path.unlink()", "tempfile.mkstemp()",
    ],
)  # fmt: skip
def test_the_search_sees_what_writes(code, tmp_path):
    (tmp_path / "a.py").write_text(code)
    assert len(found_in(tmp_path)) == 1


@pytest.mark.parametrize(
    "code",
    ["open('a')", "path.open('rb')", "text.replace('a', 'b')", "replace(row, value=1)", "x.copy()", "copy.copy(model)"],
)
def test_the_search_leaves_what_reads(code, tmp_path):
    (tmp_path / "a.py").write_text(code)
    assert found_in(tmp_path) == set()
