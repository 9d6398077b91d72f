"""Where do theory and simulation agree, in words? Every comparison counted once, and those that disagree named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from genloss.results.agreement import Pair, Z, off


@dataclass(frozen=True, slots=True)
class Parted:
    """Comparisons in three parts that leave none out: within chance, beyond it but as allowed, beyond both."""

    close: tuple[Pair, ...]
    allowed: tuple[Pair, ...]
    apart: tuple[Pair, ...]


def parted(pairs: Sequence[Pair]) -> Parted:
    """Part comparisons by how far simulation lies from theory."""
    close = tuple(pair for pair in pairs if pair.agrees and not pair.deviates)
    allowed = tuple(pair for pair in pairs if pair.agrees and pair.deviates)
    return Parted(close, allowed, tuple(pair for pair in pairs if not pair.agrees))


_NAMED = 3  # comparisons named one by one


def agreement(pairs: Sequence[Pair], place: Callable[[Pair], str]) -> list[str]:
    """Say in how many places theory and simulation meet, each counted once, and name those where they do not.

    place: names where a comparison stands.
    """
    if not pairs:
        return []
    parts, count = parted(pairs), len(pairs)
    if len(parts.close) == count:
        return [
            f"Theory and simulation were compared in {count} {_places(count)} and agree in "
            f"{'it' if count == 1 else 'all'}: no difference is beyond {Z} standard errors."
        ]
    told = [f"Theory and simulation were compared in {count} {_places(count)}"]
    told += [f"in {len(parts.close)} they differ by no more than {Z} standard errors"] if parts.close else []
    if parts.allowed:
        told.append(
            f"in {len(parts.allowed)} by more, but not by more than that and the error for finite size together that "
            f"the formula states beforehand ({_allowed(parts.allowed)})"
        )
    told += [f"in {len(parts.apart)} by more than both"] if parts.apart else []
    first = f"{told[0]}: {'; '.join(told[1:])}."
    return [first, *([_apart(parts.apart, place)] if parts.apart else [])]


def _places(count: int) -> str:
    return "place" if count == 1 else "places"


def _allowed(pairs: Sequence[Pair]) -> str:
    """Say the largest error that is allowed, and the largest difference."""
    given = [pair for pair in pairs if pair.theory.value]
    if not given:
        return "theory says 0 there"
    allowance = max(pair.theory.allowance / abs(pair.theory.value) for pair in given)
    return f"{100 * allowance:.0f} % of theory; the largest difference is {100 * max(map(off, given)):.0f} %"


def _apart(pairs: Sequence[Pair], place: Callable[[Pair], str]) -> str:
    """Name the comparisons that disagree, the farthest first, with both values and the way theory errs."""
    ordered = sorted(pairs, key=off, reverse=True)
    named = [
        f"{place(pair)} (theory {pair.theory.value:.4g}, simulation {_simulated(pair)}, {way(pair)})"
        for pair in ordered[:_NAMED]
    ]
    more = f", and {len(ordered) - _NAMED} more, each by less" if len(ordered) > _NAMED else ""
    return f"They disagree at {'; '.join(named)}{more}."


def _simulated(pair: Pair) -> str:
    return f"{pair.simulation.value:.4g} ± {pair.simulation.standard_error:.2g}"


def way(pair: Pair) -> str:
    """Say which way simulation lies from theory, and how far beside it."""
    word = "above" if pair.difference > 0 else "below"
    return f"{100 * off(pair):.0f} % {word} theory" if pair.theory.value else f"{word} theory"
