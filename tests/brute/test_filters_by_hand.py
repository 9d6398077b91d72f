"""Every filter of a regression as a loop written by hand, and the engine on the same draws: the same numbers."""

import numpy as np
import pytest
from plain_by_hand import (
    PENALTY,
    REAL,
    SYNTH,
    TRUTH,
    N,
    S,
    batch,
    custom,
    errors_of,
    fit,
    key_seed,
    risks,
    uniform,
)

from genloss import Problem
from genloss.models import Ridge

LAST = 4
NEWEST = {"select": {"last": 1}}
UNIT = np.random.default_rng(key_seed("normal", "verifier")).standard_normal(3)
UNIT = UNIT / np.linalg.norm(UNIT)


def made_by(keeps, rule, rows=N, noise=1.0):
    """Replace, where keeps(x, y, verifier, u) says which rows stay; verifier by the rule's name."""
    fits = [fit([batch(TRUTH, 0, "real", N)], PENALTY)]
    for g in range(1, LAST + 1):
        x, y = batch(fits[-1], g, "synth", rows)
        verifier = {
            "truth": TRUTH + rule.get("verifier_error", 0.0) * noise * UNIT,
            "fit 0": fits[0],
            "previous": fits[max(0, g - rule.get("lag", 1))],
        }[rule.get("verifier", "truth")]
        kept = keeps(x, y, verifier, uniform("verdict", g, "synth", 0, count=rows))
        fits.append(fit([(x[kept], y[kept])], PENALTY))
    return risks(fits)


VERIFIERS = [
    {},
    {"verifier_error": 0.7},
    {"verifier": "fit 0"},
    {"verifier": "previous"},
    {"verifier": "previous", "lag": 2},
]


@pytest.mark.parametrize("verifier", VERIFIERS, ids=str)
def test_distance_likelihood_and_top_share(verifier):
    def seen(rule):
        return errors_of(custom([REAL, SYNTH], [NEWEST | {"filter": rule | verifier}]), Ridge(PENALTY), LAST)

    def near(x, y, v, _u):
        return np.abs(y - x @ v) <= 1.3

    def best(x, y, v, _u):
        off = np.abs(y - x @ v)
        return off <= np.sort(off)[int(np.floor(0.6 * N + 0.5)) - 1]

    least = -0.5 * 1.3**2 - 0.5 * np.log(2 * np.pi)
    wanted = made_by(near, verifier)
    assert seen({"kind": "distance", "within": 1.3}) == pytest.approx(wanted, rel=1e-9)
    assert seen({"kind": "likelihood", "at_least": least}) == pytest.approx(wanted, rel=1e-9)
    assert seen({"kind": "top_share", "keep_share": 0.6}) == pytest.approx(made_by(best, verifier), rel=1e-9)
    assert seen({"kind": "distance", "within": 1.2}) != pytest.approx(wanted, rel=1e-3)  # control


def test_a_share_is_of_each_batch_and_its_verdicts_stay():
    rule = {"kind": "top_share", "keep_share": 0.5}
    kept, fits = [batch(TRUTH, 0, "real", N)], []
    for g in range(LAST + 1):
        if g:
            x, y = batch(fits[-1], g, "synth", S)
            best = np.argsort(np.abs(y - x @ fits[-1]))[: S // 2]  # by the fit before, when the rows are new
            kept.append((x[best], y[best]))
        x, y = (np.concatenate(part) for part in zip(*kept, strict=True))
        fits.append(fit([(x, y)], PENALTY))
    own = rule | {"verifier": "previous"}
    rows = SYNTH | {"rows": S}
    assert errors_of(custom([REAL, rows], [{"filter": own}]), Ridge(PENALTY), LAST) == pytest.approx(
        risks(fits), rel=1e-9
    )


def test_a_mixed_batch_is_judged_where_fits_drew():
    mix = {"tag": "m", "from": "model", "mix": {"model": 0.5, "previous": 0.0, "truth": 0.5}, "rows": 40}
    rule = {"kind": "distance", "within": 0.5}
    fits = []
    for g in range(3):
        x, noise = batch(np.zeros(3), g, "m", 40)
        shares = {-1: 1.0} if g == 0 else {-1: 0.5, g - 1: 0.5}
        origins = sorted(shares)
        u = uniform("origin", g, "m", 0, count=40)
        who = np.array([origins[int(np.sum(each >= np.cumsum([shares[o] for o in origins])))] for each in u])
        y = noise + np.array([x[i] @ (TRUTH if who[i] < 0 else fits[who[i]]) for i in range(40)])
        kept = (who < 0) | (np.abs(y - x @ TRUTH) <= 0.5)
        fits.append(fit([(x[kept], y[kept])], PENALTY))
    mixed = custom([mix], [{"select": {"fresh": True}, "filter": rule}])
    assert errors_of(mixed, Ridge(PENALTY), 2) == pytest.approx(risks(fits), rel=1e-9)


def test_a_verifier_that_has_trained_on_the_rows_is_refused_or_allowed():
    rule = {"kind": "distance", "within": 1.5, "verifier": "fit 0", "tag": "real"}
    train = {"default": [{"filter": rule}], "0": [{}]}
    with pytest.raises(Problem, match="fit 0 verifies the rows 'real' of generation 0, on which it was trained"):
        custom([REAL, SYNTH], train).compile(2)
    x, y = batch(TRUTH, 0, "real", N)
    first = fit([(x, y)], PENALTY)
    near = np.abs(y - x @ first) <= 1.5
    second = fit([(x[near], y[near]), batch(first, 1, "synth", N)], PENALTY)
    allowed = {"default": [{"filter": rule | {"own_rows": "allow"}}], "0": [{}]}
    found = errors_of(custom([REAL, SYNTH], allowed), Ridge(PENALTY), 1)
    assert found == pytest.approx(risks([first, second]), rel=1e-9)


def test_without_noise_there_is_nothing_to_measure_in():
    rule = {"kind": "distance", "within": 1.0}
    with pytest.raises(Problem, match="no noise"):
        errors_of(custom([REAL, SYNTH], [NEWEST | {"filter": rule}]), Ridge(PENALTY), 1, noise=0.0)


def test_who_verifies_in_every_generation_and_is_held_so_long():
    def fits(rule, **more):
        train = [NEWEST | {"filter": {"kind": "distance", "within": 1.0} | rule}]
        return [uses[0].verifier for uses in custom([REAL, SYNTH], train, **more).compile(6).train]

    assert fits({"verifier": "fit 0"}) == [None, 0, 0, 0, 0, 0, 0]
    assert fits({"verifier": "previous"}) == [None, 0, 1, 2, 3, 4, 5]
    assert fits({"verifier": "previous", "lag": 3}) == [None, 0, 0, 0, 1, 2, 3]
    assert fits({"verifier": "fit 0"}, reset=3) == [None, 0, 0, None, 3, 3, None]
    assert fits({"verifier": "previous", "lag": 3}, reset=3) == [None, 0, 0, None, 3, 3, None]
    assert fits({}) == [None] * 7
    rule = {"kind": "distance", "within": 1.0, "verifier": "previous", "lag": 3}
    held = custom([REAL, SYNTH], [NEWEST | {"filter": rule}]).compile(6)
    assert held.unasked[3:] == ((0,), (1,), (2, 4), (3, 5))
    assert custom([REAL, SYNTH], [NEWEST]).compile(6).unasked[3:] == ((2,), (3,), (4,), (5,))


def test_old_spellings_keep_their_names():
    old = custom([REAL, SYNTH], [{"filter": {"keep_good": 0.9, "keep_bad": 0.2}}])
    new = custom([REAL, SYNTH], [{"filter": {"kind": "oracle", "keep_good": 0.9, "keep_bad": 0.2}}])
    assert old == new
    kept = {"tag": None, "keep_good": 0.9, "keep_bad": 0.2, "good_within": None}
    assert new.to_dict()["train"][0]["filter"] == kept
    named = custom([REAL, SYNTH], [{"filter": "keep.py:keep"}])
    assert named.to_dict()["train"][0]["filter"] == {"tag": None, "function": "keep.py:keep"}
    for rule in (
        {"kind": "distance", "within": 1.0, "verifier": "previous", "lag": 2, "own_rows": "allow"},
        {"kind": "likelihood", "at_least": -3.0, "piece": 5, "verifier_error": 0.5},
        {"kind": "top_share", "keep_share": 0.5, "function": "a.py:score", "sha256": "9f"},
        {"keep": [0.5, 1.0]},
        {"keep_good": 1.0, "keep_bad": 0.0, "wrong": [2, 3]},
    ):
        workflow = custom([REAL, SYNTH], [{"filter": rule}])
        assert type(workflow).from_dict(workflow.to_dict()) == workflow
