"""What does a plan for the number of models answer? A table by exchange, sentences, a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from genloss.report import Curve, Figure, Page, Panel
from genloss.results.answer import Drawn, shown
from genloss.results.store import Table
from genloss.version import __version__

__all__ = ["AtExchange", "ModelsPlan"]


@dataclass(frozen=True, slots=True)
class AtExchange:
    """What was found at one exchange; parts are of the truth's variety, in the last generation.

    exchange: the share of a model's rows that the others draw; None: all read one pool. models: the smallest number
    that keeps enough, or None. looked_at: that number, or else the number that keeps most. rows: of each model then.
    whole: what all keep together, each: what one of them keeps by itself. one_model: what a single model of all these
    rows would keep. best_each: of models that divide a number of rows, the number at which each keeps most by itself.
    by_generation: what all keep together, (generations + 1,).
    """

    exchange: float | None
    models: int | None
    looked_at: int
    rows: int
    whole: float
    each: float
    one_model: float
    best_each: int | None
    by_generation: tuple[float, ...]

    @property
    def words(self) -> str:
        """Say the exchange."""
        if self.exchange is None:
            return "all read one pool"
        return f"{_percent(self.exchange)} of rows from others" if self.exchange else "separate"


@dataclass(frozen=True, repr=False, eq=False)
class ModelsPlan(Drawn):
    """How many models together keep a part of the truth's variety.

    keep: the part. generations: the last one. rows: of each model, or rows_in_all, which they divide; the other is
    None. answers: one for each exchange.
    """

    keep: float
    generations: int
    rows: int | None
    rows_in_all: int | None
    answers: tuple[AtExchange, ...]

    schema: ClassVar[str] = "models_plan/1"
    also: ClassVar[tuple[str, ...]] = ("holds",)

    @property
    def holds(self) -> bool:
        """Whether some number of models keeps enough, at one exchange at least."""
        return any(each.models is not None for each in self.answers)

    def panels(self) -> list[Panel]:
        """Return what all models keep together, by generation, at each exchange."""
        steps = list(range(self.generations + 1))
        curves = [
            Curve(f"{each.words}: {_models(each.looked_at)}", 0.0, steps, each.by_generation, number=i)
            for i, each in enumerate(self.answers)
        ]
        target = Curve("to be kept", 1.0, [0, self.generations], [self.keep, self.keep], dashed=True)
        y_label = "variety kept (part of the truth's)"
        return [Panel("Variety of all models together", "generation n", y_label, (*curves, target), x_whole=True)]

    def page(self) -> Page:
        """Return the answer with its picture and its table."""
        return Page(
            title="How many models?",
            subtitle=self._goal(),
            answer=list(self._sentences()),
            figures=[Figure("Plan", _CAPTION, self.panels(), 1)],
            tables=[shown(self._table(), "By exchange", _NOTE)],
            facts=[("genloss", __version__)],
        )

    def _goal(self) -> str:
        rows = f"{self.rows:,} rows each" if self.rows is not None else f"{self.rows_in_all:,} rows in all"
        return f"keep {_percent(self.keep)} of the truth's variety through generation {self.generations}, {rows}"

    def _lines(self) -> Sequence[str]:
        return [self._goal(), *(f"{each.words}: {_told(each)}" for each in self.answers)]

    def _sentences(self) -> Sequence[str]:
        return [*self._answered(), *self._compared(), _STATUS]

    def _answered(self) -> Iterator[str]:
        """Say what was found at each exchange."""
        first = self.answers[0]
        if all(each.models == 1 for each in self.answers):
            kept = f"keeps {_percent(first.whole)} of the truth's variety in generation {self.generations}"
            yield f"One model alone, of {_rows(first.rows)}, {kept}: no second one is needed."
            return
        for each in self.answers:
            if each.models is None:
                yield self._missed(each)
                continue
            several = each.models > 1
            kept = f"{'together keep' if several else 'keeps'} {_percent(each.whole)} of the truth's variety"
            own = f"; each keeps {_percent(each.each)} by itself" if several else ""
            yield (
                f"{_capital(each.words)}: {_models(each.models)} of {_rows(each.rows)} {kept} in generation "
                f"{self.generations}{own}."
            )

    def _missed(self, each: AtExchange) -> str:
        """Say why no number of models does."""
        most = f"at most {_percent(each.whole)} is kept, by {_models(each.looked_at)} of {_rows(each.rows)}"
        who = f"{_capital(each.words)}: no number of models"
        if self.rows_in_all is None:
            return f"{who} up to 10,000 keeps it; {most}. Give each more rows."
        bound = 1 - 1 / self.rows_in_all
        if bound < self.keep:
            holds = f"{self.rows_in_all:,} real rows hold only {_percent(bound)} of the truth's variety from the start"
            return f"{who} keeps it, for {holds}. Give more rows."
        return f"{who} keeps it; {most}. Give more rows, or let models read each other less."

    def _compared(self) -> Iterator[str]:
        """Compare with one model of all rows."""
        several = [each for each in self.answers if each.looked_at > 1]
        if not several:
            return
        one = several[0]
        yield (
            f"One model of all {one.looked_at * one.rows:,} rows ({one.words}) would keep {_percent(one.one_model)}: "
            f"for all together {_better(one.whole, one.one_model)}, for who asks a single model "
            f"{_better(one.each, one.one_model)}."
        )
        when = f"in generation {self.generations}"
        best = [f"{each.best_each:,} ({each.words})" for each in self.answers if each.best_each is not None]
        if best:
            yield (
                f"By itself a model keeps most {when} where the rows are divided among so many models: "
                f"{', '.join(best)}."
            )

    def _table(self) -> Table:
        columns = ["exchange", "models", "looked_at", "rows", "whole", "each", "one_model"]
        columns += ["best_each"] * (self.rows_in_all is not None)
        return columns, [
            {"exchange": each.words}
            | {name: getattr(each, name) for name in columns[1:] if getattr(each, name) is not None}
            for each in self.answers
        ]


_STATUS = (
    "These are expectations over runs, exact by theory for any truth over categories where every model replaces its "
    "rows in each generation; a single run varies."
)
_NOTE = (
    "models: the smallest number that keeps enough, none if empty; looked_at: that number, or the one that keeps most. "
    "whole, each, one_model: the part of the truth's variety that all keep together, that one of them keeps, that one "
    "model of all the rows would keep. best_each: the number of models at which each keeps most by itself."
)
_CAPTION = "The chance that two draws differ, each from any of the models, over that of the truth, by generation."


def _told(each: AtExchange) -> str:
    return f"{_models(each.models)}, {_percent(each.whole)}" if each.models else f"none; at most {_percent(each.whole)}"


def _models(count: int) -> str:
    return "one model" if count == 1 else f"{count:,} models"


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _better(several: float, one: float) -> str:
    return (
        "several are better"
        if several > one * (1 + 1e-9)
        else "one is better"
        if several < one * (1 - 1e-9)
        else "it is the same"
    )


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


def _percent(part: float) -> str:
    """Write a part, rounded down so that what is kept is not overstated.

    >>> _percent(0.8999), _percent(0.9), _percent(0.01), _percent(0.005)
    ('89.9 %', '90 %', '1 %', '0.5 %')
    >>> _percent(0.99991)
    '99.991 %'
    """
    import math

    digits = 1 if part <= 0.999 else 3 if part <= 0.99999 else 6
    return f"{math.floor(10 ** (digits + 2) * part + 1e-9) / 10**digits:.9g} %"
