"""What numbers does a study find in a user's table, or in IDX files of images and labels?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from genloss.doors import STUDY
from genloss.errors import Problem
from genloss.populations.forms import Loaded, Table, bytes_hash, joint_hash
from genloss.populations.idx import content_of, decode


def read_table(path: Path, *, target: str, counts: bool = False, **asked: Any) -> Loaded:
    """Read a table as `tables.read_rows` makes it of any of its formats, or IDX.

    counts: whether counts are predicted, which may have exposures. asked: what else `tables.Reading` takes.
    Words are encoded; constant and repeated columns are left out. IDX: the values of a row are the columns pixel_0,
    pixel_1, ...; `target` names the IDX file of labels beside it. The hash is that of the file, or of the hashes of
    all files.
    """
    from genloss.populations.tables import Reading, file_hash, read_rows
    from genloss.populations.tables.looks import question
    from genloss.populations.tables.notes import Note
    from genloss.populations.tables.reading import ROLES

    if _is_idx(path):
        for role in ROLES:
            if asked.get(role):
                raise Problem(
                    f"population.{role}", f"{asked[role]!r}, and images have no columns of this kind", "leave it out"
                )
        return _idx(path, target)
    try:
        rows = read_rows(path, Reading(target, **asked), clean=True)
    except Problem as problem:
        told = problem.at(STUDY)
        where = "population.target" if told.where == f"{path}: target" else told.where
        raise Problem(where, told.found, told.mend) from problem
    looks = [look for look in rows.looks if look.role != "exposure" or counts]
    notes = [*rows.notes, *([Note("", question(looks))] if looks else [])]
    return Loaded(rows.table(), file_hash(path), f"file: {path}", tuple(note.at(STUDY) for note in notes))


def _is_idx(path: Path) -> bool:
    """Tell IDX by "idx" in the name, where the name's end says nothing else."""
    from genloss.populations.tables.formats import FORMATS

    name = path.name.lower()
    return "idx" in name and not name.endswith(tuple(FORMATS)) and not path.is_dir()


def _idx(path: Path, target: str) -> Loaded:
    labels = path.parent / target
    if not labels.is_file():
        raise Problem(str(labels), "no such file", "for IDX, give as target the file of labels beside the images")
    contents = content_of(path), content_of(labels)
    images, classes = decode(contents[0], where=str(path)), decode(contents[1], where=str(labels))
    if classes.ndim != 1:
        raise Problem(str(labels), f"has the shape {classes.shape}", "give a file with one label for each image")
    if len(images) != len(classes) or len(images) < 4:
        found = f"{len(images)} images and {len(classes)} labels"
        raise Problem(str(path), found, "give at least 4 images, and a label for each")
    pixels = images.reshape(len(images), -1).astype(float)
    if not (np.isfinite(pixels).all() and np.isfinite(classes).all()):
        raise Problem(str(path), "holds entries that are no finite numbers", "leave such images out")
    names = (*(f"pixel_{place}" for place in range(pixels.shape[1])), target)
    table = Table(names, np.column_stack([pixels, classes]))
    return Loaded(table, joint_hash(map(bytes_hash, contents)), f"file: {path}")
