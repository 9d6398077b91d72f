"""Every named workflow as a loop written by hand, and the engine on the same draws: the same numbers.

The loops know nothing of the compiler: they are what the names mean. Rows are one replicate of a
small linear world.
"""

import numpy as np
import pytest
from plain_by_hand import (
    LAST,
    PENALTY,
    REAL,
    SYNTH,
    TRUTH,
    N,
    S,
    batch,
    custom,
    drawn,
    errors_of,
    fit,
    risks,
    uniform,
)

from genloss import Problem, Workflow, workflows
from genloss.models import KernelRidge, LeastSquares, Predictor, Ridge


def replace_loop(penalty):
    fits = [fit([batch(TRUTH, 0, "real", N)], penalty)]
    for g in range(1, LAST + 1):
        fits.append(fit([batch(fits[-1], g, "synth", N)], penalty))
    return fits


def accumulate_loop(penalty):
    kept = [batch(TRUTH, 0, "real", N)]
    fits = [fit(kept, penalty)]
    for g in range(1, LAST + 1):
        kept.append(batch(fits[-1], g, "synth", S))
        fits.append(fit(kept, penalty))
    return fits


def accumulate_fresh_loop(penalty):
    kept, fits = [], []
    for g in range(LAST + 1):
        kept.append(batch(TRUTH, g, "real", N))
        if g:
            kept.append(batch(fits[-1], g, "synth", S))
        fits.append(fit(kept, penalty))
    return fits


def accumulate_subsample_loop(penalty, with_replacement=False):
    take, kept, fits = 7, [], []
    for g in range(LAST + 1):
        kept.append(batch(TRUTH, 0, "real", N) if g == 0 else batch(fits[-1], g, "synth", N))
        x, y = (np.concatenate(part) for part in zip(*kept, strict=True))
        u = uniform("take", g, 0, count=max(take, len(y)))
        chosen = np.floor(u[:take] * len(y)).astype(int) if with_replacement else np.argsort(u[: len(y)])[:take]
        fits.append(fit([(x[chosen], y[chosen])], penalty))
    return fits


def fixed_real_loop(penalty, real_weight=None):
    real = batch(TRUTH, 0, "real", N)
    fits = [fit([real], penalty)]
    for g in range(1, LAST + 1):
        shares = None if real_weight is None else [real_weight, 1 - real_weight]
        fits.append(fit([real, batch(fits[-1], g, "synth", S)], penalty, shares))
    return fits


def fresh_real_loop(penalty, real_weight=None):
    fits = [fit([batch(TRUTH, 0, "real", N)], penalty)]
    for g in range(1, LAST + 1):
        shares = None if real_weight is None else [real_weight, 1 - real_weight]
        both = [batch(TRUTH, g, "real", N), batch(fits[-1], g, "synth", S)]
        fits.append(fit(both, penalty, shares))
    return fits


def golden_loop(penalty):
    k = N / S
    return fresh_real_loop(penalty, (np.sqrt(k**2 + 4 * k) - k) / 2)


def window_loop(penalty):
    kept = [batch(TRUTH, 0, "real", N)]
    fits = [fit(kept, penalty)]
    for g in range(1, LAST + 1):
        kept = [*kept, batch(fits[-1], g, "synth", N)][-3:]
        fits.append(fit(kept, penalty))
    return fits


def forget_loop(penalty):
    kept, fits = [batch(TRUTH, 0, "real", N)], []
    for g in range(LAST + 1):
        if g:
            kept.append(batch(fits[-1], g, "synth", N))
        shares = 0.7 ** np.arange(g, -1, -1)
        fits.append(fit(kept, penalty, shares / shares.sum()))
    return fits


def reset_loop(penalty):
    # At every second generation training restarts from the one original real batch.
    fits = []
    for g in range(LAST + 1):
        newest = batch(TRUTH, 0, "real", N) if g % 2 == 0 else batch(fits[-1], g, "synth", N)
        fits.append(fit([newest], penalty))
    return fits


def regenerate_loop(penalty):
    # g + 1 origins share N rows, drawn anew; the oldest get one more where they do not divide.
    fits = []
    for g in range(LAST + 1):
        counts = [N // (g + 1) + (i < N % (g + 1)) for i in range(g + 1)]
        teachers = [TRUTH, *fits]
        parts = [batch(teachers[i], g, "drawn", counts[i], number=i) for i in range(g + 1)]
        x, y = (np.concatenate(part) for part in zip(*parts, strict=True))
        fits.append(fit([(x, y)], penalty))
    return fits


def synthetic_only_loop(penalty):
    fits, kept = [fit([batch(TRUTH, 0, "real", N)], penalty)], []
    for g in range(1, LAST + 1):
        kept.append(batch(fits[-1], g, "synth", N))
        fits.append(fit(kept, penalty))
    return fits


LOOPS = {
    "replace": (replace_loop, {}, {}),
    "accumulate": (accumulate_loop, {"synthetic_rows": S}, {}),
    "accumulate_fresh": (accumulate_fresh_loop, {"synthetic_rows": S}, {}),
    "accumulate_subsample": (accumulate_subsample_loop, {"take": 7}, {}),
    "accumulate_subsample, with": (
        accumulate_subsample_loop,
        {"take": 7, "with_replacement": True},
        {"with_replacement": True},
    ),
    "fixed_real": (fixed_real_loop, {"synthetic_rows": S}, {}),
    "fixed_real, weighted": (fixed_real_loop, {"synthetic_rows": S, "real_weight": 0.7}, {"real_weight": 0.7}),
    "fresh_real": (fresh_real_loop, {"synthetic_rows": S}, {}),
    "fresh_real, weighted": (fresh_real_loop, {"synthetic_rows": S, "real_weight": 0.7}, {"real_weight": 0.7}),
    "golden": (golden_loop, {"synthetic_rows": S}, {}),
    "window": (window_loop, {"keep": 3}, {}),
    "forget": (forget_loop, {"decay": 0.7}, {}),
    "reset": (reset_loop, {"every": 2}, {}),
    "regenerate": (regenerate_loop, {}, {}),
    "synthetic_only": (synthetic_only_loop, {}, {}),
}


def test_every_named_workflow_has_a_loop():
    in_place = {"edit"}  # whose loop over places of a data set stands in tests/statistical/test_edits.py
    assert {name.split(",")[0] for name in LOOPS} == set(workflows.NAMED) - in_place


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize("model", [LeastSquares(), Ridge(PENALTY)])
def test_the_engine_is_the_loop(name, model):
    loop, parameters, choices = LOOPS[name]
    workflow = Workflow.from_dict({"kind": name.split(",")[0], "rows": N, **parameters})
    assert errors_of(workflow, model) == pytest.approx(risks(loop(model.penalty, **choices)), rel=1e-9)


@pytest.mark.parametrize("name", LOOPS)
def test_the_predictor_is_taught_by_the_fit_before(name):
    loop, parameters, choices = LOOPS[name]
    workflow = Workflow.from_dict({"kind": name.split(",")[0], "rows": N, **parameters})
    inputs, noise = drawn("judge", "predictor", 0, 20)
    teachers = [TRUTH, *loop(0.0, **choices)][: LAST + 1]
    judged = [fit([(inputs, inputs @ teacher + noise)], PENALTY) for teacher in teachers]
    predictor = Predictor((Ridge(PENALTY),), 20, 1.0)
    assert errors_of(workflow, LeastSquares(), predictor=predictor) == pytest.approx(risks(judged), rel=1e-9)


def test_ratios_count_from_the_first_emission_and_round_down():
    growing = custom([REAL, SYNTH | {"lag": 2, "rows": {"start": 10, "ratio": 1.25}}], [{}])
    assert [(b.birth, b.rows) for b in growing.compile(5).batches] == [(0, 9), (2, 10), (3, 12), (4, 15), (5, 19)]
    listed = custom([REAL, SYNTH | {"rows": [7, 8, 9]}], [{}])
    assert [(b.birth, b.rows) for b in listed.compile(4).batches] == [(0, 9), (1, 8), (2, 9), (3, 9), (4, 9)]
    with_reset = custom([REAL, SYNTH | {"rows": {"start": 10, "ratio": 2}}], [{}], reset=2)
    assert [(b.birth, b.rows) for b in with_reset.compile(3).batches] == [(0, 9), (1, 10), (3, 40)]


def test_a_ratio_counts_from_the_batch_that_was_drawn_first():
    late = SYNTH | {"at": [3, 5, 7], "rows": {"start": 10, "ratio": 2}}
    batches = custom([REAL, late], [{}], reset=3).compile(8).batches  # nothing is drawn at 3, a restart
    assert [(b.birth, b.rows) for b in batches] == [(0, 9), (5, 10), (7, 40)]


def test_an_empty_term_counts_as_if_it_were_not_listed():
    extra = {"tag": "z", "from": "real", "rows": 5, "at": [2]}
    train = [{"select": {"tag": "real"}, "weight": 0.5}, {"select": {"tag": "z", "fresh": True}, "weight": 0.3}]
    schedule = custom([REAL, SYNTH, extra], [*train, {"select": {"tag": "synth", "last": 1}}]).compile(2)
    assert sorted(schedule.shares(1).values()) == pytest.approx([0.5, 0.5])
    assert sorted(schedule.shares(2).values()) == pytest.approx([0.2, 0.3, 0.5])


REFUSED = {
    "kind": lambda: Workflow.from_dict({"kind": ["replace"], "rows": 3}),
    "key": lambda: Workflow.from_dict({"kind": "replace", "rows": 3, 5: 1}),
    "both": lambda: Workflow.from_dict({"kind": "replace", "emit": [REAL], "train": [{}]}),
    "array": lambda: workflows.replace(np.array([10, 20])),
    "no synthetic rows": lambda: workflows.accumulate(100, 0),
    "huge weight": lambda: custom([REAL], [{"weight": 1e308}]),
    "never drawn": lambda: custom([REAL, SYNTH | {"at": "start"}], [{}]),
    "twice": lambda: custom([REAL], {"default": [{}], "01": [{}], "1": [{}]}),
    "no rules": lambda: Workflow.from_function(lambda *_: [{}], emit=[], generations=2),
    "no function": lambda: Workflow.from_function(3, emit=[REAL], generations=2),
    "not a mapping": lambda: Workflow.from_dict([1]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_workflow_is_refused(name):
    with pytest.raises(Problem):
        REFUSED[name]()


def test_a_lag_labels_by_an_older_fit():
    fits = [fit([batch(TRUTH, 0, "real", N)], 0.0)]
    fits.append(fits[0])  # at generation 1 nothing is drawn yet: the real rows again
    for g in (2, 3):
        fits.append(fit([batch(fits[g - 2], g, "synth", N)], 0.0))
    lagged = custom([REAL, SYNTH | {"lag": 2}], [{"select": {"last": 1}}])
    assert errors_of(lagged, LeastSquares(), 3) == pytest.approx(risks(fits), rel=1e-9)


def test_mix_is_the_previous_law():
    # q_g = .5 fit(g-1) + .3 q_(g-1) + .2 truth, q_0 = truth; every row picks its origin by a stored number.
    mixed = custom(
        [{"tag": "m", "from": "model", "mix": {"model": 0.5, "previous": 0.3, "truth": 0.2}, "rows": 40}],
        [{"select": {"fresh": True}}],
    )
    third = mixed.compile(3).batches[3].origins
    assert dict(third) == pytest.approx({2: 0.5, 1: 0.15, 0: 0.045, -1: 0.2 + 0.06 + 0.018 + 0.027})
    fits, laws = [], [{-1: 1.0}]
    for g in range(4):
        if g:
            law = {h: 0.3 * share for h, share in laws[-1].items()}
            law[-1] += 0.2
            law[g - 1] = 0.5
            laws.append(law)
        inputs, noise = drawn(g, "m", 0, 40)
        u = uniform("origin", g, "m", 0, count=40)
        origins = sorted(laws[g])
        picked = [
            origins[min(int(np.sum(u[i] >= np.cumsum([laws[g][h] for h in origins]))), len(origins) - 1)]
            for i in range(40)
        ]
        clean = [inputs[i] @ (TRUTH if h < 0 else fits[h]) for i, h in enumerate(picked)]
        fits.append(fit([(inputs, np.array(clean) + noise)], 0.0))
    assert errors_of(mixed, LeastSquares(), 3) == pytest.approx(risks(fits), rel=1e-9)


def test_a_verdict_is_drawn_once_and_stored_with_the_row():
    rule = {"keep_good": 0.9, "keep_bad": 0.2, "good_within": 1.0}
    filtered = custom([REAL, SYNTH], [{"filter": rule}])
    kept, fits = [batch(TRUTH, 0, "real", N)], []
    for g in range(LAST + 1):
        if g:
            x, y = batch(fits[-1], g, "synth", N)
            good = np.abs(y - x @ TRUTH) <= 1.0
            passed = uniform("verdict", g, "synth", 0, count=N) < np.where(good, 0.9, 0.2)
            kept.append((x[passed], y[passed]))  # never judged again; real rows pass
        x, y = (np.concatenate(part) for part in zip(*kept, strict=True))
        fits.append(fit([(x, y)], PENALTY))
    assert errors_of(filtered, Ridge(PENALTY)) == pytest.approx(risks(fits), rel=1e-9)


def test_a_filter_acts_before_take_and_on_synthetic_rows_unless_it_names_a_tag():
    rule = {"keep_good": 1.0, "keep_bad": 0.0, "good_within": 0.8}
    fits = [fit([batch(TRUTH, 0, "real", N)], PENALTY)]
    x, y = batch(fits[0], 1, "synth", N)
    good = np.flatnonzero(np.abs(y - x @ TRUTH) <= 0.8)
    u = uniform("take", 1, 0, count=N)
    chosen = good[np.argsort(u[good])[:3]]
    fits.append(fit([(x[chosen], y[chosen])], PENALTY))
    train = {"default": [{"select": {"fresh": True}, "take": 3, "filter": rule}], "0": [{"filter": rule}]}
    taken = custom([REAL, SYNTH], train)
    assert errors_of(taken, Ridge(PENALTY), 1) == pytest.approx(risks(fits), rel=1e-9)
    x, y = batch(TRUTH, 0, "real", N)
    good = np.abs(y - x @ TRUTH) <= 0.8
    named = custom([REAL, SYNTH], [{"select": {"tag": "real"}, "filter": {**rule, "tag": "real"}}])
    assert errors_of(named, Ridge(PENALTY), 0) == pytest.approx(risks([fit([(x[good], y[good])], PENALTY)]), rel=1e-9)


def test_an_emptied_term_is_dropped_and_the_rest_renormalizes():
    nothing = {"keep_good": 0.0, "keep_bad": 0.0}
    train = [
        {"select": {"tag": "real"}, "weight": 0.3},
        {"select": {"tag": "synth", "last": 1}, "filter": nothing, "weight": 0.7},
    ]
    only_real = fit([batch(TRUTH, 0, "real", N)], PENALTY)
    assert errors_of(custom([REAL, SYNTH], train), Ridge(PENALTY), 3) == pytest.approx(risks([only_real] * 4), rel=1e-9)
    with pytest.raises(Problem, match="at generation 1"):
        errors_of(custom([REAL, SYNTH], {"default": train[1:], "0": [{}]}), Ridge(PENALTY), 1)


def test_given_weights_are_shares_first_and_the_rest_is_split_by_rows():
    extra = {"tag": "extra", "from": "real", "rows": 4, "at": "every"}
    train = [
        {"select": {"tag": "real"}, "weight": 0.5},
        {"select": {"tag": "synth", "last": 1}},
        {"select": {"tag": "extra", "fresh": True}},
    ]
    real = batch(TRUTH, 0, "real", N)
    fits = [fit([real, batch(TRUTH, 0, "extra", 4)], PENALTY, [0.5, 0.5])]
    parts = [real, batch(fits[0], 1, "synth", N), batch(TRUTH, 1, "extra", 4)]
    fits.append(fit(parts, PENALTY, [0.5, 0.5 * N / (N + 4), 0.5 * 4 / (N + 4)]))
    assert errors_of(custom([REAL, SYNTH, extra], train), Ridge(PENALTY), 1) == pytest.approx(risks(fits), rel=1e-9)


def test_a_sampler_changes_what_models_draw_and_never_the_truth():
    changed = custom(
        [REAL, SYNTH | {"sampler": {"gain": 0.9, "shift": 0.1, "sampling_bias": 0.25}}], [{"select": {"last": 1}}]
    )
    fits = [fit([batch(TRUTH, 0, "real", N)], 0.0)]
    for g in (1, 2):
        x, noise = drawn(g, "synth", 0, N)
        fits.append(fit([(x, 0.9 * x @ fits[-1] + 0.1 + 0.5 * noise)], 0.0))
    assert errors_of(changed, LeastSquares(), 2) == pytest.approx(risks(fits), rel=1e-9)
    hot = custom([REAL, SYNTH | {"sampler": {"temperature": 0.5}}], [{"select": {"last": 1}}])
    with pytest.raises(Problem, match="temperature"):
        errors_of(hot, LeastSquares(), 1)


def test_a_function_may_say_the_terms():
    def every_other(generation, history):
        births = [b.birth for b in history if b.birth % 2 == generation % 2]
        return [{"select": {"generations": [birth, birth]}} for birth in births]

    mine = Workflow.from_function(every_other, emit=[REAL, SYNTH], generations=3)
    kept, fits = {0: batch(TRUTH, 0, "real", N)}, []
    for g in range(4):
        if g:
            kept[g] = batch(fits[-1], g, "synth", N)
        fits.append(fit([kept[b] for b in kept if b % 2 == g % 2], PENALTY))
    assert errors_of(mine, Ridge(PENALTY), 3) == pytest.approx(risks(fits), rel=1e-9)
    assert Workflow.from_dict(mine.to_dict()).id == mine.id
    with pytest.raises(Problem, match="asked up to 3 only"):
        mine.compile(4)


def test_a_nonlinear_model_is_judged_on_new_inputs():
    model = KernelRidge(PENALTY, kernel="polynomial", gamma=1.0, degree=1, coef0=0.0)
    linear = errors_of(Workflow.from_dict({"kind": "replace", "rows": N}), Ridge(PENALTY), 1)
    kernel = errors_of(Workflow.from_dict({"kind": "replace", "rows": N}), model, 1)
    fits = replace_loop(PENALTY)[:2]
    inputs, _ = drawn("judge", "new", 0, 50)
    assert kernel == pytest.approx([np.mean((inputs @ (w - TRUTH)) ** 2) for w in fits], rel=1e-9)
    assert linear == pytest.approx(risks(fits), rel=1e-9)
