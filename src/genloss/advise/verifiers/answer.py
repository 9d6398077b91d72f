"""What is said of the verifier that a loop needs: the largest errors with which checking pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from genloss.identity import identity
from genloss.report import Curve, Figure, Page, Panel
from genloss.report.numbers import short
from genloss.results.answer import Drawn
from genloss.results.answer import shown as as_table
from genloss.results.page import sentence
from genloss.results.store import Table as Frame


@dataclass(frozen=True)
class Compared:
    """value: the largest error of a verifier at which checking pays, in standard deviations of the label noise.

    0: with no verifier; inf: with every one. perfect: the risk at the last generation with a verifier without an error;
    against: the risk that it is compared with. risk: by generation, with that error. Risks over the noise's variance.
    """

    value: float
    perfect: float
    against: float
    risk: tuple[float, ...]


@dataclass(frozen=True, repr=False, eq=False)
class VerifierNeeded(Drawn):
    """How good a verifier must be. rows, coefficients, noise: of the least squares fit to the real rows.

    within, share: which rows it keeps. unchecked, real: compared with a loop without a check, and with the fit to the
    real rows. first_fit: the error of that fit itself, in standard deviations of the label noise. risks: by
    generation, without a check and with the fit to the real rows as the verifier, over the noise's variance.
    two_labels: the two values of the labels, () where there are more: then the noise is not the one of the theory.
    """

    schema: ClassVar[str] = "verifier-needed/1"

    rows: int
    coefficients: int
    noise: float
    target: str
    within: float | None
    share: float | None
    generations: int
    unchecked: Compared
    real: Compared
    first_fit: float
    risks: tuple[tuple[float, float], ...]
    two_labels: tuple[str, ...] = ()
    status: str = "asymptotic"

    def mark(self) -> str:
        """Return what its files are known by."""
        asked = [self.rows, self.coefficients, self.noise, self.target, self.within, self.share, self.generations]
        return f"verifier needed {identity(asked)}"

    @property
    def kept(self) -> str:
        """Which rows are kept, in words."""
        if self.share is not None:
            return f"the {100 * self.share:.3g} % whose label is nearest to the checker's guess"
        deviations = "one standard deviation" if self.within == 1 else f"{short(self.within or 0)} standard deviations"
        return f"those whose label is within {deviations} of the noise of the checker's guess"

    def panels(self) -> list[Panel]:
        """Return the risk by generation, a line for each verifier."""
        lines = self._risks()
        curves = tuple(
            Curve(name, place / (len(lines) - 1), line_x=tuple(range(len(risk))), line_y=tuple(risk))
            for place, (name, risk) in enumerate(lines.items())
        )
        return [Panel("Risk by generation", "generation", "risk (noise variance)", curves, x_whole=True)]

    def page(self) -> Page:
        """Return a page with the picture and the numbers."""
        caption = "By theory, over the variance of the label noise."
        return Page(
            title="How good must a checker of synthetic rows be?",
            subtitle=f"{self.rows:,} rows, {self.coefficients} coefficients; kept are {self.kept}",
            answer=list(self._sentences()),
            figures=[Figure("Risk by generation", caption, self.panels(), 1)],
            tables=[as_table(self._table(), "Risk by generation", caption)],
            notes=[sentence(note) for note in self._notes()],
        )

    def _risks(self) -> dict[str, Sequence[float]]:
        plain, first = zip(*self.risks, strict=True)
        made: dict[str, Sequence[float]] = {"no check": plain, "checked by the first fit": first}
        if 0 < self.unchecked.value < np.inf:
            made[f"off by {short(self.unchecked.value)}"] = self.unchecked.risk
        if 0 < self.real.value < np.inf:
            made[f"off by {short(self.real.value)}"] = self.real.risk
        return made

    def _lines(self) -> Sequence[str]:
        return [
            f"{self.rows:,} rows, {self.coefficients} coefficients, {self.generations} generations",
            *self._sentences(),
        ]

    def _sentences(self) -> Sequence[str]:
        told = [self._against_none(), *self._of_two(), self._against_real(), self._of_first()]
        return [sentence(each) for each in (*told, *self._notes())]

    def _against_none(self) -> str:
        when = f"after {self.generations} generation{'s' if self.generations != 1 else ''}"
        if self.unchecked.value == 0:
            return f"{when} checking costs more than it saves, however good the checker is"
        if self.unchecked.value == np.inf:
            return f"{when} checking pays however far the checker is off"
        return f"{when} checking pays if the checker is off by at most {self._both(self.unchecked.value)}"

    def _against_real(self) -> str:
        what = "the model then loses no more than the one fitted to your real rows"
        if self.real.value == 0:
            return "no checker brings the loss down to that of the model fitted to your real rows"
        return f"if it is off by at most {self._both(self.real.value)}, {what}"

    def _of_first(self) -> str:
        plain, first = self.risks[-1]
        pays = "less" if first < plain else "more"
        return (
            f"that model itself is off by {self._both(self.first_fit)}; kept as the checker it ends at "
            f"{short(first / self.risks[0][1])} times its own loss, and no check at {short(plain / self.risks[0][0])} "
            f"times: it loses {pays}"
        )

    def _of_two(self) -> Sequence[str]:
        if not self.two_labels:
            return []
        low, high = self.two_labels
        return [
            f"beware: every value of {self.target} is {low} or {high}, and labels of two values have no noise of this "
            "kind, which moves a label by any amount: these numbers are outside the theory's range, and a hint at most"
        ]

    def _both(self, error: float) -> str:
        return f"{short(error)} standard deviations of the label noise ({short(error * self.noise)} of {self.target})"

    def _notes(self) -> Sequence[str]:
        return [
            f"each generation is least squares with {self.coefficients} coefficients, the constant among "
            f"them, on new rows that the one before labels: of {self.rows:,} rows "
            f"{self.kept} are kept; off means the root mean square of the checker's "
            "error over rows like yours",
            f"the label noise is that of your residuals, {short(self.noise)}; status {self.status}: theory of Gaussian "
            "inputs and many rows, and other inputs differ most where few rows are kept",
        ]

    def _table(self) -> Frame:
        lines = [
            {"generation": g, "no_check": plain, "checked_by_first_fit": first,
             "at_break_even": self.unchecked.risk[g], "as_good_as_real": self.real.risk[g]}
            for g, (plain, first) in enumerate(self.risks)
        ]  # fmt: skip
        return ["generation", "no_check", "checked_by_first_fit", "at_break_even", "as_good_as_real"], lines
