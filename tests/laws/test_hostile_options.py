"""Whatever is typed at an option: a refusal of a few lines with exit code 2, or an answer; never a bug of ours."""

import warnings
from importlib import import_module

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genloss.cli.commands import COMMANDS
from genloss.cli.main import run_command
from genloss.streams import stream

pytestmark = pytest.mark.usefixtures("without_pictures")

HOSTILE = ["nan", "inf", "-inf", "1e400", "-1e400", "1e-400", "9" * 30, "9" * 5000, "0x" + "f" * 5000, "-1", "0", ""]
HOSTILE += ["1e308", "5e-324", "1_0", "٣", "1,5", "٠.٥", "NaN", "--", "2**64", str(2**64), "-0.0", "x\x00y"]
STUDY = """
generations = 1
replicates = 2
[population]
kind = "linear_gaussian"
dim = 3
noise = 0.1
[workflow]
kind = "replace"
rows = 9
[generator]
kind = "ridge"
penalty = 0.1
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "s.toml").write_text(STUDY)
    assert run_command(["run", str(folder / "s.toml"), "--out", str(folder / "done"), "--quiet"]) == 0
    (folder / "w.toml").write_text('kind = "replace"\nrows = 9\n')
    rows = "\n".join(f"{i % 7},{(3 * i) % 5},{i % 7 + (i * i) % 3}" for i in range(40))
    (folder / "d.csv").write_text(f"a,b,y\n{rows}\n")
    for name, first in (("pool", 7), ("far", 40)):
        away = "\n".join(f"{first + i % 7}.5,{(2 * i) % 5},{i % 9}" for i in range(40))
        (folder / f"{name}.csv").write_text(f"a,b,y\n{away}\n")
    for name, count in (("real", 200), ("made", 90)):
        draws = stream(11, "hostile", name).normal(size=(count, 2)).tolist()
        (folder / f"{name}.csv").write_text("a,b\n" + "\n".join(f"{a},{b}" for a, b in draws) + "\n")
    (folder / "own").mkdir()
    (folder / "own" / "ledger.csv").write_text("generation,data,made_by,rows\na,r,real,9\nb,s,real,9\n")
    return folder


ANSWERS = {"plan": (0, 1, 2), "audit": (0, 1, 2, 3), "attribute": (0, 2, 3), "share": (0, 2, 3)}
"""Exit codes of commands that may answer no, or that they cannot tell."""


def first_words(files):
    """The smallest request to each command."""
    return {
        "audit": ["audit", str(files / "real.csv"), str(files / "made.csv")],
        "compare": ["compare", str(files / "w.toml"), "--generations", "1", "--replicates", "2"],
        "datasets": ["datasets"],
        "explain": ["explain", str(files / "s.toml")],
        "explore": ["explore", str(files / "s.toml"), "--export", str(files / "page.html")],
        "export": ["export", str(files / "done"), "--to", "csv"],
        "folklore": ["folklore", "half-and-half"],
        "forecast": ["forecast", str(files / "d.csv"), "--target", "y", "--generations", "1", "--replicates", "50"],
        "ledger": ["ledger", str(files / "own")],
        "merge": ["merge", str(files / "done"), "--out", str(files / "merged")],
        "plan": ["plan", str(files / "s.toml"), "--open", "penalty", "--replicates", "50"],
        "predict": ["predict", str(files / "s.toml")],
        "reproduce": ["reproduce", "2412.17646/upper-bound"],
        "run": ["run", str(files / "s.toml"), "--out", str(files / "out")],
        "simulate": ["simulate", str(files / "s.toml")],
        "status": ["status", str(files)],
        "check-model": ["check-model", "GaussianMixture", "--data", str(files / "d.csv")],
        "verifier": ["verifier", str(files / "d.csv"), "--target", "y", "--generations", "2"],
        "verify": ["verify", str(files / "done")],
        "attribute": [
            "attribute", "GaussianMixture", "--data", str(files / "d.csv"), "--repetitions", "2", "--many", "4",
            "--quiet",
        ],
        "share": [
            "share", str(files / "pool.csv"), "--real", str(files / "d.csv"), "--generator", str(files / "far.csv"),
        ],
    }  # fmt: skip


def options(name):
    """Options of a command that take a number or a word; files and folders are another walk."""
    command = getattr(import_module(f"genloss.cli.{COMMANDS[name].module}"), name.replace("-", "_"))
    taken = [p for p in command.params if isinstance(p, click.Option) and not p.is_flag]
    plain = [p for p in taken if not isinstance(p.type, click.Path) and "FILE" not in (p.metavar or "")]
    return [max(p.opts, key=len) for p in plain]


def refused_or_answered(arguments, capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        code = run_command(arguments)
    said = capsys.readouterr()
    assert code in ANSWERS.get(arguments[0], (0, 2)), said.err[-2000:]
    if code == 2:
        assert len(said.err) < 3000
        assert "Traceback" not in said.err
    else:
        assert "nan" not in said.out.lower().split()


QUIET = settings(deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("name", list(COMMANDS))
def test_an_option_with_a_hostile_number_is_refused_or_answered(name, files, capsys):
    known = options(name)

    @settings(QUIET, max_examples={"attribute": 12, "explore": 12, "plan": 25}.get(name, 40))  # what takes its time
    @given(st.sampled_from(known or ["--quiet"]), st.sampled_from(HOSTILE))
    def walk(option, value):
        refused_or_answered([*first_words(files)[name], f"{option}={value}"], capsys)

    walk()


KEYS = ("dim", "noise", "rows", "penalty", "generations", "replicates")
LITERALS = ["nan", "inf", "-inf", "1e308", "1e-308", "5e-324", "-1", "0", "0.0", str(2**63), str(2**64), str(10**400)]
LITERALS += ["0x" + "f" * 20, "0x" + "f" * 90_000, "9" * 5000, "[nan]", "true", '"9"', "1e100", "1e-100", "[]"]


@pytest.mark.parametrize("key", KEYS)
def test_a_key_with_a_hostile_number_is_refused_or_answered(key, files, capsys):
    line = next(line for line in STUDY.splitlines() if line.startswith(f"{key} ="))
    place = files / f"{key}.toml"
    for value in LITERALS:
        place.write_text(STUDY.replace(line, f"{key} = {value}", 1))
        refused_or_answered(["run", str(place), "--out", str(files / f"out-{key}"), "--quiet"], capsys)
