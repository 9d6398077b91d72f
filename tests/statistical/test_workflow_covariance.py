"""Every named workflow as a few lines by hand, rows and all, against the covariance of its fits.

The loops know nothing of the compiler. Normal means and coins, 6 rows, 5 generations, 20,000 runs.
Every entry of the covariance within Z standard errors. Blind spot: an entry wrong by less than
about 5 % (Z sqrt(2 / 20,000)) is not seen.
"""

import numpy as np
import pytest
from helpers import Z

from genloss import Workflow, workflows
from genloss.streams import stream
from genloss.theory.workflows import covariance, drift, unequal_information

RUNS, N, LAST = 20_000, 6, 5
FAMILIES = {
    "normal": {"truth": 1.0, "variance": 4.0, "curvature": 0.0, "slope": 0.0},
    "bernoulli": {"truth": 0.3, "variance": 0.21, "curvature": -1.0, "slope": 0.4},
}


class Hand:
    """Draw rows of a family around means, one of each run; take some of them at random."""

    def __init__(self, family, name):
        self.family, self.rng = family, stream(17, "by hand", family, name)
        self.truth = np.full(RUNS, FAMILIES[family]["truth"])

    def draw(self, mean, rows):
        if self.family == "normal":
            return mean[:, None] + 2.0 * self.rng.standard_normal((RUNS, rows))
        return (self.rng.random((RUNS, rows)) < mean[:, None]).astype(float)

    def some(self, rows, take):
        return self.rng.permuted(rows, axis=1)[:, :take]

    def again(self, rows, take):
        return np.take_along_axis(rows, self.rng.integers(rows.shape[1], size=(RUNS, take)), axis=1)


def replace(w):
    fits = [w.draw(w.truth, N).mean(1)]
    while len(fits) <= LAST:
        fits.append(w.draw(fits[-1], N).mean(1))
    return fits


def pooled(w, made, take):
    """Fits on what `take` takes of everything so far."""
    pool = w.draw(w.truth, N)
    fits = [take(pool).mean(1)]
    while len(fits) <= LAST:
        pool = np.hstack([pool, w.draw(fits[-1], made)])
        fits.append(take(pool).mean(1))
    return fits


def real_and_last(w, weight, *, fresh):
    real = w.draw(w.truth, N).mean(1)
    fits = [real]
    while len(fits) <= LAST:
        if fresh:
            real = w.draw(w.truth, N).mean(1)
        fits.append(weight * real + (1 - weight) * w.draw(fits[-1], N).mean(1))
    return fits


def window(w, keep):
    batches, fits = [w.draw(w.truth, N).mean(1)], []
    for _ in range(LAST + 1):
        fits.append(np.mean(batches[-keep:], axis=0))
        batches.append(w.draw(fits[-1], N).mean(1))
    return fits


def forget(w, decay):
    batches, fits = [w.draw(w.truth, N).mean(1)], []
    for g in range(LAST + 1):
        fits.append(np.average(batches, axis=0, weights=[decay ** (g - birth) for birth in range(g + 1)]))
        batches.append(w.draw(fits[-1], N).mean(1))
    return fits


def reset(w, every):
    real, fits = w.draw(w.truth, N).mean(1), []
    for g in range(LAST + 1):
        fits.append(real if g % every == 0 else w.draw(fits[-1], N).mean(1))
    return fits


def regenerate(w, rows):
    means = [w.truth]
    for g in range(LAST + 1):
        each, more = divmod(rows, g + 1)
        drawn = [w.draw(mean, each + (i < more)) for i, mean in enumerate(means) if each + (i < more)]
        means.append(np.hstack(drawn).mean(1))
    return means[1:]


def synthetic_only(w):
    fits, made = [w.draw(w.truth, N).mean(1)], []
    while len(fits) <= LAST:
        made.append(w.draw(fits[-1], N).mean(1))
        fits.append(np.mean(made, axis=0))
    return fits


def mixed(w):
    """Each row from the last fit (.6), the law of the generation before (.3), or the truth (.1); half are taken."""
    law, fits = [(1.0, w.truth)], []
    for g in range(LAST + 1):
        if g:
            law = [(0.3 * chance, mean) for chance, mean in law] + [(0.1, w.truth), (0.6, fits[-1])]
        who = w.rng.choice(len(law), p=[chance for chance, _ in law], size=(RUNS, N))
        each = np.take_along_axis(np.stack([mean for _, mean in law], axis=1), who, axis=1)
        rows = np.concatenate([w.draw(each[:, i], 1) for i in range(N)], axis=1)
        fits.append(w.some(rows, 3).mean(1))
    return fits


def shifted(w):
    """Real rows kept, synthetic ones drawn at .8 x fit + .1: for coins the noise is that of the fit's own coin."""
    real, fits = w.draw(w.truth, N), []
    fits = [real.mean(1)]
    while len(fits) <= LAST:
        noise = w.draw(fits[-1], N) - fits[-1][:, None]
        fits.append(np.hstack([real, 0.8 * fits[-1][:, None] + 0.1 + noise]).mean(1))
    return fits


REAL = {"tag": "real", "from": "real", "rows": N, "at": "start"}
MADE = {"tag": "synth", "from": "model", "rows": N}
MIXED = {"tag": "mix", "from": "mix", "rows": N, "mix": {"model": 0.6, "previous": 0.3, "truth": 0.1}}


def own(emit, train):
    return Workflow.from_dict({"emit": emit, "train": train})


CASES = {
    "replace": (replace, workflows.replace(N)),
    "accumulate": (lambda w: pooled(w, 4, lambda pool: pool), workflows.accumulate(N, 4)),
    "subsample": (lambda w: pooled(w, N, lambda pool: w.some(pool, 4)), workflows.accumulate_subsample(N, 4)),
    "with replacement": (
        lambda w: pooled(w, N, lambda pool: w.again(pool, N)),
        workflows.accumulate_subsample(N, N, True),
    ),
    "fixed_real": (lambda w: real_and_last(w, 0.5, fresh=False), workflows.fixed_real(N)),
    "fresh_real": (lambda w: real_and_last(w, 0.6, fresh=True), workflows.fresh_real(N, N, 0.6)),
    "window": (lambda w: window(w, 2), workflows.window(N, 2)),
    "forget": (lambda w: forget(w, 0.5), workflows.forget(N, 0.5)),
    "reset": (lambda w: reset(w, 4), workflows.reset(N, 4)),
    "regenerate": (lambda w: regenerate(w, 8), workflows.regenerate(8)),
    "synthetic_only": (synthetic_only, workflows.synthetic_only(N)),
    "mixed": (mixed, own([MIXED], [{"select": {"fresh": True}, "take": 3}])),
    "shifted": (
        shifted,
        own(
            [REAL, MADE | {"sampler": {"gain": 0.8, "shift": 0.1}}],
            [{"select": {"tag": "real"}}, {"select": {"tag": "synth", "last": 1}}],
        ),
    ),
}


def worst(fits, family, right, mean):
    """The largest distance of an entry of the covariance from `right`, and of a mean, in standard errors."""
    error = np.array(fits) - FAMILIES[family]["truth"]
    away = np.abs(error.mean(1) - mean) / (error.std(1) / np.sqrt(RUNS))
    centered = error - np.array(mean)[:, None]
    products = centered[:, None] * centered[None]
    found, spread = products.mean(-1), products.std(-1) / np.sqrt(RUNS)
    return float(max(np.max(np.abs(found - right) / spread), away.max()))


def asked(workflow, family, generations=LAST, **changes):
    given = FAMILIES[family] | changes
    mean = drift(workflow, truth=given["truth"], generations=generations)
    return covariance(workflow, generations=generations, **given), mean


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", CASES)
def test_by_hand(name, family):
    by_hand, workflow = CASES[name]
    fits = by_hand(Hand(family, name))
    assert worst(fits, family, *asked(workflow, family)) < Z
    later, mean = asked(workflow, family, LAST + 1)
    assert worst(fits, family, later[1:, 1:], mean[1:]) > 2 * Z  # an index off by one


@pytest.mark.parametrize("family", FAMILIES)
def test_wrong_constants_are_seen(family):
    """Pools of other sizes, noise that is not shared, curvature left out: each is rejected."""
    fits = CASES["subsample"][0](Hand(family, "controls"))
    right = asked(CASES["subsample"][1], family)
    assert worst(fits, family, *right) < Z
    wrong = [
        asked(workflows.accumulate_subsample(N, 4, True), family),  # with replacement instead of without
        asked(workflows.accumulate(N), family),  # sub-sampling forgotten
        asked(workflows.window(N, 2), family),
        (np.diag(np.diag(right[0])), right[1]),  # generations taken as independent
    ]
    assert all(worst(fits, family, *slip) > 2 * Z for slip in wrong)


def test_coins_are_not_normal():
    """With 6 rows and 5 generations the curvature of a coin's variance takes off a third at the end."""
    fits = replace(Hand("bernoulli", "curved"))
    assert worst(fits, "bernoulli", *asked(workflows.replace(N), "bernoulli")) < Z
    assert worst(fits, "bernoulli", *asked(workflows.replace(N), "bernoulli", curvature=0.0)) > 2 * Z


def test_fresh_and_kept_real_rows_are_told_apart():
    """4/3 with the real rows kept, 2/3 with new ones: each hand loop fits its own law only."""
    for kept in (True, False):
        fits = real_and_last(Hand("normal", f"kept {kept}"), 0.5, fresh=not kept)
        right, other = (workflows.fixed_real(N), workflows.fresh_real(N))[:: 1 if kept else -1]
        assert worst(fits, "normal", *asked(right, "normal")) < Z
        assert worst(fits, "normal", *asked(other, "normal")) > 2 * Z


def test_random_numbers_used_again_are_seen():
    """The same noise in every generation: variance (g + 1)^2 in place of g + 1, and no workflow of that name."""
    w = Hand("normal", "again")
    noise = 2.0 * w.rng.standard_normal((RUNS, N)).mean(1)
    fits = [w.truth + (g + 1) * noise for g in range(LAST + 1)]
    right, mean = asked(workflows.replace(N), "normal")
    t = np.arange(1.0, LAST + 2)
    assert worst(fits, "normal", np.outer(t, t) * 4 / N, mean) < Z
    assert worst(fits, "normal", right, mean) > 10 * Z


def test_covariate_shift_by_hand():
    """A slope through the origin; synthetic inputs have four times the variance: H = J = 1 and 4 (noise 1).

    The real rows are kept, every generation adds 4000 labeled by the fit before. Asymptotic: the allowance for 4000
    rows is 4 / 4000 of an entry, far below what Z sees. Rejected: equal information, and H_S with J_S = 1.
    """
    rng, rows = stream(17, "by hand", "shift"), 4000
    fits, square = [], rng.chisquare(rows, RUNS)
    score = np.sqrt(square) * rng.standard_normal(RUNS)
    fits.append(score / square)
    while len(fits) <= LAST:
        more = 4 * rng.chisquare(rows, RUNS)
        fresh = np.sqrt(more) * rng.standard_normal(RUNS)
        fits.append((score + more * fits[-1] + fresh) / (square + more))
    products = np.array(fits)[:, None] * np.array(fits)[None]
    found, spread = products.mean(-1), products.std(-1) / np.sqrt(RUNS)

    def distance(synthetic):
        table = unequal_information(workflows.fixed_real(rows), real=(1, 1), synthetic=synthetic, generations=LAST)[
            ..., 0, 0
        ]
        return np.max((np.abs(found - table) - np.abs(table) * 4 / rows) / spread)

    assert distance((4, 4)) < Z
    assert min(distance((1, 1)), distance((4, 1))) > 2 * Z
