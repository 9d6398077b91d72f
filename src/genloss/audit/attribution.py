"""Why does a model lose something in one generation? Too few rows, too small a family, or a fit that does not arrive.

The fitted model is taken for the truth, and refitted to its own rows: what is lost then is none of the family's fault.
docs/theory/attribution.md derives each number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.audit.causes import (
    AT_LEAST,
    AT_MOST,
    ESTIMATED,
    EXPRESSIVITY,
    OPTIMIZATION,
    SAMPLING,
    UNKNOWN,
    Attribution,
    Cause,
)
from genloss.audit.judges import Judge, Kind, kind_of, smooths
from genloss.doors import Advice, Setting
from genloss.errors import Problem, clipped, is_from, refuse_uncalled, shown
from genloss.models.adapters import adapted
from genloss.models.protocol import Among, Fitted, HasNotes, Model
from genloss.populations.own_rows import as_rows, columns_of, made_alike, row_count, take
from genloss.report.numbers import short
from genloss.room import refuse_memory
from genloss.streams import stream

Array = NDArray[np.float64]

_FEWEST = 40
_SHARED = 2.0  # variance of a mean over refits, as fits share real rows; measured (verification/attribution.txt)
_FALLS = 3.0  # standard errors from which on a squared bias is said to fall with rows
_FROM_DATA = (
    "rows alone, without a model that can be refitted, do not say why something was lost: a small family, few rows and "
    "a fit that stopped early can leave the same rows"
)


def attribute(
    model: Any,
    data: Any,
    *,
    held_out: float = 0.25,
    repetitions: int = 10,
    many: float = 40.0,
    bayes_loss: float | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Attribution:
    """Say which part of a model's loss in one generation is of finite rows, of its family, and of its fit.

    model: as `genloss.chain` takes it; None: there is none, and the answer is that causes are not identifiable from
    data alone. data: real rows, as `genloss.chain` takes them, not texts. held_out: the share of them by which a fit to
    the others is judged, .05 to .5; each row is held out once in every repetition. repetitions: of all of it, from 2
    on. many: how many times the rows stand for infinitely many, 4 to 1,000; a fit to so many is made in each
    repetition. bayes_loss: of a classifier or regressor, the loss of the true law, where it is known. progress: is
    called with repetitions done and all of them.

    Returns sampling error, expressivity error and optimization error with standard errors and 95 % intervals, which add
    up to the loss on held-out rows (of a model that labels: above that of the true law). Status: estimates. Errors:
    `Problem` for data and models that do not go together, and where a fit fails.

    >>> from sklearn.mixture import GaussianMixture
    >>> two = np.random.default_rng(0).normal(size=(100, 1)) + np.repeat([[-4], [4]], 50, axis=0)
    >>> one, both = (attribute(GaussianMixture(k), two, repetitions=3)["expressivity_error"] for k in (1, 2))
    >>> one.low > 0, both.low > 0
    (True, False)
    """
    rows = as_rows(data, "data")
    count = row_count(rows)
    _refuse(count, held_out, repetitions, many, bayes_loss, progress)
    if model is None:
        return not_identifiable(count, seed)
    own = adapted(model)
    if not isinstance(own, Model) or isinstance(own, type):
        mend = "give an object with fit(data, weights, rng, *, start=None), e.g. GaussianMixture(3) of scikit-learn"
        raise Problem("model", f"{clipped(repr(model), 60)} is not a model", mend)
    kind = kind_of(own, rows)
    _refuse_large(rows, many)
    asked = _Asked(own, rows, kind, round(1 / held_out), many, seed)
    found = []
    for r in range(repetitions):
        found.append(_repetition(asked, r))
        if progress:
            progress(r + 1, repetitions)
    return _summed(asked, model, found, bayes_loss)


def _refuse(count: int, held_out: Any, repetitions: Any, many: Any, bayes_loss: Any, progress: Any) -> None:
    refuse_uncalled("progress", progress)
    if count < _FEWEST:
        raise Problem("data", f"{count} rows", f"give {_FEWEST} rows or more, better hundreds")
    if isinstance(held_out, bool) or not is_from(held_out, 0.05, 0.5):
        raise Problem("held_out", shown(held_out), "give a share of the rows from .05 to .5, e.g. 0.25")
    if isinstance(repetitions, bool) or not isinstance(repetitions, int) or not 2 <= repetitions <= 1000:
        raise Problem("repetitions", shown(repetitions), "give a whole number from 2 to 1,000, e.g. 10")
    if isinstance(many, bool) or not is_from(many, 4, 1000):
        raise Problem("many", shown(many), "give a number from 4 to 1,000, e.g. 40")
    if bayes_loss is not None and (isinstance(bayes_loss, bool) or not is_from(bayes_loss, -1e300, 1e300)):
        raise Problem(
            "bayes_loss", shown(bayes_loss), "give the loss of the best possible model as a number, or leave it out"
        )


def _refuse_large(rows: Any, many: float) -> None:
    """Refuse rows of a refit that would not fit into memory, with a copy of them."""
    columns = columns_of(rows, "data")
    count, width = many * len(columns), columns.numbers.shape[1] + 8 * columns.kinds.shape[1]
    mend = Advice("give fewer of the rows, or a smaller number (", Setting("many"), ")")
    refuse_memory("many", 16.0 * count * width, f"{count:,.0f} rows of one refit", mend)


@dataclass(frozen=True)
class _Asked:
    """What is asked. folds: parts of the rows, each of which is held out once in a repetition. said: what fits note."""

    model: Model[Any]
    rows: Any
    kind: Kind
    folds: int
    many: float
    seed: int
    said: dict[str, int] = field(default_factory=dict)

    def rng(self, *key: str | int) -> np.random.Generator:
        return stream(self.seed, "attribution", *key)

    def fit(self, model: Model[Any], rows: Any, *key: str | int) -> Fitted[Any]:
        try:
            made = model.fit(rows, None, self.rng("fit", *key))
        except Problem:
            raise
        except Exception as error:
            found = f"a fit to {row_count(rows):,} rows raised {type(error).__name__}: {clipped(str(error))}"
            raise Problem("model", found, "run genloss check-model on it, or give more rows") from error
        if not isinstance(made, Fitted):
            mend = "return an object with sample(count, rng)"
            raise Problem("model", f"fit returned a {type(made).__name__}, which has no method sample", mend)
        for note in made.notes if isinstance(made, HasNotes) else ():
            self.said[str(note.what)] = self.said.get(str(note.what), 0) + 1
        return made

    def drawn(self, fit: Fitted[Any], count: int, like: Any, *key: str | int) -> Any:
        return made_alike(fit.sample(count, self.rng("rows", *key)), like, count)


@dataclass(frozen=True)
class _Found:
    """One repetition. real, own (folds,): losses on held-out rows, and of refits to own rows. far: of one to many."""

    real: Array
    own: Array
    far: float
    seeds: float
    pieces: tuple[float, float, float] | None


def _repetition(asked: _Asked, r: int) -> _Found:
    """Hold out each part once; refit to as many own rows, and once to many.

    The rows that are drawn of a fit serve all comparisons with it, so that their luck falls out of differences.
    """
    order = asked.rng("order", r).permutation(row_count(asked.rows))
    parts = np.array_split(order, asked.folds)
    real, own = np.empty(asked.folds), np.empty(asked.folds)
    far, seeds, pieces = np.nan, np.nan, None
    for k, held in enumerate(parts):
        training = np.concatenate([part for other, part in enumerate(parts) if other != k])
        rows, judge = take(asked.rows, training), asked.kind.at(take(asked.rows, held))
        model = asked.model.among(rows) if isinstance(asked.model, Among) else asked.model
        fit = asked.fit(model, rows, r, k)
        seen = judge.seen(fit, asked.rng("seen", r, k))
        real[k] = judge.loss(seen)

        def again(rows: Any, *key: str | int, model: Model[Any] = model, judge: Judge = judge, k: int = k) -> Any:
            return judge.seen(asked.fit(model, rows, r, k, *key), asked.rng("seen", r, k, *key))

        made = asked.drawn(fit, len(training), rows, r, k)
        own[k] = judge.apart(seen, again(made, "own"))
        if k == 0:
            more = asked.drawn(fit, round(asked.many * len(training)), rows, r, "many")
            far = judge.apart(seen, again(more, "many"))
            seeds = judge.apart(seen, again(rows, "seed")) / 2
            pieces = _pieces(rows, judge, again)
    return _Found(real, own, far, seeds, pieces)


def _pieces(rows: Any, judge: Judge, again: Callable[..., Any]) -> tuple[float, float, float] | None:
    """Return the squared bias of fits to a quarter and to half of the rows, and the variance of those to half.

    The variance is half the mean squared distance of fits to different rows, the squared bias the mean loss less that:
    unbiased where losses are squared distances. None where such fits fail.
    """
    try:
        biases, variance = [], np.nan
        for pieces in (4, 2):
            places = np.array_split(np.arange(row_count(rows)), pieces)
            seen = [again(take(rows, some), "piece", pieces, number) for number, some in enumerate(places)]
            between = [judge.apart(one, two) for one in seen for two in seen if one is not two]
            variance = float(np.mean(between)) / 2
            biases.append(float(np.mean([judge.loss(each) for each in seen])) - variance)
    except Problem:
        return None
    return biases[0], biases[1], variance


def _summed(asked: _Asked, model: Any, found: Sequence[_Found], bayes_loss: float | None) -> Attribution:
    real, own = (np.array([getattr(each, name) for each in found]) for name in ("real", "own"))
    far = np.array([each.far for each in found])
    many = asked.many
    sampling = _ends(
        SAMPLING,
        float(own.mean() - far.mean()) * many / (many - 1),
        float(np.sqrt(_SHARED * own.var(ddof=1) / own.size + far.var(ddof=1) / far.size)),
        own.size - 1,
    )
    optimization = _over(OPTIMIZATION, (many * far - own.mean(axis=1)) / (many - 1))
    known = asked.kind.known or bayes_loss is not None
    floor = bayes_loss or 0.0
    error = _error_of_held_out(real, own)
    freedom = len(found) * (asked.folds - 1)
    loss = _ends("loss", float(real.mean()) - floor, error, freedom)
    gap = _ends(EXPRESSIVITY, float((real - own).mean()) - floor, error, freedom)
    if not known:
        gap = Cause(EXPRESSIVITY, UNKNOWN, high=gap.high, why=_NO_BAYES)
    by_rows, falls = _by_rows(found, squares=asked.kind.squares)
    if known and (falls or smooths(asked.model)):
        why = _FALLING if falls else _SMOOTHER
        gap = Cause(EXPRESSIVITY, AT_MOST, gap.value, gap.standard_error, gap.low, gap.high, why)
        sampling = _bounded(sampling, AT_LEAST)
    said = clipped(" ".join(repr(model).split()), 100)
    rows = row_count(asked.rows)
    return Attribution(
        model=type(model).__name__ if " at 0x" in said else said,
        rows=rows - rows // asked.folds,
        measure=asked.kind.measure,
        unit=asked.kind.unit,
        repetitions=len(found),
        many=many,
        seed=asked.seed,
        loss=loss,
        causes=(sampling, gap, optimization),
        seeds=_over("seeds", np.array([each.seeds for each in found])),
        by_rows=by_rows,
        notes=(*_notes(asked.said), *_more(by_rows, sampling)),
    )


_NO_BAYES = (
    "it needs the loss of the true law, which real labels do not show; the difference of this loss between two models, "
    "with one seed, is that of their expressivity and sampling errors"
)
_FALLING = (
    "the squared bias of fits falls with rows, as of smoothers, which do not see their smoothing in rows of their own: "
    "part of this vanishes as rows grow, and is sampling error"
)
_SMOOTHER = (
    "a kernel density smooths what it was given, and its own rows are smooth already: which part of this vanishes as "
    "rows grow cannot be told"
)


def _over(name: str, values: Array) -> Cause:
    """Return the mean over repetitions with its t interval."""
    return _ends(name, float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))), len(values) - 1)


def _ends(name: str, value: float, error: float, freedom: float) -> Cause:
    from scipy.stats import t

    half = float(t.ppf(0.975, freedom)) * error
    return Cause(name, ESTIMATED, value, error, value - half, value + half)


def _bounded(cause: Cause, status: str) -> Cause:
    return Cause(cause.name, status, cause.value, cause.standard_error, cause.low, cause.high)


def _error_of_held_out(real: Array, own: Array) -> float:
    """Standard error of the mean loss on held-out rows less that of refits, (repetitions, folds) each.

    All repetitions part the same rows, so that they only tell how much the parting matters. Parts that are held out
    tell how much a repetition would differ on other rows; what is left of that without the parting is the rows' own. It
    is at least what pairs of rows leave, of which a repetition has one in `folds` within a part.
    """
    repetitions, folds = real.shape
    whole, parting = float(real.var(axis=1, ddof=1).mean()) / folds, float(real.mean(axis=1).var(ddof=1))
    of_rows = max(whole - parting, whole / folds)
    return float(np.sqrt(of_rows + parting / repetitions + own.var(ddof=1) / own.size))


def _by_rows(found: Sequence[_Found], *, squares: bool) -> tuple[tuple[Cause, ...], bool]:
    """Return what fits to parts of the real rows show, and whether their squared bias falls with rows."""
    kept = [each.pieces for each in found if each.pieces is not None]
    if len(kept) < len(found):
        return (), False
    quarter, half, variance = np.array(kept).T
    scaled = _over("variance of fits to other real rows", variance / 2)
    if not squares:
        return (scaled,), False
    fall = _over("squared bias: fall", quarter - half)
    biases = _over("squared bias: a quarter of the rows", quarter), _over("squared bias: half of the rows", half)
    return (scaled, *biases, fall), (fall.value or 0.0) > _FALLS * (fall.standard_error or 0.0)


def _notes(said: Mapping[str, int]) -> Iterator[str]:
    for what, count in said.items():
        yield f"the model {what} in {count:,} fit{'s' * (count != 1)}"


def _more(by_rows: Sequence[Cause], sampling: Cause) -> Iterator[str]:
    """Say where real rows move fits more than rows of a fit do, as of a family that does not hold their law."""
    if by_rows and (by_rows[0].low or 0.0) > (sampling.high or 0.0):
        yield (
            f"fits to other real rows vary by {short(by_rows[0].value or 0.0)}, and fits to rows of their own by "
            f"{short(sampling.value or 0.0)} alone: so much more of the loss vanishes as rows grow than is told as "
            "sampling error"
        )


def not_identifiable(rows: int, seed: int = 0) -> Attribution:
    """Return the answer where there are rows and no model."""
    causes = tuple(Cause(name, UNKNOWN, why=_FROM_DATA) for name in (SAMPLING, EXPRESSIVITY, OPTIMIZATION))
    none = Cause("loss", UNKNOWN)
    return Attribution("no model", rows, "none", "", 0, 0.0, seed, none, causes, Cause("seeds", UNKNOWN))
