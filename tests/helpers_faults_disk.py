"""A disk that fills, files that vanish, clocks that jump, two writers at once: what becomes of a run then?"""

import contextlib
import errno
import io
import multiprocessing
import os
import shutil
import time
from unittest import mock

import genloss
from genloss.cli.main import run_command
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
    "disk full at a new file": (files, "_write_new", full),
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
