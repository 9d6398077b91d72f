"""How is a text drawn where not as fitted? By temperature, top_p and top_k; what else is asked is refused by name."""

from __future__ import annotations

from typing import Any

from genloss.errors import Problem

_MEANT = {
    "temperature": "give a number above 0, e.g. 0.8; 1 is as fitted",
    "top_p": "give a number above 0 up to 1; 1 is as fitted",
    "top_k": "give a whole number from 1 on; 0 is as fitted",
}


def check_sampler(where: str, **sampler: Any) -> dict[str, Any]:
    """Return the settings of a sampler; those that are not known or cannot be are refused.

    >>> check_sampler("sampler", temperature=0.8)
    {'temperature': 0.8}
    """
    for name, value in sampler.items():
        if name not in _MEANT:
            known = ", ".join(_MEANT)
            raise Problem(f"{where}.{name}", "a language model does not draw texts by it", f"give {known}, or none")
        if not _can_be(name, value):
            raise Problem(f"{where}.{name}", f"{value!r}", _MEANT[name])
    return sampler


def _can_be(name: str, value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return False
    if name == "top_k":
        return value == int(value) and value >= 0
    return 0 < value < float("inf") and (name == "temperature" or value <= 1)
