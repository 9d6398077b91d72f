"""Does it pay, on these rows, to refit a model to its own predictions and to combine the fits?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from genloss.advise.estimators.combined_generations import CombinedGenerations, folds_of
from genloss.advise.estimators.held_out_chain import held_out
from genloss.advise.estimators.mean_penalty import MeanPenaltyRidge
from genloss.advise.estimators.named import estimator_named
from genloss.advise.estimators.recognized import squared_penalty_of
from genloss.advise.estimators.usable_numbers import refuse_unusable
from genloss.advise.estimators.when_not_to import leave_one_out
from genloss.advise.penalties.pages import page_of
from genloss.advise.penalties.question import Array
from genloss.errors import Problem
from genloss.report import Page, several, short
from genloss.results.answer import Answer, shown
from genloss.results.store import Table

__all__ = ["CombiningFits", "combining_fits"]

_PENALTIES = np.logspace(-8, 4, 97)


@dataclass(frozen=True, repr=False, eq=False)
class CombiningFits(Answer):
    """Whether combining a fit with its refits predicts better on rows left out. Fits in order, rounds + 1 of them.

    pays: whether the evidence is at least what was asked. weights: the best ones on these rows, adding up to 1. alone:
    mean squared error of each fit by itself on rows left out, in squared units of y. saved: what combining takes off
    that of the first fit, judged by weights from other rows; saved_error: its standard error; evidence: their ratio.
    penalty: of the mean squared error, where the model is ridge regression, else None. chosen_penalty: the one that
    leave-one-out takes instead; chosen_saved, chosen_saved_error: what that takes off; combined_there: whether
    combining pays at that penalty besides. alpha, chosen_alpha: penalty x rows, what scikit-learn's Ridge calls alpha.
    left_out_by: "leave-one-out" or "folds". note: why nothing was judged, or why refits are not used; "" else.
    status: "estimate".
    """

    model: str
    rows: int
    pays: bool
    weights: Array
    alone: Array
    saved: float
    saved_error: float
    evidence: float
    penalty: float | None
    chosen_penalty: float | None
    chosen_saved: float | None
    chosen_saved_error: float | None
    combined_there: bool | None
    left_out_by: str
    note: str = ""
    status: str = "estimate"

    schema = "combining_fits/1"
    also = ("part_saved", "alpha", "chosen_alpha")

    @property
    def part_saved(self) -> float:
        """`saved` as a part of the first fit's squared error on rows left out."""
        return self.saved / float(self.alone[0]) if self.alone[0] else 0.0

    @property
    def alpha(self) -> float | None:
        """`penalty` x rows, None where there is no penalty."""
        return None if self.penalty is None else self.penalty * self.rows

    @property
    def chosen_alpha(self) -> float | None:
        """`chosen_penalty` x rows, None where there is none."""
        return None if self.chosen_penalty is None else self.chosen_penalty * self.rows

    def page(self) -> Page:
        """Return the answer, and each fit's weight and error."""
        note = "fit 0 learns the labels, each other one what the fit before predicts. error: mean squared, left out."
        return page_of(self, "Does combining fits pay?", [shown(self._table(), "Fits", note)])

    def _lines(self) -> Sequence[str]:
        return ["combining pays" if self.pays else "combining does not pay", *self._sentences()]

    def _sentences(self) -> Sequence[str]:
        count, verb = self.weights.size - 1, "save" if self.saved >= 0 else "add"
        told = f"{short(100 * abs(self.part_saved))} % of the squared error on rows left out"
        judged = f"{told} ({short(abs(self.evidence))} standard errors)"
        refits = "one refit to its own predictions" if count == 1 else f"{count} refits to its own predictions"
        verdict = (
            f"Combining pays: the weights {several(self.weights)} for {self.model} and {refits} save {judged}."
            if self.pays
            else f"Combining does not pay: keep {self.model} as it is. With {refits} it would {verb} {judged}."
        )
        if self.note and not self.weights[1:].any():
            verdict = f"Combining does not pay: keep {self.model} as it is; {self.note.removeprefix('not combined: ')}."
        elif self.note:
            verdict += f" Note: {self.note}."
        return [
            verdict,
            *self._about_the_penalty(),
            f"This is an {self.status} from {self.rows:,} rows by {self.left_out_by}, and asymptotic: the rows are "
            "taken as independent, and each row's error is judged by weights from other rows.",
        ]

    def _about_the_penalty(self) -> Sequence[str]:
        if self.penalty is None or self.chosen_penalty is None or self.chosen_saved is None:
            return []
        part = 100 * abs(self.chosen_saved) / float(self.alone[0]) if self.alone[0] else 0.0
        verb = "saves" if self.chosen_saved >= 0 else "adds"
        more = "combining pays there too" if self.combined_there else "combining does not pay there"
        better = " That is the simpler way." if self.chosen_saved >= self.saved and self.pays else ""
        return [
            f"Another penalty instead of {self._both(self.penalty)}, the {self._both(self.chosen_penalty)} that "
            f"leave-one-out takes, {verb} {short(part)} %; {more}.{better} The penalty is of the mean squared error: "
            f"alpha of scikit-learn's Ridge is penalty x {self.rows:,} rows."
        ]

    def _both(self, penalty: float) -> str:
        return f"{short(penalty)} (alpha = {short(penalty * self.rows)})"

    def _table(self) -> Table:
        lines = [
            {"fit": g, "weight": float(weight), "error": float(error)}
            for g, (weight, error) in enumerate(zip(self.weights, self.alone, strict=True))
        ]
        return ["fit", "weight", "error"], lines


def combining_fits(
    X: ArrayLike,
    y: ArrayLike,
    *,
    estimator: str | Mapping[str, Any] | Any = "ridge",
    rounds: int = 1,
    least_evidence: float = 1.0,
    folds: Any = 10,
    seed: int = 0,
) -> CombiningFits:
    r"""Say whether sum_g a_g (fit g) predicts these rows better than the plain fit, fit g learning what g - 1 predicts.

    X (rows, features), y (rows,): at least 8 rows, independent of each other. estimator: words such as "ridge
    penalty=0.1" or "kernel_ridge", fitted to inputs of mean 0 and standard deviation 1, or any regressor of
    scikit-learn, fitted to X as it is: inputs are standardized for words alone. Every row counts once (there is no
    sample_weight). rounds, least_evidence, folds: as in `CombinedGenerations`, which is what fits
    and combines. seed: of the parts of the rows.

    For ridge regression and least squares the answer also says what the penalty that leave-one-out takes saves, which
    is compared with: at a penalty that is chosen well combining seldom has anything left to gain.
    Errors: `Problem` naming the argument. Status: estimate; standard errors are of independent rows.
    Source: docs/theory/combining.md. Checked by tests/unit/test_combining_fits.py and verification/combining_fits.py.

    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((200, 50))
    >>> found = combining_fits(X, 0.3 * X.sum(axis=1) + rng.standard_normal(200), estimator="ridge penalty=0.5")
    >>> found.pays, found.combined_there
    (True, False)
    """
    refuse_unusable(X=X, y=y)
    rows, labels = _checked(X, y)
    words = isinstance(estimator, str | Mapping)
    model = estimator_named(estimator, features=rows.shape[1]) if words else estimator
    inputs = _standardized(rows) if words else rows
    fit = CombinedGenerations(model, rounds=rounds, least_evidence=least_evidence, folds=folds, random_state=seed).fit(
        inputs, labels
    )
    predicted, how = held_out(model, inputs, labels, rounds, folds=folds_of(fit, len(labels)))
    alone = np.nanmean((labels[:, None] - predicted) ** 2, axis=0)
    told = squared_penalty_of(model)
    penalty = None if told is None else told[0] if told[1] else told[0] / len(labels)
    named = estimator if isinstance(estimator, str) else type(model).__name__
    return CombiningFits(
        named, len(labels), fit.combined_, fit.found_weights_, alone, fit.saved_, fit.saved_error_, fit.evidence_,
        penalty, *_instead(inputs, labels, predicted, penalty, how, fit), how, fit.note_,
    )  # fmt: skip


def _instead(
    x: Array, y: Array, predicted: Array, penalty: float | None, how: str, fit: CombinedGenerations
) -> tuple[float | None, float | None, float | None, bool | None]:
    """Return the penalty that leave-one-out takes, what it saves, its standard error, and whether combining pays there.

    The penalty is the minimizer on these rows, so that what it saves is told too high by the price of one choice.
    """
    if penalty is None or how != "leave-one-out" or fit.left_out_by_ == "none":
        return None, None, None, None
    spread = float((x - x.mean(axis=0)).var(axis=0).sum()) / x.shape[1] or 1.0
    centered = x - x.mean(axis=0), y - y.mean()
    chosen = leave_one_out(*centered, np.ones(len(y)), spread * _PENALTIES)
    other = held_out(MeanPenaltyRidge(chosen), x, y, 1, folds=2)[0][:, 0]
    saved = (y - predicted[:, 0]) ** 2 - (y - other) ** 2
    there = CombinedGenerations(
        MeanPenaltyRidge(chosen),
        rounds=fit.rounds,
        least_evidence=fit.least_evidence,
        random_state=fit.random_state,
    ).fit(x, y)
    return chosen, float(saved.mean()), float(saved.std(ddof=1) / np.sqrt(len(y))), there.combined_


def _checked(X: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    try:
        rows, labels = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    except (TypeError, ValueError) as error:
        raise Problem("X, y", f"not numbers ({error})", "give rows of numbers, and a number for each") from error
    if rows.ndim != 2 or labels.shape != (len(rows),):
        raise Problem("X, y", f"shapes {rows.shape} and {labels.shape}", "give rows of numbers and a label for each")
    if len(labels) < 8:
        raise Problem("X, y", f"{len(labels)} rows are too few to judge weights by", "give at least 8 rows")
    return rows, labels


def _standardized(rows: Array) -> Array:
    spread = rows.std(axis=0)
    return np.asarray((rows - rows.mean(axis=0)) / np.where(spread > 0, spread, 1.0))
