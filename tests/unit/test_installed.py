"""`genloss --version --verbose` says what a report of a fault needs, and no name of a person, machine or folder."""

from __future__ import annotations

import getpass
import platform
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from genloss.cli.installed import _versions
from genloss.cli.main import run_command


def said(capsys: pytest.CaptureFixture[str], *typed: str) -> tuple[int, str, str]:
    code = run_command(list(typed))
    out, err = capsys.readouterr()
    return code, out, err


def test_versions_of_all_that_is_needed(capsys):
    code, out, _ = said(capsys, "--version", "--verbose")
    assert code == 0
    assert out.startswith(f"genloss, version {metadata.version('genloss')}\nPython {platform.python_version()}")
    assert f"numpy {np.__version__}" in out
    assert "extra cluster: dask " in out
    assert "linear algebra: " in out
    asked = [line for line in metadata.requires("genloss") or () if "extra" not in line]
    needs = next(line for line in out.splitlines() if line.startswith("needs: "))
    assert len(needs.split(", ")) == len(asked)


def test_either_order_is_the_same(capsys):
    assert said(capsys, "--verbose", "--version") == said(capsys, "--version", "--verbose")


def test_nothing_that_says_whose_machine_it_is(capsys):
    _, out, _ = said(capsys, "--version", "--verbose")
    for own in (str(Path.home()), str(Path.cwd()), platform.node()):
        assert len(own) < 3 or own not in out
    assert getpass.getuser() not in out.split()


def test_verbose_alone_says_with_what_it_goes(capsys):
    code, out, err = said(capsys, "--verbose", "datasets")
    assert (code, out) == (2, "")
    assert "--verbose goes with --version" in err


def test_a_library_that_is_not_there_is_said():
    assert _versions(["numpy", "no-such-library"]) == f"no-such-library (not installed), numpy {np.__version__}"
