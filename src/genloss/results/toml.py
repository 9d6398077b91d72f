"""How does a study become TOML again?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomli_w


def as_toml(study: Mapping[str, Any]) -> str:
    """Return the text of a study; TOML has no null, so such keys are left out."""
    return tomli_w.dumps(_without_none(study))


def _without_none(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {key: _without_none(value) for key, value in data.items() if value is not None}
    return [_without_none(value) for value in data] if isinstance(data, list | tuple) else data
