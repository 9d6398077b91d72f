"""Which workflow do a cell's settings name? Each is read once, however many cells have it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from genloss.workflows import Workflow

_MOST = 16_384  # workflows that are remembered


def workflow_of(settings: Mapping[str, Any]) -> Workflow:
    """Return the workflow of a [workflow] table without axes or rules; a wrong one is a `Problem`."""
    try:
        text = json.dumps(settings, sort_keys=True)
    except (TypeError, ValueError):  # a date, say: the workflow refuses it by name
        return Workflow.from_dict(settings)
    return _read(text)


def long_form(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the long form of the workflow of a table without axes or rules; it is shared, and not to be changed."""
    return _long(json.dumps(settings, sort_keys=True))


@lru_cache(maxsize=_MOST)
def _read(text: str) -> Workflow:
    return Workflow.from_dict(json.loads(text))


@lru_cache(maxsize=_MOST)
def _long(text: str) -> Mapping[str, Any]:
    return _read(text).to_dict()
