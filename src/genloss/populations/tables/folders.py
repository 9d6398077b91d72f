"""Which files of a folder are one table? Shards, and what Hugging Face's `datasets` saves."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from genloss.errors import Problem
from genloss.ordinary import content
from genloss.populations.tables.columnar import arrow, parquet
from genloss.populations.tables.generations import refuse_generations
from genloss.populations.tables.notes import Note, listed
from genloss.populations.tables.source import TableSource, first_line


def folder(path: Path) -> TableSource:
    """Open a folder: one that `Dataset.save_to_disk` wrote, or one of Parquet or Arrow shards.

    A folder that holds several splits, or what looks like generations, is refused with their names; the user gives one
    of them. Which files were joined is noted.
    """
    where = str(path)
    if (path / "dataset_dict.json").is_file():
        splits = [str(split) for split in _listed(path / "dataset_dict.json", "splits")]
        mend = f"give one of them, e.g. {path / splits[0]}" if splits else "save it again with save_to_disk"
        raise Problem(where, f"a folder of {len(splits)} splits: {listed(splits)}", mend)
    if (path / "state.json").is_file():
        return _joined(arrow(_saved(path), where), path)
    refuse_generations([each for each in sorted(path.rglob("*")) if each.is_file()], path, where)
    for ending, opened in (("*.parquet", parquet), ("*.arrow", arrow)):
        shards = tuple(sorted(path.rglob(ending)))
        if shards:
            check_splits(shards, where)
            return _joined(opened(shards, where), path)
    raise Problem(where, "a folder without Parquet or Arrow files", "give a file, or a folder of such files")


def pattern(path: Path) -> TableSource:
    """Open the Parquet or Arrow files that a name with stars stands for."""
    where = str(path)
    paths = tuple(sorted(path.parent.glob(path.name)))
    if not paths:
        raise Problem(
            where, "there is no file of this name", "give a file, a folder, or a name with * that fits some files"
        )
    refuse_generations(paths, path.parent, where)
    if {one.suffix for one in paths} <= {".arrow", ".feather"}:
        return _joined(arrow(paths, where), path.parent)
    if {one.suffix for one in paths} == {".parquet"}:
        return _joined(parquet(paths, where), path.parent)
    raise Problem(where, "files that are not all Parquet or all Arrow", "give files of one kind")


def _joined(source: TableSource, folder: Path) -> TableSource:
    """Note which files are one table."""
    if len(source.paths) < 2:
        return source
    names = [one.relative_to(folder).as_posix() for one in source.paths]
    note = Note("", f"{len(names)} files were read as one table, one below the other: {listed(names)}")
    return replace(source, notes=(note, *source.notes))


def _saved(path: Path) -> tuple[Path, ...]:
    """Return the files that `state.json` names, in its order."""
    state = path / "state.json"
    if _listed(state, "_indices_files", optional=True):
        found = "a data set that was filtered or shuffled and not saved as such: its rows are listed in another file"
        raise Problem(str(path), found, "call flatten_indices() and save it again")
    files = [entry.get("filename") if isinstance(entry, dict) else None for entry in _listed(state, "_data_files")]
    if not files or not all(isinstance(name, str) and Path(name).name == name for name in files):
        raise Problem(str(state), "names no data files", "save the data set again with save_to_disk")
    missing = [str(name) for name in files if not (path / str(name)).is_file()]
    if missing:
        raise Problem(str(path), f"{listed(missing)} is missing", "copy the whole folder again")
    return tuple(path / str(name) for name in files)


def _listed(path: Path, key: str, *, optional: bool = False) -> list[Any]:
    try:
        told = json.loads(content(path))
        found = told.get(key) if optional else told[key]
    except Problem:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Problem(str(path), f"cannot be read ({first_line(error)})", "save the data set again") from error
    return found if isinstance(found, list) else []


def check_splits(shards: tuple[Path, ...], where: str) -> None:
    """Shards are called train-00000-of-00002; other names before the numbers are other splits, as are usual ones."""
    splits = sorted({_SHARD.sub("", shard.stem) for shard in shards if _SHARD.search(shard.stem)})
    if len(splits) > 1:
        inside = next(shard for shard in shards if shard.stem.startswith(splits[-1])).parent
        suffix = shards[0].suffix
        found = f"a folder of {len(splits)} splits: {listed(splits)}"
        raise Problem(where, found, f"give one of them, e.g. {inside / splits[-1]}-*{suffix}")
    parts = {part for shard in shards for part in shard.relative_to(where).with_suffix("").parts}
    usual = sorted(part for part in parts if part.lower() in _SPLITS)
    if len(usual) > 1:
        raise Problem(
            where, f"a folder of {len(usual)} splits: {listed(usual)}", "give the file or folder of one of them"
        )


_SPLITS = {"train", "training", "test", "valid", "validation", "val", "dev"}
_SHARD = re.compile(r"-\d{5}-of-\d{5}$")
