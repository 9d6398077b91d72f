"""Is code that a study names executed only where a user said so, and refused in words where it is none?"""

import hashlib
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import genloss
from genloss.cli.main import run_command
from genloss.code.named import find_command, find_function
from genloss.code.trusted import NONE, Trusted, function_of
from genloss.doors import Door
from genloss.errors import Problem
from genloss.study import Study, iterate
from genloss.study.runner.trust import changed_code

pytestmark = pytest.mark.usefixtures("without_pictures")
KEEP = "from pathlib import Path\n(Path(__file__).parent / 'executed').touch()\ndef keep(inputs, labels, uniform):\n"
STUDY = """generations = 1
replicates = 10
[population]
kind = "linear_gaussian"
dim = 2
noise = 0.1
[workflow]
emit = [{tag = "r", from = "real", rows = 9, at = "start"}, {tag = "s", from = "model", rows = 20}]
train = [{select = {last = 1}, filter = "NAME"}]
[generator]
kind = "least_squares"
"""


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study that keeps half of the synthetic rows by a function in the file beside it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(sys, "platform", "linux")
    (tmp_path / "keep.py").write_text(f"{KEEP}    return uniform < 0.5\n", encoding="utf-8")
    return _named(tmp_path, "keep.py:keep")


def _named(folder: Path, name: str) -> Path:
    path = folder / "a.toml"
    path.write_text(STUDY.replace("NAME", name), encoding="utf-8")
    return path


def _executed(study: Path) -> bool:
    return (study.parent / "executed").exists()


@pytest.mark.parametrize(
    "command",
    [
        ("explain",), ("predict",), ("plan",), ("compare",), ("simulate",), ("run", "--out", "OUT"),
        ("run", "--processes", "--out", "OUT"),
    ],
)  # fmt: skip
def test_no_command_executes_what_nobody_trusts(command: tuple[str, ...], study: Path, capsys):
    name, *rest = (word.replace("OUT", str(study.parent / "out")) for word in command)
    code = run_command([name, str(study), *rest])
    said = capsys.readouterr()
    assert not _executed(study)
    if name in ("run", "simulate"):
        assert code == 2
        assert "error:" in said.err
        assert "keep.py:keep" in said.err
        assert f"genloss {name} {study} {' '.join([*rest, '--trust'])}\n" in said.err
        assert not (study.parent / "out").exists()
    if name == "explain":
        assert code == 0
        assert "    def keep(inputs, labels, uniform):\n        return uniform < 0.5\n" in said.out
        assert hashlib.sha256((study.parent / "keep.py").read_bytes()).hexdigest() in said.out


@pytest.mark.parametrize("options", [(), ("--processes",)])
def test_trusted_code_is_executed(options: tuple[str, ...], study: Path, capsys):
    out = study.parent / "out"
    assert run_command(["run", str(study), "--out", str(out), "--trust", "--quiet", *options]) == 0
    assert _executed(study)
    (study.parent / "executed").unlink()
    for command in (["status", str(out)], ["explain", str(out / "study.toml")], ["predict", str(out / "study.toml")]):
        assert run_command(command) == 0
    assert "1 of 1 cells finished" in capsys.readouterr().out
    assert not _executed(study)


@pytest.mark.parametrize("ask", ["run", "simulate", "iterate"])
def test_python_has_the_same_rule(ask: str, study: Path):
    def asked(**trust: bool) -> object:
        loaded = Study.load(study)
        if ask == "run":
            return genloss.run(loaded, out=study.parent / "out", **trust)
        return genloss.simulate(loaded, **trust) if ask == "simulate" else list(iterate(loaded, **trust))

    with pytest.raises(Problem, match="trust=True") as told:
        asked()
    assert "--trust" in told.value.at(Door("command")).mend
    assert not _executed(study)
    asked(trust=True)
    assert _executed(study)


def test_theory_needs_no_trust(study: Path):
    assert genloss.predict(Study.load(study)).gaps
    assert list(iterate(Study.load(study), simulation=False))
    assert not _executed(study)


def test_one_is_asked_once_for_a_study_and_its_code(study: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    answers: list[bool] = []

    def confirm(_question: str, **_options: object) -> bool:
        return answers.pop()

    monkeypatch.setattr("genloss.cli.trust.on_terminal", lambda: True)
    monkeypatch.setattr(click, "confirm", confirm)

    def simulated(answer: bool | None) -> int:
        answers[:] = [] if answer is None else [answer]
        code = run_command(["simulate", str(study), "--quiet"])
        assert not answers, "the user was not asked"
        return code

    assert simulated(False) == 2
    assert not _executed(study)
    assert simulated(True) == 0
    assert simulated(None) == 0  # asked again, confirm would raise
    assert "names code, which may do on this machine whatever you may" in capsys.readouterr().err
    (study.parent / "keep.py").write_text(f"{KEEP}    return uniform < 0.6\n", encoding="utf-8")
    assert simulated(False) == 2  # other code
    other = study.with_name("b.toml")
    study.rename(other)
    (study.parent / "keep.py").write_text(f"{KEEP}    return uniform < 0.5\n", encoding="utf-8")
    answers[:] = [False]
    assert run_command(["simulate", str(other), "--quiet"]) == 2  # another study
    assert not answers


def test_other_code_is_other_cells_and_is_said(study: Path, capsys):
    out = study.parent / "out"
    command = ["run", str(study), "--out", str(out), "--trust", "--quiet"]

    def mean(*more: str) -> float:
        assert run_command([*command, *more]) == 0
        (row,) = [row for row in genloss.Result.load(out / "rows.json").rows if row.generation == 1]
        return row.value

    before = Study.load(study)
    first = mean()
    assert "other code" not in capsys.readouterr().err
    assert changed_code(before, out) == []
    (study.parent / "keep.py").write_text(f"{KEEP}    return uniform < 0.9\n", encoding="utf-8")
    after = Study.load(study)
    assert {before.id, *(cell.id for cell in before.cells())}.isdisjoint(
        {after.id, *(cell.id for cell in after.cells())}
    )
    assert changed_code(after, out) == ["keep.py:keep"]
    assert mean("--force") != first
    assert (
        "keep.py:keep is other code than in the last run here: its cells are computed again" in capsys.readouterr().err
    )
    assert len(list((out / "cells").glob("??/*.json"))) == 2


def test_code_that_changed_after_it_was_read_is_refused(study: Path):
    loaded = Study.load(study)
    (study.parent / "keep.py").write_text(f"{KEEP}    return uniform < 0.7\n", encoding="utf-8")
    with pytest.raises(Problem, match="has changed since it was read"):
        genloss.simulate(loaded, trust=True)
    assert not _executed(study)


def test_a_resolved_study_is_not_run_with_other_code(study: Path):
    resolved = study.with_name("resolved.toml")
    resolved.write_text(Study.load(study).toml(), encoding="utf-8")
    assert Study.load(resolved).id == Study.load(study).id
    (study.parent / "keep.py").write_text(f"{KEEP}    return uniform < 0.7\n", encoding="utf-8")
    assert Study.load(resolved).id != Study.load(study).id
    with pytest.raises(Problem, match="the study was made for code of SHA-256"):
        genloss.simulate(Study.load(resolved), trust=True)
    (study.parent / "keep.py").unlink()
    with pytest.raises(Problem, match="no such file"):
        genloss.simulate(Study.load(resolved), trust=True)
    assert not _executed(study)


@pytest.mark.parametrize(
    "name",
    ["f", ":f", ".x:f", "x:", "x.:f", "a b:f", "x:1f", "x:f.g", "x:class", "keep.py:", "no_such_module:f", "no.py:f",
     "genloss.no_such:f", "math:sin", ".py/..:f", "os.path:join()"],
)  # fmt: skip
def test_a_name_of_no_code_is_refused_by_every_command(name: str, study: Path, capsys):
    _named(study.parent, name)
    for command in ("explain", "simulate"):
        assert run_command([command, str(study), *(["--trust"] if command == "simulate" else [])]) == 2
        said = capsys.readouterr().err
        assert str(study) in said
        assert "filter" in said
        assert "  mend: " in said


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("keep = 3", "is int 3, not a function"),
        ("class keep: pass", "is a class, not a function"),
        ("other = 3", "has no keep"),
        ("def keep(inputs): return inputs", "cannot be called with 3 arguments"),
        ("def keep(inputs, labels, uniform): return True", "returned bool of shape"),
        ("def keep(inputs, labels, uniform): return uniform", "returned float64 of shape"),
        ("def keep(inputs, labels, uniform): return None", "returned object of shape"),
        ("def keep(inputs, labels, uniform):\n    return 1 / 0", "line 2: ZeroDivisionError: division by zero"),
        ("def keep(inputs, labels, uniform):\n    raise SystemExit(0)", "line 2: SystemExit: 0"),
        ("\n1 / 0", "cannot be executed: line 2: ZeroDivisionError"),
        ("import no_such_module_here", "cannot be executed: line 1: ModuleNotFoundError"),
        ("def keep(:", "cannot be executed: line 1: SyntaxError"),
        ("raise SystemExit(0)", "cannot be executed: line 1: SystemExit: 0"),
    ],
)  # fmt: skip
def test_what_is_no_such_function_is_refused(body: str, found: str, study: Path, capsys):
    (study.parent / "keep.py").write_text(body, encoding="utf-8")
    assert run_command(["simulate", str(study), "--trust", "--quiet"]) == 2
    said = capsys.readouterr().err
    assert found in said
    assert f"{study}, line 9: workflow.filter: keep.py:keep: " in said
    assert "  mend: " in said


def test_a_module_is_found_without_executing_it_or_the_packages_around_it(tmp_path: Path, monkeypatch):
    package = tmp_path / "own_package"
    package.mkdir()
    for name in ("__init__.py", "rules.py"):
        (package / name).write_text(
            f"open({str(tmp_path / 'executed')!r}, 'w').close()\ndef keep(a, b, c): return 1", "utf-8"
        )
    monkeypatch.syspath_prepend(tmp_path)
    code = find_function("own_package.rules:keep", tmp_path, "filter")
    assert [path.name for path in code.files] == ["__init__.py", "rules.py"]
    assert not (tmp_path / "executed").exists()
    assert "own_package" not in sys.modules
    with pytest.raises(Problem, match="names code"):
        NONE.find(code.name, code.sha256, "filter")
    found = Trusted((code,)).find(code.name, code.sha256, "filter")
    assert function_of(found, ("a", "b", "c"))(1, 2, 3) == 1
    assert (tmp_path / "executed").exists()
    (package / "__init__.py").write_text("other = 1", encoding="utf-8")
    assert find_function("own_package.rules:keep", tmp_path, "filter").sha256 != code.sha256


def test_a_command_is_its_words_and_its_files(tmp_path: Path):
    script = tmp_path / "fit.py"
    script.write_text("print(1)", encoding="utf-8")
    one = find_command((sys.executable, "fit.py", "--rows", "3"), tmp_path, "generator.command")
    assert [path.name for path in one.files] == [Path(sys.executable).name, "fit.py"]
    assert one.sha256 != find_command((sys.executable, "fit.py", "--rows", "4"), tmp_path, "generator.command").sha256
    script.write_text("print(2)", encoding="utf-8")
    assert one.sha256 != find_command((sys.executable, "fit.py", "--rows", "3"), tmp_path, "generator.command").sha256
    with pytest.raises(Problem, match="is not a program on this machine"):
        find_command(("no-such-program-here",), tmp_path, "generator.command")


def test_help_says_what_trust_is():
    from genloss.cli.study import run

    assert "whatever you can" in " ".join(CliRunner().invoke(run, ["--help"]).output.split())


@pytest.mark.parametrize("out", ["results/a", "../elsewhere"])
def test_status_goes_on_by_a_study_whose_code_is_found(study, capsys, out):
    """Code in a folder above the results is found by its hash; of other code the study's own file is to be named."""
    folder = (study.parent / "deep" / out).resolve() if out.startswith("results") else study.parent.parent / "elsewhere"
    genloss.run(study, out=folder, trust=True, workers=1)
    (folder / "index.html").unlink()
    assert run_command(["status", str(folder)]) == 0
    said = capsys.readouterr().out
    command = next(line for line in said.splitlines() if line.startswith("to go on: ")).removeprefix("to go on: ")
    if out.startswith("results"):
        assert run_command([*command.split()[1:], "--trust", "--quiet"]) == 0
        (study.parent / "keep.py").write_text(f"{KEEP}    return uniform < 0.6\n", encoding="utf-8")
        assert run_command([*command.split()[1:], "--trust", "--quiet"]) == 2  # other code is not that of the study
    else:
        assert f"keep.py:keep is not found from {folder}" in said
        assert command == f"genloss run STUDY.toml --out {folder}"
        assert run_command([*command.replace("STUDY.toml", str(study)).split()[1:], "--trust", "--quiet"]) == 0
