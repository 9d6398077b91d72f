"""What does an answer rest on?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Assumption:
    """What an answer rests on. state: "checked", "failed" or "unknown"."""

    name: str
    state: str
    found: str
