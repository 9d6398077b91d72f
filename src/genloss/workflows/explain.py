"""What does every generation train on, in words, as lines of a table, and as a picture of characters?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from genloss.workflows.descent import descent
from genloss.workflows.parts import TRUTH, Batch
from genloss.workflows.schedule import Array, Schedule
from genloss.workflows.verifiers import acts_on, known_rows

_MANY = 6  # neighboring batches beyond this number are told as one


@dataclass(frozen=True, slots=True)
class Line:
    """Batches that a generation trains on: one, or neighbors of one kind told together.

    share: of the loss, before any filter. rows_used: expected, where a subsample is drawn.
    first_seen: the generation that first trained on the (first) batch.
    """

    generation: int
    batch: str
    origin: str
    rows: int
    rows_used: float
    share: float
    first_seen: int


@dataclass(frozen=True, slots=True)
class Explained:
    """One generation: a sentence, the lines of the table, and the shares by number of models passed."""

    generation: int
    words: str
    lines: tuple[Line, ...]
    descent: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


def explain(schedule: Schedule, *, whole: bool = False) -> list[Explained]:
    """Explain every generation; neighbors are told together unless `whole`."""
    depths = descent(schedule)
    first_seen: dict[int, int] = {}
    told = []
    for g in range(len(schedule.train)):
        shares = schedule.shares(g)
        for position in shares:
            first_seen.setdefault(position, g)
        used = rows_used(schedule, g)
        lines = tuple(_lines(schedule, g, shares, used, first_seen, whole=whole))
        told.append(
            Explained(g, _sentence(schedule, g, shares, used, depths[g]), lines, tuple(depths[g, : g + 1].tolist()))
        )
    return told


def rows_used(schedule: Schedule, generation: int) -> dict[int, float]:
    """Return the expected rows of each batch that a generation trains on, by position."""
    used: dict[int, float] = {}
    for use, count in zip(schedule.train[generation], schedule.rows_used(generation).tolist(), strict=True):
        pool = sum(schedule.batches[b].rows for b in use.batches)
        for b in use.batches:
            used[b] = used.get(b, 0.0) + count * schedule.batches[b].rows / pool
    return used


def _lines(
    schedule: Schedule,
    generation: int,
    shares: dict[int, float],
    used: dict[int, float],
    first_seen: dict[int, int],
    *,
    whole: bool,
) -> list[Line]:
    lines = []
    for group in _groups(schedule, list(shares), whole=whole):
        first, last = schedule.batches[group[0]], schedule.batches[group[-1]]
        lines.append(
            Line(
                generation,
                batch_name(first) if len(group) == 1 else f"{batch_name(first)} .. {batch_name(last)}",
                origin_words(first) if len(group) == 1 else f"{origin_words(first)} .. {origin_words(last)}",
                sum(schedule.batches[b].rows for b in group),
                sum(used[b] for b in group),
                sum(shares[b] for b in group),
                first_seen[group[0]],
            )
        )
    return lines


def _groups(schedule: Schedule, positions: Sequence[int], *, whole: bool) -> list[list[int]]:
    """Split positions into runs of one tag; only runs of many batches stay together."""
    runs: list[list[int]] = []
    for position in positions:
        batch = schedule.batches[position]
        before = schedule.batches[runs[-1][-1]] if runs else None
        if before is not None and before.tag == batch.tag and before.real == batch.real and not whole:
            runs[-1].append(position)
        else:
            runs.append([position])
    return [part for run in runs for part in ([run] if len(run) > _MANY else [[b] for b in run])]


def batch_name(batch: Batch) -> str:
    """Name a batch by tag and birth."""
    return f"{batch.tag}@{batch.birth}" + (f"#{batch.number}" if batch.number else "")


def origin_words(batch: Batch) -> str:
    """Say who draws the rows of a batch."""
    if batch.origin == TRUTH:
        return "truth"
    if batch.origin is not None:
        return f"fit {batch.origin}" + (f" ({_sampler(batch)})" if batch.sampler else "")
    parts = [
        f"{100 * share:.3g} % {'truth' if origin == TRUTH else f'fit {origin}'}" for origin, share in batch.origins
    ]
    return "mixed: " + " + ".join(parts if len(parts) <= 4 else [*parts[:2], "...", parts[-1]])


def _sampler(batch: Batch) -> str:
    return ", ".join(f"{key} {value}" for key, value in (batch.sampler.given() if batch.sampler else {}).items())


def _sentence(
    schedule: Schedule, generation: int, shares: dict[int, float], used: dict[int, float], depths: Array
) -> str:
    """Say what a generation trains on in one sentence."""
    kinds: dict[str, list[int]] = {}
    for position in shares:
        batch = schedule.batches[position]
        kind = "real" if batch.real else "mixed" if batch.origin is None else "synthetic"
        kinds.setdefault(kind, []).append(position)
    parts = []
    for kind, group in kinds.items():  # the weight is that of their rows in what the fit minimizes
        rows, share = sum(used[b] for b in group), sum(shares[b] for b in group)
        births = sorted({schedule.batches[b].birth for b in group})
        weight = "" if len(kinds) == 1 else f" (weight {100 * share:.3g} %)"
        parts.append(f"{_count(rows)} {kind} rows {_born(births, generation)}{weight}")
    notes = _notes(schedule, generation)
    again = " restarts and" if generation and schedule.restarts[generation] == generation else ""
    return f"generation {generation}{again} trains on {' and '.join(parts)}{notes}; {_descent_words(depths)}"


def _born(births: list[int], generation: int) -> str:
    if births == [generation]:
        return "drawn now"
    if len(births) == 1:
        return f"drawn at generation {births[0]}"
    return f"drawn at generations {births[0]} to {births[-1]}"


def _count(rows: float) -> str:
    return f"{rows:,.0f}" if abs(rows - round(rows)) < 1e-9 else f"about {rows:,.1f}"


def _notes(schedule: Schedule, generation: int) -> str:
    said = []
    for use in schedule.train[generation]:
        if use.filter is not None and any(acts_on(use.filter, schedule.batches[b]) for b in use.batches):
            said.append(f"term {use.term} filters its rows: {use.filter.words} (numbers are before the filter)")
            said += [
                f"fit {use.verifier} was trained on rows that it verifies"
                for each in known_rows(schedule.batches, schedule.train)
                if each.generation == generation and each.use is use
            ][:1]
        if use.take is not None:
            said.append(
                f"term {use.term} draws {use.take:,} rows anew {'with' if use.replace else 'without'} replacement"
            )
        if use.factors:
            said.append(f"term {use.term} weights its batches by age")
    return f" [{'; '.join(said)}]" if said else ""


def _descent_words(depths: Array) -> str:
    """Say how much is real directly, and how many models the rest passed."""
    direct = f"{100 * depths[0]:.3g} % is real and passed no model"
    mean = float(depths @ range(len(depths)))
    deepest = int(max((m for m, share in enumerate(depths) if share > 0), default=0))
    if deepest == 0:
        return direct
    average = f"{mean:.3g}"
    models = "model" if average == "1" else "models"
    return f"{direct}; a row passed {average} {models} on average, {deepest} at most"


def picture(schedule: Schedule, *, widest: int = 30, tallest: int = 40) -> str:
    """Draw batches (lines) by generation (columns): real filled, synthetic open, mixed half."""
    last = min(len(schedule.train), widest)
    shares = [schedule.shares(g) for g in range(last)]
    bands = {name: group for name, group in picture_bands(schedule).items() if schedule.batches[group[0]].birth < last}
    width = max(10, *(len(name) for name in bands))
    step = len(str(last - 1)) + 1
    text = [" " * width + "".join(f"{g:>{step}}" for g in range(last)) + "  generation"]
    for name, group in list(bands.items())[:tallest]:
        marks = [_mark(schedule.batches[group[0]], g, sum(shares[g].get(b, 0.0) for b in group)) for g in range(last)]
        text.append(f"{name:<{width}}" + "".join(f"{mark:>{step}}" for mark in marks))
    if len(bands) > tallest or last < len(schedule.train):
        text.append(f"... {len(schedule.batches)} batches and {len(schedule.train)} generations in all")
    text.append("■ real  □ synthetic  ◧ mixed law  (small ▪ ▫: under 10 % of the weight)  · not used")
    return "\n".join(text)


def picture_bands(schedule: Schedule) -> dict[str, list[int]]:
    """Group batches that a picture shows on one line: those of one tag, birth and kind."""
    bands: dict[str, list[int]] = {}
    edited = any(batch.until is not None for batch in schedule.batches)  # numbers then count the parts of one batch
    for position, batch in enumerate(schedule.batches):
        if edited:
            bands.setdefault(batch_name(replace(batch, number=0)), []).append(position)
            continue
        kind = "" if batch.number == 0 or not batch.real else " (real)"
        first = batch_name(replace(batch, number=0))
        first += " (models)" if batch.number and not batch.real else kind
        bands.setdefault(first, []).append(position)
    return bands


def _mark(batch: Batch, generation: int, share: float) -> str:
    if generation < batch.birth:
        return " "
    if share == 0:
        return "·"
    if batch.origin is None:
        return "◧"
    return ("■" if share >= 0.1 else "▪") if batch.real else ("□" if share >= 0.1 else "▫")
