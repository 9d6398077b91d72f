"""Does the engine that draws chosen rows only have the law of the one that draws all rows?

Errors are compared with the exact covariance of a workflow (docs/theory/workflows.md), which is itself checked against
every outcome listed (tests/brute), and with the definition; z = 4.5 standard errors of the mean over replicates.
Blind spot: moments beyond the second are seen in the world of coins alone, where the whole law is listed. Controls: an
engine that forgets its rows, so that a row drawn again is another one, and one that chooses with replacement.
"""

import sys
from itertools import combinations, product

import numpy as np
import pytest

from genloss.block_draws import compiled
from genloss.blocks import side_by_side
from genloss.models.families import quadratic
from genloss.models.families.quadratic import LAWS
from genloss.simulation.families import picks
from genloss.simulation.families.one_row import FEW, poisson_by_inversion
from genloss.simulation.families.picks import mean_of, mean_slowly, run_picks, term_of
from genloss.simulation.families.quadratic import run_rows
from genloss.streams import stream
from genloss.theory.workflows import covariance
from genloss.workflows import Workflow, accumulate_subsample

Z = 4.5
REPLICATES = 20_000  # controls are 40 standard errors off, in ten of ten other draws
FAMILIES = {
    "poisson": (quadratic.poisson(), 3.0),
    "poisson, where numpy draws": (quadratic.poisson(), 11.0),
    "bernoulli": (quadratic.bernoulli(), 0.3),
    "binomial": (quadratic.binomial(4), 1.5),
    "negative_binomial": (quadratic.negative_binomial(2.5), 2.0),
    "exponential": (quadratic.exponential(), 2.0),
    "gaussian_variance": (quadratic.gaussian_variance(), 1.0),
    "gaussian_mean": (quadratic.gaussian_mean(2.0), -1.0),
}
REAL = {"tag": "real", "from": "real", "at": "start", "rows": 5}
MADE = {"tag": "made", "from": "model", "rows": 4}
WORKFLOWS = {
    "without": accumulate_subsample(6),
    "fewer": accumulate_subsample(6, 4),
    "with": accumulate_subsample(6, with_replacement=True),
    "two terms": Workflow.from_dict(
        {
            "emit": [REAL, MADE],
            "train": {
                "default": [
                    {"select": {"tag": "*"}, "take": 5, "weight": 0.6},
                    {"select": {"tag": "*"}, "take": 3, "replace": True, "weight": 0.4},
                ],
                "0": [{}],
            },
        }
    ),
    "window and real rows": Workflow.from_dict(
        {
            "emit": [REAL, MADE],
            "train": [{"select": {"tag": "real"}}, {"select": {"tag": "made", "last": 2}, "take": 3}],
        }
    ),
    "mixed": Workflow.from_dict(
        {
            "emit": [{"tag": "m", "from": "mix", "mix": {"model": 0.5, "previous": 0.3, "truth": 0.2}, "rows": 6}],
            "train": [{"take": 4}],
        }
    ),
}
LAST = 4


def largest_z(estimates, mean, right):
    """Of the means of all generations, and of the products of each two."""
    errors = estimates - mean
    products = np.einsum("gr,hr->ghr", errors, errors)
    means = errors.mean(axis=1) / np.sqrt(np.diag(right) / errors.shape[1])
    seconds = (products.mean(axis=2) - right) / (products.std(axis=2) / np.sqrt(errors.shape[1]))
    return np.abs(means).max(), np.abs(seconds).max()


def picked(family, mean, workflow, *key):
    schedule = workflow.compile(LAST)
    return run_picks(family, mean, schedule, replicates=REPLICATES, rng=stream(31, *key)).estimates


def exact(family, mean, workflow):
    return covariance(workflow, curvature=family.curvature, variance=float(family.variance(mean)), generations=LAST)


@pytest.mark.parametrize("workflow", WORKFLOWS)
@pytest.mark.parametrize("name", FAMILIES)
def test_the_covariance_of_fits_is_exact(name, workflow):
    family, mean = FAMILIES[name]
    found = picked(family, mean, WORKFLOWS[workflow], name, workflow)
    assert max(largest_z(found, mean, exact(family, mean, WORKFLOWS[workflow]))) < Z


def forgetful(rows, term, rng):
    rows.values[:] = np.nan
    return mean_of(rows, term, rng)


def test_an_engine_that_forgets_its_rows_is_seen(monkeypatch):
    """Control: fresh rows of the same batches have other covariances."""
    monkeypatch.setattr(picks, "mean_of", forgetful)
    family, mean = FAMILIES["poisson"]
    found = picked(family, mean, WORKFLOWS["without"], "control")
    assert largest_z(found, mean, exact(family, mean, WORKFLOWS["without"]))[1] > 2 * Z


def test_choosing_with_replacement_is_seen():
    """Control: the law of the other rule is another one."""
    family, mean = FAMILIES["poisson"]
    found = picked(family, mean, WORKFLOWS["with"], "control")
    assert largest_z(found, mean, exact(family, mean, WORKFLOWS["without"]))[1] > 2 * Z


@pytest.mark.parametrize("workflow", ["without", "two terms", "mixed"])
@pytest.mark.parametrize("name", ["poisson", "exponential"])
def test_the_definition_has_the_same_moments(name, workflow):
    """The mean, and the correlation of each two generations, by Fisher's z."""
    family, mean = FAMILIES[name]
    schedule = WORKFLOWS[workflow].compile(LAST)
    rows = run_rows(family, mean, schedule, replicates=REPLICATES, rng=stream(32, name, workflow)).estimates
    found = picked(family, mean, WORKFLOWS[workflow], name, workflow)
    errors = np.hypot(rows.std(axis=1), found.std(axis=1)) / np.sqrt(REPLICATES)
    assert np.abs((rows.mean(axis=1) - found.mean(axis=1)) / errors).max() < Z
    one, two = ((each - mean) ** 2 for each in (rows, found))
    spread = np.hypot(one.std(axis=1), two.std(axis=1)) / np.sqrt(REPLICATES)
    assert np.abs((one.mean(axis=1) - two.mean(axis=1)) / spread).max() < Z
    pairs = np.triu_indices(LAST + 1, 1)
    tied = [np.arctanh(np.corrcoef(each)[pairs]) for each in (rows, found)]
    wide = 2.0  # the error of a correlation of skewed fits is not that of normal ones
    assert np.abs(tied[0] - tied[1]).max() < Z * wide * np.sqrt(2 / REPLICATES)


def mean_of_places(rows, places):
    return sum(rows[i] for i in places) / len(places)


def coins(count, chance):
    """Every fall of so many coins, with its chance."""
    for fall in product((0, 1), repeat=count):
        yield list(fall), np.prod([chance if side else 1 - chance for side in fall])


def listed(chance):
    """The whole law of three fits to 2 of all coins so far, two new ones each time: {(fit, fit, fit): chance}."""
    law = {}
    for first, one in coins(2, chance):
        fit0 = sum(first) / 2
        for second, two in coins(2, fit0):
            for chosen in combinations(range(4), 2):
                fit1 = mean_of_places(first + second, chosen)
                for third, three in coins(2, fit1):
                    for again in combinations(range(6), 2):
                        key = fit0, fit1, mean_of_places(first + second + third, again)
                        law[key] = law.get(key, 0.0) + one * two * three / 6 / 15
    assert sum(law.values()) == pytest.approx(1, abs=1e-12)
    return law


def frequencies(estimates):
    return {key: np.mean((np.array(key) == estimates.T).all(axis=1)) for key in product((0.0, 0.5, 1.0), repeat=3)}


@pytest.mark.parametrize(("forget", "seen"), [(False, False), (True, True)])
def test_the_whole_law_of_coins_is_the_listed_one(forget, seen, monkeypatch):
    """Also the control: an engine that forgets its rows has another law."""
    if forget:
        monkeypatch.setattr(picks, "mean_of", forgetful)
    schedule = accumulate_subsample(2).compile(2)
    found = run_picks(quadratic.bernoulli(), 0.3, schedule, replicates=REPLICATES, rng=stream(33, "coins")).estimates
    right, counted = listed(0.3), frequencies(found)
    assert all(counted[key] == 0 for key in counted if right.get(key, 0.0) == 0) or forget
    z = [(counted[key] - p) / np.sqrt(p * (1 - p) / REPLICATES) for key, p in right.items() if p > 0]
    assert (np.abs(z).max() > 2 * Z) == seen
    assert (np.abs(z).max() < Z) == (not seen)


@pytest.mark.parametrize("workflow", WORKFLOWS)
@pytest.mark.parametrize(
    ("family", "mean"),
    [
        *FAMILIES.values(),
        (quadratic.poisson(), 0.1),  # replicates end
        (quadratic.poisson(), FEW),  # inversion and numpy's way, row by row
        (quadratic.poisson(), 2e15),  # numbers that are drawn as normal ones
        (quadratic.negative_binomial(0.5), 3e15),
    ],
)
def test_the_compiled_loop_draws_the_numbers_of_plain_words(family, mean, workflow, monkeypatch):
    """To the last digit, over two blocks; both leave the generators in the same state."""
    schedule = WORKFLOWS[workflow].compile(LAST)

    def run():
        rng = side_by_side(lambda block: stream(34, block), range(2), 10)()
        found = run_picks(family, mean, schedule, replicates=20, rng=rng)
        return found.estimates, rng.random(20)

    compiled, after = run()
    monkeypatch.setattr(picks, "mean_of", mean_slowly)
    plain, then = run()
    assert compiled.tobytes() == plain.tobytes()
    assert after.tobytes() == then.tobytes()


def hide_functions(monkeypatch):
    """Load anew, in a build of numpy whose library shows nothing."""
    monkeypatch.delitem(sys.modules, "genloss.compiled_draws", raising=False)
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    compiled.cache_clear()
    assert compiled() is None


@pytest.fixture
def loaded_again():
    yield
    compiled.cache_clear()


@pytest.mark.usefixtures("loaded_again")
def test_where_numpy_hides_its_functions_the_numbers_are_the_same(monkeypatch):
    family, mean = FAMILIES["poisson"]
    schedule = WORKFLOWS["without"].compile(LAST)
    known = run_picks(family, mean, schedule, replicates=10, rng=stream(35, "x")).estimates
    hide_functions(monkeypatch)
    assert run_picks(family, mean, schedule, replicates=10, rng=stream(35, "x")).estimates.tobytes() == known.tobytes()


def test_every_set_of_places_has_the_same_chance():
    """5 of 7: 21 sets, each within z standard errors; a first row that is always taken would be seen."""
    term = term_of(WORKFLOWS["without"].compile(1), accumulate_subsample(6).compile(1).train[1][0])
    assert term.pool.tolist() == list(range(12))
    assert term.weights.tolist() == [1 / 6] * 6
    count, rng = 40_000, stream(36, "sets")
    small = picks.Term(np.arange(7), np.full(5, 1 / 5), picks.WITHOUT)
    sets = np.sort([picks._places(small, rng) for _ in range(count)], axis=1)
    kinds, found = np.unique(sets, axis=0, return_counts=True)
    assert len(kinds) == 21
    assert np.abs(found - count / 21).max() < Z * np.sqrt(count / 21 * (20 / 21))


def test_inversion_has_the_law_of_poisson():
    """Its steps are the cumulative chances of scipy, at means up to where numpy draws."""
    from scipy.stats import poisson

    for mean in (1e-9, 0.3, 3.0, np.nextafter(FEW, 0.0)):
        steps = poisson.cdf(np.arange(40), mean)
        inner = steps[steps < 1 - 1e-9]
        below = [poisson_by_inversion(float(step) * (1 - 1e-12), mean) for step in inner]
        above = [poisson_by_inversion(float(step) * (1 + 1e-12), mean) for step in inner]
        assert below == list(range(len(inner)))
        assert above == list(range(1, len(inner) + 1))
        assert poisson_by_inversion(1 - 2.0**-53, mean) < 60


def test_every_family_names_the_law_of_a_row():
    assert {family.row[0] for family, _ in FAMILIES.values()} == set(LAWS)
