"""Which named workflow is this chain, or the nearest one, and where does it depart from it?

Every name is tried with the settings that the record itself shows, is compiled, and is compared generation by
generation: rows, and shares of the loss, by who made them and for which generation they were made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from genloss.errors import Problem, clipped
from genloss.ledger.record import REAL, Record
from genloss.workflows import TRUTH, Schedule, Workflow
from genloss.workflows.forms import FORMS

MOST = 300
"""Generations that are compared."""
_OUTSIDE = -2
_TRIED = 5  # values of one setting
_NEAR = 1e-3  # of a share of the loss, as people write it
_Z = 4.5  # standard errors of a subsample's parts

Key = tuple[int, int]
"""The generation that rows were made for, and who made them: TRUTH, or the place of a generation."""


@dataclass(frozen=True, slots=True)
class Used:
    """Rows of one key that a generation was trained on. slack: by how many rows a subsample may differ.

    drawn: whether they are drawn from a pool, so that their number is an expectation.
    """

    rows: float
    share: float | None
    slack: float = 0.5
    drawn: bool = False


Mixture = dict[Key, Used]


@dataclass(frozen=True, slots=True)
class Found:
    """The nearest named workflow. departs: the place of the first generation that is another; None: none is.

    how: in which way, a sentence without its end.
    """

    name: str
    words: str
    departs: int | None
    how: str

    @property
    def sentence(self) -> str:
        """Say it."""
        return f"it is {self.words}" if self.departs is None else f"it is nearest to {self.words}, but {self.how}"


def name_of(record: Record) -> Found:
    """Return the named workflow that a record follows, or the nearest: the least rows that stand elsewhere."""
    seen = mixtures(record)
    nearest: tuple[tuple[float, int], Found] | None = None
    for form in _forms(record, seen):
        try:
            workflow = Workflow.from_dict(form)
            schedule = workflow.compile(len(seen) - 1)
        except Problem:
            continue
        kind, words = form["kind"], clipped(repr(workflow).removeprefix("genloss.workflows."), 120)
        pairs = [(mixture, _mixture(schedule, g)) for g, mixture in enumerate(seen)]
        departs = next((g for g, pair in enumerate(pairs) if _differ(*pair)), None)
        if departs is None:
            return Found(kind, words, None, "")
        far = sum(_distance(*pair) for pair in pairs), -departs
        if nearest is None or far < nearest[0]:
            nearest = far, Found(kind, words, departs, _how(record, departs, *pairs[departs], kind))
    if nearest is None:
        return Found("", "none of the named workflows", 0, "no name has rules for such numbers of rows")
    return nearest[1]


def mixtures(record: Record) -> list[Mixture]:
    """Return what each generation was trained on, by key."""
    places, found = record.places, []
    for generation in record.generations[:MOST]:
        mixture: Mixture = {}
        for part in generation.parts:
            data = record.data[part.data]
            for maker in data.made_by:
                who = TRUTH if maker.who == REAL else places.get(maker.who, _OUTSIDE)
                share = None if part.weight is None else part.weight * maker.share
                _add(mixture, (data.born, who), Used(part.rows * maker.share, share))
        found.append(mixture)
    return found


def _mixture(schedule: Schedule, g: int) -> Mixture:
    """Return what a generation of a schedule is trained on, by key; of a subsample, what is expected."""
    shares, mixture = schedule.shares(g), Mixture()
    for use, count in zip(schedule.train[g], schedule.rows_used(g).tolist(), strict=True):
        batches = [schedule.batches[b] for b in use.batches]
        pool = sum(batch.rows for batch in batches)
        for b, batch in zip(use.batches, batches, strict=True):
            part = batch.rows / pool
            drawn = schedule.is_subsample(use)
            slack = 0.5 + (_Z * (count * part * (1 - part)) ** 0.5 if drawn else 0.0)
            for origin, chance in batch.origins:
                _add(mixture, (batch.birth, origin), Used(count * part * chance, shares[b] * chance, slack, drawn))
    return mixture


def _add(mixture: Mixture, key: Key, more: Used) -> None:
    before = mixture.get(key, Used(0.0, 0.0, 0.0))
    share = None if before.share is None or more.share is None else before.share + more.share
    mixture[key] = Used(before.rows + more.rows, share, before.slack + more.slack, before.drawn or more.drawn)


def _differ(seen: Mixture, there: Mixture) -> bool:
    if seen.keys() != there.keys() or any(_unlike(seen[key], there[key]) for key in seen):
        return True
    return _drawn(there) and abs(_total(seen) - _total(there)) > 0.5 * len(there)


def _unlike(one: Used, other: Used) -> bool:
    """Whether rows, or shares of the loss where they are said, are other than the rule has them."""
    if abs(one.rows - other.rows) > other.slack:
        return True
    share = _share_of(one, other)
    return one.share is not None and share is not None and abs(one.share - share) > _NEAR


def _share_of(one: Used, other: Used) -> float | None:
    """The share of the loss that a rule gives to so many rows: each that is drawn has the same, however many are."""
    return other.share if other.share is None or not other.drawn else other.share * one.rows / other.rows


def _drawn(mixture: Mixture) -> bool:
    return any(used.drawn for used in mixture.values())


def _total(mixture: Mixture) -> float:
    return sum(used.rows for used in mixture.values())


def _distance(seen: Mixture, there: Mixture) -> float:
    """The share of a generation that stands elsewhere: of the loss where it is said, else of the rows."""
    one, other = _shares(seen), _shares(there)
    return sum(abs(one.get(key, 0.0) - other.get(key, 0.0)) for key in one | other) / 2


def _shares(mixture: Mixture) -> dict[Key, float]:
    said = {key: used.share for key, used in mixture.items()}
    total = sum(used.rows for used in mixture.values())
    return {key: mixture[key].rows / total if share is None else share for key, share in said.items()}


def _forms(record: Record, seen: Sequence[Mixture]) -> Iterator[dict[str, Any]]:
    """Yield every name with the settings that the record shows, in the order of the names.

    A batch is all rows of its file; then, where no generation used them all, the most that one did.
    """
    whole = {name: float(data.rows) for name, data in record.data.items()}
    most = dict.fromkeys(whole, 0.0)
    for generation in record.generations:
        for part in generation.parts:
            most[part.data] = max(most[part.data], part.rows)
    for sizes in (whole, most) if most != whole else (whole,):
        yield from _forms_of(record, sizes, seen)


def _forms_of(record: Record, sizes: Mapping[str, float], seen: Sequence[Mixture]) -> Iterator[dict[str, Any]]:
    last = len(seen) - 1
    real, made = _born(record, sizes, last)
    one = [real[0], *made[1:]]
    total = [sum(row) for row in zip(*_born(record, sizes, last, fill=False), strict=True)]
    pools = [round(sum(used.rows for used in mixture.values())) for mixture in seen]
    weights = _few(_real_shares(seen))
    settings: Mapping[str, list[dict[str, Any]]] = {
        "replace": [{"rows": _sizes(one)}],
        "accumulate": [{"rows": real[0], "synthetic_rows": _sizes(made)}],
        "accumulate_subsample": [{"rows": _sizes(one), "take": take} for take in _few(pools[::-1])],
        "fixed_real": [
            {"rows": real[0], "synthetic_rows": _sizes(made), "real_weight": weight} for weight in (None, *weights)
        ],
        "golden": [{"rows": real[0], "synthetic_rows": made[min(1, last)]}] if weights else [],
        "fresh_real": [
            {"rows": _sizes(real), "synthetic_rows": _sizes(made), "real_weight": weight} for weight in (None, *weights)
        ],
        "window": [{"rows": _sizes(one), "keep": keep} for keep in _few([len({b for b, _ in m}) for m in seen[::-1]])],
        "forget": [{"rows": _sizes(one), "decay": decay} for decay in _few(_decays(seen))],
        "reset": [{"rows": _sizes(one), "every": every} for every in _few(_begins(seen))],
        "regenerate": [{"rows": _sizes(total)}],
        "synthetic_only": [{"rows": _sizes(one)}],
    }
    for kind in FORMS:
        for given in settings.get(kind, ()):
            yield {"kind": kind} | {name: value for name, value in given.items() if value is not None}


def _born(record: Record, sizes: Mapping[str, float], last: int, *, fill: bool = True) -> tuple[list[int], list[int]]:
    """Return how many real and how many made rows were born for each generation; gaps filled from beside them."""
    real, made = [0.0] * (last + 1), [0.0] * (last + 1)
    for data in record.data.values():
        if data.born <= last:
            share = sum(maker.share for maker in data.made_by if maker.who == REAL)
            real[data.born] += sizes[data.name] * share
            made[data.born] += sizes[data.name] * (1 - share)
    counts = [round(rows) for rows in real], [round(rows) for rows in made]
    return (_filled(counts[0]), _filled(counts[1])) if fill else counts


def _filled(rows: list[int]) -> list[int]:
    before, found = next((each for each in rows if each), 1), []
    for each in rows:
        before = each or before
        found.append(before)
    return found


def _sizes(rows: Sequence[int]) -> int | list[int]:
    """Return one number where all are the same."""
    return rows[0] if len(set(rows)) == 1 else list(rows)


def _few(values: Sequence[Any]) -> list[Any]:
    return list(dict.fromkeys(values))[:_TRIED]


def _real_shares(seen: Sequence[Mixture]) -> list[float]:
    """Shares of the loss of real rows beside made ones, where they are not their shares of the rows."""
    found = []
    for mixture in seen[1:]:
        shares = [used.share for (_, who), used in mixture.items() if who == TRUTH]
        rows = sum(used.rows for (_, who), used in mixture.items() if who == TRUTH)
        if shares and None not in shares:
            share = sum(each for each in shares if each is not None)
            by_rows = rows / sum(used.rows for used in mixture.values())
            if 0 < share < 1 and abs(share - by_rows) > _NEAR:
                found.append(round(share, 9))
    return found


def _decays(seen: Sequence[Mixture]) -> list[float]:
    """Factors by which a batch counts less for each generation of its age."""
    found = []
    for mixture in seen[1:]:
        shares: dict[int, float | None] = {}
        for (born, _), used in mixture.items():
            before = shares.get(born, 0.0)
            shares[born] = None if before is None or used.share is None else before + used.share
        births = sorted(shares)
        if len(births) > 1:
            old, new = shares[births[-2]], shares[births[-1]]
            if old and new and old < new:
                found.append(round((old / new) ** (1 / (births[-1] - births[-2])), 9))
    return found


def _begins(seen: Sequence[Mixture]) -> list[int]:
    """Generations that are trained on the first real rows alone, as generation 0 is."""
    return [g for g, mixture in enumerate(seen) if g and set(mixture) == {(0, TRUTH)}]


def _how(record: Record, g: int, seen: Mixture, there: Mixture, name: str) -> str:
    """Say how a generation departs from a rule."""
    here = [_rows(record, key, seen[key].rows) for key in seen if key not in there]
    left = [_rows(record, key, there[key].rows) for key in there if key not in seen]
    both = [key for key in seen if key in there and _unlike(seen[key], there[key])]
    if not here and not left and not both:
        return f"{_called(record, g)} was trained on {_total(seen):,.6g} rows where {name} has {_total(there):,.6g}"
    parts = [f"was trained on {_joined(here)}"] if here else []
    parts += [f"leaves out {_joined(left)}"] if left else []
    parts += [_other(record, key, seen[key], there[key], name) for key in both[:2]] if not here and not left else []
    return f"{_called(record, g)} {' and '.join(parts)}"


def _other(record: Record, key: Key, seen: Used, there: Used, name: str) -> str:
    if abs(seen.rows - there.rows) > there.slack:
        return f"was trained on {_rows(record, key, seen.rows)} where {name} has {there.rows:,.4g}"
    share = 100 * (seen.share or 0.0), 100 * (_share_of(seen, there) or 0.0)
    return f"gives {share[0]:.3g} % of the loss to {_rows(record, key, seen.rows)} where {name} gives {share[1]:.3g} %"


def _rows(record: Record, key: Key, rows: float) -> str:
    born, who = key
    if who == TRUTH:
        return f"{rows:,.4g} real rows" + (
            f" drawn for {_called(record, born)}" if born else " of the first generation"
        )
    by = "a model from outside" if who == _OUTSIDE else _called(record, who)
    return f"{rows:,.4g} rows that {by} made for {_called(record, born)}"


def _called(record: Record, place: int) -> str:
    return called(record.generations[place].name) if place < len(record.generations) else f"generation {place}"


def called(name: str) -> str:
    """Name a generation in a sentence.

    >>> called("generation 3"), called("bot")
    ('generation 3', "generation 'bot'")
    """
    return name if name.startswith("generation") else f"generation {name!r}"


def _joined(words: Sequence[str]) -> str:
    return " and ".join(words if len(words) <= 3 else [*words[:2], f"{len(words) - 2} more"])
