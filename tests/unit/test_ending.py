"""Does a run that is told to end leave as one that is interrupted: finished cells kept, nobody left at work?"""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from genloss.cli import main

_STUDY = """generations = 1
replicates = 200
[population]
kind = "linear_gaussian"
dim = 4
noise = 0.1
[workflow]
kind = "replace"
rows = 60
[generator]
kind = "ridge"
penalty = {linear = [0.1, 9.0, 600]}
"""


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _interrupted(folder: Path, sent: signal.Signals, *options: str) -> tuple[int, str, int]:
    """Begin a run in a group of its own, send a signal to its first process once cells are kept; wait for the group."""
    (folder / "a.toml").write_text(_STUDY, encoding="utf-8")
    command = [sys.executable, "-m", "genloss", "run", "a.toml", "--out", "out", "--engine", "reference", "--quiet"]
    process = subprocess.Popen(
        [*command, "--workers", "2", *options],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a suite in the background ignores it
    )
    try:
        until = time.monotonic() + 120
        while not any((folder / "out" / "cells").glob("??/*.json")) and time.monotonic() < until:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(sent)
        _, said = process.communicate(timeout=120)
        while _alive(process.pid) and time.monotonic() < until:  # what keeps track of processes ends a moment later
            time.sleep(0.02)
        assert not _alive(process.pid)
        return process.returncode, said, sum(1 for _ in (folder / "out" / "cells").glob("??/*.json"))
    finally:
        if process.poll() is None:
            process.kill()


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="no groups of processes here")
@pytest.mark.parametrize(
    ("sent", "options"),
    [(signal.SIGTERM, ()), (signal.SIGTERM, ("--processes",)), (signal.SIGINT, ("--processes",))],
    ids=["told, threads", "told, processes", "interrupted, processes"],
)
def test_told_to_end_is_interrupted(sent: signal.Signals, options: tuple[str, ...], tmp_path: Path):
    code, said, cells = _interrupted(tmp_path, sent, *options)
    assert code == 130
    assert re.fullmatch(r"\ninterrupted: at least \d+ of \d+ cells are whole in \S+\n  to go on: .*\n", said), said
    assert 0 < cells < 600


def test_an_interrupt_that_another_library_turns_into_an_error_is_an_interrupt(monkeypatch, capsys):
    def drawing(**_):
        try:
            main.interrupt(signal.SIGTERM, None)
        except KeyboardInterrupt:
            raise ValueError("Invalid bounding box") from None  # what drawing libraries make of it

    monkeypatch.setattr(main, "commands", SimpleNamespace(main=drawing))
    monkeypatch.setattr(main, "_heard", [])
    assert main.run_command([]) == main.INTERRUPTED
    assert capsys.readouterr().err == "interrupted\n"
    monkeypatch.setattr(main, "commands", SimpleNamespace(main=lambda **_: 1 / 0))
    monkeypatch.setattr(main, "_heard", [])
    assert main.run_command([]) == main.OUR_BUG


_POOL = """
from genloss.study.runner.workers import Workers
import os, time

def work(number):
    return os.getpid()

if __name__ == "__main__":
    with Workers(2, processes=True).opened() as workers:
        print(*{found for _, found in workers.as_finished(work, range(4))}, flush=True)
        time.sleep(60)
"""


def test_processes_end_when_the_one_who_gave_them_work_is_killed(tmp_path):
    (tmp_path / "pool.py").write_text(_POOL, encoding="utf-8")
    whole = subprocess.Popen([sys.executable, "pool.py"], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    try:
        workers = [int(number) for number in whole.stdout.readline().split()]
    finally:
        whole.kill()
        whole.communicate()
    assert workers
    until = time.monotonic() + 20
    while (left := [each for each in workers if _process_alive(each)]) and time.monotonic() < until:
        time.sleep(0.02)
    for each in left:
        os.kill(each, signal.SIGKILL)
    assert not left


def _process_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or state.read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
