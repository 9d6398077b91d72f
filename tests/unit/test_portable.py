"""What Windows and macOS must find as Linux does: calls, names of files, paths as text, how processes begin.

This is what can be seen from one system. The README says on which one genloss was run.
"""

from __future__ import annotations

import ast
from pathlib import Path, PureWindowsPath

import numpy as np
import pandas as pd
import pytest

import genloss
from genloss.code.named import parts
from genloss.results.files import new_name

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))

ONLY_UNIX = {
    "os": {"fork", "forkpty", "killpg", "getuid", "geteuid", "getgid", "setsid", "sysconf", "sched_getaffinity"}
    | {"uname", "mkfifo", "O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY", "statvfs", "getpgid", "wait3", "chown", "nice"},
    "signal": {
        "SIGKILL",
        "SIGHUP",
        "SIGALRM",
        "SIGCHLD",
        "SIGPIPE",
        "SIGUSR1",
        "SIGQUIT",
        "alarm",
        "pause",
        "setitimer",
    },
    "time": {"tzset", "clock_gettime"},
    "socket": {"AF_UNIX"},
}
UNIX_MODULES = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "posix", "syslog", "readline", "crypt"}
GUARDED = {
    ("models/process.py", "killpg"): 'os.name == "posix"',
    ("models/process.py", "SIGKILL"): 'os.name == "posix"',
    ("room.py", "sysconf"): "AttributeError",
    ("ordinary.py", "O_NONBLOCK"): "getattr",
}
"""Calls that only Unix has, each with what stands around it where another system goes another way."""

_RESERVED = {"con", "prn", "aux", "nul", *(f"{name}{digit}" for name in ("com", "lpt") for digit in "123456789")}
_LONGEST = 150  # of Windows' 260 characters, so that a folder may stand before it


def unportable(name: str) -> str | None:
    """Why Windows or macOS cannot have a file of this relative path, or None."""
    path = PureWindowsPath(name)
    for part in path.parts:
        if any(letter in '<>:"|?*\\' or ord(letter) < 32 for letter in part):
            return f"{part!r} has a character that no name has there"
        if part.split(".")[0].lower() in _RESERVED:
            return f"{part!r} is a device there"
        if part.endswith((" ", ".")):
            return f"{part!r} ends in a space or a dot"
    return f"{name!r} is too long" if len(name) > _LONGEST else None


@pytest.mark.parametrize("name", ["a:b.json", "aux.json", "cells/nul", "x. ", "a?b", "COM1.txt", "d" * 151])
def test_the_check_of_names_can_fail(name):
    assert unportable(name)


def used(tree: ast.AST) -> set[tuple[str, str]]:
    """Module and name of every attribute of a module that only Unix has."""
    return {
        (node.value.id, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if node.attr in ONLY_UNIX.get(node.value.id, ())
    }


def test_the_check_of_calls_can_fail():
    assert used(ast.parse("import os\nos.fork()")) == {("os", "fork")}


def test_calls_that_only_unix_has_stand_behind_a_guard():
    found = {}
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        for _, name in used(ast.parse(text)):
            found[path.relative_to(ROOT / "src/genloss").as_posix(), name] = text
    assert found.keys() <= GUARDED.keys(), sorted(found.keys() - GUARDED.keys())
    for place, text in found.items():
        assert GUARDED[place] in text, place


def test_modules_that_only_unix_has_may_be_missing():
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        tried = {id(inner) for node in ast.walk(tree) if isinstance(node, ast.Try) for inner in ast.walk(node)}
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.split(".")[0] not in UNIX_MODULES or id(node) in tried, f"{path}: {name}"


def test_processes_begin_as_every_system_can():
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert "set_start_method" not in text, path
        assert '"fork' not in text, path
        if "multiprocessing.get_context" in text:
            assert 'get_context("spawn")' in text, path
        assert "ProcessPoolExecutor(" not in text or "mp_context" in text, path


def test_names_in_the_repository():
    tops = ("src", "studies", "docs", "tests", "verification", "findings")
    paths = [path for top in tops for path in (ROOT / top).rglob("*") if "__pycache__" not in path.parts]
    listed = [path.relative_to(ROOT).as_posix() for path in paths]
    assert not [why for name in listed if (why := unportable(name))]
    assert len({name.lower() for name in listed}) == len(set(listed))


def test_names_that_a_run_and_a_chain_leave(tmp_path):
    study = {
        "schema": "study/1",
        "question": "Which names stand in the folder?",
        "replicates": 10,
        "generations": 2,
        "metrics": ["excess_risk"],
        "population": {"kind": "linear_gaussian", "dim": 3, "noise": 0.5},
        "workflow": {"kind": "accumulate", "rows": 20},
        "generator": {"kind": "ridge", "penalty": 0.1},
        "case": [{"name": "CON: a/b?"}, {"name": "aux", "generator": {"penalty": 0.2}}],
    }
    genloss.run(study, out=tmp_path / "run")
    rows = pd.DataFrame(np.random.default_rng(7).normal(size=(40, 2)), columns=["a", "b"])
    from sklearn.mixture import GaussianMixture

    genloss.chain(
        GaussianMixture(1), rows, ["replace", "window keep=2"], generations=2, seeds=2, out=tmp_path / "chain"
    )
    names = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")]
    assert len(names) > 10
    assert not [why for name in names if (why := unportable(name))]
    assert len({name.lower() for name in names}) == len(names)


def test_names_of_files_that_are_being_written():
    assert unportable(new_name()) is None


@pytest.mark.parametrize(
    ("name", "home"),
    [
        (f"{PureWindowsPath('C:/studies/keep.py')}:keep", "C:\\studies\\keep.py"),
        (f"{PureWindowsPath('//server/share/keep.py')}:keep", "\\\\server\\share\\keep.py"),
        ("keep.py:keep", "keep.py"),
    ],
)
def test_code_named_by_a_path_of_windows(name, home):
    assert parts(name, "filter") == (home, "keep")
