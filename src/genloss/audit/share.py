"""Which share of a pool of rows did a generator make? An interval for the pool, and never a word about one row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from genloss.audit.fieller import Piece, Scores, away, shares
from genloss.audit.telling import scores_of
from genloss.errors import Problem, is_from, shown
from genloss.identity import identity
from genloss.populations.own_rows import as_rows, is_texts, refuse_unlike, row_count, sha256_of, to_bytes
from genloss.report import Curve, Figure, Page, Panel
from genloss.report.numbers import short
from genloss.results.answer import Drawn
from genloss.results.answer import shown as as_table
from genloss.results.page import sentence
from genloss.results.store import Table as Frame
from genloss.streams import stream

LEAST_SEPARATION = 4.0
"""Standard errors between real rows and the generator's, below which nothing is said."""
_FEWEST = 40
_MOST_TIMES = 100.0  # as many rows; beyond it nobody can say how many


def synthetic_share(
    pool: Any, real: Any, generator_sample: Any, *, seed: int = 0, level: float = 0.95
) -> SyntheticShare:
    """Say which share of a pool a generator made, with an interval; of no row whether it did.

    pool: rows of unknown origin. real: rows that no model made, of the law of the pool's real part, and not in the
    pool. generator_sample: rows of the suspected generator, not in the pool. All in one form: arrays, tables of numbers
    and words, (X, y), or lists of texts. seed: of halves and classifiers. level: of the interval, .5 to .999.

    Returns the shares that are believed: none, one interval, or two. Where real rows and the generator's are not told
    apart by four standard errors, the answer is that it cannot be told, and how many rows might do. Status: asymptotic;
    docs/howto/unknown-share.md has the coverage that was measured. Errors: `Problem` for unlike columns and few rows.

    >>> rng = np.random.default_rng(0)
    >>> pool = np.r_[rng.normal(size=(300, 2)), rng.normal(1, 1, size=(100, 2))]
    >>> found = synthetic_share(pool, rng.normal(size=(400, 2)), rng.normal(1, 1, size=(400, 2)))
    >>> [(low < 0.25 < high) for low, high in found.pieces]
    [True]
    """
    if isinstance(level, bool) or not is_from(level, 0.5, 0.999):
        raise Problem("level", shown(level), "give a level from .5 to .999, e.g. 0.95")
    given = {"pool": pool, "real": real, "generator_sample": generator_sample}
    rows = {name: as_rows(each, name) for name, each in given.items()}
    for name, each in rows.items():
        if row_count(each) < _FEWEST:
            raise Problem(name, f"{row_count(each)} rows", f"give {_FEWEST} rows or more, better a thousand")
        if name != "real":
            _refuse_unlike(each, rows["real"], name)
    pairs = (("pool", "real"), ("pool", "generator_sample"), ("generator_sample", "real"))
    twice = [_in_both(rows[one], rows[other]) for one, other in pairs]
    rng = stream(seed, "synthetic share")
    scores, by = scores_of(rows["pool"], rows["real"], rows["generator_sample"], rng)
    counts = tuple(row_count(each) for each in rows.values())
    said = identity([sha256_of(to_bytes(each)) for each in rows.values()])
    return share_of(scores, level=float(level), rows=counts, by=by, seed=seed, data=said, twice=twice)


def share_of(
    scores: Scores,
    *,
    level: float,
    rows: Sequence[int],
    by: str,
    seed: int,
    data: str = "",
    twice: Sequence[int] = (0, 0, 0),
) -> SyntheticShare:
    """Turn mean scores into the answer."""
    from scipy.stats import norm

    told = scores.separation >= LEAST_SEPARATION
    pieces = shares(scores, float(norm.ppf((1 + level) / 2))) if told else ((0.0, 1.0),)
    value = scores.pool / scores.made if told else None
    return SyntheticShare(
        answered=told, value=value, pieces=pieces, level=level, separation=scores.separation, pool=rows[0],
        real=rows[1], generator=rows[2], by=by, seed=seed, data=data, in_real=twice[0], in_generator=twice[1],
        copied=twice[2],
        scores=tuple(scores),
    )  # fmt: skip


@dataclass(frozen=True, repr=False, eq=False)
class SyntheticShare(Drawn):
    """The share of a pool that a generator made.

    answered: whether real rows and the generator's are told apart. value: the estimate, which may lie outside of 0 to
    1; None where it cannot be told. pieces: the shares that are believed, intervals in ascending order; () where no
    mixture has the pool's mean score. separation: standard errors between mean scores of real and of made rows.
    pool, real, generator: numbers of rows. by: the classifier. data: what tells these rows from others. in_real,
    in_generator: rows of the pool that stand word for word among the others. copied: rows of the generator that are
    real ones. scores: as `fieller.Scores` has them.
    """

    schema: ClassVar[str] = "synthetic-share/1"
    also: ClassVar[tuple[str, ...]] = ("low", "high", "rows_needed")

    answered: bool
    value: float | None
    pieces: tuple[Piece, ...]
    level: float
    separation: float
    pool: int
    real: int
    generator: int
    by: str
    seed: int
    data: str
    in_real: int = 0
    in_generator: int = 0
    copied: int = 0
    scores: tuple[float, ...] = ()

    @property
    def low(self) -> float | None:
        """The least share that is believed; None where none is."""
        return self.pieces[0][0] if self.pieces else None

    @property
    def high(self) -> float | None:
        """The largest share that is believed; None where none is."""
        return self.pieces[-1][1] if self.pieces else None

    @property
    def rows_needed(self) -> int | None:
        """How many rows, real ones and the generator's each, would separate them; None: they do, or nobody can say."""
        if self.answered or self.separation <= 0:
            return None
        times = (LEAST_SEPARATION / self.separation) ** 2
        return None if times > _MOST_TIMES else int(np.ceil(times * max(self.real, self.generator) * 1.1 / 100) * 100)

    def mark(self) -> str:
        """Return what its files are known by."""
        return f"share {self.data}"

    def panels(self) -> list[Panel]:
        """Return how far the pool is from a mixture by its share, and the line below which shares are believed."""
        from scipy.stats import norm

        places = np.linspace(0.0, 1.0, 201)
        far = [away(Scores(*self.scores), float(p)) for p in places]
        z = float(norm.ppf((1 + self.level) / 2))
        curve = Curve("from the pool", 0.0, line_x=places.tolist(), line_y=far)
        line = Curve("believed below", 1.0, line_x=(0.0, 1.0), line_y=(z, z), dashed=True)
        at = [min(max(self.value, 0.0), 1.0)] if self.value is not None else []
        marks = tuple((x, "estimate") for x in at)
        y = "standard errors between the pool and a mixture"
        return [Panel("Shares that are believed", "share that the generator made", y, (curve, line), marks=marks)]

    def page(self) -> Page:
        """Return a page with the set, and what is assumed."""
        caption = "Line: how far the pool's mean score is from that of a mixture; shares below the dashes are believed."
        return Page(
            title="Which share of these rows did the generator make?",
            subtitle=f"{self.pool:,} rows asked about, {self.real:,} real, {self.generator:,} of the generator",
            answer=list(self._sentences()),
            figures=[Figure("Shares that are believed", caption, self.panels(), 1)],
            tables=[as_table(self._table(), "The set, and mean scores above that of real rows", _NOTE)],
            notes=[sentence(note) for note in ASSUMPTIONS],
        )

    def _lines(self) -> Sequence[str]:
        return [self._answer(), *self._sentences()[1:]]

    def _sentences(self) -> Sequence[str]:
        return [sentence(each) for each in self._said()]

    def _said(self) -> Iterator[str]:
        yield self._answer()
        if not self.answered:
            yield self._more_rows()
        yield (
            f"the classifier ({self.by}) scores real rows and the generator's {short(self.separation, 3)} standard "
            f"errors apart, and {LEAST_SEPARATION:g} are needed; the interval is for many rows (asymptotic)"
        )
        if self.in_real or self.in_generator:
            yield (
                f"{self.in_real:,} rows of the pool stand among the real rows, and {self.in_generator:,} among the "
                "generator's: what is learned from must not be in the pool, so leave them out there"
            )
        if self.copied:
            yield f"{self.copied:,} of the generator's rows are real ones word for word, which tells nothing apart"
        yield ASSUMPTIONS[0]

    def _answer(self) -> str:
        if not self.answered:
            return "the share cannot be told: these real rows and the generator's are hardly told apart"
        level = f"{self.level:.4g}".removeprefix("0")
        if not self.pieces:
            less = (self.value or 0) < 0
            side = "less like the generator's than real ones" if less else "more like the generator's than its own"
            return (
                f"no share: the pool's rows are {side}, so the pool is no mixture of these two laws (its real part is "
                "shifted, or another generator made some of it)"
            )
        if self.pieces == ((0.0, 1.0),):
            return f"every share from 0 to 1 is believed (level {level}): these rows do not narrow it"
        parts = " or ".join(f"{low:.1%} to {high:.1%}" for low, high in self.pieces)
        ends = ""
        if self.low == 0.0:
            ends = "; that nothing was made is believed, too"
        elif self.high == 1.0:
            ends = "; that all was made is believed, too"
        value = min(max(self.value or 0.0, 0.0), 1.0)
        return f"the generator made {value:.1%} of the pool, believed: {parts} (level {level}){ends}"

    def _more_rows(self) -> str:
        if self.rows_needed is not None:
            return f"about {self.rows_needed:,} real rows, and as many of the generator, would tell them apart"
        return f"even {_MOST_TIMES:g} times as many rows might not tell them apart: they look like one law here"

    def _table(self) -> Frame:
        columns = ["part", "value", "standard_error", "low", "high"]
        lines: list[dict[str, Any]] = [
            {"part": "share", "value": self.value, "low": low, "high": high} for low, high in self.pieces
        ]
        if self.scores:
            pool, made, v_pool, v_real, v_made = self.scores
            lines += [
                {"part": "score of the pool", "value": pool, "standard_error": v_pool**0.5},
                {"part": "score of real rows", "value": 0.0, "standard_error": v_real**0.5},
                {"part": "score of the generator's rows", "value": made, "standard_error": v_made**0.5},
            ]
        return columns, lines


_NOTE = "low, high: ends of each piece of the set."
ASSUMPTIONS = (
    "this holds for a pool of real rows like the given ones and of this generator's rows; a real part that has "
    "shifted counts as more made rows, or as fewer, and rows of another generator as far as they look like this one's; "
    "nothing is said of a row",
    "the share is that of the source from which the pool was drawn, which chance alone leaves open by about one over "
    "the square root of the number of its rows; of these very rows it is known better",
    "rows are independent: of several rows of one person or document give one, or their means",
    "rows of the pool stand neither among the real rows nor among the generator's",
)
"""What is taken for granted, the most important first."""


def _refuse_unlike(rows: Any, real: Any, name: str) -> None:
    try:
        refuse_unlike(rows, real, "it")
    except Problem as problem:
        raise Problem(name, problem.found.removeprefix("it "), problem.mend) from problem


def _in_both(pool: Any, other: Any) -> int:
    """How many rows of the pool stand word for word in the other, where rows of either hardly stand twice by chance."""
    ours, theirs = _keys(pool), set(_keys(other))
    if len(set(ours)) < 0.9 * len(ours) or len(theirs) < 0.9 * row_count(other):
        return 0
    return sum(key in theirs for key in ours)


def _keys(rows: Any) -> list[Any]:
    if is_texts(rows):
        return list(rows)
    from genloss.populations.own_rows import columns_of

    columns = columns_of(rows)
    return [(numbers.tobytes(), *kinds) for numbers, kinds in zip(columns.numbers, columns.kinds.tolist(), strict=True)]
