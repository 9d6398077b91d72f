"""Are regressions of many truths together what the world's own rows, drawn and fitted one truth at a time, say?

In law: means and spreads of logarithms of risks, and ends, of small chains within Z standard errors over truths, which
are the same on both sides; the fit of the table itself to 1e-6. The control labels without noise, and is seen.
"""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, PoissonRegressor

from genloss.advise.forecasts import from_rows
from genloss.advise.forecasts.worlds import pooled, world_of
from genloss.advise.forecasts.worlds.pooled import PooledWorld
from genloss.results.agreement import Z
from genloss.streams import stream
from genloss.workflows import schedule_of

ROWS, TRUTHS = 60, 100
MODELS = {
    "logistic": LogisticRegression(C=np.inf), "penalized": LogisticRegression(C=2.0),
    "poisson": PoissonRegressor(alpha=0), "penalized counts": PoissonRegressor(alpha=0.3),
}  # fmt: skip


def world(name, **roles):
    rng = stream(51, "pooled", name)
    x = rng.standard_normal((ROWS, 3))
    eta = x @ [0.7, -0.4, 0.0] + 0.3
    counts = isinstance(MODELS[name], PoissonRegressor)
    labels = rng.poisson(np.exp(eta)) if counts else eta > rng.logistic(size=ROWS)
    return world_of(MODELS[name], x, labels * 1.0, **roles)


def both(name, workflow, *, own, **roles):
    """Risks and ends of runs, (truths, runs, generations + 1), row by row and together."""
    known = world(name, **roles)
    truths, schedule = known.draw_truths(TRUTHS, stream(52, "truths")), schedule_of(workflow, 2, rows=ROWS, default=2)
    rng = stream(53, "row by row")
    each = [from_rows._runs(known, truth, schedule, rng, own=own) for truth in truths]
    row_by_row = tuple(np.stack(part) for part in zip(*each, strict=True))
    return row_by_row, PooledWorld(known).run(truths, from_rows.RUNS, schedule, stream(54, "together"), own=own)


def scores(one, other):
    """Difference of means over truths, which are the same, over its standard error, by generation."""
    off = (one - other).mean(axis=1)
    return off.mean(axis=0) / np.maximum(off.std(axis=0, ddof=1) / np.sqrt(len(off)), 1e-6)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("workflow", ["replace", "accumulate", {"kind": "fresh_real", "rows": 40}], ids=str)
@pytest.mark.parametrize("name", MODELS)
def test_paths_have_the_law_of_rows_one_by_one(name, workflow, own):
    """Logarithms and their squares: means and spreads of risks; and how many runs have ended."""
    (risks, ended), (found, gone) = both(name, workflow, own=own)
    for power in (1, 2):
        one, other = (np.log(np.maximum(each, 1e-12)) ** power for each in (risks, found))
        assert np.abs(scores(one, other)).max() < Z
    assert np.abs(scores(ended * 1.0, gone * 1.0)).max() < Z
    if own and workflow in ("replace", "accumulate"):  # one fit of one table, in every truth
        np.testing.assert_allclose(found[..., 0], risks[..., 0], rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("name", ["logistic", "poisson"])
def test_labels_without_noise_are_seen(name, monkeypatch):
    """Labels of models are then what is expected of them."""

    def still(self, parameters, places, _rng):
        counts = np.stack([np.bincount(at, minlength=ROWS) for at in places]) * 1.0
        return pooled.Pooled(counts, counts * pooled.means(self.world.kind, self.world.predictors(parameters)))

    monkeypatch.setattr(pooled.PooledWorld, "_made", still)
    (risks, _), (found, _) = both(name, "replace", own=True)
    assert scores(np.log(risks), np.log(found))[1] > 1.5 * Z


@pytest.mark.parametrize("name", ["logistic", "poisson"])
def test_rows_of_one_entity_stay_together(name):
    (risks, ended), (found, gone) = both(name, "replace", own=False, entities=np.arange(ROWS) // 4)
    assert np.abs(scores(np.log(risks), np.log(found))).max() < Z
    assert np.abs(scores(ended * 1.0, gone * 1.0)).max() < Z


def test_sums_of_very_large_counts_are_drawn_too():
    rng = stream(55, "large")
    found = pooled._summed(np.zeros((2000, 4), dtype=int), np.full((2000, 1), 1e17), rng)
    assert (found.counts == 4).all()
    away = (found.sums[:, 0] - 4e17) / np.sqrt(4e17)
    assert abs(away.mean()) < Z / np.sqrt(2000)
    assert abs(away.std() - 1) < Z / np.sqrt(4000)
