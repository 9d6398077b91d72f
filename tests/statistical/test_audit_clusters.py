"""Are rows that belong together found without an id, and are independent rows, whatever their law, left alone?

Rule: chances of gaps are below .05 and .001 as often as said, within Z binomial standard errors, and not more seldom
than by half (they are bounds over several gaps). No law of independent rows is suspicious; groups of five rows are.
"""

import numpy as np
import pytest
from helpers import Z

from genloss.audit.clusters import CHANCE, SUSPICIOUS, gap_chances, near_rows
from genloss.streams import stream

ROWS = 1000


def found(rows, name="look"):
    return near_rows(rows, tuple(f"c{k}" for k in range(rows.shape[1])), stream(93, name))


@pytest.mark.parametrize("dimension", [1, 7])
def test_gaps_of_evenly_spread_rows_have_the_chances_that_are_said(dimension):
    distances = np.sort(stream(93, "even").random((40_000, 40)), axis=1) ** (1 / dimension)
    chances = gap_chances(distances)
    for level in (0.05, CHANCE):
        rate, error = (chances < level).mean(), np.sqrt(level / 40_000)
        assert level / 2 - Z * error < rate < level + Z * error
    closer = distances.copy()
    closer[:, :4] /= 30  # the control: four neighbors that are much nearer
    assert (gap_chances(closer) < CHANCE).mean() > (0.9 if dimension == 7 else 2 * CHANCE)


LAWS = {
    "gauss": lambda rng, shape: rng.normal(size=shape),
    "t3": lambda rng, shape: rng.standard_t(3, shape),
    "cauchy": lambda rng, shape: rng.standard_cauchy(shape),
    "uniform": lambda rng, shape: rng.random(shape),
    "lognormal": lambda rng, shape: np.exp(1.5 * rng.normal(size=shape)),
    "whole numbers": lambda rng, shape: rng.poisson(100, shape),
    "few values": lambda rng, shape: rng.integers(0, 3, shape),
    "correlated": lambda rng, shape: rng.normal(size=shape) @ rng.normal(size=(shape[1], shape[1])),
    "rounded by some": lambda rng, shape: _rounded(rng, np.exp(rng.normal(size=shape)) * 3000),
    "tight clusters": lambda rng, shape: (
        rng.normal(size=(20, shape[1]))[rng.integers(0, 20, shape[0])] + 0.02 * rng.normal(size=shape)
    ),
}


def _rounded(rng, rows):
    return np.where(rng.random((len(rows), 1)) < 0.6, np.round(rows, -2), np.round(rows, 0))


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("columns", [2, 8])
def test_independent_rows_of_any_law_are_left_alone(law, columns):
    seen = found(LAWS[law](stream(93, law), (ROWS, columns)))
    assert seen is None or seen.share < 0.2 * SUSPICIOUS


@pytest.mark.parametrize("name", ["digits", "diabetes", "iris", "breast_cancer", "wine"])
def test_real_tables_are_left_alone(name):
    import sklearn.datasets

    rows = getattr(sklearn.datasets, f"load_{name}")().data
    seen = found(rows)
    assert seen is None or seen.share < 0.2 * SUSPICIOUS
    if name in ("diabetes", "breast_cancer", "wine"):  # the control: every row three times, hardly changed
        rng = stream(93, "three times")
        assert found(
            np.repeat(rows, 3, axis=0) + 0.01 * rows.std(axis=0) * rng.normal(size=(3 * len(rows), 1))
        ).suspicious


@pytest.mark.parametrize(
    ("columns", "ratio"), [(2, 0.01), (3, 0.05), (5, 0.1), (10, 0.2), (20, 0.3)]
)  # fmt: skip
def test_five_rows_of_one_person_are_found(columns, ratio):
    rng = stream(93, "persons", columns)
    rows = np.repeat(rng.normal(size=(ROWS // 5, columns)), 5, axis=0) + ratio * rng.normal(size=(ROWS, columns))
    assert found(rows).suspicious
    assert not found(rows[::5]).suspicious  # the control: one of each


def test_copies_of_whole_rows_are_found_and_said():
    rng = stream(93, "copies")
    rows = np.repeat(rng.normal(size=(200, 4)), 5, axis=0)
    seen = found(np.column_stack([rows, rows[:, 0] > 0]))
    assert seen.suspicious
    assert seen.columns == ("c0", "c1", "c2", "c3")
    assert seen.said() == f"{seen.near:,} of 1,000 rows have a neighbor that is nearer than chance allows"
    big = np.repeat(rng.normal(size=(800, 4)), 5, axis=0)
    assert found(big).said().startswith("about ")


def test_of_many_columns_some_are_looked_at():
    rng = stream(93, "wide")
    persons = np.repeat(rng.normal(size=(100, 300)), 4, axis=0) + 0.2 * rng.normal(size=(400, 300))
    assert len(found(persons).columns) == 64
    assert found(persons).suspicious
    assert not found(persons[::4]).suspicious


def test_what_cannot_be_told_is_not():
    rng = stream(93, "none")
    assert found(rng.normal(size=(79, 4))) is None
    assert found(rng.normal(size=(200, 1))) is None
    assert found(rng.integers(0, 19, (500, 5)).astype(float)) is None
    assert found(np.ones((500, 5))) is None
    many = rng.normal(size=(500, 4))
    many[:50, 0], many[:20, 1] = 0.0, 0.0
    assert found(many).columns == ("c1", "c2", "c3")


def test_one_seed_gives_one_answer():
    rows = np.round(stream(93, "seed").normal(size=(ROWS, 5)), 1)
    assert found(rows) == found(rows)
