"""In which keys do two studies differ?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_ABSENT = object()
_LONGEST = 60  # characters of a value in a message


def first_difference(left: Any, right: Any, path: str = "") -> str | None:
    """Return the first key that differs and both values, or None if nothing differs.

    >>> first_difference({"population": {"dim": 300}}, {"population": {"dim": 100}})
    'population.dim: 300 beside 100'
    >>> first_difference({"seed": 1}, {"seed": 1, "generations": 2})
    'generations: absent beside 2'
    """
    return next(differences(left, right, path), None)


def differences(left: Any, right: Any, path: str = "") -> Iterator[str]:
    """Hand out every key that differs, in order, and both values.

    >>> list(differences({"seed": 1, "workflow": {"rows": 9}}, {"seed": 2, "workflow": {"rows": 8}}))
    ['seed: 1 beside 2', 'workflow.rows: 9 beside 8']
    """
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        keys = dict.fromkeys((*left, *right))
        places = [
            (f"{path}.{key}" if path else str(key), left.get(key, _ABSENT), right.get(key, _ABSENT)) for key in keys
        ]
    elif _tables(left) and _tables(right) and len(left) == len(right):
        places = [(f"{path}[{i}]", one, other) for i, (one, other) in enumerate(zip(left, right, strict=True))]
    else:
        if left != right:
            yield f"{path or 'study'}: {_short(left)} beside {_short(right)}"
        return
    for place, one, other in places:
        yield from differences(one, other, place)


def _tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)


def _short(value: Any) -> str:
    if value is _ABSENT:
        return "absent"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 2]} …"
