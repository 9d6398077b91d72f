"""Which files does a generation leave? Its rows, their SHA-256 beside them, and what it was made of; never pickle.

A folder holds one seed of one workflow: generation-0003-synth.arrow (.jsonl, .npz) are the rows born in generation 3,
with their .sha256; generation-0003.json says on which rows its model was trained, who made them, and what was measured.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genloss.errors import Problem
from genloss.ledger.manifest import Unreadable, checked_manifest, read_manifest, text_of
from genloss.ordinary import ordinary
from genloss.populations.own_rows import SUFFIXES, from_bytes, held_like, sha256_of, suffix_of, to_bytes
from genloss.results.cells import Damage
from genloss.results.files import write_atomically
from genloss.workflows import Batch


@dataclass(frozen=True)
class SeedFolder:
    """The files of one seed of one workflow. like: real rows, which say in which form rows are kept."""

    folder: Path
    like: Any

    def rows_path(self, batch: Batch) -> Path:
        """Where the rows of a batch stand."""
        number = f"-{batch.number}" if batch.number else ""
        return self.folder / f"generation-{batch.birth:04d}-{batch.tag}{number}{suffix_of(self.like)}"

    def read(self, batch: Batch) -> Any:
        """Return the rows of a batch; None where they are not there whole, as they were written."""
        path = self.rows_path(batch)
        try:
            whole = ordinary(path).read_bytes()
            return self._held(whole, path) if _sum_in(path) == sha256_of(whole) else None
        except (Problem, OSError, ValueError, KeyError, IndexError, TypeError):
            return None

    def write(self, batch: Batch, rows: Any) -> Any:
        """Keep the rows of a batch; return them as they will be read."""
        path, whole = self.rows_path(batch), to_bytes(rows)
        write_atomically(path, whole)
        write_atomically(_sum_of(path), f"{sha256_of(whole)}  {path.name}\n")
        return self._held(whole, path)

    def _held(self, whole: bytes, path: Path) -> Any:
        return held_like(from_bytes(whole, path.suffix), self.like)

    def sum_of(self, batch: Batch) -> str:
        """Return the SHA-256 of the rows of a batch that is kept, "" where there is none."""
        try:
            return _sum_in(self.rows_path(batch))
        except (Problem, OSError, ValueError, IndexError):
            return ""

    def manifest(self, generation: int) -> Mapping[str, Any] | None:
        """Return what a generation was made of; None where it is not there, or not as it was written."""
        return read_manifest(self._manifest(generation))

    def keep_manifest(self, generation: int, said: Mapping[str, Any]) -> None:
        """Write what a generation was made of."""
        write_atomically(self._manifest(generation), text_of(generation, said))

    def _manifest(self, generation: int) -> Path:
        return self.folder / f"generation-{generation:04d}.json"


def spoiled_in(folder: Path, last: int) -> list[Damage]:
    """Return the files in a folder, one for each seed, that are not as they were written, or that were removed.

    last: the generation up to which manifests are believed to say what is there. Rows of a run that was stopped before
    it wrote their SHA-256 are no damage, as no manifest names them.
    """
    return [each for seed in sorted(folder.glob("seed-*")) for each in _spoiled_of_seed(seed, last)]


def _spoiled_of_seed(folder: Path, last: int) -> list[Damage]:
    manifests = {
        int(path.stem[-4:]): path for path in folder.glob("generation-????.json") if path.stem[-4:].isdecimal()
    }
    read, found, named = dict[int, Mapping[str, Any]](), list[Damage](), dict[Path, str]()
    for number, path in manifests.items():
        try:
            read[number] = checked_manifest(path) if number <= last else {}
        except (OSError, Unreadable) as error:
            read[number] = {}
            found.append(Damage(path, f"it {error}" if isinstance(error, Unreadable) else "it cannot be read"))
    for number, said in sorted(read.items()):
        for part in _parts_of(said):
            named |= {path: _gone(manifests[number]) for path in _files_of(folder, part, read)}
    found += [Damage(path, why) for path, why in named.items() if not os.path.lexists(path)]
    kept = [path for path in folder.glob("generation-*-*") if path.suffix in SUFFIXES and _sum_of(path).is_file()]
    found += [Damage(path, why) for path in kept if (why := _wrong(path))]
    return sorted(found, key=lambda each: each.path)


def _parts_of(said: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    parts = said.get("trained_on")
    return [part for part in parts if isinstance(part, Mapping)] if isinstance(parts, list) else []


def _files_of(folder: Path, part: Mapping[str, Any], known: Collection[int]) -> list[Path]:
    """Return what a part of a manifest says to be there: rows, their SHA-256, the manifests of who made them."""
    file = part.get("file")
    rows = folder / file if isinstance(file, str) and file and Path(file).name == file else None
    makers = [str(each.get("who")) for each in part.get("made_by") or () if isinstance(each, Mapping)]
    numbers = [int(who.split()[1]) for who in makers if re.fullmatch(r"generation \d{1,4}", who)]
    fits = [folder / f"generation-{number:04d}.json" for number in numbers if number not in known]
    return fits if rows is None else [rows, _sum_of(rows), *fits]


def _gone(manifest: Path) -> str:
    return f"it was removed, and {manifest.name} says that a fit was trained on what it belongs to"


def _wrong(path: Path) -> str:
    """Say why kept rows cannot be believed, "" where they can."""
    try:
        whole = sha256_of(ordinary(path).read_bytes()) == _sum_in(path)
    except (Problem, OSError, ValueError, IndexError):
        return "it, or the SHA-256 beside it, cannot be read"
    return "" if whole else "its SHA-256 is not the one that stands beside it"


def _sum_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _sum_in(path: Path) -> str:
    """Return the SHA-256 that is kept beside a file."""
    return ordinary(_sum_of(path)).read_text(encoding="ascii").split()[0]
