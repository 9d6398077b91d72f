"""Do recommended penalties save on drawn rows what theory says, and does leave-one-out choose as theory says?

Rule: Z standard errors + the allowance stated by the formula. Blind spot: with 150 paired replicates an error of
about 6 % of the risk in a difference passes; the spread of one data set's choice is not tested here.
"""

import numpy as np
import pytest
from helpers import Z, mean_and_error

from genloss.advise import penalty_schedule
from genloss.streams import stream
from genloss.theory.reuse import from_workflow, risk
from genloss.theory.reuse.search import cross_validated_penalties
from genloss.workflows import accumulate, window

DIM, NOISE, ROWS, LAST, REPLICATES = 60, 0.5, 120, 6, 150
STEEP = np.arange(1, DIM + 1.0) ** -1
TRUTH = np.arange(1, DIM + 1.0) ** -0.5


def drawn_risks(rng, spectrum, truth, schedules, keep):
    """Risks (schedules, fits) of chains on the last `keep` batches of ROWS rows, labels kept; inputs and noise are one.

    schedules: penalties (schedules, fits). What a fit needs of a batch x with labels y are x'x and x'y.
    """
    squares, products = [], []
    models, risks = np.repeat(truth[:, None], len(schedules), axis=1), []
    for penalties in np.transpose(schedules):
        x = rng.standard_normal((ROWS, DIM)) * np.sqrt(spectrum)
        squares.append(x.T @ x)
        products.append(x.T @ (x @ models + NOISE * rng.standard_normal((ROWS, 1))))
        seen, heard = sum(squares[-keep:]), sum(products[-keep:])
        each = (penalty * ROWS * len(squares[-keep:]) * np.eye(DIM) for penalty in penalties)
        models = np.stack([np.linalg.solve(seen + held, heard[:, k]) for k, held in enumerate(each)], axis=1)
        risks.append(spectrum @ (models - truth[:, None]) ** 2)
    return np.transpose(risks)


@pytest.mark.parametrize(
    ("spectrum", "truth", "workflow", "keep", "other"),
    [
        (STEEP, TRUTH, accumulate(ROWS), LAST + 1, "fixed at clean"),
        (np.ones(DIM), np.full(DIM, DIM**-0.5), window(ROWS, 3), 3, "fixed"),
    ],
    ids=["accumulate", "window"],
)
def test_the_schedule_saves_on_drawn_rows_what_it_says(spectrum, truth, workflow, keep, other):
    best = penalty_schedule(spectrum, truth, workflow, noise=NOISE, generations=LAST)
    fixed = best.alternatives[other]
    schedules = [best.penalties, fixed.penalties]
    both = np.array(
        [drawn_risks(stream(5, "advise", keep, r), spectrum, truth, schedules, keep) for r in range(REPLICATES)]
    )
    mean, error = mean_and_error(np.moveaxis(both[:, 0], 0, -1))
    assert np.all(np.abs(mean - best.risk) < Z * error + best.allowance)
    saved, error = mean_and_error(both[:, 1, -1] - both[:, 0, -1])
    said = fixed.value - best.value
    drift = best.allowance[-1] / best.risk[-1]
    assert abs(saved - said) < Z * error + drift * said
    assert saved > 2 * Z * error  # control: that nothing is saved is refused


def residuals(values, left, labels, grid):
    """Mean squared residuals on training rows and left-one-out, (penalties,), from the rows' singular values."""
    kept = values**2 / (values**2 + grid[:, None] * len(labels))
    training = labels - (kept * (left.T @ labels)) @ left.T
    return (training**2).mean(axis=1), ((training / (1 - kept @ (left.T**2))) ** 2).mean(axis=1)


def test_leave_one_out_has_the_mean_and_the_choice_that_theory_says():
    fits, grid = 4, np.exp(np.linspace(np.log(1e-3), np.log(1), 25))
    batches = from_workflow(accumulate(ROWS), noise=NOISE, generations=fits - 1)
    chosen = cross_validated_penalties(STEEP, TRUTH, batches)
    seen, trained = (np.empty((fits, grid.size, REPLICATES)) for _ in range(2))
    choices, risks = (np.empty((fits, REPLICATES)) for _ in range(2))
    for r in range(REPLICATES):
        rng = stream(5, "leave one out", r)
        x = np.empty((0, DIM))
        labels = [np.empty(0), np.empty(0)]  # with the limit's penalties, with its own choices
        models = [TRUTH, TRUTH]
        for g in range(fits):
            new, noise = rng.standard_normal((ROWS, DIM)) * np.sqrt(STEEP), NOISE * rng.standard_normal(ROWS)
            x = np.vstack([x, new])
            labels = [np.append(y, new @ fit + noise) for y, fit in zip(labels, models, strict=True)]
            left, values, right = np.linalg.svd(x, full_matrices=False)
            trained[g, :, r], seen[g, :, r] = residuals(values, left, labels[0], grid)
            choices[g, r] = grid[np.argmin(residuals(values, left, labels[1], grid)[1])]
            for i, penalty in enumerate((chosen.penalties[g], choices[g, r])):
                models[i] = right.T @ (values / (values**2 + penalty * len(x)) * (left.T @ labels[i]))
            risks[g, r] = (models[1] - TRUTH) ** 2 @ STEEP
    for g in range(fits):
        use = np.arange(fits) <= g
        penalties = np.tile(chosen.penalties, (grid.size, 1))
        penalties[:, g] = grid
        known = [risk(STEEP, TRUTH, batches, penalty=each) for each in penalties]
        score = np.array([each.left_out_residual[use, g].mean() for each in known])
        allowed = np.array([each.allowance[g] / each.total[g] for each in known])
        mean, error = mean_and_error(seen[g])
        assert np.all(np.abs(mean - score) < Z * error + allowed * score)
        mean, error = mean_and_error(trained[g])
        assert np.any(np.abs(mean - score) > 2 * (Z * error + allowed * score))  # control: no row left out
    mean, error = mean_and_error(np.log(choices))
    step, asymmetry = (
        np.log(grid[1] / grid[0]) / 2,
        0.1,
    )  # of the grid; of a mean of minimizers against the minimizer of a mean
    assert np.all(np.abs(mean - np.log(chosen.penalties)) < Z * error + step + asymmetry)
    mean, error = mean_and_error(risks)
    assert np.all(mean > chosen.risk - Z * error)  # choosing costs something, of second order
    assert np.all(mean < chosen.risk * 1.1 + Z * error)
