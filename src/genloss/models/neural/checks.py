"""Which settings can no network have? They are refused by name when it is made."""

from __future__ import annotations

from typing import Any

from genloss.errors import Problem


def check_count(name: str, value: Any) -> None:
    """Refuse what is no whole number from 1 on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise Problem(f"generator.{name}", f"{value!r}", "give a whole number from 1 on")


def check_number(name: str, value: Any, *, above: bool = False, most: float = 1e6) -> None:
    """Refuse what is no number from 0 (above it, if above) to `most`."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= most or (above and value == 0):
        raise Problem(
            f"generator.{name}", f"{value!r}", f"give a number {'above' if above else 'from'} 0, up to {most:g}"
        )


def check_training(batch: Any, rate: Any, decay: Any = 0.0, clip: Any = None) -> None:
    """Refuse settings of a training that cannot be. clip: None where slopes stay as long as they are."""
    check_count("batch", batch)
    check_number("rate", rate, above=True)
    check_number("decay", decay)
    if clip is not None:
        check_number("clip", clip, above=True)
