"""Does the solver for shared rows solve its equations, and what does it say where other formulas are known?"""

import numpy as np
import plain_reuse as plain
import pytest

from genloss.errors import Problem
from genloss.streams import stream
from genloss.theory.reuse import SharedRows, risk, risk_of_power
from genloss.theory.ridge import Block, mixture_risk, mixture_risk_of_power, replace_risk
from genloss.theory.ridge.equivalents import degrees_of_freedom, effective_ridge
from genloss.theory.ridge.spectra import PowerLaw, compress
from genloss.workflows import TRUTH as REAL

SPECTRUM = np.r_[np.arange(1, 15.0) ** -1.3, 0.2, 0.2]
TRUTH = np.cos(np.arange(16.0)) + 1.1
FITS = 4


def mixed(rows, name, fits=FITS):
    """A batch of everything: weights with zeros, mixed labels, correlated noise."""
    rng = stream(311, name, rows)
    weights = 2 * rng.random(fits) * (rng.random(fits) < 0.8)
    root = rng.standard_normal((fits, fits)) / 3
    return rows, weights, np.tril(0.6 * rng.random((fits, fits)), -1), root @ root.T


def several(fits=FITS):
    first = mixed(9, "a", fits)
    return [(9, np.ones(fits), *first[2:]), *(mixed(n, "a", fits) for n in (20, 5, 13.5))]


def used(batches, shares=None):
    shares = shares or [1.0] * len(batches)
    return sum(b[0] * (b[1] > 0) * np.asarray(h) for b, h in zip(batches, shares, strict=True))


def kept(m, fits):
    """Weights and teachers of a batch born for fit m, labeled by fit m - 1, whose labels are kept."""
    teachers = np.zeros((fits, fits))
    if m:
        teachers[m:, m - 1] = 1
    return (np.arange(fits) >= m) * 1.0, teachers


def accumulated(rows, noise):
    return [SharedRows(n, *kept(m, len(rows)), noise[m]) for m, n in enumerate(rows)]


def fresh(fits):
    """The batches of fits to blocks of their own."""
    batches = []
    for f, blocks in enumerate(fits):
        for block in blocks:
            weights, teachers = np.zeros(len(fits)), np.zeros((len(fits), len(fits)))
            weights[f] = block.weight
            if block.origin != REAL:
                teachers[f, block.origin] = 1
            batches.append(SharedRows(block.rows, weights, teachers, block.noise))
    return batches


RIDGE = np.array([0.5, 0.2, 1.0, 0.05])


def test_it_solves_the_equations_that_iteration_solves():
    batches = several()
    q, losses, _, residual = plain.by_iteration(SPECTRUM, TRUTH, batches, RIDGE)
    found = risk(SPECTRUM, TRUTH, [plain.shared(*b) for b in batches], penalty=RIDGE / used(batches))
    np.testing.assert_allclose(found.cross, q, rtol=1e-11)
    np.testing.assert_allclose(found.losses, losses, rtol=1e-11)
    np.testing.assert_allclose(found.errors.sum(axis=1), found.total, rtol=1e-12)
    np.testing.assert_allclose(found.bias + found.variance, found.total, rtol=1e-12)
    for seen, right, (_, weights, *_) in zip(found.training_residual, residual, batches, strict=True):
        heard = weights > 0
        np.testing.assert_allclose(seen[heard], (np.diag(right)[heard] / weights[heard] ** 2), rtol=1e-10)
        assert np.all(np.isnan(seen[~heard]))
    for seen, (_, _, p, s) in zip(found.test_residual, batches, strict=True):
        np.testing.assert_allclose(seen, np.diag((np.eye(FITS) - p) @ q @ (np.eye(FITS) - p).T + s), rtol=1e-11)
    matrix = found.effective_ridge
    for i, s in enumerate(SPECTRUM):
        np.testing.assert_allclose(
            np.linalg.solve(matrix + s * np.eye(FITS), matrix @ np.ones(FITS)), losses[:, i], rtol=1e-10
        )


def test_without_noise_and_without_signal_are_its_parts():
    batches = several()
    penalty = RIDGE / used(batches)
    whole = risk(SPECTRUM, TRUTH, [plain.shared(*b) for b in batches], penalty=penalty)
    silent = risk(SPECTRUM, TRUTH, [SharedRows(*b[:3], 0.0) for b in batches], penalty=penalty)
    alone = risk(SPECTRUM, 0.0, [plain.shared(*b) for b in batches], penalty=penalty)
    np.testing.assert_allclose(whole.bias, silent.total, rtol=1e-12)
    np.testing.assert_allclose(whole.variance, alone.total, rtol=1e-12)
    assert np.all(whole.bias > 0.01 * whole.total)
    assert np.all(whole.variance > 0.01 * whole.total)


@pytest.mark.parametrize("fits", [2, 4])
def test_a_subsample_is_the_batches_of_its_patterns(fits):
    batches, ridge = several(fits), RIDGE[:fits]
    shares = [np.ones(fits), stream(312, "shares").random(fits), np.ones(fits), stream(313, "shares").random(fits)]
    q, losses, _, _ = plain.by_iteration(
        SPECTRUM, TRUTH, [c for b, h in zip(batches, shares, strict=True) for c in plain.cells(*b, h)], ridge
    )
    found = risk(
        SPECTRUM,
        TRUTH,
        [plain.shared(*b, h) for b, h in zip(batches, shares, strict=True)],
        penalty=ridge / used(batches, shares),
    )
    np.testing.assert_allclose(found.cross, q, rtol=1e-11)
    np.testing.assert_allclose(found.losses, losses, rtol=1e-11)
    whole = risk(SPECTRUM, TRUTH, [plain.shared(*b) for b in batches], penalty=ridge / used(batches))
    assert np.all(np.abs(whole.cross / q - 1)[-1] > 1e-3)


@pytest.mark.parametrize("rows", [12.0, 60.0])
def test_a_subsample_without_a_penalty_is_the_batches_of_its_patterns(rows):
    # No iteration converges here: fixed patterns, which other tests check without a penalty, stand for it.
    shares = [[1.0, 0.7, 0.6], [0.8, 0.5, 0.9]]
    batches = [(rows, np.ones(3), *mixed(n, "b", 3)[2:]) for n in (1, 2)]
    split = [c for b, h in zip(batches, shares, strict=True) for c in plain.cells(*b, h)]
    if rows < 20:
        batches, split = batches[:1], plain.cells(*batches[0], shares[0])
    right = risk(SPECTRUM, TRUTH, [plain.shared(*c) for c in split], penalty=0.0)
    found = risk(SPECTRUM, TRUTH, [plain.shared(*b, h) for b, h in zip(batches, shares, strict=False)], penalty=0.0)
    np.testing.assert_allclose(found.cross, right.cross, rtol=1e-11)
    np.testing.assert_allclose(found.losses, right.losses, rtol=1e-11, atol=1e-14)


def test_no_penalty_is_the_limit_of_a_small_one():
    # Fits on 10, 12, 40 and 60 rows for 16 features: interpolators that teach least squares.
    batches = accumulated([10.0, 2, 28, 20], [0.3, 0.2, 0.4, 0.1])
    none = risk(SPECTRUM, TRUTH, batches, penalty=0.0)
    small = [risk(SPECTRUM, TRUTH, batches, penalty=p) for p in (1e-7, 1e-8)]
    off = [np.abs(found.total / none.total - 1).max() for found in small]
    assert off[1] < 1e-5
    assert off[0] / off[1] == pytest.approx(10, rel=0.01)
    np.testing.assert_allclose(small[1].losses, none.losses, atol=1e-5)


def test_draws_with_replacement_widen_the_allowance():
    # The number of different rows among 45 draws of 60 has the variance of an occupancy; 16 features.
    once, often = (
        risk(SPECTRUM, TRUTH, [SharedRows(60, [1.0], [[0.0]], 0.5, [0.75], replace)], penalty=0.0).drift[0]
        for replace in (False, True)
    )
    rng = stream(315, "draws")
    different = [np.unique(rng.integers(0, 60, 45)).size for _ in range(4000)]
    assert once == pytest.approx(1 / (45 - 16 - 1), rel=1e-9)
    assert often > 1 / (np.mean(different) - 16) + np.var(different) / (np.mean(different) - 16) ** 2 * 0.9


def test_draws_with_replacement_are_the_batches_of_their_counts():
    batches, ridge, shares = several(2)[:2], RIDGE[:2], [[0.7, 0.4], [0.5, 1.2]]
    split = [c for b, h in zip(batches, shares, strict=True) for c in plain.counts(*b, h, most=14)]
    q, losses, _, _ = plain.by_iteration(SPECTRUM, TRUTH, split, ridge)
    found = risk(
        SPECTRUM,
        TRUTH,
        [plain.shared(*b, h, True) for b, h in zip(batches, shares, strict=True)],
        penalty=ridge / used(batches, shares),
    )
    np.testing.assert_allclose(found.cross, q, rtol=1e-10)
    np.testing.assert_allclose(found.losses, losses, rtol=1e-10)


def test_training_residuals_of_a_subsample_are_the_mean_over_its_patterns():
    batches, shares = several(), [stream(314, m).random(FITS) for m in range(4)]
    split = [plain.cells(*b, h) for b, h in zip(batches, shares, strict=True)]
    _, _, _, residual = plain.by_iteration(SPECTRUM, TRUTH, [c for cells in split for c in cells], RIDGE)
    found = risk(
        SPECTRUM,
        TRUTH,
        [plain.shared(*b, h) for b, h in zip(batches, shares, strict=True)],
        penalty=RIDGE / used(batches, shares),
    )
    start = 0
    for m, cells in enumerate(split):
        rows, square = np.zeros(FITS), np.zeros(FITS)
        for (n, weights, *_), right in zip(cells, residual[start : start + len(cells)], strict=True):
            heard = np.asarray(weights) > 0
            rows[heard] += n
            square[heard] += n * np.diag(right)[heard] / weights[heard] ** 2
        start += len(cells)
        heard = rows > 0
        np.testing.assert_allclose(found.training_residual[m, heard], square[heard] / rows[heard], rtol=1e-10)


D = 60
STEEP = np.arange(1, D + 1.0) ** -1.2
W = np.arange(1, D + 1.0) ** -0.3
TRUTHFUL = REAL
OWN_ROWS = [
    [Block(80, TRUTHFUL, 0.6)],
    [Block(40, TRUTHFUL, 0.6, 3.0), Block(80, 0, 0.3, 0.5)],
    [Block(40, TRUTHFUL, 0.6, 3.0), Block(40, 0, 0.3, 0.5), Block(40, 1, 1.0, 0.2)],
    [Block(30, 2, 0.5), Block(15, 0, 0.5)],
]


@pytest.mark.parametrize("penalty", [[0.1, 0.05, 0.2, 0.1], [0.0] * 4, [0.0, 1e-8, 0.3, 0.0]])
@pytest.mark.parametrize("spectrum", [np.ones(D), STEEP, np.repeat([2.0, 0.1], 30)])
def test_batches_of_one_fit_each_are_mixture_risk(penalty, spectrum):
    found = risk(spectrum, W, fresh(OWN_ROWS), penalty=penalty)
    right = mixture_risk(spectrum, W, OWN_ROWS, penalty=penalty, finite_size=False)
    np.testing.assert_allclose(found.total, right.total, rtol=1e-12)
    np.testing.assert_allclose(found.errors, right.error_powers[range(1, 5), range(1, 5)], rtol=1e-11)
    np.testing.assert_allclose(found.losses, right.losses[1:], rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(found.allowance, right.total * (right.allowance / right.total), rtol=1e-9)
    np.testing.assert_allclose(np.diag(found.effective_ridge), right.effective_ridge, rtol=1e-11)


@pytest.mark.parametrize("rows", [[150, 90, 62, 300], [20, 70, 45, 58]])
def test_one_batch_per_fit_is_replace_risk(rows):
    penalty, noise = [0.3, 0.0, 1e-9, 0.02], [0.5, 0.2, 1.0, 0.7]
    fits = [[Block(t, n - 1 if n else TRUTHFUL, s)] for n, (t, s) in enumerate(zip(rows, noise, strict=True))]
    found = risk(STEEP, W, fresh(fits), penalty=penalty)
    for n in range(4):
        right = replace_risk(
            STEEP,
            W,
            noise=noise[n],
            rows=rows[n],
            penalty=penalty[n],
            generation=n,
            generator_rows=rows[:n],
            generator_noise=noise[:n],
            generator_penalty=penalty[:n],
            finite_size=False,
        )
        assert found.total[n] == pytest.approx(float(right.total), rel=1e-12)
        if n == 0:
            assert found.bias[0] == pytest.approx(float(right.bias), rel=1e-12)
            assert found.variance[0] == pytest.approx(float(right.variance), rel=1e-12)


@pytest.mark.parametrize("penalty", [1e-6, 1e-12, 1e-18])
def test_at_the_peak_of_double_descent_no_digit_is_lost(penalty):
    found = risk(STEEP, W, [SharedRows(D, [1.0], [[0.0]], 0.5)], penalty=penalty).total[0]
    right = mixture_risk(STEEP, W, [[Block(D, TRUTHFUL, 0.5)]], penalty=penalty, finite_size=False).total[0]
    assert found == pytest.approx(right, rel=1e-7)


def test_weights_that_have_decayed_to_nothing_are_nothing():
    weights = [np.array([1.0, 1e-200]), np.array([0.0, 1.0])]
    batches = [SharedRows(80, w, np.zeros((2, 2)), 0.5) for w in weights]
    alone = risk(STEEP, W, [SharedRows(80, [1.0], [[0.0]], 0.5)], penalty=[0.2]).total[0]
    assert risk(STEEP, W, batches, penalty=[0.2, 0.1]).total[1] == pytest.approx(alone, rel=1e-12)


@pytest.mark.parametrize("spectrum", [np.ones(D), STEEP])
def test_least_squares_on_everything_is_the_published_sum(spectrum):
    rows, noise = np.array([90.0, 30, 200, 10, 75]), np.array([0.5, 1.0, 0.2, 2.0, 0.7])
    found = risk(spectrum, W, accumulated(rows, noise), penalty=0.0)
    so_far = np.cumsum(rows)
    np.testing.assert_allclose(found.total, np.cumsum(noise**2 * rows / so_far * D / (so_far - D)), rtol=1e-12)
    np.testing.assert_allclose(found.losses, 0, atol=1e-14)


@pytest.mark.parametrize("first", [30, 100])
def test_a_penalty_that_falls_like_one_over_rows_freezes_the_bias(first):
    rows, noise, ridge = np.array([first, 30.0, 200, 10, 75]), np.array([0.5, 1.0, 0.2, 2.0, 0.7]), 7.0
    so_far = np.cumsum(rows)
    found = risk(STEEP, W, accumulated(rows, noise), penalty=ridge / so_far)
    df2 = degrees_of_freedom(STEEP, effective_ridge(STEEP, rows=so_far, penalty=ridge / so_far), order=2)
    added = noise**2 * rows / so_far * df2 / (so_far - df2)
    np.testing.assert_allclose(found.total, found.total[0] + np.cumsum(np.r_[0, added[1:]]), rtol=1e-12)
    np.testing.assert_allclose(found.losses, found.losses[:1].repeat(5, axis=0), rtol=1e-12)
    assert found.bias[4] == pytest.approx(found.bias[0], rel=1e-12)


def test_sixty_one_fits_keep_every_digit():
    rows, ridge = 40.0 + 30 * np.cos(np.arange(61.0)), 7.0
    so_far = np.cumsum(rows)
    found = risk(STEEP, W, accumulated(rows, np.full(61, 0.5)), penalty=ridge / so_far)
    df2 = degrees_of_freedom(STEEP, effective_ridge(STEEP, rows=so_far, penalty=ridge / so_far), order=2)
    added = 0.25 * rows / so_far * df2 / (so_far - df2)
    np.testing.assert_allclose(found.total, found.total[0] + np.cumsum(np.r_[0, added[1:]]), rtol=1e-11)


@pytest.mark.parametrize("share", [-0.5, 0.3, 1.0])
@pytest.mark.parametrize("rows", [40, 150])
def test_a_blend_of_old_labels_and_predictions_follows_the_slope_of_the_risk(rows, share):
    # On the same rows (1 - a) y + a x.w_0 gives w_1 = w_0 + a lambda dw_0 / dlambda, so E <w_0 - w0, w_1 - w0> is
    # R + a lambda R' / 2 and the student's risk is convex in a: the sign rule of arXiv 2602.17565.
    def teacher(penalty):
        return risk(STEEP, W, [SharedRows(rows, [1.0], [[0.0]], 0.6)], penalty=penalty).total[0]

    penalty, step = 0.2, 1e-4
    slope = (teacher(penalty + step) - teacher(penalty - step)) / (2 * step)
    noise = 0.36 * np.outer([1, 1 - share], [1, 1 - share])
    found = risk(STEEP, W, [plain.shared(rows, [1.0, 1.0], [[0, 0], [share, 0]], noise)], penalty=penalty)
    assert found.cross[1, 0] == pytest.approx(teacher(penalty) + share * penalty * slope / 2, rel=1e-7)
    bend = (found.total[1] - found.total[0] - share * penalty * slope) / share**2
    whole = risk(
        STEEP, W, [plain.shared(rows, [1.0, 1.0], [[0, 0], [1, 0]], 0.36 * np.diag([1.0, 0]))], penalty=penalty
    )
    assert bend == pytest.approx(whole.total[1] - whole.total[0] - penalty * slope, rel=1e-4)
    assert bend > 0


@pytest.mark.parametrize("rows", [40, 150])
def test_relabeled_inputs_without_a_penalty_are_one_fit_that_sees_all_noises(rows):
    fits = 4
    shift = np.eye(fits, k=-1)
    found = risk(STEEP, W, [plain.shared(rows, np.ones(fits), shift, 0.36 * np.eye(fits))], penalty=0.0)
    for n in range(fits):
        right = replace_risk(
            STEEP,
            W,
            noise=0.6 * np.sqrt(n + 1),
            rows=rows,
            penalty=0.0,
            generation=0,
            generator_rows=rows,
            generator_noise=0.6,
            finite_size=False,
        )
        assert found.total[n] == pytest.approx(float(right.total), rel=1e-12)


def test_interpolators_of_a_growing_union_interpolate():
    # Without noise all rows so far are explained exactly: relabeling changes nothing, the union grows.
    rows = np.array([10.0, 12, 8, 14])
    found = risk(STEEP, W, accumulated(rows, np.zeros(4)), penalty=0.0)
    alone = [
        float(
            replace_risk(
                STEEP,
                W,
                noise=0.0,
                rows=10,
                penalty=0.0,
                generation=0,
                generator_rows=1,
                generator_noise=0.0,
                finite_size=False,
            ).total
        )
    ]
    np.testing.assert_allclose(found.total, alone * 4, rtol=1e-12)  # fit 0 explains all that is added
    np.testing.assert_allclose(found.training_residual[~np.isnan(found.training_residual)], 0, atol=1e-15)
    real = risk(
        STEEP, W, [SharedRows(n, kept(m, 4)[0], np.zeros((4, 4)), 0.0) for m, n in enumerate(rows)], penalty=0.0
    )
    for g, n in enumerate(np.cumsum(rows)):
        right = replace_risk(
            STEEP,
            W,
            noise=0.0,
            rows=n,
            penalty=0.0,
            generation=0,
            generator_rows=1,
            generator_noise=0.0,
            finite_size=False,
        )
        assert real.total[g] == pytest.approx(float(right.total), rel=1e-11)


@pytest.mark.parametrize("penalty", [0.5, 0.1])
def test_under_a_fixed_penalty_the_mean_fit_fades_as_a_power_law(penalty):
    # E w_G ~ w0 G^(- penalty / (s + penalty)) for rows >> dim; slope at G = 60, to a hundredth as corrections are 1/G.
    found = risk([1.0] * 50, 1.0, accumulated([5000.0] * 61, [0.3] * 61), penalty=penalty)
    gain = 1 - found.losses[:, 0]
    slope = np.log(gain[60] / gain[45]) / np.log(61 / 46)
    assert slope == pytest.approx(-penalty / (1 + penalty), abs=0.01)
    assert abs(slope + penalty) > 0.005
    assert np.all(np.diff(found.total[2:]) > 0)


def test_one_fit_is_the_textbook():
    kappa = float(effective_ridge(STEEP, rows=45, penalty=0.1))
    df2 = float(degrees_of_freedom(STEEP, kappa, order=2))
    found = risk(STEEP, W, [SharedRows(45, [2.0], [[0.0]], 0.6)], penalty=0.2)
    bias = kappa**2 * np.sum(STEEP * W**2 / (STEEP + kappa) ** 2) / (1 - df2 / 45)
    assert found.bias[0] == pytest.approx(bias, rel=1e-12)
    assert found.variance[0] == pytest.approx(0.36 * df2 / (45 - df2), rel=1e-12)
    left = (0.36 + found.total[0]) * (0.1 / kappa) ** 2  # GCV: training error = test error x (lambda / kappa)^2
    assert found.training_residual[0, 0] == pytest.approx(left, rel=1e-12)
    assert found.test_residual[0, 0] == pytest.approx(0.36 + found.total[0], rel=1e-12)


def test_splitting_batches_and_listing_equal_eigenvalues_change_nothing():
    batches = accumulated([90.0, 30, 45], [0.5, 1.0, 0.2])
    one = risk([1.0] * 40 + [0.1] * 20, 1.0, batches, penalty=0.1)
    split = [SharedRows(b.rows * part, b.weights, b.teachers, b.noise) for b in batches for part in (0.3, 0.7)]
    other = risk([1.0, 0.1] * 20 + [1.0] * 20, 1.0, split, penalty=0.1)
    np.testing.assert_allclose(one.total, other.total, rtol=1e-12)
    halves = [SharedRows(b.rows * 2, b.weights, b.teachers, b.noise, [0.5] * 3) for b in batches[:1]]
    thinned = risk([1.0] * 40 + [0.1] * 20, 1.0, [*halves, *batches[1:]], penalty=0.1)
    assert thinned.total[0] == pytest.approx(one.total[0], rel=1e-12)  # one fit cannot tell
    assert abs(thinned.total[2] / one.total[2] - 1) > 1e-3  # three can: they see other halves


def test_a_noise_and_a_covariance_of_further_noises_add_up():
    more = [[0.4, 0.1], [0.1, 0.2]]
    both = SharedRows(80, [1.0, 1.0], [[0, 0], [1, 0]], 0.5, noise_covariance=more)
    one = plain.shared(80, [1.0, 1.0], [[0, 0], [1, 0]], 0.25 + np.array(more))
    found, right = (risk(STEEP, W, [each], penalty=0.1).total for each in (both, one))
    np.testing.assert_allclose(found, right, rtol=1e-14)


def test_long_spectra_are_nodes():
    batches = accumulated([300.0] * 8, [0.5] * 8)
    listed = np.arange(1, 3001.0) ** -1.4
    right = risk(listed, PowerLaw(0.2, 3000).listed(), batches, penalty=0.05).total
    law = risk(PowerLaw(1.4, 3000), PowerLaw(0.2, 3000), batches, penalty=0.05)
    np.testing.assert_allclose(law.total, right, rtol=1e-9)
    power = listed * PowerLaw(0.2, 3000).listed() ** 2
    nodes = compress(listed, power)
    np.testing.assert_allclose(risk_of_power(nodes, nodes.power, batches, penalty=0.05).total, right, rtol=1e-9)


def test_signal_where_inputs_do_not_vary_is_never_learned():
    fits = [[Block(80, TRUTHFUL, 0.6)], [Block(120, 0, 0.3)]]
    spectrum, power = np.r_[STEEP, 0.0, 0.0], np.r_[STEEP * W**2, 0.2, 0.1]
    found = risk_of_power(spectrum, power, fresh(fits), penalty=0.1)
    right = mixture_risk_of_power(spectrum, power, fits, penalty=0.1)
    np.testing.assert_allclose(found.total, right.total, rtol=1e-12)
    np.testing.assert_allclose(found.errors.sum(axis=1), found.total, rtol=1e-12)
    np.testing.assert_array_equal(found.losses[:, -1], 1)


GOOD = {"rows": 80, "weights": [1.0, 1.0], "teachers": [[0, 0], [1, 0]], "noise": 0.5}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"rows": 0}, "batches[0].rows"),
        ({"weights": [1.0, -1.0]}, "batches[0].weights"),
        ({"weights": [[1.0, 1.0]]}, "batches[0].weights"),
        ({"weights": [1.0, 0.0]}, "batches"),
        ({"sampled": [1.0, 0.0]}, "batches"),
        ({"teachers": [[0, 1], [0, 0]]}, "batches[0].teachers"),
        ({"teachers": [[1, 0], [0, 0]]}, "batches[0].teachers"),
        ({"teachers": [1.0]}, "batches[0].teachers"),
        ({"teachers": [[0, 0], [np.nan, 0]]}, "batches[0].teachers"),
        ({"noise": -0.1}, "batches[0].noise"),
        ({"noise": [0.1, 0.1]}, "batches[0].noise"),
        ({"noise_covariance": 0.25}, "batches[0].noise_covariance"),
        ({"noise_covariance": [[1.0, 2.0], [2.0, 1.0]]}, "batches[0].noise_covariance"),
        ({"noise_covariance": [[1.0, 0.5], [0.2, 1.0]]}, "batches[0].noise_covariance"),
        ({"sampled": [0.5]}, "batches[0].sampled"),
        ({"sampled": [0.5, 1.5]}, "batches[0].sampled"),
        ({"sampled": [0.5, -0.5], "replace": True}, "batches[0].sampled"),
    ],
)
def test_bad_batches_are_named(change, where):
    with pytest.raises(Problem) as caught:
        risk(STEEP, W, [SharedRows(**(GOOD | change))], penalty=0.1)
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"spectrum": [1.0, 0.0]}, "spectrum"),
        ({"coefficients": [1.0, 2.0]}, "coefficients"),
        ({"penalty": -1.0}, "penalty"),
        ({"penalty": [0.1] * 3}, "penalty"),
        ({"batches": []}, "batches"),
        ({"batches": [Block(80, TRUTHFUL, 0.5)]}, "batches"),
        ({"penalty": 0.0, "batches": [SharedRows(**(GOOD | {"rows": 60}))]}, "batches: rows of fit 0"),
        (
            {"penalty": 0.0, "batches": [SharedRows(**(GOOD | {"rows": 90, "sampled": [1.0, 2 / 3]}))]},
            "batches: rows of fit 1",
        ),
    ],
)
def test_bad_arguments_are_named(change, where):
    good = {"spectrum": STEEP, "coefficients": W, "batches": [SharedRows(**GOOD)], "penalty": 0.1}
    with pytest.raises(Problem) as caught:
        risk(**(good | change))
    assert caught.value.where == where
    with pytest.raises(Problem):
        risk_of_power(STEEP, W[:3], good["batches"], penalty=0.1)


def test_the_allowance_grows_towards_the_peak():
    drift = [risk([1.0] * 60, 1.0, [SharedRows(n, [1.0], [[0.0]], 0.5)], penalty=1e-9).drift[0] for n in (600, 120, 66)]
    np.testing.assert_allclose(drift, [1 / 539, 1 / 59, 1 / 5], rtol=1e-6)
