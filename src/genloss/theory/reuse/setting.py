"""How much do a generator that trains on rows again, and a predictor taught by it, lose?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from genloss.models import Generator, Predictor
from genloss.theory.arguments import Array
from genloss.theory.reuse.of_workflow import from_workflow
from genloss.theory.reuse.risks import ReuseRisk, risk_of_power
from genloss.theory.ridge.fit import plain_fit
from genloss.theory.ridge.replace import taught
from genloss.theory.ridge.risk import Risk
from genloss.theory.ridge.spectra import nodes_of
from genloss.workflows import Schedule

__all__ = ["reuse_chain_risk"]


def reuse_chain_risk(
    spectrum: Array,
    power: Array,
    schedule: Schedule,
    generator: Generator,
    predictor: Predictor | None,
    generations: Sequence[int],
    which: int,
) -> Risk:
    """Risk of the generator's fits by `reuse.risk`, or of the predictor's model `which` taught by them.

    The predictor of generation n is one fit more, on rows of its own that fit n - 1 labels: it takes
    that fit's error power and loss of gain as `replace_risk` does. generations: (n,), of `schedule`.

    Status: asymptotic. Source: docs/theory/reuse.md. Checked by tests/statistical/test_reuse_workflows.py.
    """
    fits = max(generations) + (predictor is None)
    chain = None
    if fits:
        settings = generator.noise, generator.design, tuple(generator.penalty_at(g) for g in range(fits))
        chain = _chain(spectrum.tobytes(), power.tobytes(), _first(schedule, fits), *settings)
    order = np.array(generations, dtype=int)
    if predictor is None and chain is not None:
        parts = (part[order] for part in (chain.total, chain.bias, chain.variance, chain.allowance))
        total, bias, variance, allowance = parts
        return Risk(total, bias, variance, total - bias - variance, allowance, chain.status)
    assert predictor is not None
    return _taught_risk(spectrum, power, chain, predictor, order, predictor.models[which].penalty)


@lru_cache(maxsize=1)  # every model of a predictor, and every generation asked for alone, has the same teachers
def _chain(
    spectrum: bytes, power: bytes, schedule: Schedule, noise: float, design: str, penalties: tuple[float, ...]
) -> ReuseRisk:
    """Return the risk of the generator's fits; nothing changes what it returns."""
    batches = from_workflow(schedule, noise=noise, design=design)
    return risk_of_power(np.frombuffer(spectrum), np.frombuffer(power), batches, penalty=penalties)


def _taught_risk(
    spectrum: Array, power: Array, chain: ReuseRisk | None, predictor: Predictor, order: Array, penalty: float
) -> Risk:
    """Risk of a predictor by generation; the truth teaches generation 0."""
    nodes = nodes_of(spectrum)
    nothing = np.zeros((1, nodes.values.size))
    errors, losses, drift = nothing, nothing, np.zeros(1)
    if chain is not None:
        errors, losses = np.vstack([nothing, chain.errors]), np.vstack([nothing, chain.losses])
        drift = np.r_[0.0, chain.drift]
    fit = plain_fit(nodes, np.array([predictor.rows]), np.array([penalty]), finite_size=True, name="rows")
    noise = np.full(order.size, predictor.noise)
    total = taught(nodes, power, fit, errors[order], losses[order], noise)[0].sum(axis=-1)
    bias = np.full(order.size, float(fit.rest[0] ** 2 @ power) * (1 + float(fit.df2[0] / fit.slack[0])))
    variance = noise**2 * float(fit.noise_factor[0] * fit.df2[0] / fit.slack[0])
    own = float(fit.allowance[0])
    allowance = total * (0.005 + drift[order] + own) + 2 * bias * own
    return Risk(total, bias, variance, total - bias - variance, allowance, "asymptotic")


def _first(schedule: Schedule, fits: int) -> Schedule:
    """Return the first fits of a schedule, and the batches drawn for them."""
    batches = tuple(batch for batch in schedule.batches if batch.birth < fits)
    return Schedule(batches, schedule.train[:fits], schedule.restarts[:fits])
