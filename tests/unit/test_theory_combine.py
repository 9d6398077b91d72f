"""Does the best combination of fits solve its quadratic, when does it gain nothing, and what is refused?"""

import numpy as np
import pytest
from helpers import Z
from scipy.optimize import minimize

from genloss.errors import Problem
from genloss.streams import stream
from genloss.theory import combine, reuse, workflows
from genloss.theory.reuse import SharedRows, risk
from genloss.workflows import accumulate, replace

DIM, ROWS, NOISE = 50, 200, 0.5
FLAT, STEEP = np.ones(DIM), DIM * np.arange(1, DIM + 1.0) ** -1.2 / (np.arange(1, DIM + 1.0) ** -1.2).sum()
EVEN, UNEVEN = np.full(DIM, DIM**-0.5), np.arange(1, DIM + 1.0) ** -0.8
BEST = NOISE**2 * DIM / ROWS  # penalty, for coefficients that are alike


def moments(fits, name):
    root = stream(511, name).standard_normal((fits, fits + 2))
    return root @ root.T


def refitted(spectrum, truth, penalty, rounds=1, **more):
    batches = combine.self_training(ROWS, noise=NOISE, rounds=rounds, **more)
    return risk(spectrum, truth, batches, penalty=penalty)


@pytest.mark.parametrize("fits", [1, 2, 5])
def test_no_other_weights_lose_less(fits):
    cross = moments(fits, "least")
    found = combine.best_combination(cross)
    np.testing.assert_allclose(found.weights.sum(), 1, rtol=1e-12)
    np.testing.assert_allclose(combine.combined_risk(cross, found.weights), found.risk, rtol=1e-10)
    np.testing.assert_allclose(found.risk, 1 / np.linalg.inv(cross).sum(), rtol=1e-10)
    aside = stream(512, fits).standard_normal((200, fits))
    others = found.weights + aside - aside.mean(axis=1, keepdims=True)
    assert (combine.combined_risk(cross, others) >= found.risk * (1 - 1e-12)).all()
    assert found.single == np.argmin(np.diag(cross))
    np.testing.assert_allclose(found.gain, 1 - found.risk / np.diag(cross).min(), rtol=1e-12)


def test_a_search_finds_no_better_ones():
    cross = moments(4, "search")
    free = minimize(lambda b: float(np.r_[b, 1 - b.sum()] @ cross @ np.r_[b, 1 - b.sum()]), np.zeros(3), tol=1e-12)
    np.testing.assert_allclose(combine.best_combination(cross).risk, free.fun, rtol=1e-7)


def test_fits_that_are_one_share_their_weight_and_change_nothing():
    cross = moments(3, "one")
    twice = np.r_[range(3), 0, 0]
    found, known = combine.best_combination(cross[np.ix_(twice, twice)]), combine.best_combination(cross)
    np.testing.assert_allclose(found.risk, known.risk, rtol=1e-9)
    np.testing.assert_allclose(found.weights[[0, 3, 4]].sum(), known.weights[0], atol=1e-9)
    assert combine.best_combination(np.ones((3, 3))).gain == 0
    assert combine.best_combination(np.zeros((2, 2))).gain == 0


def test_two_fits_are_an_extrapolation():
    cross = moments(2, "two")
    pair = combine.extrapolation(cross[0, 0], cross[1, 1], cross[0, 1])
    found = combine.best_combination(cross)
    np.testing.assert_allclose([1 + pair.weight, -pair.weight], found.weights, rtol=1e-9)
    np.testing.assert_allclose(pair.risk, found.risk, rtol=1e-9)
    step = 1e-6
    moved = combine.combined_risk(cross, [1 + step, -step]) - cross[0, 0]
    np.testing.assert_allclose(pair.slope, moved / step, rtol=1e-4)
    assert combine.extrapolation(1.0, 1.0, 1.0).weight == 0
    assert combine.extrapolation(0.0, 0.0, 0.0).gain == 0


def test_the_numbers_of_ridge_that_is_refitted_to_itself():
    """Drawn at this size: .1234 and .0913 at .81; theory is of large sizes."""
    cross = refitted(FLAT, EVEN, 0.3).cross
    found = combine.extrapolation(cross[0, 0], cross[1, 1], cross[0, 1])
    np.testing.assert_allclose([cross[0, 0], found.risk, found.weight], [0.12185, 0.08998, 0.8092], atol=5e-5)


@pytest.mark.parametrize("spectrum", [FLAT, STEEP], ids=["flat", "steep"])
@pytest.mark.parametrize("design", ["fresh", "same"])
def test_where_the_fit_is_the_mean_of_what_the_rows_leave_open_nothing_is_gained(spectrum, design):
    """Coefficients alike, penalty noise variance / (rows x coefficient^2); control: other coefficients."""
    more = {"design": design} | ({"new_rows": 90} if design == "fresh" else {})
    found = combine.best_combination(refitted(spectrum, EVEN, [BEST, 0.4, 0.01, 2.0], 3, **more).cross)
    assert found.gain < 1e-10
    np.testing.assert_allclose(found.weights[0], 1, atol=1e-6)
    penalties = np.geomspace(1e-3, 10, 60)
    best = penalties[np.argmin([refitted(STEEP, UNEVEN, p).total[0] for p in penalties])]
    other = combine.best_combination(refitted(STEEP, UNEVEN, [best, 0.4, 0.01, 2.0], 3, **more).cross)
    assert other.gain > 0.01


@pytest.mark.parametrize("truth", [EVEN, UNEVEN], ids=["even", "uneven"])
@pytest.mark.parametrize("rows", [30, 200])
@pytest.mark.parametrize("penalty", [0.01, 0.0625, 0.3])
def test_the_slope_in_the_penalty_is_the_cross_moment_with_the_refit(truth, rows, penalty):
    batches = combine.self_training(rows, noise=NOISE, rounds=1, design="same")
    total, step = [risk(STEEP, truth, batches, penalty=p).total[0] for p in penalty * np.exp([-1e-4, 1e-4])], 2e-4
    slope = combine.penalty_slope(STEEP, truth, rows=rows, noise=NOISE, penalty=penalty)
    scale = total[0]
    np.testing.assert_allclose(slope, (total[1] - total[0]) / step, atol=1e-6 * scale)
    cross = risk(STEEP, truth, batches, penalty=penalty).cross
    np.testing.assert_allclose(slope, 2 * (cross[0, 1] - cross[0, 0]), atol=1e-10 * scale)
    weight = combine.extrapolation(cross[0, 0], cross[1, 1], cross[0, 1]).weight
    assert abs(slope) < 1e-9 or np.sign(weight) == np.sign(slope)


@pytest.mark.parametrize("share", [0.4, -0.7])
def test_mixing_labels_is_mixing_fits(share):
    """A student of (1 - a) y + a prediction on the same rows is (1 - a) first + a refit."""
    taught, seen = np.array([[0, 0], [share, 0]]), NOISE * np.array([1, 1 - share])
    student = risk(
        STEEP, UNEVEN, [SharedRows(ROWS, [1, 1], taught, 0.0, noise_covariance=np.outer(seen, seen))], penalty=0.2
    )
    merged = combine.combined_risk(refitted(STEEP, UNEVEN, 0.2, design="same").cross, [1 - share, share])
    np.testing.assert_allclose(student.total[1], merged, rtol=1e-10)


def test_more_rounds_on_the_same_rows_come_near_the_best_penalty():
    found = combine.combinations_by_generation(refitted(FLAT, EVEN, 0.3, 4, design="same").cross)
    best = refitted(FLAT, EVEN, BEST).total[0]
    assert (np.diff(found.combined) <= 0).all()
    assert found.combined[1] > 1.005 * best
    np.testing.assert_allclose(found.combined[-1], best, rtol=1e-4)
    assert (found.best_single, found.enough) == (0, 1)
    np.testing.assert_allclose(found.pair[1], found.combined[1], rtol=1e-9)
    assert found.pair[0] == found.single[0]


def test_a_fit_of_zero_gives_weights_any_sum():
    """The normal equations of free weights; control: weights that add up to 1 do worse."""
    known = refitted(STEEP, UNEVEN, 0.01, 2)
    found = combine.best_combination(known.cross_with_zero)
    signal = (STEEP * UNEVEN**2).sum()
    gained = known.cross + signal - known.cross_with_zero[:-1, -1] - known.cross_with_zero[:-1, -1][:, None]
    meets = signal - known.cross_with_zero[:-1, -1]  # E <w_g, w0>
    free = np.linalg.solve(gained, meets)
    np.testing.assert_allclose(found.weights[:-1], free, rtol=1e-6)
    np.testing.assert_allclose(found.risk, signal - free @ meets, rtol=1e-8)
    np.testing.assert_allclose(known.cross_with_zero[-1, -1], signal, rtol=1e-12)
    assert combine.best_combination(known.cross).risk > 1.01 * found.risk


def test_the_moment_with_zero_is_that_of_drawn_fits():
    rng, meets = stream(513, "zero"), np.empty(400)
    for r in range(meets.size):
        x = rng.standard_normal((ROWS, DIM)) * np.sqrt(STEEP)
        y = x @ UNEVEN + NOISE * rng.standard_normal(ROWS)
        fit = np.linalg.solve(x.T @ x + 0.3 * ROWS * np.eye(DIM), x.T @ y)
        meets[r] = -(STEEP * UNEVEN) @ (fit - UNEVEN)
    known = refitted(STEEP, UNEVEN, 0.3)
    error = meets.std(ddof=1) / np.sqrt(meets.size)
    allowed = 0.02 * known.cross_with_zero[0, -1]
    assert abs(meets.mean() - known.cross_with_zero[0, -1]) < Z * error + allowed
    assert abs(meets.mean() - known.cross_with_zero[-1, -1]) > 2 * (Z * error + allowed)  # control: the signal


def test_generations_that_see_no_more_of_the_truth_add_nothing_and_others_do():
    for flow in (replace(100), accumulate(100)):
        found = combine.best_combination(workflows.covariance(flow, generations=4))
        np.testing.assert_allclose(found.weights[0], 1, atol=1e-6)
    fresh = np.eye(4) / 100  # four fits, each to real rows of its own
    np.testing.assert_allclose(combine.best_combination(fresh).gain, 0.75, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: combine.best_combination([[1.0, 2.0], [2.0, 1.0]]), "no matrix of cross moments"),
        (lambda: combine.best_combination([[1.0, 0.5], [0.4, 1.0]]), "no matrix of cross moments"),
        (lambda: combine.best_combination([1.0, 2.0]), "shape"),
        (lambda: combine.best_combination([[np.nan]]), "no numbers"),
        (lambda: combine.combined_risk(np.eye(2), [0.5, 0.6]), "add up to 1"),
        (lambda: combine.combined_risk(np.eye(2), [1.0]), "shape"),
        (lambda: combine.extrapolation(1.0, 1.0, 1.5), "sqrt"),
        (lambda: combine.extrapolation(-1.0, 1.0, 0.0), "first"),
        (lambda: combine.combinations_by_generation(np.eye(2), within=2), "within"),
        (lambda: combine.penalty_slope([1.0], 1.0, rows=10, noise=1, penalty=0), "penalty"),
        (lambda: combine.self_training(10, noise=1, rounds=0), "rounds"),
        (lambda: combine.self_training(10, noise=1, rounds=1, design="other"), "design"),
        (lambda: combine.self_training(10, noise=1, rounds=1, design="same", new_rows=4), "new_rows"),
    ],
)
def test_what_is_refused(call, words):
    with pytest.raises(Problem, match=words):
        call()


def test_its_batches_are_those_of_a_chain_without_label_noise():
    batches = combine.self_training(ROWS, noise=NOISE, rounds=2)
    assert [batch.noise for batch in batches] == [NOISE, 0.0, 0.0]
    by_hand = reuse.from_workflow(replace(ROWS), noise=NOISE, generations=2)
    for ours, known in zip(batches, by_hand, strict=True):
        np.testing.assert_array_equal(
            ours.teachers @ np.ones(3) * ours.weights, known.teachers @ np.ones(3) * known.weights
        )
        np.testing.assert_array_equal(ours.weights, known.weights)
