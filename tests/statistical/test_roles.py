"""Do forecasts with exposures and ids meet chains that were written without genloss?

Exposure: 300 replicates of a chain of Poisson regressions with an offset, by Newton's method in numpy, which
scikit-learn's PoissonRegressor of rates with the exposures as weights confirms. Blind spot: a mean that is off by
less than about 20 %. Control: the months as an input, as if there were no offset.
Id: generation 0 of panels whose labels share half of their noise; control: the same rows without an id.
"""

import numpy as np
import pandas as pd
import pytest
from helpers import Z, mean_and_error
from scipy.special import expit, ndtr
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor

import genloss
from genloss.advise.forecasts.worlds import world_of
from genloss.models.likelihood import LINKS, maximize
from genloss.streams import stream

ROWS = 200


def fitted(x, y, e):
    """Poisson regressions with the offset log e: x (runs, rows, p), y and e (runs, rows)."""
    b = np.zeros((len(y), x.shape[-1]))
    b[:, 0] = np.log(y.sum(axis=1) / e.sum(axis=1))
    for _ in range(25):
        mean = e * np.exp((x @ b[..., None])[..., 0])
        step = np.linalg.solve((x * mean[..., None]).mT @ x, (x.mT @ (y - mean)[..., None]))
        b = b + step[..., 0]
    return b


def table(rng):
    frame = pd.DataFrame({"months": rng.uniform(1, 24, ROWS), "x": rng.standard_normal(ROWS)})
    return frame.assign(events=rng.poisson(frame.months * np.exp(0.5 * frame.x + 0.5)))


def test_exposure_meets_an_independent_chain(tmp_path):
    rng = stream(1, "exposure")
    frame = table(rng)
    x, e, y = np.column_stack([np.ones(ROWS), frame.x]), frame.months.to_numpy(), frame.events.to_numpy(dtype=float)
    (start,) = fitted(x[None], y[None], e[None])
    rates = PoissonRegressor(alpha=0, tol=1e-10).fit(frame[["x"]], y / e, sample_weight=e)
    assert [rates.intercept_, *rates.coef_] == pytest.approx(start, abs=1e-6)
    eta, b, chain = x @ start + np.log(e), np.tile(start, (300, 1)), []
    for _ in range(3):
        at = rng.integers(ROWS, size=(300, ROWS))
        labels = rng.poisson(e[at] * np.exp((x[at] @ b[..., None])[..., 0])).astype(float)
        b = fitted(x[at], labels, e[at])
        found = b @ x.T + np.log(e)
        chain.append((np.exp(found) - np.exp(eta) - np.exp(eta) * (found - eta)).mean(axis=1))
    right, error = mean_and_error(np.array(chain))
    inputs = frame[["months", "x"]]
    told = genloss.forecast(PoissonRegressor(alpha=0), inputs, y, exposure="months", generations=2, begin="new_rows")
    assert (np.abs(told.risk - right) < Z * np.hypot(error, told.standard_error)).all()
    frame.to_csv(tmp_path / "t.csv", index=False)
    population = {"kind": "counts", "file": "t.csv", "target": "events", "exposure": "months"}
    study = {"population": population, "workflow": {"kind": "replace", "rows": ROWS}, "generations": 2}
    study = genloss.Study.from_dict(study | {"replicates": 100}, folder=tmp_path)
    found = [row for row in genloss.simulate(study).rows if row.metric == "excess_log_loss"]
    assert len(found) == 3
    for row in found:
        assert abs(row.value - right[row.generation]) < Z * np.hypot(error[row.generation], row.standard_error)
    control = genloss.forecast(PoissonRegressor(alpha=0), inputs, y, generations=2, replicates=100, begin="new_rows")
    assert (np.abs(control.risk - right) > Z * np.hypot(error, control.standard_error)).all()


def test_exposure_from_a_fit_on_meets_its_first_order():
    frame = table(stream(2, "exposure"))
    told = genloss.forecast(
        PoissonRegressor(alpha=0), frame[["months", "x"]], frame.events, exposure="months", held_out=0.3, generations=4
    )
    (order,) = [a for a in told.assumptions if a.name.startswith("first order")]
    assert order.state == "checked", order.found
    without = genloss.forecast(PoissonRegressor(alpha=0), frame[["x"]], frame.events, held_out=0.3, generations=1)
    assert without.risk[0] - told.risk[0] > 1  # nats: what months are worth


ENTITIES, OF_EACH = 60, 5
OF = np.repeat(np.arange(ENTITIES), OF_EACH)
X = np.column_stack([stream(3, "panel").standard_normal(ENTITIES)[OF], stream(4, "panel").standard_normal(OF.size)])
ETA = 0.3 + 0.6 * X[:, 0] - 0.4 * X[:, 1]
MODELS = {
    "linear": LinearRegression(),
    "logistic": LogisticRegression(C=np.inf),
    "poisson": PoissonRegressor(alpha=0),
}


def panel(kind, rng):
    """Labels whose noise is shared by half within entities."""
    shared, own = rng.standard_normal(ENTITIES)[OF], rng.standard_normal(OF.size)
    if kind == "poisson":
        return rng.poisson(np.exp(ETA + 0.6 * shared - 0.18)).astype(float)
    noise = np.sqrt(0.5) * (shared + own)
    return ETA + noise if kind == "linear" else (ndtr(noise) < expit(ETA)).astype(float)


def first_risk(kind, y):
    """Risk of generation 0 on these labels."""
    ones = np.column_stack([np.ones(OF.size), X])
    if kind == "linear":
        return np.mean((ones @ np.linalg.lstsq(ones, y, rcond=None)[0] - ETA) ** 2)
    found, link = ones @ maximize(kind, ones[None], y[None], np.full(OF.size, 1 / OF.size))[0][0], LINKS[kind]
    return np.mean(link.cumulant(found) - link.cumulant(ETA) - link.mean(ETA) * (found - ETA))


@pytest.mark.parametrize("kind", MODELS)
def test_truths_are_as_far_apart_as_fits_of_other_panels(kind):
    """The slope of the input that varies between entities alone: its deviation over panels, and what is believed."""
    rng, ones = stream(6, "panel", kind), np.column_stack([np.ones(OF.size), X])

    def slope(values):
        return np.linalg.lstsq(ones, values, rcond=None)[0][1]

    labels = np.array([panel(kind, rng) for _ in range(300)])
    if kind == "linear":
        right = np.std([slope(y) for y in labels])
    else:
        design = np.broadcast_to(ones, (300, *ones.shape))
        right = np.std(maximize(kind, design, labels, np.full(OF.size, 1 / OF.size))[0][:, 1])
    believed = {"id": [], "alone": []}
    for _ in range(5):
        y = panel(kind, rng)
        for name, entities in (("id", OF), ("alone", None)):
            drawn = world_of(MODELS[kind], X, y, entities=entities).draw_truths(200, rng)
            believed[name].append(np.std([slope(truth.clean if kind == "linear" else truth.eta) for truth in drawn]))
    assert np.mean(believed["id"]) == pytest.approx(right, rel=0.2)
    assert np.mean(believed["alone"]) < 0.75 * right  # control


@pytest.mark.parametrize("kind", MODELS)
def test_panels_are_known_no_better_than_their_entities_show(kind):
    rng = stream(5, "panel", kind)
    right, error = mean_and_error(np.array([first_risk(kind, panel(kind, rng)) for _ in range(200)]))
    told = {"id": [], "alone": []}
    for _ in range(6):
        y = panel(kind, rng)
        for name, entities in (("id", OF), ("alone", None)):
            world = world_of(MODELS[kind], X, y, entities=entities)
            risks = []
            for truth in world.draw_truths(12, rng):
                rows = world.draw_real(truth, OF.size, 3, rng)
                risks.append(world.risk(world.estimate(rows, np.full(OF.size, 1 / OF.size), OF.size)[0], truth).mean())
            told[name].append(np.mean(risks))
    for name, holds in (("id", True), ("alone", False)):
        mean, spread = mean_and_error(np.array(told[name]))
        assert (abs(mean - right) < Z * np.hypot(error, spread)) == holds, (name, mean, spread, right)
