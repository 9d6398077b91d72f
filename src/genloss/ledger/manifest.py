"""What does the manifest of one generation of a chain say, and is it as it was written?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genloss.identity import identity
from genloss.results.files import read_regular

SCHEMA = "generation/1"
_LARGEST = 50_000_000  # bytes of a manifest


class Unreadable(ValueError):
    """Why a manifest cannot be used, in words that go on from its name."""


def text_of(generation: int, content: Mapping[str, Any]) -> str:
    """Return the text of a manifest, with its identity."""
    whole = {"schema": SCHEMA, "generation": generation, **content}
    text = json.dumps({**whole, "identity": identity(whole)}, ensure_ascii=False, indent=1, sort_keys=True)
    return text + "\n"


def checked_manifest(path: Path) -> Mapping[str, Any]:
    """Return a manifest. Errors: `OSError` where it cannot be read, `Unreadable` where it is not as it was written."""
    try:
        whole = json.loads(read_regular(path, most=_LARGEST).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"is not JSON ({error})") from error
    if not isinstance(whole, dict) or whole.get("schema") != SCHEMA:
        found = whole.get("schema") if isinstance(whole, dict) else None
        raise Unreadable(f"is no manifest of a generation: its schema is {found!r:.60}, not {SCHEMA!r}")
    said = whole.pop("identity", None)
    try:
        right = identity(whole)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"holds what no manifest holds ({error})") from error
    if said != right:
        raise Unreadable("was damaged or edited: its identity is that of other content")
    return whole


def read_manifest(path: Path) -> Mapping[str, Any] | None:
    """Return a manifest; None where it is not there, or not as it was written."""
    try:
        return checked_manifest(path)
    except (OSError, Unreadable):
        return None
