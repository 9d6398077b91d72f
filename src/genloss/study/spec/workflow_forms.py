"""Which workflow do a cell's settings name? Each is read once, however many cells have it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from genloss.errors import Problem
from genloss.identity import plain_text
from genloss.workflows import Workflow

_MOST = 16_384  # workflows that are remembered


def workflow_of(settings: Mapping[str, Any]) -> Workflow:
    """Return the workflow of a [workflow] table without axes or rules; a wrong one is a `Problem`."""
    try:
        text = plain_text(settings)
    except Problem:
        raise
    except (TypeError, ValueError):  # a date, say: the workflow refuses it by name
        return Workflow.from_dict(settings)
    return workflow_of_text(text)


def long_form(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the long form of the workflow of a table without axes or rules; it is shared, and not to be changed."""
    return _long(plain_text(settings))[0]


def long_text(workflow: str) -> str:
    """Return the long form of a workflow, both as plain text."""
    return _long(workflow)[1]


@lru_cache(maxsize=_MOST)
def workflow_of_text(text: str) -> Workflow:
    """Return the workflow of a table as plain text."""
    return Workflow.from_dict(json.loads(text))


@lru_cache(maxsize=_MOST)
def _long(text: str) -> tuple[Mapping[str, Any], str]:
    form = workflow_of_text(text).to_dict()
    return form, plain_text(form)
