"""Do filters keep the rows that they say, in every engine?

Rule: means and mean squares of fits within Z standard errors of loops written row by row, 4,000 replicates a side;
least squares against the definition by helpers.agree, 2,000 a side. Blind spot: 7 % of a standard deviation of a fit.
Control: a verifier a little stricter, or with another error, must be seen.
"""

from functools import partial

import numpy as np
import pytest
from helpers import Z, agree, excess_risks, mean_and_error
from scipy import stats

from genloss.models import Generator, LeastSquares
from genloss.models.families import FAMILIES, quadratic
from genloss.models.families.densities import distance, log_density
from genloss.models.ngram import NGram
from genloss.populations import LinearGaussian
from genloss.simulation import choose, reference
from genloss.simulation.families.categories import category_run
from genloss.simulation.families.parametric import run_family_rows
from genloss.simulation.families.quadratic import run_rows
from genloss.simulation.linear import verified
from genloss.simulation.task import Task
from genloss.simulation.texts.ngram import ngram_run
from genloss.streams import stream
from genloss.workflows import Workflow

REPLICATES, LAST, ROWS = 4_000, 2, 12
FALLING = LinearGaussian(np.arange(1, 6.0) ** -1.0, np.arange(1, 6.0) ** -0.5, 0.6)


def filtered(rule, rows=ROWS, made=None, **term):
    real = {"tag": "real", "from": "real", "rows": rows, "at": "start"}
    synth = {"tag": "made", "from": "model", "rows": made or rows}
    newest = {"select": {"last": 1}, "filter": rule, **term}
    return Workflow.from_dict({"emit": [real, synth], "train": {"default": [newest], "0": [{"select": {"last": 1}}]}})


def near(rule):
    return {"kind": "distance", **rule}


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        ({"within": 0.7, "verifier_error": 0.5}, 40),
        ({"within": 1.0, "verifier": "fit 0"}, 30),
        ({"within": 1.2, "verifier": "previous"}, 24),
        ({"within": 0.8, "verifier": "previous", "lag": 2}, 30),
        ({"within": 0.8}, 40),
    ],
    ids=str,
)
def test_least_squares_by_two_numbers_a_row(rule, rows):
    fast, plain = risks_of(verified, 61, rule, rows), risks_of(reference, 62, rule, rows)
    assert agree(fast, plain)
    off = {"verifier": "truth", "verifier_error": 1.0} if "lag" not in rule else {"within": 2.5}
    assert not agree(fast, risks_of(reference, 63, rule | off, rows))


def risks_of(engine, seed, rule, rows, population=FALLING, last=LAST):
    workflow, report = filtered(near(rule), rows), tuple(range(last + 1))
    task = Task(population, workflow.compile(last), Generator(LeastSquares(), 0.6), None, report, 50, 50)
    assert choose(task).name == "verified"
    return excess_risks(engine, task, blocks=40, seed=seed)


def test_fewer_rows_than_features_stay_in_one_replicate_of_eight():
    wide = LinearGaussian(np.arange(1, 9.0) ** -1.0, np.arange(1, 9.0) ** -0.5, 0.6)
    sides = [risks_of(e, seed, {"within": 0.8}, 20, wide, 1) for e, seed in ((verified, 64), (reference, 65))]
    assert agree(*(np.log(side) for side in sides))
    assert not agree(np.log(sides[0]), np.log(risks_of(reference, 66, {"within": 2.5}, 20, wide, 1)))


LAWS = [
    (quadratic.poisson(), 3.0, lambda m: stats.poisson(m).logpmf),
    (quadratic.binomial(7), 3.0, lambda m: stats.binom(7, m / 7).logpmf),
    (quadratic.negative_binomial(2.5), 3.0, lambda m: stats.nbinom(2.5, 2.5 / (2.5 + m)).logpmf),
    (quadratic.gamma(1.7), 3.0, lambda m: stats.gamma(1.7, scale=m / 1.7).logpdf),
    (quadratic.gaussian_mean(2.0), 3.0, lambda m: stats.norm(m, 2.0).logpdf),
]


@pytest.mark.parametrize(("family", "mean", "law"), LAWS, ids=lambda value: getattr(value, "name", ""))
def test_densities_of_means_are_those_of_scipy(family, mean, law):
    rng = stream(1, "density", family.name)
    means = np.array([[mean], [mean * 1.4]])
    rows = family.draw(means, 9, rng)
    wanted = np.array([law(m)(x) for m, x in zip(means[:, 0], rows[..., 0], strict=True)])
    np.testing.assert_allclose(log_density(family, rows, means), wanted, rtol=1e-9, atol=1e-9)
    away = np.abs(rows[..., 0] - means) / np.sqrt(family.variance(means))
    np.testing.assert_allclose(distance(family, rows, means), away, rtol=1e-12)


def test_densities_of_several_parameters_are_those_of_scipy():
    rng = stream(1, "densities")
    joint = FAMILIES["multivariate_gaussian"](2)
    parameters = np.array([[0.5, -1.0, 2.0, 0.3, 0.3, 1.0]])
    rows = joint.draw(parameters, 5, rng)
    law = stats.multivariate_normal([0.5, -1.0], [[2.0, 0.3], [0.3, 1.0]])
    np.testing.assert_allclose(log_density(joint, rows, parameters)[0], law.logpdf(rows[0]))
    beta = FAMILIES["beta"]()
    rows = beta.draw(np.array([[2.0, 3.0]]), 5, rng)
    shares = np.exp(rows[0]).T / np.exp(rows[0]).sum(axis=-1)
    np.testing.assert_allclose(
        log_density(beta, rows, np.array([[2.0, 3.0]]))[0], stats.dirichlet([2, 3]).logpdf(shares)
    )
    shape = FAMILIES["gamma_shape"]()
    rows = shape.draw(np.array([[2.0, 3.0]]), 5, rng)
    wanted = stats.gamma(2.0, scale=1.5).logpdf(rows[0, :, 0])
    np.testing.assert_allclose(log_density(shape, rows, np.array([[2.0, 3.0]]))[0], wanted)
    logistic, counts = FAMILIES["logistic_regression"](1), FAMILIES["poisson_regression"](1)
    for family, of_eta in (
        (logistic, lambda eta: stats.bernoulli(1 / (1 + np.exp(-eta)))),
        (counts, lambda eta: stats.poisson(np.exp(eta))),
    ):
        rows = family.draw(np.array([[0.3, 0.8]]), 6, rng)
        wanted = of_eta(0.3 + 0.8 * rows[0, :, 0]).logpmf(rows[0, :, 1])
        np.testing.assert_allclose(log_density(family, rows, np.array([[0.3, 0.8]]))[0], wanted, rtol=1e-9)
    urn = FAMILIES["multinomial"](3)
    rows = urn.draw(np.array([[0.2, 0.3, 0.5]]), 6, rng)
    picked = np.array([0.2, 0.3, 0.5])[rows[0].argmax(axis=-1)]
    np.testing.assert_allclose(log_density(urn, rows, np.array([[0.2, 0.3, 0.5]]))[0], np.log(picked))


def same_law(one, other):
    """Whether means and mean squares agree, (fits, replicates)."""
    pairs = [(one, other), (one**2, other**2)]
    sides = [(mean_and_error(a), mean_and_error(b)) for a, b in pairs]
    return all(np.all(np.abs(m - k) <= Z * np.hypot(e, f)) for (m, e), (k, f) in sides)


def best_of(score, share):
    return score >= np.sort(score)[len(score) - max(1, int(np.floor(share * len(score) + 0.5)))]


@pytest.mark.parametrize(
    ("rule", "keeps"),
    [
        ({"kind": "distance", "within": 1.1, "verifier_error": 0.4}, lambda y, _: np.abs(y - 3.8) <= 1.1 * 2),
        ({"kind": "distance", "within": 1.0, "verifier": "fit 0"}, lambda y, m: np.abs(y - m[0]) <= 2.0),
        (
            {"kind": "likelihood", "at_least": -2.2, "verifier": "previous"},
            lambda y, m: stats.norm(m[-1], 2.0).logpdf(y) >= -2.2,
        ),
        ({"kind": "top_share", "keep_share": 0.5}, lambda y, _: best_of(-np.abs(y - 3.0), 0.5)),
        ({"keep_good": 0.9, "keep_bad": 0.3}, None),
    ],
    ids=["distance", "first fit", "likelihood", "top share", "oracle"],
)
def test_means_of_normal_rows(rule, keeps):
    family = quadratic.gaussian_mean(2.0)
    schedule = filtered(rule, made=30).compile(LAST)
    seen = run_rows(family, 3.0, schedule, replicates=REPLICATES, rng=stream(2, "seen", str(rule))).estimates
    rng, plain = stream(2, "plain", str(rule)), np.empty((LAST + 1, REPLICATES))
    for r in range(REPLICATES):
        means = [rng.normal(3.0, 2.0, ROWS).mean()]
        for _ in range(LAST):
            y = rng.normal(means[-1], 2.0, 30)
            good = np.abs(y - 3.0) <= 2.0
            kept = rng.random(30) < np.where(good, 0.9, 0.3) if keeps is None else keeps(y, means)
            means.append(y[kept].mean())
        plain[:, r] = means
    assert same_law(seen, plain)
    other = filtered({"kind": "distance", "within": 1.5, "verifier_error": 0.8}, made=30).compile(LAST)
    assert not same_law(run_rows(family, 3.0, other, replicates=REPLICATES, rng=stream(3, "off")).estimates, plain)


def test_a_variance_over_one_less_than_the_rows_that_stay():
    family = FAMILIES["gaussian"](divisor="unbiased")
    schedule = filtered({"kind": "top_share", "keep_share": 0.4}, made=20).compile(1)
    runs = run_family_rows(family, [0.0, 1.0], schedule, replicates=REPLICATES, rng=stream(4, "variance"))
    rng, plain = stream(5, "variance"), np.empty((2, REPLICATES))
    for r in range(REPLICATES):
        x = rng.standard_normal(ROWS)
        y = rng.normal(x.mean(), x.std(ddof=1), 20)
        kept = y[best_of(-np.abs(y), 0.4)]
        plain[:, r] = x.var(ddof=1), kept.var(ddof=1)
    assert same_law(runs.estimates[..., 1], plain)
    assert not same_law(runs.estimates[..., 1] * np.array([[1.0], [7 / 8]]), plain)  # divided by the rows


def test_a_logistic_regression_sees_only_the_rows_that_stay():
    family = FAMILIES["logistic_regression"](1)
    rule = {"kind": "likelihood", "at_least": float(np.log(0.4))}
    schedule = filtered(rule, rows=60).compile(1)
    rng = stream(6, "logistic")
    runs = run_family_rows(family, [0.2, 0.5], schedule, replicates=500, rng=rng)
    rng, slopes = stream(7, "logistic"), []
    truth = np.array([[0.2, 0.5]])
    for _ in range(500):
        first = family.estimate(family.draw(truth, 60, rng), np.full((1, 60), 1 / 60), 60.0)[0]
        rows = family.draw(first, 60, rng)
        kept = rows[:, log_density(family, rows, truth)[0] >= np.log(0.4)]
        found, exists = family.estimate(kept, np.full((1, kept.shape[1]), 1 / kept.shape[1]), float(kept.shape[1]))
        slopes.append(found[0, 1] if exists[0] else first[0, 1])
    assert stats.ks_2samp(runs.estimates[1, :, 1], slopes).pvalue > 1e-5
    assert stats.ks_2samp(runs.estimates[0, :, 1], slopes).pvalue < 1e-5  # control: without the filter


SHARES = np.array([0.4, 0.3, 0.2, 0.1])
CATEGORIES = [
    ({"keep_good": 0.9, "keep_bad": 0.2, "wrong": [3, 4]}, {}),
    ({"keep": [1.0, 0.5, 0.25, 0.75]}, {"take": 5, "short": "all"}),
    ({"kind": "likelihood", "at_least": float(np.log(0.15)), "verifier": "fit 0"}, {}),
    ({"kind": "likelihood", "at_least": float(np.log(0.25))}, {"take": 6, "replace": True}),
    ({"kind": "top_share", "keep_share": 0.5, "verifier": "previous"}, {}),
    ({"kind": "top_share", "keep_share": 0.5}, {"take": 4}),
]


def counted(rule, term, rng, mixed):
    """One replicate, row by row: the shares of every fit."""
    fits = [np.bincount(rng.choice(4, ROWS, p=SHARES), minlength=4) / ROWS]
    for _ in range(LAST):
        real = rng.random(16) < 0.5 if mixed else np.zeros(16, dtype=bool)
        rows = np.where(real, rng.choice(4, 16, p=SHARES), rng.choice(4, 16, p=fits[-1]))
        kept = np.flatnonzero(real | stays(rule, rows, ~real, fits, rng))
        if term.get("replace"):
            kept = rng.choice(kept, term["take"])
        elif "take" in term:
            kept = rng.permutation(kept)[: term["take"]]
        fits.append(np.bincount(rows[kept], minlength=4) / len(kept))
    return fits


def stays(rule, rows, judged, fits, rng):
    if "keep" in rule or "wrong" in rule:
        chances = np.array(rule.get("keep", [0.9, 0.9, 0.2, 0.2]))
        return rng.random(len(rows)) < chances[rows]
    law = {"truth": SHARES, "fit 0": fits[0], "previous": fits[-1]}[rule.get("verifier", "truth")]
    if rule["kind"] == "likelihood":
        return law[rows] >= np.exp(rule["at_least"])
    count = min(judged.sum(), max(1, int(np.floor(rule["keep_share"] * judged.sum() + 0.5))))
    order = [i for i in np.lexsort((rng.random(len(rows)), -law[rows])) if judged[i]]
    return np.isin(np.arange(len(rows)), order[:count])


@pytest.mark.parametrize("mixed", [False, True], ids=["of a fit", "of a fit and the truth"])
@pytest.mark.parametrize(("rule", "term"), CATEGORIES, ids=str)
def test_counts_of_categories(rule, term, mixed):
    if not mixed:
        workflow = filtered(rule, made=16, **term)
    else:
        mix = {"tag": "made", "from": "model", "mix": {"model": 0.5, "previous": 0.0, "truth": 0.5}, "rows": [ROWS, 16]}
        first, later = {"select": {"fresh": True}}, {"select": {"fresh": True}, "filter": rule, **term}
        workflow = Workflow.from_dict({"emit": [mix], "train": {"default": [later], "0": [first]}})
    schedule, key = workflow.compile(LAST), f"{rule} {mixed}"
    run = partial(category_run, SHARES, schedule, report=range(LAST + 1), replicates=REPLICATES)
    seen = np.moveaxis(np.array(run(rng=stream(8, "seen", key))), 1, -1)  # (fits, categories, replicates)
    rng = stream(8, "plain", key)
    plain = np.moveaxis(np.array([counted(rule, term, rng, mixed) for _ in range(REPLICATES)]), 0, -1)
    assert same_law(seen, plain)
    bare = np.moveaxis(np.array([counted({"keep": [1.0] * 4}, term, rng, mixed) for _ in range(REPLICATES)]), 0, -1)
    assert not same_law(seen, bare)  # control: everything stays


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("piece", [1, 5])
def test_pieces_of_texts_by_hand(order, piece):
    text = stream(9, "text").integers(0, 6, 400)
    rule = {"kind": "top_share", "keep_share": 0.5, "verifier": "fit 0", "piece": piece}
    schedule = filtered(rule, rows=103).compile(1)
    run = ngram_run(text, text[300:], schedule, vocabulary=6, order=order, rng=stream(10, "run"))
    rng, model = stream(10, "run"), NGram(order, 6)
    first = model.fit(text[:103], None, rng)
    made = first.sample(103, rng)
    logs = np.log(first.shares(0.5)[made]) if order == 1 else _logs(first, made)
    parts = [made[at : at + piece] for at in range(0, 103, piece)]
    score = [logs[at : at + piece].mean() for at in range(0, 103, piece)]
    uniform = rng.random(len(parts))
    chosen = sorted(sorted(range(len(parts)), key=lambda i: (-score[i], uniform[i]))[: round(len(parts) / 2 + 1e-9)])
    second = model.fit(np.concatenate([parts[i] for i in chosen]), None, rng)
    np.testing.assert_array_equal(run.counts, [first.counts, second.counts])
    worst = model.fit(np.concatenate([parts[i] for i in range(len(parts)) if i not in chosen]), None, rng)
    assert not np.array_equal(run.counts[1], worst.counts)


def _logs(fit, made):
    from genloss.models.ngram import Unigram

    return np.concatenate([Unigram(fit.counts).log_prob(made[:1]), fit.log_prob(made)])
