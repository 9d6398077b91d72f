"""What are the workflows called, and what does each name stand for in emit / train form?"""

from collections.abc import Callable, Mapping
from typing import Any

from genloss.errors import Problem, nearest

ALIASES = {"discard": "replace", "fully_synthetic": "replace"}
"""Names the literature uses for the same rule; echoed under the name on the right."""


def replace(*, rows: int | list[int]) -> dict[str, Any]:
    """Train only on the newest model's rows; generation 0 trains on real rows.

    >>> replace(rows=100)["train"]
    [{'select': {'tag': '*', 'last': 1}}]
    """
    return {
        "emit": [
            {"tag": "real", "from": "real", "rows": rows, "at": "start"},
            {"tag": "synth", "from": "model", "of": "last", "lag": 1, "rows": rows, "at": "every"},
        ],
        "train": [{"select": {"tag": "*", "last": 1}}],
    }


NAMED: dict[str, Callable[..., dict[str, Any]]] = {"replace": replace}
"""Every named workflow; a new one is one function and one entry here."""


def long_form(workflow: Mapping[str, Any], *, where: str = "workflow") -> dict[str, Any]:
    """Return the emit / train form of a workflow given by name or already in that form.

    >>> long_form({"kind": "discard", "rows": 10}) == replace(rows=10)
    True
    """
    if "emit" in workflow or "train" in workflow:
        return {key: workflow[key] for key in ("emit", "train") if key in workflow}
    kind = ALIASES.get(str(workflow.get("kind")), workflow.get("kind"))
    if kind not in NAMED:
        raise Problem(f"{where}.kind", f"{kind!r} is not a workflow", nearest(str(kind), [*NAMED, *ALIASES]))
    if "rows" not in workflow:
        raise Problem(f"{where}.rows", "missing", "give the number of rows per generation")
    return NAMED[kind](rows=workflow["rows"])
