"""Are Gaussian laws of many truths together what rows of the laws, drawn and fitted one truth at a time, say?

In law: means and spreads of logarithms of risks, and ends, of small chains, within Z standard errors over truths, which
are the same on both sides. Control: batches of a quarter fewer rows. Exactly: the first fit of the
table itself, what batches mix to, and mean and covariance of truths that are drawn without their rows.
"""

import numpy as np
import pytest
from sklearn.covariance import EmpiricalCovariance

from genloss.advise.forecasts import from_rows
from genloss.advise.forecasts.worlds import wishart, world_of
from genloss.advise.forecasts.worlds.wishart import WishartWorld, made, mixed, moments
from genloss.results.agreement import Z
from genloss.streams import stream
from genloss.workflows import schedule_of

ROWS, TRUTHS = 40, 150
WORKFLOWS = ["replace", "accumulate", {"kind": "fresh_real", "rows": 25}, "replace rows=5"]


def world(columns=3, **roles):
    rng = stream(71, "wishart", columns)
    return world_of(
        EmpiricalCovariance(),
        rng.standard_normal((ROWS, columns)) @ rng.normal(size=(columns, columns)) + 2,
        None,
        **roles,
    )


def both(workflow, *, own, known):
    """Logarithms of risks, and ends, (truths, runs, generations + 1), row by row and together."""
    truths, schedule = known.draw_truths(TRUTHS, stream(72, "truths")), schedule_of(workflow, 2, rows=ROWS, default=2)
    rng = stream(73, "row by row")
    each = [from_rows._runs(known, truth, schedule, rng, own=own) for truth in truths]
    sides = [np.stack(part) for part in zip(*each, strict=True)]
    found = WishartWorld(known).run(truths, from_rows.RUNS, schedule, stream(74, "together"), own=own)
    return (np.log(np.maximum(sides[0], 1e-300)), sides[1] * 1.0), (
        np.log(np.maximum(found[0], 1e-300)),
        found[1] * 1.0,
    )


def scores(one, other):
    """Difference of means over truths over its standard error, by generation."""
    off = (one - other).mean(axis=1)
    return off.mean(axis=0) / np.maximum(off.std(axis=0, ddof=1) / np.sqrt(len(off)), 1e-6)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize(
    "workflow", ["replace", "accumulate", {"kind": "fresh_real", "rows": 25}, "replace rows=5"], ids=str
)
@pytest.mark.parametrize("columns", [1, 3])
def test_paths_have_the_law_of_rows_one_by_one(columns, workflow, own):
    known = world(columns)
    (risks, ended), (found, gone) = both(workflow, own=own, known=known)
    for power in (1, 2):
        assert np.abs(scores(risks**power, found**power)).max() < Z
    assert np.abs(scores(ended, gone)).max() < Z
    if own and workflow in ("replace", "accumulate"):
        np.testing.assert_allclose(found[..., 0], risks[..., 0], atol=1e-8)


def test_batches_of_a_quarter_fewer_rows_are_seen(monkeypatch):
    monkeypatch.setattr(wishart, "made", lambda law, rows, rng: made(law, 3 * rows // 4, rng))
    (risks, _), (found, _) = both("replace", own=True, known=world())
    assert np.abs(scores(risks, found)).max() > 1.5 * Z


def test_rows_of_one_entity_stay_together():
    (risks, ended), (found, gone) = both("replace", own=False, known=world(entities=np.arange(ROWS) // 4))
    assert np.abs(scores(risks, found)).max() < Z
    assert np.abs(scores(ended, gone)).max() < Z


def test_fewer_rows_than_columns_have_no_law_and_keep_the_last():
    known, few = world(), {}
    for rows in (3, 4):
        schedule = schedule_of(f"replace rows={rows}", 2, rows=ROWS, default=2)
        few[rows] = WishartWorld(known).run(known.draw_truths(20, stream(75, "few")), 5, schedule, stream(76, "few"))
    risks, ended = few[3]
    assert ended.all()
    np.testing.assert_array_equal(risks[..., 1:], risks[..., :-1])
    assert not few[4][1].all()


def test_batches_mix_as_their_rows_do():
    rng = stream(77, "mixed")
    one, other = rng.standard_normal((6, 10, 3)), rng.standard_normal((6, 30, 3)) + 2
    found, every = mixed([(0.25, moments(one)), (0.75, moments(other))]), moments(np.concatenate([one, other], axis=1))
    np.testing.assert_allclose(found.mean, every.mean, atol=1e-12)
    np.testing.assert_allclose(found.covariance, every.covariance, atol=1e-12)


def test_truths_without_rows_have_their_moments():
    known = world()
    for truth in known.draw_truths(6, stream(78, "truths")):
        mean = truth.weights @ truth.rows
        np.testing.assert_allclose(truth.mean, mean, atol=1e-12)
        away = truth.rows - mean
        np.testing.assert_allclose(truth.covariance, (away * truth.weights[:, None]).T @ away, atol=1e-12)
        length = ((away @ np.linalg.inv(truth.covariance)) * away).sum(axis=1)
        assert known.laws([truth]).fourths()[0] == pytest.approx(truth.weights @ length**2, rel=1e-9)
