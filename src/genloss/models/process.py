"""How is a command run to its end, or ended with all that it started?"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genloss.visible import visible_line

_SHOWN, _LINES = 400, 6  # characters and lines of the end of what a command said
_READ = 1 << 14  # bytes of it that are looked at


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended. code: None where it did not end in time. said: the end of its error output, in a line."""

    code: int | None
    said: str


def run_to_end(words: Sequence[str] | str, folder: Path, timeout: float) -> Ended:
    """Run words, or a text that a shell reads, in a folder. Errors: OSError where it cannot be started.

    It has no input, and a group of processes of its own: when it is over, in time or not, what is left of the group is
    ended as well.
    """
    with tempfile.TemporaryFile() as said:
        started = subprocess.Popen(
            words if isinstance(words, str) else list(words),
            shell=isinstance(words, str),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=said,  # what it prints beside its errors is read where there are no errors
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code: int | None = started.wait(timeout)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end_group(started)
        return Ended(code, _end_of(said))


def _end_group(started: subprocess.Popen[bytes]) -> None:
    """End all processes of a command's group."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(started.pid, signal.SIGKILL)
    if started.poll() is None:
        started.kill()
        started.wait()


def _end_of(said: object) -> str:
    file: tempfile._TemporaryFileWrapper[bytes] = said  # type: ignore[assignment]
    file.seek(0, os.SEEK_END)
    file.seek(max(0, file.tell() - _READ))
    lines = [line.strip() for line in file.read().decode("utf-8", "replace").splitlines() if line.strip()]
    text = " / ".join(visible_line(line) for line in lines[-_LINES:])
    return text if len(text) <= _SHOWN else f"... {text[-_SHOWN:]}"
