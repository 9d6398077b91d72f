"""Which filters can a subject not run? Refused by name, before anything is simulated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from genloss.errors import Problem
from genloss.workflows import Filter, Schedule

_MEND = "leave it out, or give another kind of filter"


def filters_of(schedule: Schedule) -> Iterator[tuple[str, Filter]]:
    """Yield the filters of a schedule, each once, with the place of the first."""
    seen: set[Filter] = set()
    for uses in schedule.train:
        for use in uses:
            if use.filter is not None and use.filter not in seen:
                seen.add(use.filter)
                yield f"workflow.train[{use.term}].filter", use.filter


def refuse_kinds(schedule: Schedule, reasons: Mapping[str, str]) -> None:
    """Refuse what a subject cannot do. reasons: by a kind of filter, by a key of one that is set, or "truth"."""
    for where, chosen in filters_of(schedule):
        for name, reason in reasons.items():
            if name == chosen.kind:
                raise Problem(f"{where}.kind", f"{name!r}: {reason}", _MEND)
            if name == "truth" and chosen.kind in ("distance", "likelihood", "top_share"):
                if chosen.function is None and chosen.verifier == "truth":
                    raise Problem(f"{where}.verifier", f"'truth': {reason}", 'give verifier = "fit 0" or "previous"')
            elif name in _UNSET and getattr(chosen, name) != _UNSET[name]:
                raise Problem(f"{where}.{name}", reason, _MEND)


_UNSET: Mapping[str, object] = {
    key: getattr(Filter(), key)
    for key in ("wrong", "keep", "piece", "good_within", "verifier_error", "function", "within")
}
