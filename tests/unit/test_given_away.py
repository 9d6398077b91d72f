"""Are columns that give the target away found, each kind, and is no other column named?"""

import importlib

import numpy as np
import pytest
from sklearn import datasets

from genloss.populations.tables.given_away import CERTAIN, EXACT, SEEN, Entries, given_away, same_line
from genloss.populations.tables.row_names import is_id
from genloss.streams import stream

ROWS = 60
RNG = np.random.default_rng(5)
X, Z, C = RNG.normal(15, 8, ROWS), RNG.normal(size=ROWS), RNG.integers(0, 9, ROWS)
YES, KIND = (RNG.random(ROWS) > 0.5).astype(int), RNG.integers(0, 3, ROWS)
FAHRENHEIT = 32 + 1.8 * X


def columns(**given):
    return [Entries(name, np.asarray(values, float)) for name, values in given.items()]


def words(name, codes, *called):
    return Entries(name, np.asarray(codes, float), called)


def three_digits(values):
    return [float(f"{value:.3g}") for value in values]


FOUND = {
    "equal": (columns(a=X, z=Z), X, ("a",), EXACT),
    "other units": (columns(a=X, z=Z), FAHRENHEIT, ("a",), EXACT),
    "one decimal": (columns(a=np.round(X, 1), z=Z), np.round(FAHRENHEIT, 1), ("a",), CERTAIN),
    "whole numbers": (columns(a=np.round(X), z=Z), np.round(FAHRENHEIT), ("a",), CERTAIN),
    "three digits": (columns(a=three_digits(np.exp(X / 8)), z=Z), three_digits(2.5 * np.exp(X / 8)), ("a",), CERTAIN),
    "a sum": (columns(a=X, z=Z, c=C), X + Z, ("a", "z"), EXACT),
    "a sum of counts": (columns(x=X, a=C, b=KIND), C + KIND, ("a", "b"), EXACT),
    "a rounded sum": (columns(a=np.round(X, 2), z=np.round(Z, 2), c=C), np.round(X + Z, 2), ("a", "z"), CERTAIN),
    "the logarithm": (columns(a=np.exp(X / 8), z=Z), X, ("a",), CERTAIN),
    "a rounded logarithm": (columns(a=np.round(np.exp(X / 8), 2), z=Z), np.round(X / 8, 2), ("a",), CERTAIN),
    "another transform": (columns(a=np.arctan(X), z=Z), X, ("a",), CERTAIN),
    "downwards": (columns(a=-(X**3), z=Z), X, ("a",), CERTAIN),
    "two words": ([words("a", YES, "no", "yes"), *columns(z=Z)], YES, ("a",), EXACT),
    "three words": ([words("a", KIND, "u", "v", "w"), *columns(z=Z)], KIND, ("a",), EXACT),
    "words of two values": ([words("a", KIND, "u", "v", "w"), *columns(z=Z)], KIND == 1, ("a",), EXACT),
    "constant by class": (columns(a=np.where(YES, 3.2, 1.1), z=Z), YES, ("a",), EXACT),
    "constant by class of three": (columns(a=np.array([5.1, 9.9, 2.2])[KIND], z=Z), KIND, ("a",), CERTAIN),
    "row numbers": (columns(a=np.arange(ROWS), z=Z), np.sort(YES), ("a",), CERTAIN),
    "row numbers from the end": (columns(a=ROWS - np.arange(ROWS), z=Z), np.sort(X), ("a",), CERTAIN),
    "a threshold": (columns(a=X, z=Z), X > 15, ("a",), SEEN),
    "a cut": (columns(a=X > 15, z=Z), X, ("a",), SEEN),
    "a year": (columns(year=np.arange(ROWS) + 1950, z=Z), np.sort(X), ("year",), SEEN),
}


@pytest.mark.parametrize("name", FOUND)
def test_each_kind_is_found_and_named(name):
    given, target, named, strength = FOUND[name]
    (found,) = given_away(given, np.asarray(target, float))
    assert (found.columns, found.strength) == (named, strength)
    assert all(repr(column) in found.words for column in named)


@pytest.mark.parametrize("name", [name for name, case in FOUND.items() if case[3] != SEEN])
def test_one_row_in_which_it_is_otherwise_clears_a_column(name):
    given, target, _, _ = FOUND[name]
    other = np.asarray(target, float).copy()
    at = int(np.flatnonzero(other == other.max())[-1])  # an inner row may only move the order a little
    other[at] = other.min() if np.unique(other).size < 5 else np.median(other)
    assert not [found for found in given_away(given, other) if found.strength != SEEN]


@pytest.mark.parametrize("digits", [None, 2])
def test_a_strong_predictor_with_noise_is_none(digits):
    for seed in range(100):
        rng = np.random.default_rng(seed)
        x, z = rng.normal(15, 8, ROWS), rng.normal(size=ROWS)
        y = 2 * x + 3 * z + np.sqrt(0.001) * np.std(2 * x) * rng.normal(size=ROWS)  # R2 = .999
        given = [x, z] if digits is None else [np.round(x, digits), np.round(z, digits)]
        y = y if digits is None else np.round(y, digits)
        assert not given_away(columns(x=given[0], z=given[1]), y)
        assert not given_away(columns(x=given[0]), y - 3 * given[1])


def test_what_chance_makes_of_small_tables_is_not_refused():
    separated = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        x, y = rng.normal(size=(20, 10)), rng.permutation(np.repeat([0.0, 1.0], [17, 3]))
        found = given_away(columns(**{f"c{j}": x[:, j] for j in range(10)}), y)
        separated += bool(found)
        assert all(each.strength == SEEN for each in found)
    assert separated > 0  # chance does part them: 10 columns x 2/1140


def real_tables():
    for name in ("diabetes", "iris", "wine", "breast_cancer", "linnerud"):
        yield name, getattr(datasets, f"load_{name}")(as_frame=True).frame
    for name in ("longley", "engel", "fair", "stackloss", "spector", "statecrime", "copper", "scotland", "cpunish"):
        yield name, importlib.import_module(f"statsmodels.datasets.{name}").load_pandas().data


def test_ordinary_tables_have_no_such_column():
    pytest.importorskip("statsmodels")
    for name, frame in real_tables():
        frame = frame.select_dtypes("number").iloc[:700]
        given = columns(**{str(column): frame[column] for column in frame})
        for place, target in enumerate(given):
            rest = [*given[:place], *given[place + 1 :]]
            found = [each.words for each in given_away(rest, target.values) if each.strength != SEEN]
            assert not found, (name, target.name)
            assert not is_id(target.name, target.values, words=False), (name, target.name)


@pytest.mark.parametrize(
    ("name", "values", "words", "named"),
    [
        ("id", RNG.permutation(9000)[:40], False, True), ("patient_id", RNG.permutation(9000)[:40], False, True),
        ("userId", np.arange(40), False, True), ("Unnamed: 0", np.arange(40), False, True),
        ("code", RNG.permutation(40) + 1001, False, True), ("key", np.arange(40), True, True),
        ("year", np.arange(40) + 1950, False, False), ("income", RNG.permutation(9000)[:40], False, False),
        ("rank", RNG.permutation(40) + 1, False, False), ("x", np.arange(40), False, False),
        ("id", np.arange(40) // 2, False, False), ("id", RNG.normal(size=40), False, False),
        ("paid", RNG.permutation(9000)[:40], False, False), ("word", np.arange(40) // 2, True, False),
    ],
)  # fmt: skip
def test_ids_are_told_from_numbers(name, values, words, named):
    assert is_id(name, np.asarray(values, float), words=words) == named


DOSES = [(1.5, 0.25, 60), (2.1, 0.05, 60), (2.1, 0.2, 100), (2.1, 0.3, 80)]


@pytest.mark.parametrize(("slope", "noise", "rows"), DOSES)
def test_whole_doses_with_small_noise_are_no_other_unit(slope, noise, rows):
    """Twelve doses, several rows each: what is left is smaller than rounding of the dose would leave."""
    rng = stream(241, f"doses {slope} {noise} {rows}")
    dose = np.resize(np.arange(1.0, 13.0), rows)
    assert same_line(dose, np.round(slope * dose + 3 + noise * rng.standard_normal(rows), 3)) is None
    any_dose = rng.uniform(0.5, 12.5, rows)  # control: the column is the target in other units, rounded
    assert same_line(np.round(any_dose), np.round(slope * any_dose + 3, 3)) is not None


@pytest.mark.parametrize("rows", [60, 400])
@pytest.mark.parametrize("digits", [0, 1])
def test_a_sum_that_was_rounded_is_noticed_and_noise_beyond_rounding_clears_it(digits, rows):
    """Noise of 1.2 units of the last digit is told from rounding; blind to noise within the last digit."""
    rng = np.random.default_rng(3)
    found, cleared = 0, 0
    for _ in range(40):
        a, b, c = (rng.normal(50, 10, rows).round(2) for _ in range(3))
        columns = [Entries(name, each) for name, each in (("a", a), ("b", b), ("c", c))]
        rounded = given_away(columns, np.round(a + b, digits))
        found += [each.columns for each in rounded] == [("a", "b")] and rounded[0].strength == CERTAIN
        noise = rng.normal(0, 1.2 * 10.0**-digits, rows)
        cleared += not given_away(columns, np.round(a + b + noise, digits))
    assert found >= 32
    assert cleared == 40


def test_a_target_that_counts_the_rows_is_said_to():
    gdp = 100 + np.cumsum(np.random.default_rng(3).exponential(5, 60))
    (given,) = given_away([Entries("gdp", gdp.round(1))], 1960.0 + np.arange(60))
    assert given.words.endswith(
        "in the order of the target, which counts the rows as a year does: both may follow time alone"
    )
    (other,) = given_away([Entries("gdp", gdp.round(1))], np.cumsum(np.random.default_rng(4).exponential(5, 60)))
    assert "counts" not in other.words
