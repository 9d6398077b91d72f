"""Does it pay on real tables to refit ridge regression to its own predictions and to combine the fits?

`python verification/combining_fits.py > verification/combining_fits.txt`. All of this was fixed before the first look:
eight tables (six of scikit-learn, two of statsmodels), one of them with its labels shuffled besides, where there is
nothing to learn; SPLITS random splits with half of the rows, at most ROWS, for fitting, and at most TESTS others to
judge; inputs and labels standardized by the fitting rows; penalties of the mean squared error .001, .01, .1, 1, and
the one that leave-one-out takes of 49; one refit and three; the evidence that is asked, 1 standard error (the default)
beside 0 and 2. Classes are numbers here, and errors are squared.

saved: 1 - mean squared error / that of the plain fit on the same rows, in %, over all splits at once. The standard
error is of the mean of paired differences, with the correction for splits that share rows (Nadeau and Bengio 2003:
variance x (1 / splits + tests / fitting rows)), and so is "wins" and "loses": beyond two of these. "to RidgeCV": the
same against ridge regression whose penalty leave-one-out takes, on the same split.
"""

import platform
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from time import process_time

import numpy as np
from sklearn.datasets import load_digits, load_linnerud
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import RidgeCV
from statsmodels import datasets

from genloss.advise import CombinedGenerations
from genloss.advise.estimators.mean_penalty import MeanPenaltyKernelRidge, MeanPenaltyRidge
from genloss.populations.packaged import scikit_learn_table
from genloss.streams import stream
from genloss.version import __version__

SPLITS, ROWS, TESTS, SEED = 200, 200, 200, 142
OTHER_SPLITS = 40
PENALTIES = (0.001, 0.01, 0.1, 1.0)
ALPHAS = np.logspace(-5, 3, 49)  # of the mean
EVIDENCE = (0.0, 1.0, 2.0)
LINE = "{:<22}{:>5}{:>9}{:>8}{:>20}{:>10}{:>10}{:>20}{:>20}{:>20}"


def tables() -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield name, inputs and labels."""
    for name in ("diabetes", "breast_cancer", "wine", "iris"):
        values = scikit_learn_table(name).data.values
        yield name, values[:, :-1], values[:, -1]
    pixels, digit = load_digits(return_X_y=True)
    yield "digits (parity)", pixels, digit % 2.0
    exercise, body = load_linnerud(return_X_y=True)
    yield "linnerud (weight)", exercise, body[:, 0]
    health = datasets.randhie.load_pandas().data.to_numpy(dtype=float)
    yield "randhie (log visits)", health[:, 1:], np.log1p(health[:, 0])
    affairs = datasets.fair.load_pandas().data.to_numpy(dtype=float)
    yield "fair (log affairs)", affairs[:, :-1], np.log1p(affairs[:, -1])
    values = scikit_learn_table("diabetes").data.values
    yield "diabetes, shuffled", values[:, :-1], stream(SEED, "shuffled").permutation(values[:, -1])


def split(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Return fitting and test rows, standardized by the fitting rows."""
    order = rng.permutation(len(y))
    count = min(len(y) // 2, ROWS)
    fitting, tests = order[:count], order[count : count + TESTS]
    center, scale = x[fitting].mean(axis=0), x[fitting].std(axis=0)
    scale[scale == 0] = np.inf
    level, spread = y[fitting].mean(), y[fitting].std() or 1.0
    return tuple(part for rows in (fitting, tests) for part in ((x[rows] - center) / scale, (y[rows] - level) / spread))


def error_of(predicted: np.ndarray, y: np.ndarray) -> float:
    """Return the mean squared error."""
    return float(np.mean((predicted - y) ** 2))


def told(differences: np.ndarray, plain: np.ndarray, ratio: float) -> str:
    """Return the part saved in %, its corrected standard error, and whether it is beyond two of them."""
    mean = differences.mean()
    error = differences.std(ddof=1) * np.sqrt(1 / differences.size + ratio)
    mark = "+" if mean > 2 * error else "-" if mean < -2 * error else " "
    return f"{100 * mean / plain.mean():+.2f} ± {100 * error / plain.mean():.2f} {mark}"


class Cell:
    """What came of one table, penalty and number of refits, split by split."""

    def __init__(self) -> None:
        self.plain, self.combined, self.cross_validated, self.evidence, self.weight = [], [], [], [], []

    def add(self, fit: CombinedGenerations, x: np.ndarray, y: np.ndarray, cross_validated: float) -> None:
        """Note what a fit does on other rows."""
        each = np.stack([one.predict(x) for one in fit.fits_], axis=1)
        self.plain.append(error_of(each[:, 0], y))
        self.combined.append(error_of(each @ fit.found_weights_, y))
        self.cross_validated.append(cross_validated)
        self.evidence.append(fit.evidence_ if fit.saved_ > 0 else -1.0)
        self.weight.append(fit.found_weights_[0] - 1)

    def decided(self, least: float) -> tuple[np.ndarray, float]:
        """Return errors where this evidence is asked, and how often fits were combined."""
        chosen = np.array(self.evidence) >= least
        return np.where(chosen, self.combined, self.plain), float(chosen.mean())


def cells(x: np.ndarray, y: np.ndarray, name: str) -> tuple[dict[tuple[str, int], Cell], int, float]:
    """Return what came of a table by penalty and refits, its fitting rows, and tests over them."""
    found: dict[tuple[str, int], Cell] = {}
    for number in range(SPLITS):
        a, b, c, d = split(x, y, stream(SEED, name, number))
        chosen = RidgeCV(alphas=ALPHAS * len(b)).fit(a, b)
        least = error_of(chosen.predict(c), d)
        for penalty in (*PENALTIES, float(chosen.alpha_) / len(b)):
            called = f"{penalty:g}" if penalty in PENALTIES else "chosen"
            for rounds in (1, 3):
                fit = CombinedGenerations(MeanPenaltyRidge(penalty), rounds=rounds, random_state=number).fit(a, b)
                found.setdefault((called, rounds), Cell()).add(fit, c, d, least)
    return found, len(b), len(d) / len(b)


def lines(name: str, found: dict[tuple[str, int], Cell], rows: int, ratio: float) -> Iterator[list[str]]:
    """Yield the printed lines of a table."""
    for (penalty, rounds), cell in found.items():
        plain, least = np.array(cell.plain), np.array(cell.cross_validated)
        ways = {evidence: cell.decided(evidence) for evidence in EVIDENCE}
        kept, often = ways[1.0]
        yield [
            name, str(rows), penalty, str(rounds), told(plain - kept, plain, ratio), f"{100 * often:.0f} %",
            f"{np.median(cell.weight):.3g}", *(told(plain - ways[e][0], plain, ratio) for e in (0.0, 2.0)),
            told(least - kept, least, ratio),
        ]  # fmt: skip


def counted(what: str, cells_told: list[str]) -> None:
    """Print how many cells win and lose, and the mean and the ends of what they save."""
    values = np.array([float(each.split(" ")[0]) for each in cells_told])
    wins, losses = (sum(each.endswith(mark) for each in cells_told) for mark in "+-")
    print(
        f"{what}: of {values.size} cells {wins} win, {losses} lose; mean {values.mean():+.2f} %, "
        f"median {np.median(values):+.2f} %, from {values.min():+.2f} to {values.max():+.2f} %"
    )


def others() -> None:
    """Kernel ridge regression and boosted trees, one refit, by ten folds."""
    models = {
        "kernel ridge .001": lambda p: MeanPenaltyKernelRidge(0.001, gamma=1 / (4 * p)),
        "kernel ridge .01": lambda p: MeanPenaltyKernelRidge(0.01, gamma=1 / (4 * p)),
        "kernel ridge .1": lambda p: MeanPenaltyKernelRidge(0.1, gamma=1 / (4 * p)),
        "boosted trees": lambda _: GradientBoostingRegressor(n_estimators=40, max_depth=2, random_state=0),
    }
    print(f"\nOther estimators, one refit, ten folds, {OTHER_SPLITS} splits\n")
    line = "{:<22}{:<20}{:>20}{:>10}{:>10}{:>20}"
    print(line.format("table", "estimator", "saved, %", "combined", "median w", "evidence 0"))
    for name, x, y in tables():
        for model, make in models.items():
            cell = Cell()
            for number in range(OTHER_SPLITS):
                a, b, c, d = split(x, y, stream(SEED, name, number))
                cell.add(CombinedGenerations(make(x.shape[1]), random_state=number).fit(a, b), c, d, 0.0)
            plain, (kept, often) = np.array(cell.plain), cell.decided(1.0)
            ratio = len(d) / len(b)
            print(
                line.format(
                    name, model, told(plain - kept, plain, ratio), f"{100 * often:.0f} %",
                    f"{np.median(cell.weight):.2f}", told(plain - cell.decided(0.0)[0], plain, ratio),
                ),
                flush=True,
            )  # fmt: skip


def main() -> None:
    """Print all."""
    warnings.simplefilter("ignore")
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, genloss {__version__}, Python {platform.python_version()}, {platform.machine()}"
    )
    print(__doc__.split("\n\n", 1)[1])
    print(f"SPLITS {SPLITS}, ROWS {ROWS}, TESTS {TESTS}, seed {SEED}. + wins, - loses: beyond two standard errors.\n")
    heads = (
        "table",
        "rows",
        "penalty",
        "refits",
        "saved, %",
        "combined",
        "median w",
        "evidence 0",
        "evidence 2",
        "to RidgeCV, %",
    )
    print(LINE.format(*heads))
    all_lines = []
    for name, x, y in tables():
        for line in lines(name, *cells(x, y, name)):
            print(LINE.format(*line), flush=True)
            all_lines.append(line)
    for rounds in ("1", "3"):
        for place, of in (
            (7, "plain fit, evidence 0"),
            (4, "plain fit, evidence 1"),
            (8, "plain fit, evidence 2"),
            (9, "RidgeCV"),
        ):
            counted(f"{rounds} refits, to the {of}", [line[place] for line in all_lines if line[3] == rounds])
    others()
    print(f"\n{process_time():.0f} CPU seconds")


if __name__ == "__main__":
    main()
