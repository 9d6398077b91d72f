"""Do drawn loops end where the mean-field map says, and do shares spread like Polya's urn?

Rule: Z standard errors; for the equilibrium, an allowance of 3 / rows, the order of the bias that finite counts leave;
for samplers that are integrated in 1000 steps of 3 % of the noise variance, 1 % (ode) and 4 % (sde, first order).
Blind spot: 1 % of a share of .1. Controls: the neighboring temperature, and the urn off by one generation.
"""

import numpy as np
from helpers import Z, mean_and_error

from genloss.simulation.loops.closed_loop import closed_loop
from genloss.simulation.loops.guidance import guided_chain, guided_samples
from genloss.streams import stream
from genloss.theory.loops.closed_loop import equilibria, step, urn_variance
from genloss.theory.loops.guidance import guidance_chain, guided

LAW = np.array([0.5, 0.3, 0.15, 0.05])
ROWS = 20_000


def test_loops_end_in_the_equilibrium():
    common = {"share": 0.3, "temperature": 0.8, "rows": ROWS, "generations": 60, "replicates": 200}
    for accumulate, last in ((False, 60), (True, None)):
        drawn = closed_loop(LAW, LAW, rng=stream(3, "loop", int(accumulate)), accumulate=accumulate, **common)
        law = LAW
        for g in range(60):  # the mean-field path; an accumulating loop moves a part of the way
            target = step(law, LAW, share=0.3, temperature=0.8)
            law = law + (target - law) / (g + 2) if accumulate else target
        mean, error = mean_and_error(drawn[-1].T)
        assert np.all(np.abs(mean - law) < Z * error + 3 / ROWS)
        other = step(law, LAW, share=0.3, temperature=0.9)
        assert np.any(np.abs(mean - other) > 2 * (Z * error + 3 / ROWS))
        if last:
            found = equilibria(LAW, share=0.3, temperature=0.8)
            nearest = found.points[np.argmin(np.abs(found.points - law).sum(axis=1))]
            assert np.all(np.abs(mean - nearest) < Z * error + 3 / ROWS)


def test_lost_tokens_stay_lost_without_outside_data():
    drawn = closed_loop(
        LAW, LAW, share=0.0, temperature=1.0, rows=20, generations=30, replicates=50, rng=stream(3, "lost")
    )
    lost = drawn == 0
    assert np.all(lost[1:] | ~lost[:-1])
    assert lost[-1].any()


def test_an_urn():
    rows, last = 30, 20
    drawn = closed_loop(
        LAW,
        LAW,
        share=0.0,
        temperature=1.0,
        rows=rows,
        generations=last,
        replicates=20_000,
        rng=stream(3, "urn"),
        accumulate=True,
    )
    p = 0.3
    mean, error = mean_and_error((drawn[:, :, 1] * (1 - drawn[:, :, 1]))[-1])
    real = p * (1 - p) * (1 - 1 / rows)  # E x (1 - x) of the first pool
    grown = [1 - v for v in urn_variance(0.5, first=rows, batch=rows, generations=last) / 0.25]
    assert abs(mean - real * grown[-1]) < Z * error
    assert abs(mean - p * (1 - p) * grown[-1]) > Z * error  # control: the first pool is drawn, too
    mean, error = mean_and_error(drawn[-1, :, 1])
    assert abs(mean - p) < Z * error


def test_guided_samples_of_every_sampler():
    means = np.array([-1.0, 0.0, 2.0])
    for sampler in ("ode", "sde", "tilt"):
        for cutoff in (0.0, 0.3) if sampler != "tilt" else (0.0,):
            x = guided_samples(
                means,
                0.5,
                1.0,
                guidance=1.0,
                sampler=sampler,
                count=20_000,
                rng=stream(3, sampler, int(10 * cutoff)),
                cutoff=cutoff,
            )
            spread, gain = guided(0.5, 1.0, guidance=1.0, sampler=sampler, cutoff=cutoff)
            mean, error = mean_and_error(x)
            off = 0.01 if sampler == "ode" else 0.04
            assert np.all(np.abs(mean - gain * means) < Z * error + off * np.abs(gain * means))
            deviations = (x - x.mean(axis=1, keepdims=True)) ** 2
            mean, error = mean_and_error(deviations.ravel())
            assert abs(mean - spread**2) < Z * error + off * spread**2
            other = guided(0.5, 1.0, guidance=1.5, sampler=sampler, cutoff=cutoff)[0]
            assert abs(mean - other**2) > Z * error + off * spread**2  # control


def test_a_drawn_chain_follows_with_and_without_mixing():
    for part in (0.0, 0.2):
        runs = np.array(
            [
                guided_chain(
                    0.5,
                    1.0,
                    guidance=0.5,
                    sampler="ode",
                    classes=150,
                    count=100,
                    generations=3,
                    rng=stream(3, "chain", int(10 * part), r),
                    unconditional=part,
                    steps=300,
                )
                for r in range(24)
            ]
        )
        known = guidance_chain(0.5, 1.0, guidance=0.5, sampler="ode", generations=3, unconditional=part)
        for seen, expected in ((runs[:, 0], known.within), (runs[:, 1], known.between)):
            mean, error = mean_and_error(seen.T)
            assert np.all(np.abs(mean - expected) < Z * error + 0.01 * expected)
            assert abs(mean[-1] - expected[-2]) > Z * error[-1] + 0.01 * expected[-1]  # control: off by one
