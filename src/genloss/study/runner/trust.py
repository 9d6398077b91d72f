"""May the code that a study names be executed? Only where a user said so, and as it was when the study was read."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

from genloss.code.trusted import Trusted, untrusted
from genloss.errors import Problem
from genloss.ordinary import content
from genloss.study.spec.code import hashes_of, present
from genloss.study.study import Study


def trusting(study: Study, *, trust: bool) -> Study:
    """Return the study with its code trusted. One that names code is refused unless `trust`, before any work."""
    if not study.codes or study.trusted.codes:
        return study
    if not trust:
        raise untrusted([str(code) for code in study.codes], study.source.name)
    for code in study.codes:
        present(code, study.folder)
    return replace(study, trusted=Trusted(study.codes))


def changed_code(study: Study, folder: Path) -> list[str]:
    """Return the names of code that was other code in the run that `folder` holds; its cells are computed again."""
    try:
        before = dict(hashes_of(tomllib.loads(content(folder / "study.toml").decode())))
    except (Problem, OSError, ValueError):
        return []
    return [code.name for code in study.codes if before.get(code.name, code.sha256) != code.sha256]
