"""Which rows does each generation train on? A picture in plain SVG, and at most six sentences."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any

from genloss.errors import Problem
from genloss.identity import plain_text
from genloss.study.spec.workflow_forms import workflow_of
from genloss.workflows import Schedule
from genloss.workflows.explain import explain, picture_bands

_DRAWN = 24  # generations in the picture and in words
_LINES = 16
_STEP = 18
_LEFT = 96
_TOP = 30
_KINDS = {"real": "real rows", "synthetic": "synthetic rows", "mixed": "rows of a mixed law"}


def told(workflow: Mapping[str, Any], generations: int) -> dict[str, Any]:
    """Return the picture and the words of a workflow whose settings have one value each."""
    try:
        return dict(_told(plain_text(workflow), min(generations, _DRAWN), generations))
    except Problem as problem:
        return {"svg": "", "words": [f"{problem.found}."]}


@lru_cache(maxsize=512)
def _told(text: str, drawn: int, last: int) -> tuple[tuple[str, Any], ...]:
    schedule = workflow_of(json.loads(text)).compile(drawn)
    lines = explain(schedule)
    few = lines if len(lines) <= 6 else [*lines[:4], lines[-1]]
    words = [f"{line.words[0].upper()}{line.words[1:]}." for line in few]
    rest = [f"Later generations, up to {last:,}, go on by the same rules."] if last > drawn else []
    return ("svg", picture(schedule, words[0])), ("words", [*words, *rest][:6])


def picture(schedule: Schedule, says: str) -> str:
    """Draw squares whose area is the share of the loss: a line a batch, a column a generation.

    Colors are the page's: classes `real`, `synthetic`, `mixed` and `unused`. Width and height are those of a viewBox.
    """
    bands = list(picture_bands(schedule).items())
    shown, columns = bands[:_LINES], len(schedule.train)
    width, height = _LEFT + _STEP * columns + 8, _TOP + _STEP * len(shown) + 34
    shares = [schedule.shares(g) for g in range(columns)]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="workflow" role="img" viewBox="0 0 {width} {height}" '
        'aria-labelledby="workflow-title workflow-desc">'
        '<title id="workflow-title">Which rows each generation trains on</title>'
        f'<desc id="workflow-desc">{escape(says)} Columns are generations, lines are batches of rows; a square is '
        "as large as the share of the loss that the batch has.</desc>",
        f'<text class="axis" x="{_LEFT}" y="12">generation</text>',
        *(_column(g) for g in range(columns) if columns <= 12 or g % 4 == 0),
    ]
    for line, (name, group) in enumerate(shown):
        parts.append(
            f'<text class="name" x="{_LEFT - 8}" y="{_middle(line) + 4}" text-anchor="end">{escape(name)}</text>'
        )
        parts += _squares(schedule, line, group, shares)
    left = len(bands) - len(shown)
    more = f" · {left} more batches are not drawn" if left else ""
    kinds = list(dict.fromkeys(_kind(schedule, group) for _, group in shown))
    parts.append(_legend(kinds, height - 10, more))
    return "".join(parts) + "</svg>"


def _column(generation: int) -> str:
    return f'<text class="axis" x="{_LEFT + _STEP * generation + 9}" y="26" text-anchor="middle">{generation}</text>'


def _middle(line: int) -> int:
    return _TOP + _STEP * line + _STEP // 2


def _kind(schedule: Schedule, group: Sequence[int]) -> str:
    first = schedule.batches[group[0]]
    return "real" if first.real else "mixed" if first.origin is None else "synthetic"


def _squares(schedule: Schedule, line: int, group: Sequence[int], shares: Sequence[Mapping[int, float]]) -> list[str]:
    kind, birth, middle = _kind(schedule, group), schedule.batches[group[0]].birth, _middle(line)
    made = []
    for g in range(birth, len(shares)):
        share = sum(shares[g].get(batch, 0.0) for batch in group)
        center = _LEFT + _STEP * g + _STEP / 2
        if share <= 0:
            made.append(f'<circle class="unused" cx="{center:g}" cy="{middle}" r="1"/>')
            continue
        side = max(2.5, 0.9 * _STEP * share**0.5)
        made.append(
            f'<rect class="{kind}" x="{center - side / 2:.4g}" y="{middle - side / 2:.4g}" '
            f'width="{side:.3g}" height="{side:.3g}"/>'
        )
    return made


def _legend(kinds: Sequence[str], y: int, more: str) -> str:
    made, x = [], 8
    for kind in kinds:
        made.append(f'<rect class="{kind}" x="{x}" y="{y - 9}" width="10" height="10"/>')
        made.append(f'<text class="legend" x="{x + 15}" y="{y}">{_KINDS[kind]}</text>')
        x += 25 + 7 * len(_KINDS[kind])
    return "".join(made) + (f'<text class="legend" x="{x}" y="{y}">{escape(more)}</text>' if more else "")
