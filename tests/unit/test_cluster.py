"""Does a cluster compute what one process does, to the byte, whoever ends in the middle? Does it say what it lacks?"""

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from helpers_cluster import LIMIT, cluster
from sklearn.mixture import GaussianMixture

import genloss
from genloss.cli.main import run_command
from genloss.errors import Problem
from genloss.study.runner import cluster as engine
from genloss.study.runner.keeping import SECONDS
from genloss.study.runner.workers import Workers
from genloss.version import __version__ as version

pytestmark = pytest.mark.usefixtures("without_pictures")

distributed = pytest.importorskip("distributed")

CELLS, BLOCKS = 36, 108
_STUDY = f"""generations = 1
replicates = 30
[population]
kind = "linear_gaussian"
dim = 3
noise = {{linear = [0.1, 1.0, {CELLS}]}}
[workflow]
kind = "replace"
rows = 9
[generator]
kind = "ridge"
penalty = 0.1
"""
_COUNTING = """
import os, time
from genloss.study.runner import units

plain = units.plain = getattr(units, "plain", units.Unit.measured)  # dask executes a preloaded file twice

def measured(unit):
    time.sleep(0.03)
    found = plain(unit)
    with open(os.environ["COUNTS"], "a") as file:
        file.write(f"{os.getpid()} {unit.work.name} {unit.blocks}\\n")
    return found

units.Unit.measured = measured
"""


def _genloss(folder: Path, *words: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "genloss", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@contextmanager
def _once(fact, act) -> Iterator[None]:
    """Do something beside what happens here, as soon as something is so; it must have been so in the end."""
    done = threading.Event()

    def wait() -> None:
        _waited(fact)
        act()
        done.set()

    beside = threading.Thread(target=wait, daemon=True)
    beside.start()
    yield
    beside.join(LIMIT)
    assert done.is_set()


def _files(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def _waited(fact) -> None:
    until = time.monotonic() + LIMIT
    while not fact() and time.monotonic() < until:
        time.sleep(0.02)
    assert fact()


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A study's folder, and the files of a run of it by one thread."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "a.toml").write_text(_STUDY, encoding="utf-8")
    words = ["run", str(folder / "a.toml"), "--out", str(folder / "one"), "--workers", "1", "--quiet"]
    assert run_command(words) == 0
    return folder, _files(folder / "one")


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A scheduler with two workers."""
    with cluster(tmp_path_factory.mktemp("cluster")) as made:
        yield made


def test_a_cluster_leaves_the_bytes_of_one_process(two, plain):
    folder, files = plain
    words = ["run", str(folder / "a.toml"), "--scheduler", two.address, "--quiet", "--out"]
    assert run_command([*words, str(folder / "two")]) == 0
    assert _files(folder / "two") == files
    assert any(name.startswith("cells/") for name in files)
    for part in ("1/2", "2/2"):
        assert run_command([*words, str(folder / "parts"), "--part", part]) == 0
    assert _files(folder / "parts") == files


def test_values_come_back_where_nothing_is_kept(two, plain):
    folder, _ = plain
    here = genloss.simulate(folder / "a.toml", workers=1)
    assert genloss.simulate(folder / "a.toml", scheduler=two.address).rows == here.rows


def test_small_work_travels_in_bundles_of_half_a_second(two, monkeypatch):
    count, seconds, given = 10_000, 0.001, []
    with Workers(scheduler=two.address).opened() as workers:
        submit = workers.client.submit
        monkeypatch.setattr(workers.client, "submit", lambda *a, **k: given.append(1) or submit(*a, **k))
        begun = time.monotonic()
        assert sum(1 for _ in workers.as_finished(time.sleep, [seconds] * count)) == count
        assert workers.workers == 2
    took = time.monotonic() - begun  # on a busy machine an item takes longer, and bundles have fewer
    assert len(given) <= 8 + 8 * 6 + took * 2 / 0.5  # while they grow, eight at once, and then half a second each
    assert len(given) < count / 50


def test_a_chain_of_ones_own_model_is_fitted_by_a_cluster_or_it_is_said_why_not(two):
    class Held(GaussianMixture):
        lock = None

    data = np.random.default_rng(0).normal(size=(60, 1))
    asked = {"generations": 2, "seeds": 3, "metrics": ["variance_left"]}
    here = genloss.chain(GaussianMixture(1), data, **asked)
    assert genloss.chain(GaussianMixture(1), data, scheduler=two.address, **asked).rows == here.rows
    model = Held(1)
    model.lock = threading.Lock()
    with pytest.raises(Problem, match=r"cannot be sent to other machines: .*lock"):
        genloss.chain(model, data, scheduler=two.address, **asked)
    with pytest.raises(Problem, match="cannot read the work: ModuleNotFoundError"):
        genloss.chain(_Elsewhere(1), data, scheduler=two.address, **asked)


def test_seeds_that_fail_are_told_and_the_others_are_read_in_the_folder(two, tmp_path):
    model, data = _by_value("Fails")(), np.random.default_rng(0).normal(size=(40, 1))
    asked = {"generations": 2, "seeds": 12, "metrics": ["variance_left"]}
    here = genloss.chain(model, data, ["replace", "accumulate"], out=tmp_path / "here", **asked)
    there = genloss.chain(
        model, data, ["replace", "accumulate"], out=tmp_path / "there", scheduler=two.address, **asked
    )
    assert 0 < len(here.gaps) < 24
    assert (there.rows, there.gaps) == (here.rows, here.gaps)
    left = [_files(tmp_path / name) for name in ("there", "here")]  # in how many files blocks wait depends on the time
    there_files, here_files = ({k: v for k, v in each.items() if not k.startswith("cells/parts/")} for each in left)
    assert there_files == here_files


class _Elsewhere(GaussianMixture):
    """Of a module that workers cannot import."""


def test_an_interrupt_ends_a_run_and_leaves_the_cluster(two, plain):
    folder, _ = plain
    (folder / "long.toml").write_text(_STUDY.replace("replicates = 30", "replicates = 9000"), encoding="utf-8")
    words = ("run", "long.toml", "--out", "long", "--engine", "reference", "--scheduler", two.address, "--quiet")
    process = _genloss(folder, *words)
    try:
        _waited(lambda: process.poll() is not None or any((folder / "long").rglob("*.npy")) or _cells(folder / "long"))
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=3 * LIMIT)
    finally:
        process.kill()
    assert process.returncode == 130
    assert re.fullmatch(r"\ninterrupted: at least \d+ of 36 cells are whole in long\n  to go on: .*missing\n", said), (
        said
    )
    before = _files(folder / "long")
    time.sleep(1)
    assert _files(folder / "long") == before  # nobody writes any more
    assert not [name for name in before if "probe" in name]
    assert genloss.simulate(folder / "a.toml", scheduler=two.address).rows


def _cells(folder: Path) -> list[Path]:
    return list((folder / "cells").glob("??/*.json"))


def test_a_worker_that_is_killed_costs_what_it_was_at(plain, tmp_path):
    folder, files = plain
    counts = tmp_path / "counts"
    (tmp_path / "counting.py").write_text(_COUNTING, encoding="utf-8")
    with cluster(tmp_path / "cluster", workers=0) as made:
        for _ in range(2):
            made.worker("--preload", str(tmp_path / "counting.py"), env={"COUNTS": str(counts)})
        made.ready()
        out = tmp_path / "out"
        words = ["run", str(folder / "a.toml"), "--out", str(out), "--scheduler", made.address, "--quiet"]
        with _once(lambda: len(_cells(out)) >= 12, made.workers[0].kill):
            assert run_command(words) == 0
            assert made.workers[0].poll() is not None  # before the run was done
    assert _files(out) == files
    lines = counts.read_text(encoding="utf-8").splitlines()
    assert len({line.split()[0] for line in lines}) == 2  # both worked
    computed = [line.split(maxsplit=1)[1] for line in lines]
    assert len(set(computed)) == BLOCKS
    lost = round(SECONDS / 0.03) + 1  # as many as half a second holds, counted and not yet written, and the one at work
    assert len(computed) <= BLOCKS + lost


def test_a_scheduler_that_is_lost_ends_the_run_and_it_goes_on(plain, tmp_path, capsys):
    folder, files = plain
    (tmp_path / "counting.py").write_text(_COUNTING, encoding="utf-8")
    with cluster(tmp_path / "cluster", workers=0) as made:
        made.worker("--preload", str(tmp_path / "counting.py"), env={"COUNTS": str(tmp_path / "counts")})
        made.ready()
        out = tmp_path / "out"
        words = ["run", str(folder / "a.toml"), "--out", str(out), "--quiet"]
        with _once(lambda: len(_cells(out)) >= 12, made.begun[0].kill):
            code = run_command([*words, "--scheduler", made.address])
        said = capsys.readouterr().err
        assert code == 2, said
        assert f"error: scheduler {made.address}: does not answer any more; at least " in said
        assert f" of {CELLS} cells are whole in {out / 'cells'}" in said
        assert "goes on where this ended" in said
        assert "Traceback" not in said
    kept = _cells(out)
    assert 12 <= len(kept) < CELLS
    before = {each: each.stat().st_mtime_ns for each in kept}
    assert run_command([*words, "--workers", "1"]) == 0
    assert {each: each.stat().st_mtime_ns for each in kept} == before  # none was written again
    assert _files(out) == files


_OTHER = {
    "versions": (
        "from genloss.study.runner import cluster_worker as w; w.__version__ = '0.1.0'\n"
        "import importlib.metadata as m; p = m.p = getattr(m, 'p', m.version)\n"
        "m.version = lambda n: '1.9' if n == 'numpy' else p(n)",
        f"has genloss 0.1.0 instead of {version}, numpy 1.9 instead of ",
    ),
    "none": (
        "import sys\nclass No:\n def find_spec(self, name, *_):\n  if name.split('.')[0] == 'genloss': "
        "raise ModuleNotFoundError(f'No module named {name!r}', name=name)\nsys.meta_path.insert(0, No())",
        "has no genloss that can be loaded: ",
    ),
    "folder": (
        "from genloss.study.runner import cluster_worker as w\ndef no(*_, **__): raise FileNotFoundError\n"
        "w.read_regular = no",
        "does not see the folder ",
    ),
}


@pytest.mark.parametrize("what", _OTHER)
def test_a_worker_that_is_not_like_the_others_is_told_before_any_work(what, two, plain, tmp_path, capsys):
    folder, _ = plain
    preload, message = _OTHER[what]
    (tmp_path / "preload.py").write_text(preload, encoding="utf-8")
    with two.joined("--preload", str(tmp_path / "preload.py"), cwd=tmp_path):
        words = ["run", str(folder / "a.toml"), "--out", str(tmp_path / "out"), "--quiet"]
        code = run_command([*words, "--scheduler", two.address])
    said = capsys.readouterr().err
    assert code == 2, said
    assert said.startswith(f"error: scheduler {two.address}: worker tcp://127.0.0.1:"), said
    assert message in said
    assert "\n  mend: " in said
    assert "Traceback" not in said
    assert not (tmp_path / "out" / "cells").exists() or not list((tmp_path / "out" / "cells").iterdir())


def test_what_is_not_there_is_told(monkeypatch, tmp_path, plain):
    folder, _ = plain
    monkeypatch.setattr(engine, "ANSWERS", 0.5)
    with pytest.raises(Problem, match=r"(?s)tcp://127.0.0.1:9: nobody answers there .*dask scheduler.*dask worker"):
        genloss.run(folder / "a.toml", out=tmp_path / "out", scheduler="tcp://127.0.0.1:9")
    for address in ("here", "tcp://here", 7, ""):
        with pytest.raises(Problem, match=r"is not an address\n  mend: .*tcp://10.0.0.1:8786"):
            genloss.simulate(folder / "a.toml", scheduler=address)
    with pytest.raises(Problem, match=r"workers: .* has workers of its own\n  mend: leave workers out, or scheduler"):
        genloss.simulate(folder / "a.toml", scheduler="tcp://127.0.0.1:9", workers=2)
    with pytest.raises(Problem, match=r"processes: .* has workers of its own\n  mend: leave processes out, or"):
        genloss.simulate(folder / "a.toml", scheduler="tcp://127.0.0.1:9", processes=True)
    with cluster(tmp_path / "cluster", workers=0) as made, pytest.raises(Problem, match="has no workers, also not aft"):
        genloss.simulate(folder / "a.toml", scheduler=made.address)
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "genloss.study.runner.cluster")
    with pytest.raises(Problem, match=r"pip install 'genloss\[cluster\]'"):
        genloss.simulate(folder / "a.toml", scheduler="tcp://127.0.0.1:9")


@pytest.mark.parametrize("protocol", ["http", "inproc"])
def test_an_address_of_another_protocol_is_told(protocol, plain, capfd):
    folder, _ = plain
    assert run_command(["simulate", str(folder / "a.toml"), "--scheduler", f"{protocol}://127.0.0.1:9", "--quiet"]) == 2
    said = capfd.readouterr().err
    assert said.startswith(f"error: scheduler {protocol}://127.0.0.1:9: ")
    assert said.count("\n") == 2
    assert "e.g. tcp://127.0.0.1:9" in said


def test_a_client_that_could_not_be_made_says_nothing_when_it_is_let_go(plain):
    """A file of TLS keys is missing here."""
    folder, _ = plain
    process = _genloss(folder, "simulate", "a.toml", "--scheduler", "tls://127.0.0.1:9", "--quiet")
    _, said = process.communicate(timeout=3 * LIMIT)
    assert process.returncode == 2
    assert said.startswith("error: scheduler tls://127.0.0.1:9: ")
    assert said.count("\n") == 2


def test_work_that_ends_workers_is_told_apart_from_the_rest(tmp_path, monkeypatch):
    """A worker really ends twice, and dask says so; afterwards that is made up, since workers begin slowly."""

    def ended(*_):
        raise distributed.KilledWorker("work", None, 0)

    ending = _by_value("ending")
    with cluster(tmp_path / "cluster", workers=0, failures=0) as made:
        made.worker("--nanny")
        made.ready()
        with Workers(scheduler=made.address).opened() as workers:
            found = dict(workers.as_finished(ending, [1, 2, -1, 3], died=str))
            assert found == {1: 0, 2: 0, 3: 0, -1: "-1"}
            monkeypatch.setattr(type(workers), "_result", ended)
            with pytest.raises(Problem, match="ended by themselves"):
                dict(workers.as_finished(ending, [1]))


_BY_VALUE = """
import os

def ending(number):
    return os._exit(1) if number < 0 else 0

class Fails:
    def __repr__(self):
        return "Fails()"

    def fit(self, data, weights, rng, *, start=None):
        if rng.random() < 0.1:
            raise ValueError("bad luck")
        return Fitted(data)

class Fitted:
    def __init__(self, data):
        self.data = data

    def sample(self, count, rng):
        return self.data[rng.integers(len(self.data), size=count)]
"""


def _by_value(name: str):
    """Return what is defined in no module, as in a script: it is sent whole."""
    made = {"__name__": "__main__"}
    exec(_BY_VALUE, made)
    return made[name]
