"""What did an earlier commit take for the same? Its build from the history of this repository, in its own process."""

import io
import os
import pickle
import subprocess
import sys
import tarfile
from pathlib import Path

from clock import ONE_THREAD

ROOT = Path(__file__).resolve().parents[1]
COMMIT = "1d430b8"  # predicts one group of cells at a time, and simulates as it did before the faster engines


def taken_out(folder, commit=COMMIT):
    """Put the earlier build's packages into folder/src; return why it cannot be done, or None."""
    asked = ["git", "-C", str(ROOT), "archive", commit, "src"]
    try:
        packed = subprocess.run(asked, capture_output=True, check=True).stdout
    except OSError as error:
        return str(error)
    except subprocess.CalledProcessError as error:
        return error.stderr.decode().strip()
    with tarfile.open(fileobj=io.BytesIO(packed)) as files:
        files.extractall(folder, filter="data")
    return None


def in_a_process(code, source, *arguments):
    """Run code with the packages of a folder, by one thread."""
    command = [sys.executable, "-P", "-c", code, *map(str, arguments)]
    subprocess.run(command, env={**os.environ, **ONE_THREAD, "PYTHONPATH": str(source)}, check=True)


def answered(code, source, folder, *arguments):
    """Run code that pickles (seconds, place of its package, ...) into its first argument; return all but the place.

    Errors: RuntimeError, if the package is not that of `source`.
    """
    out = Path(folder) / "answer.pickle"
    in_a_process(code, source, out, *arguments)
    taken, place, *answer = pickle.loads(out.read_bytes())
    if not Path(place).is_relative_to(source):
        raise RuntimeError(f"{place} is not of {source}")
    return taken, *answer
