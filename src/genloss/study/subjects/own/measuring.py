"""What is measured of a fit: rows that it makes beside held-out real ones, and what it says of those itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, get_type_hints

import numpy as np

from genloss.errors import Problem, nearest
from genloss.metrics import METRICS, SampleErrors, measure
from genloss.metrics.judged import TOGETHER
from genloss.metrics.kinds import has_rare_kinds
from genloss.models.protocol import HasLogProb, Predicts
from genloss.populations.own_rows import (
    JUDGED,
    MISSES,
    SURPRISE,
    WORDING,
    Seen,
    columns_of,
    copied,
    evidence_of,
    is_labeled,
    made_alike,
    metrics_of_fits,
    row_count,
    seen_of,
)
from genloss.study.subjects.own.judging import judge_of, seen_by
from genloss.study.subjects.own.labels import misses
from genloss.study.subjects.own.telling import told, word_surprise

_OF_THE_FIT = {SURPRISE, MISSES, *WORDING}
_MADE = "made_word_surprise"


def measured(
    fit: Any,
    held_out: Any,
    seen: Seen,
    metrics: Sequence[str],
    rng: np.random.Generator,
    first: Callable[[], Any] | None = None,
) -> dict[str, float]:
    """Return the values of metrics of a fit, by name.

    seen: the held-out rows as metrics see them. first: returns the fit of generation 0; None: it is this one.
    """
    made, more, rows = seen, dict[str, Any](), held_out
    if any(not _needs(name) <= _OF_THE_FIT or _MADE in _needs(name) for name in metrics):
        count = row_count(held_out)
        rows = made_alike(fit.sample(count, rng), held_out, count, seen=seen)
        made = seen_of(rows, "generator")
    if any(JUDGED & _needs(name) for name in metrics):
        more |= seen_by(judge_of(held_out), held_out, rows)
    if any(SURPRISE in _needs(name) for name in metrics):
        more[SURPRISE] = _surprise(fit, held_out)
    if any(MISSES in _needs(name) for name in metrics):
        more[MISSES] = _misses(fit, held_out)
    if any(WORDING & _needs(name) for name in metrics):
        more |= told(fit, copied(held_out), set().union(*map(_needs, metrics)))
    if any(_MADE in _needs(name) for name in metrics):
        more[_MADE] = word_surprise(fit if first is None else first(), rows)
    evidence = evidence_of(seen, made, **more)
    return {name: float(measure(name, evidence)) for name in metrics}


def floor(real: Any, held_out: Any, seen: Seen, metrics: Sequence[str]) -> dict[str, float]:
    """Return the values of metrics of real rows beside the held-out ones: what one of the true law has on average.

    seen: the held-out rows as metrics see them.
    """
    judged = any(JUDGED & _needs(name) for name in metrics)
    evidence = evidence_of(seen, seen_of(real), **(seen_by(judge_of(held_out), held_out, real) if judged else {}))
    return {name: float(measure(name, evidence)) for name in metrics if not _needs(name) & _OF_THE_FIT}


def refuse_metrics(rows: Any, metrics: Sequence[str]) -> None:
    """Refuse metrics that rows of this form do not have."""
    fitting = metrics_of_fits(rows)
    for name in metrics:
        if name not in fitting:
            found = f"{name} does not measure rows of this form"
            raise Problem("metrics", found, f"{nearest(name, fitting)}; of these rows: {', '.join(fitting)}")


def by_number(metrics: Sequence[str]) -> bool:
    """Whether some of the metrics look at columns of numbers."""
    return any("real_rows" in _needs(name) for name in metrics)


def default_metrics(rows: Any, model: Any = None) -> list[str]:
    """Return the metrics that rows of this form are judged by where none are named.

    model: where it labels rows (X, y), the error of its predictions comes first.
    """
    if isinstance(rows, list):
        return ["words_left", "pairs_left", "text_length", "unseen_mass"]
    if is_labeled(rows) and np.ndim(rows[0]) > 2:
        return [*(["held_out_error"] if is_labeler(model) else []), *TOGETHER]
    columns = columns_of(rows)
    varying = int(columns.varying.sum())
    chosen = ["held_out_error"] if is_labeler(model) and isinstance(rows, tuple) and len(rows) == 2 else []
    if columns.names and (varying or not columns.kind_names):
        chosen += ["energy_distance", "variance_left", "tail_left"]
        chosen += ["correlation_distance"] if varying > 1 else []
    if columns.kind_names:
        chosen += ["kinds_left", "kind_distance"]
        chosen += ["rare_kinds_left"] if has_rare_kinds(columns.kinds) else []
    return chosen


def is_labeler(model: Any) -> bool:
    """Whether fits of a model predict labels, as far as its fit says what it returns.

    >>> from genloss.models.neural import Softmax
    >>> is_labeler(Softmax()), is_labeler(None)
    (True, False)
    """
    try:
        made = get_type_hints(type(model).fit).get("return")
    except (AttributeError, NameError, TypeError):
        return False
    return callable(getattr(made, "predict", None))


def _needs(name: str) -> frozenset[str]:
    """What the metric needs to know of rows or of their fit."""
    return METRICS[name].need_of(SampleErrors)


def _surprise(fit: Any, held_out: Any) -> Any:
    if not isinstance(fit, HasLogProb):
        mend = "leave held_out_loss out, or let the fit have log_prob(rows), one logarithm of a probability a row"
        raise Problem("metrics: held_out_loss", f"a {type(fit).__name__} has no log_prob", mend)
    logs = np.asarray(fit.log_prob(copied(held_out)), dtype=float)
    return np.asarray(-_one_a_row(logs, held_out, "log_prob").mean())


def _misses(fit: Any, held_out: Any) -> Any:
    if not isinstance(fit, Predicts) or not (isinstance(held_out, tuple) and len(held_out) == 2):
        mend = "leave held_out_error out, or give (X, y) and a model whose fit has predict(X)"
        raise Problem("metrics: held_out_error", f"a {type(fit).__name__} does not predict labels of rows", mend)
    said, labels = (_one_column(np.asarray(each)) for each in (fit.predict(copied(held_out[0])), held_out[1]))
    _one_a_row(said, held_out, "predict")
    if labels.ndim != 1:
        found = f"y of shape {labels.shape}: it is measured of one label a row"
        raise Problem("metrics: held_out_error", found, "leave held_out_error out, or give one column as y")
    return np.asarray(misses(said, labels))


def _one_column(values: Any) -> Any:
    """Return a table of one column as that column: beside others it would be each of them beside all."""
    return values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values


def _one_a_row(values: Any, rows: Any, what: str) -> Any:
    if values.shape != (row_count(rows),):
        found = f"{what} of {row_count(rows)} rows returned an array of shape {values.shape}"
        raise Problem("generator", found, "return one number for each row")
    return values
