"""What do only those see who may see rows? Kinds of words by their hashes, and real rows, if they were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from genloss.audit.sketch import Sketched


@dataclass(frozen=True, eq=False)
class Shown:
    """names: kinds of words by hash. real: rows of the reference, None where only a state was there."""

    names: Mapping[int, str]
    real: Sketched | None = None
