"""Does a model keep the contract? Fitted and sampled as a chain does it, and what is missing said."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from genloss.errors import Problem, clipped
from genloss.models.adapters import adapted
from genloss.models.adapters.seeding import global_states, states_changed, states_kept
from genloss.models.command import Command
from genloss.models.protocol import Fitted, HasState, Model
from genloss.models.varied import with_constant, with_rare_word
from genloss.populations.own_rows import as_rows, columns_of, is_texts, made_alike, row_count, take, to_bytes
from genloss.streams import stream

MOST_ROWS = 1000
"""Rows that a model is checked on at most."""
_Z = 4.5  # standard errors beyond which a difference is none of chance
_FEWEST = 300  # rows in which an order is looked for
_LEAST = 20  # rows that are needed to say anything


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing of the contract. well: whether it is kept; None: it could not be asked. mend: what to do where not."""

    what: str
    well: bool | None
    said: str
    mend: str = ""

    def __str__(self) -> str:
        """Say it in a line."""
        mark = {True: "well", False: "missing", None: "not asked"}[self.well]
        return f"{mark}: {self.what}: {self.said}" + (f"\n  mend: {self.mend}" if self.mend else "")


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of checking a model."""

    model: str
    rows: int
    findings: tuple[Finding, ...]

    @property
    def well(self) -> bool:
        """Whether nothing is missing."""
        return all(finding.well is not False for finding in self.findings)

    @property
    def missing(self) -> tuple[Finding, ...]:
        """What is missing."""
        return tuple(finding for finding in self.findings if finding.well is False)

    def __str__(self) -> str:
        """Say all of it."""
        count = len(self.missing)
        things = f"{count} thing{'s' * (count != 1)} {'is' if count == 1 else 'are'} missing"
        end = f"{self.model} keeps the contract." if self.well else f"{self.model}: {things}."
        return "\n".join([*map(str, self.findings), end])

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        findings = [asdict(finding) for finding in self.findings]
        return {
            "schema": "model-check/1", "model": self.model, "rows": self.rows, "well": self.well, "findings": findings,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is checked: a model, rows, and from where all randomness comes."""

    model: Model[Any]
    rows: Any
    seed: int

    def rng(self, *key: str | int) -> np.random.Generator:
        return stream(self.seed, "check", *key)

    def fit(self, rows: Any = None, weights: Any = None, start: Any = None, key: int = 0) -> Fitted[Any]:
        made = self.model.fit(self.rows if rows is None else rows, weights, self.rng("fit", key), start=start)
        if not isinstance(made, Fitted):
            mend = "return an object with sample(count, rng)"
            raise Problem("fit", f"returned a {type(made).__name__}, which has no method sample", mend)
        return made

    def sample(self, fit: Fitted[Any], count: int, key: int = 0, like: Any = None) -> Any:
        rows = fit.sample(count, self.rng("sample", key))
        return made_alike(rows, self.rows if like is None else like, count, "sample")


def check(model: Any, rows: Any, *, seed: int = 0) -> Checked:
    """Run a model through all that a chain asks of it; nothing is raised for what it does wrong.

    model: an object with fit, or one that an adapter knows. rows: as `genloss.chain` takes them, of which at most
    `MOST_ROWS` are used. seed: of the random numbers. Errors: `Problem` for rows that no model can be given.

    >>> from sklearn.mixture import GaussianMixture
    >>> check(GaussianMixture(2), np.random.default_rng(0).normal(size=(100, 2))).well
    True
    """
    held, own = as_rows(rows, "data"), adapted(model)
    count = row_count(held)
    if not is_texts(held):
        columns_of(held, "data")
    if count < _LEAST:
        raise Problem("data", f"{count} rows", f"give {_LEAST} rows or more")
    used = min(count, MOST_ROWS)
    held = take(held, np.sort(stream(seed, "check", "rows").permutation(count)[:used]))
    said = " ".join(repr(model).split())
    name = f"{type(model).__name__}" if " at 0x" in said else clipped(said, 100)
    if not isinstance(own, Model) or isinstance(own, type):
        mend = "give an object with fit(data, weights, rng, *, start=None), which returns what has sample(count, rng)"
        return Checked(name, used, (Finding("fit", False, f"{name} is not a model: it has no method fit", mend),))
    with states_kept(), np.errstate(all="ignore"):  # what rows are too large for is told by a finding
        findings = list(_findings(_Asked(own, held, seed)))
    return Checked(name, used, tuple(findings))


_Check = Callable[[_Asked], Finding]


def _findings(asked: _Asked) -> Iterator[Finding]:
    """Yield what is found, each on rows of its own; a model that cannot be fitted and sampled is asked no more."""
    for what, one in _CHECKS.items():
        try:
            finding = one(replace(asked, rows=deepcopy(asked.rows)))
        except Exception as error:
            finding = Finding(what, False, _raised(error), _mend_of(error))
        yield finding
        if what in (FITS, COUNT) and not finding.well:
            return


def _raised(error: Exception) -> str:
    """Say what a model raised."""
    if isinstance(error, Problem):
        return error.found if error.where in ("generator", "fit", "sample") else f"{error.where}: {error.found}"
    return f"it raised {type(error).__name__}: {clipped(' '.join(str(error).split()))}"


def _mend_of(error: Exception) -> str:
    return error.mend if isinstance(error, Problem) else "run the model on such rows alone, and mend what raised this"


def _fits(asked: _Asked) -> Finding:
    try:
        asked.fit()
    except Exception as error:
        mend = "let fit take (data, weights, rng, *, start=None) and return an object with sample(count, rng)"
        return Finding(FITS, False, _raised(error), _mend_of(error) if isinstance(error, Problem) else mend)
    return Finding(FITS, True, f"{row_count(asked.rows):,} rows")


def _samples_as_many(asked: _Asked) -> Finding:
    fit = asked.fit()
    counts = (1, 7, row_count(asked.rows) + 1)
    for place, count in enumerate(counts):
        asked.sample(fit, count, place)
    return Finding(COUNT, True, f"{', '.join(map(str, counts))} rows, each time of the columns of the real ones")


def _same_key(asked: _Asked) -> Finding:
    one, other = (asked.sample(asked.fit(), 32) for _ in range(2))
    if to_bytes(one) == to_bytes(other):
        return Finding(SAME, True, "fitted twice, it made the same rows")
    mend = "let all randomness come from rng: seed what needs a seed with int(rng.integers(2**31))"
    if isinstance(asked.model, Command):
        mend = "let all randomness follow from {seed}"
    return Finding(SAME, False, "fitted twice to the same rows with the same key, it made other rows", mend)


def _other_key(asked: _Asked) -> Finding:
    fit = asked.fit()
    one, other = asked.sample(fit, 32, 0), asked.sample(fit, 32, 1)
    if to_bytes(one) != to_bytes(other):
        return Finding(OTHER, True, "another key made other rows")
    mend = "draw from the rng that sample is given, each time anew; a fixed random_state makes each batch the same"
    if isinstance(asked.model, Command):
        mend = "put {seed} into the command, and let all randomness follow from it"
    return Finding(OTHER, False, "two keys made the same rows: all batches of a chain would be copies", mend)


def _leaves_inputs(asked: _Asked) -> Finding:
    before = to_bytes(asked.rows)
    fit = asked.fit()
    if to_bytes(asked.rows) != before:
        return Finding(INPUTS, False, "fit changed the rows that it was given", "let it work on a copy: data.copy()")
    asked.sample(fit, 32)
    if to_bytes(asked.rows) != before:
        return Finding(INPUTS, False, "sample changed the rows that were fitted", "keep a copy in the fit")
    return Finding(INPUTS, True, "the rows are as they were")


def _order(asked: _Asked) -> Finding:
    count = max(_FEWEST, row_count(asked.rows))
    name, far = _most_ordered(asked.sample(asked.fit(), count))
    if far <= _Z:
        return Finding(ORDER, True, f"rows stand in no order that {count} of them would show")
    mend = "shuffle them: return rows[rng.permutation(count)]; batches are taken by place"
    found = f"the order of rows says something: {name} is sorted or comes in runs ({far:.0f} standard errors)"
    return Finding(ORDER, False, found, mend)


def _weights(asked: _Asked) -> Finding:
    name, values = _column_to_weigh(asked.rows)
    weights = uneven_weights(asked.rows)
    if weights is None:
        return Finding(WEIGHTS, None, "no column that differs")
    try:
        fit = asked.fit(weights=weights)
    except Problem as problem:
        return Finding(WEIGHTS, True, f"weights are refused by name: {problem.found}")
    except Exception as error:
        mend = "let fit count the weights, or refuse them by name: raise genloss.Problem where weights is not None"
        return Finding(WEIGHTS, False, f"given weights, {_raised(error)}", mend)
    count = max(_FEWEST, row_count(asked.rows))
    seen = _column_to_weigh(asked.sample(fit, count), asked.rows)[1]
    plain, meant = float(values.mean()), float((weights * values).mean())
    allowed = float(np.std(seen) + np.std(values)) / np.sqrt(count)
    mean = float(np.mean(seen))
    if abs(mean - plain) > 2 * allowed and abs(mean - meant) < abs(mean - plain):
        return Finding(WEIGHTS, True, f"weights count: the mean of {name} went from {plain:.3g} to {mean:.3g}")
    if isinstance(asked.rows, tuple) and to_bytes(asked.sample(fit, count)) != to_bytes(
        asked.sample(asked.fit(), count)
    ):
        return Finding(WEIGHTS, True, "weights count: with the same key other labels are drawn")  # given their inputs
    mend = "multiply each row's part of the loss by its weight, or raise genloss.Problem where weights is not None"
    found = f"weights are taken and do not count: {name} has the mean {mean:.3g}, and with them {meant:.3g} is due"
    return Finding(WEIGHTS, False, found, mend)


def uneven_weights(rows: Any) -> Any:
    """Return weights of mean 1 by which rows of large values count more than others; None where no column differs."""
    values = _column_to_weigh(rows)[1]
    if values is None:
        return None
    high = values > np.median(values) if (values > np.median(values)).any() else values >= np.median(values)
    weights = np.where(high, 1.9, 0.1)
    return weights / weights.mean()


def _start(asked: _Asked) -> Finding:
    first = asked.fit()
    try:
        asked.sample(asked.fit(start=first, key=1), 8)
    except Problem as problem:
        return Finding(START, True, f"a start is refused by name: {problem.found}")
    return Finding(START, True, "a start is taken")


def _state(asked: _Asked) -> Finding:
    fit = asked.fit()
    if not isinstance(fit, HasState):
        return Finding(STATE, None, "the fit has no state()")
    state = fit.state()
    if not isinstance(state, Mapping) or any(np.asarray(array).dtype == object for array in state.values()):
        return Finding(STATE, False, "state() holds what is no plain array", "return plain arrays by name")
    back = getattr(asked.model, "from_state", None)
    if back is None:
        return Finding(STATE, True, f"state() holds {len(state)} plain arrays")
    again = back({name: np.array(array) for name, array in state.items()})
    if to_bytes(asked.sample(again, 32)) == to_bytes(asked.sample(fit, 32)):
        return Finding(STATE, True, "a fit from its state makes the same rows")
    mend = "keep in state() all that sample needs"
    return Finding(STATE, False, "a fit from its state makes other rows", mend)


def _constant(asked: _Asked) -> Finding:
    return _survives(asked, CONSTANT, with_constant(asked.rows), "no columns of numbers")


def _rare(asked: _Asked) -> Finding:
    return _survives(asked, RARE, with_rare_word(asked.rows), "no column of words")


def _survives(asked: _Asked, name: str, rows: Any, lacking: str) -> Finding:
    """Fit rows that were varied, and draw; None: there is nothing to vary, which `lacking` says."""
    if rows is None:
        return Finding(name, None, lacking)
    asked.sample(asked.fit(rows), 8, like=rows)
    return Finding(name, True, "fits and samples")


def _global_state(asked: _Asked) -> Finding:
    _move_on()  # a model that seeds may have left the very state that it makes
    before = global_states()
    asked.sample(asked.fit(), 32)
    drawn = states_changed(before)
    if not drawn:
        return Finding(GLOBAL, True, f"{', '.join(before)}: left alone")
    mend = "draw from the rng that fit and sample are given; seed what needs a seed with int(rng.integers(2**31))"
    return Finding(GLOBAL, False, f"it draws from, or seeds, {' and '.join(drawn)}, which all of a program share", mend)


def _move_on() -> None:
    np.random.random()  # noqa: NPY002
    random.random()
    if torch := sys.modules.get("torch"):
        torch.rand(1)


def _most_ordered(rows: Any) -> tuple[str, float]:
    """Return the column whose order is farthest from chance, and by how many standard errors."""
    found = [(name, max(_run_z(values), _trend_z(values))) for name, values in _all_columns(rows)]
    return max(found, key=lambda each: each[1], default=("", 0.0))


def _all_columns(rows: Any) -> Iterator[tuple[str, Any]]:
    """Yield columns as numbers: ranks of numbers, places of words, lengths of texts."""
    if is_texts(rows):
        yield "the length of texts", np.array([len(text) for text in rows], dtype=float)
        return
    columns = columns_of(rows, "sample")
    for place, name in enumerate(columns.names):
        yield f"column {name!r}", columns.numbers[:, place]
    for place, name in enumerate(columns.kind_names):
        for word in np.unique(columns.kinds[:, place].astype(str))[:20]:
            yield f"column {name!r}", (columns.kinds[:, place] == word) + 0.0


def _ranks(values: Any) -> Any:
    order = np.unique(values, return_inverse=True)[1].astype(float)
    spread = order.std()
    return None if spread == 0 else (order - order.mean()) / spread


def _run_z(values: Any) -> float:
    """How far the correlation of neighbors is from none, in standard errors."""
    ranks = _ranks(values)
    return 0.0 if ranks is None else float(abs((ranks[1:] * ranks[:-1]).mean()) * np.sqrt(len(ranks)))


def _trend_z(values: Any) -> float:
    """How far the correlation with the place is from none, in standard errors."""
    ranks = _ranks(values)
    places = _ranks(np.arange(len(values)))
    return 0.0 if ranks is None else float(abs((ranks * places).mean()) * np.sqrt(len(ranks)))


def _column_to_weigh(rows: Any, like: Any = None) -> tuple[str, Any]:
    """Return a column by which rows are weighed, as numbers; of (X, y) it is y, as whoever labels leaves inputs alone.

    like: the rows whose most frequent word is meant.
    """
    if isinstance(rows, tuple) and len(rows) == 2:
        name, values = _column_to_weigh(rows[1], None if like is None else like[1])
        return "the labels" if name else name, values
    if is_texts(rows):
        return "the length of texts", np.array([len(text) for text in rows], dtype=float)
    columns = columns_of(rows, "sample")
    spread = [place for place in range(len(columns.names)) if np.ptp(columns.numbers[:, place]) > 0]
    first = columns if like is None else columns_of(like)
    spread = spread if like is None else [p for p in range(len(first.names)) if np.ptp(first.numbers[:, p]) > 0]
    if spread:
        return f"column {columns.names[spread[0]]!r}", columns.numbers[:, spread[0]]
    for place, name in enumerate(first.kind_names):
        words, counts = np.unique(first.kinds[:, place].astype(str), return_counts=True)
        if len(words) > 1:
            return f"column {name!r}", (columns.kinds[:, place].astype(str) == words[counts.argmax()]) + 0.0
    return "", None


FITS = "it fits"
COUNT, SAME, OTHER = "it samples as many rows as asked", "the same key makes the same rows", "another key, other rows"
INPUTS, ORDER = "it leaves its inputs alone", "the order of rows says nothing"
WEIGHTS, START, STATE = "weights", "start", "state"
CONSTANT, RARE = "one constant column more", "one rare word more"
GLOBAL = "global random numbers"
_CHECKS: dict[str, _Check] = {
    FITS: _fits,
    COUNT: _samples_as_many,
    SAME: _same_key,
    OTHER: _other_key,
    INPUTS: _leaves_inputs,
    ORDER: _order,
    WEIGHTS: _weights,
    START: _start,
    STATE: _state,
    CONSTANT: _constant,
    RARE: _rare,
    GLOBAL: _global_state,
}
"""Every check by what it is about, in the order in which they are said; a new one is one function and one line."""
