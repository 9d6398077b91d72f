"""A disk that fills, files that vanish, clocks that jump, two writers at once: what becomes of a run then?"""

import contextlib
import errno
import io
import itertools
import multiprocessing
import os
import shutil
import time
from unittest import mock

import numpy as np
from sklearn.mixture import GaussianMixture

import genloss
from genloss.cli.main import run_command
from genloss.errors import Problem
from genloss.results import files

STUDY = {
    "replicates": 6,
    "generations": 1,
    "population": {"kind": "linear_gaussian", "dim": 4, "noise": 0.5},
    "workflow": {"kind": "replace", "rows": [20, 30]},
    "generator": {"kind": "ridge", "penalty": 0.1},
}


def contents(folder):
    """Bytes of every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def said_of(path, out):
    """Exit code and messages of a run as the command."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as errors:
        code = run_command(["run", str(path), "--out", str(out), "--quiet", "--workers", "1"])
    return code, errors.getvalue()


class Step:
    """Lets a function of the system fail at its n-th call, or do something else before it; counts the calls."""

    def __init__(self, real, at, fail):
        self.real, self.at, self.fail, self.calls = real, at, fail, 0

    def __call__(self, *given, **named):
        self.calls += 1
        if self.calls == self.at:
            self.fail(*given)
        return self.real(*given, **named)


def full(*_given):
    """Say that the disk is full."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def gone(*given):
    """Remove the file that is asked for before the system looks."""
    with contextlib.suppress(OSError, TypeError):
        os.unlink(given[0])


STEPS = {
    "disk full at fsync": (files.os, "fsync", full),
    "disk full at a link": (files.os, "link", full),
    "disk full at a new folder": (files.Path, "mkdir", full),
    "disk full at a new file": (files, "write_new", full),
    "disk full at a rename": (files.Path, "replace", full),
    "file gone before it is opened": (files.os, "open", gone),
}


def at_step(name, at, path, whole, out):
    """Run with a fault at the n-th call of a step, and again without; return the findings, None past the last call."""
    holder, function, fail = STEPS[name]
    real, wrong = getattr(holder, function), []
    step = Step(real, at, fail)
    instead = (lambda self, *given, **named: step(self, *given, **named)) if isinstance(holder, type) else step
    with mock.patch.object(holder, function, instead):
        code, told = said_of(path, out)
    if step.calls < at:
        shutil.rmtree(out, ignore_errors=True)
        return None
    if code not in (0, 2) or "Traceback" in told or (code == 2 and "mend: " not in told):
        wrong.append(f"{name} {at}: exit code {code}: {told[-300:]}")
    had = {p: p.stat().st_ino for p in out.glob("cells/*/*.json")}
    code, told = said_of(path, out)
    found = contents(out)
    wrong += [f"{name} {at}: lost {p.name}" for p, number in had.items() if p.stat().st_ino != number]
    wrong += [f"{name} {at}: exit code {code} afterwards: {told[-300:]}"] * (code != 0)
    wrong += [f"{name} {at}: {each} differs" for each in whole if found.get(each) != whole[each]]
    wrong += [f"{name} {at}: {each} left over" for each in found if each not in whole]
    shutil.rmtree(out, ignore_errors=True)
    return wrong


def killed_at(function, at, path, whole, out):
    """Kill a run right after the n-th call of a step of the writer, then run again; None past the last call."""
    process = os.fork()
    if process == 0:
        step = Step(getattr(files.os, function), 0, full)

        def then(*given, **named):
            found = step(*given, **named)
            if step.calls == at:
                os._exit(77)
            return found

        setattr(files.os, function, then)
        said_of(path, out)
        os._exit(0)
    met = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 77
    said_of(path, out)
    found = contents(out)
    shutil.rmtree(out)
    if not met:
        return None
    wrong = [f"killed after {function} {at}: {each} left over" for each in found if each not in whole]
    return wrong + [f"killed after {function} {at}: {each} differs" for each in whole if found.get(each) != whole[each]]


def jumping(rng):
    """Clocks that jump back and forth by up to thirty years."""
    real = time.time

    def jumps():
        return real() + rng.choice((-1e9, -3600.0, 0.0, 3600.0, 1e9))

    return mock.patch.multiple(time, time=jumps, monotonic=jumps, perf_counter=jumps)


def at_once(path, whole, out, writers=2):
    """Run into one folder from several processes at once; return the findings."""
    context = multiprocessing.get_context("fork")
    with context.Pool(writers) as pool:
        told = pool.starmap(said_of, [(path, out)] * writers)
    found = contents(out)
    wrong = [f"two writers: exit code {code}: {said[-300:]}" for code, said in told if code != 0]
    wrong += [f"two writers: {each} differs" for each in whole if found.get(each) != whole[each]]
    wrong += [f"two writers: {each} left over" for each in found if each not in whole]
    shutil.rmtree(out)
    return wrong


def prepared(folder):
    """Write the study and run it undisturbed; return its path and the bytes of the run."""
    path = folder / "study.toml"
    path.write_text(genloss.Study.from_dict(STUDY).toml())
    code, told = said_of(path, folder / "whole")
    assert code == 0, told
    return path, contents(folder / "whole")


def doors(folder):
    """What writes files: functions that are given where, and the bytes that each leaves undisturbed."""
    study, table = folder / "study.toml", folder / "table.csv"
    study.write_text(genloss.Study.from_dict(STUDY).toml())
    table.write_text("a,b,y\n" + "\n".join(f"{i % 7},{i * 5 % 11},{i * i % 13}" for i in range(60)))
    data = np.random.default_rng(0).normal(size=(20, 2))

    def chain(out):
        genloss.chain(GaussianMixture(1), data, ["replace", "accumulate"], generations=1, seeds=2, out=out)

    chain(folder / "record")
    words = {
        "run": lambda out: ["run", str(study), "--out", str(out), "--quiet", "--workers", "1"],
        "explain": lambda out: [
            *("explain", str(study), "--picture", str(out / "a.svg"), "--out", str(out / "a.html")),
            *("--json", str(out / "a.json")),
        ],
        "forecast": lambda out: [
            *("forecast", str(table), "--target", "y", "--generations", "1", "--replicates", "50", "--quiet"),
            *("--out", str(out / "a.html"), "--json", str(out / "a.json")),
        ],
        "ledger": lambda out: [
            *("ledger", str(folder / "record"), "--quiet", "--croissant", str(out / "a.json")),
            *("--out", str(out / "a.md"), "--json", str(out / "b.json")),
        ],
    }
    parts = [folder / f"part{k}" for k in (1, 2)]
    for k, part in enumerate(parts, 1):
        said_by(["run", str(study), "--out", str(part), "--quiet", "--part", f"{k}/2", "--workers", "1"])
    said_by(["run", str(study), "--out", str(folder / "done"), "--quiet", "--workers", "1"])
    words |= {
        "run --part": lambda out: [
            *("run", str(study), "--out", str(out), "--quiet", "--workers", "1", "--part", "1/1"),
            *("--json", str(out / "a.json")),
        ],
        "merge": lambda out: ["merge", *map(str, parts), "--out", str(out), "--quiet", "--json", str(out / "a.json")],
        "export": lambda out: [
            *("export", str(folder / "done"), "--out", str(out / "a.parquet"), "--quiet", "--values"),
            *("--json", str(out / "a.json")),
        ],
        "export --to zarr": lambda out: ["export", str(folder / "done"), "--out", str(out / "a.zarr"), "--quiet"],
        "export --to netcdf": lambda out: ["export", str(folder / "done"), "--out", str(out / "a.nc"), "--quiet"],
    }
    return {name: lambda out, given=given: said_by(given(out)) for name, given in words.items()} | {
        "chain": lambda out: said_by_python(lambda: chain(out))
    }


def said_by(words):
    """Exit code and messages of a command."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as errors:
        code = run_command(words)
    return code, errors.getvalue()


def said_by_python(work):
    """What a command would have said of a function of Python."""
    try:
        work()
    except Problem as problem:
        return 2, str(problem)
    return 0, ""


def at_write(work, at, *, ever, whole, out):
    """Let the disk be full at the n-th write, once or from then on, and go on; return findings, None past the last."""
    write, calls = files.write_new, itertools.count(1)

    def full_at(half, data):
        call = next(calls)
        if call == at or (ever and call > at):
            half.write_bytes(data[: len(data) // 2])
            full()
        write(half, data)

    out.mkdir(parents=True, exist_ok=True)
    with mock.patch.object(files, "write_new", full_at):
        code, told = work(out)
    met, left, wrong = next(calls) > at, contents(out), []
    if code not in (0, 2) or "Traceback" in told or (code == 2 and "No space left on device" not in told):
        wrong.append(f"exit code {code}: {told[-300:]}")
    wrong += [f"{name} left half-written" for name in left if name.endswith(".part")]
    wrong += [f"{name} is half" for name in left if name in whole and left[name] != whole[name]]
    wrong += [f"{name} is missing after exit code 0" for name in whole if code == 0 and name not in left]
    code, told = work(out)
    found = contents(out)
    wrong += [f"exit code {code} afterwards: {told[-300:]}"] * (code != 0)
    wrong += [f"{name} differs afterwards" for name in whole if found.get(name) != whole[name]]
    wrong += [f"{name} left over" for name in found if name not in whole]
    shutil.rmtree(out)
    return [f"write {at}: {each}" for each in wrong] if met else None
