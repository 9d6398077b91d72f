"""Which language models in folders does a study name? Hashed, and the hashes filled in: another is another study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genloss.errors import Problem
from genloss.models.neural.model_folder import check_folder, folder_hash
from genloss.populations import Places
from genloss.study.language.source import Source
from genloss.study.spec.files import first_path, same_hash


def with_model_folders(resolved: Mapping[str, Any], source: Source, places: Places) -> dict[str, Any]:
    """Return the study with the SHA-256 of its folders; one that has it is read where its folder is not here."""
    if "case" not in resolved:
        return _filled(resolved, source, (), places)
    cases = [_filled(case, source, (f"case {case['name']}",), places) for case in resolved["case"]]
    return {**resolved, "case": cases}


def _filled(case: Mapping[str, Any], source: Source, path: tuple[str, ...], places: Places) -> dict[str, Any]:
    generator = case.get("generator", {})
    if generator.get("kind") != "transformers" or not isinstance(generator.get("folder"), str):
        return dict(case)
    folder, given = first_path(generator["folder"], places), generator["sha256"]
    if given is not None and not folder.exists():
        return dict(case)
    read = generator["options"].get("weights", "folder") != "random"
    where = source.at(*path, "generator", "folder")
    check_folder(folder, weights=read, where=where)
    try:
        found = folder_hash(folder, weights=read)
    except OSError as error:
        raise Problem(where, f"cannot be read: {error.strerror}", "give a folder that can be read") from error
    same_hash(given, found, source.at(*path, "generator", "sha256"), "a model")
    return {**case, "generator": {**generator, "sha256": found}}
