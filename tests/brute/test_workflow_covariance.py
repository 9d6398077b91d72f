"""The covariance of fits against the table of all rows, and against every outcome of a tiny world listed."""

from itertools import product

import numpy as np
import pytest
from plain_workflows import second_moments

from genloss import Workflow, workflows
from genloss.theory.workflows import covariance, drift, variances
from genloss.theory.workflows.atoms import read
from genloss.theory.workflows.noise_loadings import gram, loadings
from genloss.theory.workflows.noise_sources import VarianceFunction, growing_noise_variances, noise_variances
from genloss.theory.workflows.steps import as_steps, step_covariance

REAL = {"tag": "real", "from": "real", "rows": 4, "at": "start"}
FRESH = {"tag": "new", "from": "real", "rows": 2, "at": "every"}
MADE = {"tag": "synth", "from": "model", "rows": [3, 5, 2, 4]}
EACH = {"tag": "each", "from": "model", "of": "each", "include_truth": True, "rows": 5}
MIXED = {"tag": "mix", "from": "mix", "rows": 4, "mix": {"model": 0.5, "previous": 0.3, "truth": 0.2}}
BENT = MADE | {"tag": "bent", "lag": 2, "rows": 3, "sampler": {"gain": 0.8, "shift": 0.3, "variance_scale": 1.7}}


def own(emit, train, **more):
    return Workflow.from_dict({"emit": emit, "train": train} | more)


CASES = {
    "replace": workflows.replace([4, 3, 5]),
    "replace, rows that shrink to 1": workflows.replace([1]),
    "accumulate": workflows.accumulate(4, 3),
    "subsample": workflows.accumulate_subsample(4, 3),
    "subsample, all of generation 0": workflows.accumulate_subsample(4),
    "subsample, with replacement": workflows.accumulate_subsample([4, 2], 3, True),
    "subsample of the newest": own([REAL, MADE], [{"select": {"last": 1}, "take": 2}]),
    "fixed_real": workflows.fixed_real(4, 3, 0.4),
    "fresh_real": workflows.fresh_real(4, 3),
    "window": workflows.window(4, 3),
    "forget": workflows.forget(4, 0.7),
    "reset": workflows.reset(3, 3),
    "regenerate": workflows.regenerate(5),
    "synthetic_only": workflows.synthetic_only(4),
    "pools that overlap": own(
        [REAL, MADE, FRESH],
        [
            {"take": 4, "weight": 0.5},
            {"select": {"tag": "synth"}, "take": 3, "replace": True},
            {"select": {"tag": "new"}},
        ],
    ),
    "short pools": own([REAL, MADE], [{"take": 9, "short": "all"}]),
    "a window subsampled": own([REAL, MADE, EACH], [{"select": {"last": 2}, "take": 4}]),
    "each and mixed": own(
        [EACH, MIXED],
        [{"select": {"tag": "each"}, "weight": 0.3}, {"select": {"tag": "mix"}, "take": 6, "short": "all"}],
    ),
    "mixed": own([MIXED], [{"select": {"last": 2}}]),
    "samplers": own(
        [REAL, MADE, BENT],
        [
            {"select": {"tag": "real"}},
            {"select": {"tag": "synth", "last": 2}},
            {"select": {"tag": "bent"}, "take": 2, "replace": True},
        ],
    ),
    "a biased mix": own([MIXED | {"sampler": {"gain": 1.1, "shift": -0.2, "sampling_bias": 0.5}}, REAL], [{"take": 4}]),
    "reset of a subsample": own([REAL, FRESH, MADE], [{"take": 5}], reset=3),
    "one row": own([REAL | {"rows": 1}, MADE | {"rows": 1}], [{"take": 1}]),
}
FAMILIES = {
    "normal": {"variance": 0.7},
    "bernoulli": {"variance": 0.21, "curvature": -1.0, "slope": 0.4, "truth": 0.3},
    "exponential": {"variance": 4.0, "curvature": 1.0, "slope": 4.0, "truth": 2.0},
}


def general(schedule, **family):
    """The covariance without the short way for chains."""
    limit = family.pop("limit", False)
    atoms = read(schedule)
    loading = loadings(atoms)
    sizes = noise_variances(atoms, loading, VarianceFunction(**family), limit=limit)
    return gram(loading * np.sqrt(sizes), atoms.first_fit_of_atom)


def stepped(schedule, **family):
    """The covariance by changes of the training sets, or None where there are too many, or loadings are needed."""
    atoms = read(schedule)
    steps, growing = as_steps(atoms), growing_noise_variances(atoms, VarianceFunction(**family), limit=False)
    return None if steps is None or growing is None else step_covariance(atoms, steps, growing)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", CASES)
def test_every_workflow_row_by_row(name, family):
    if family == "bernoulli" and name in ("samplers", "a biased mix"):
        family = "exponential"  # a shift leaves the unit interval
    schedule, given = CASES[name].compile(6), FAMILIES[family]
    right, mean = second_moments(schedule, **given)
    assert covariance(schedule, **given) == pytest.approx(right, rel=1e-11, abs=1e-13)
    assert general(schedule, **given) == pytest.approx(right, rel=1e-11, abs=1e-13)
    by_steps = stepped(schedule, **given)
    assert by_steps is None or by_steps == pytest.approx(right, rel=1e-11, abs=1e-13)
    assert variances(schedule, **given) == pytest.approx(np.diag(right), rel=1e-11)
    assert drift(schedule, truth=given.get("truth", 0.0)) == pytest.approx(mean, abs=1e-13)


@pytest.mark.parametrize(
    "workflow",
    [workflows.forget(4, 0.97), workflows.window(4, 3), workflows.fixed_real(4, 3), workflows.synthetic_only(4)],
    ids=["forget", "window", "fixed_real", "synthetic_only"],
)
def test_blocks_and_steps_agree_on_300_fits(workflow):
    """More fits than one block of the products, and chunk of the steps, holds."""
    schedule, given = workflow.compile(300), {"variance": 0.21, "curvature": -1.0}
    by_steps = stepped(schedule, **given)
    assert by_steps is not None
    assert by_steps == pytest.approx(general(schedule, **given), rel=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_many_rows_lead_to_the_limit(name):
    """Blind spot: the limit is approached as 1 / rows, so a slip below 1 part in a thousand is not seen here."""
    form = CASES[name].to_dict()
    for rule in form["emit"]:
        rule["rows"] = [1000 * n for n in rule["rows"]] if isinstance(rule["rows"], list) else 1000 * rule["rows"]
        if "sampler" in rule:
            rule["sampler"].pop("shift", None)
            rule["sampler"].pop("gain", None)
    for terms in form["train"].values() if isinstance(form["train"], dict) else [form["train"]]:
        for term in terms:
            term["take"] = None if term["take"] is None else 1000 * term["take"]
    schedule = Workflow.from_dict(form).compile(6)
    exact, limit = (covariance(schedule, variance=0.25, curvature=-1, limit=limit) for limit in (False, True))
    assert exact == pytest.approx(limit, rel=3e-3)
    assert general(schedule, variance=0.25, limit=True) == pytest.approx(limit, rel=1e-12)


def listed(step, start, generations):
    """All outcomes of a chain of tiny worlds and their chances: {history: chance}."""
    worlds = {start: 1.0}
    for g in range(generations + 1):
        after = {}
        for history, chance in worlds.items():
            for outcome, part in step(g, history):
                after[(*history, outcome)] = after.get((*history, outcome), 0.0) + chance * part
        worlds = after
    return worlds


def counts(n, p):
    """Every sequence of n rows of a coin and its chance."""
    return [(rows, np.prod([p if row else 1 - p for row in rows])) for rows in product((0, 1), repeat=n)]


def test_accumulate_with_coins_listed():
    """Bernoulli, 2 rows a generation, every outcome: fit g is the mean of all rows so far."""
    truth = 0.3

    def step(g, history):
        rows = [row for batch in history for row in batch]
        return counts(2, np.mean(rows) if g else truth)

    worlds = listed(step, (), 3)
    fits = np.array([[np.mean(history[: g + 1]) for g in range(4)] for history in worlds])
    chance = np.array(list(worlds.values()))
    right = np.einsum("w,wg,wh->gh", chance, fits - truth, fits - truth)
    found = covariance(workflows.accumulate(2), variance=truth * (1 - truth), curvature=-1, generations=3)
    assert found == pytest.approx(right, rel=1e-12)
    slips = [
        covariance(workflows.accumulate(2), variance=0.21, generations=3),
        covariance(workflows.accumulate(2), variance=0.21, curvature=-2, generations=3),
        covariance(workflows.regenerate(2), variance=0.21, curvature=-1, generations=3),
        covariance(workflows.accumulate(2), variance=0.21, curvature=-1, generations=4)[1:, 1:],
    ]
    assert all(np.abs(slip - right).max() > 1e-3 for slip in slips)


def test_one_row_of_a_pool_with_coins_listed():
    """Bernoulli, 2 real rows and 1 synthetic a generation; fit g is one row of all, drawn anew."""
    truth = 0.3

    def step(g, history):
        if g == 0:
            return [((rows, rows[i]), chance / 2) for rows, chance in counts(2, truth) for i in range(2)]
        new = history[-1][1]  # a fit of one row is 0 or 1, and its next row is the same
        pool = (*history[-1][0], new)
        return [((pool, row), 1 / len(pool)) for row in pool]

    worlds = listed(step, (), 3)
    fits = np.array([[fit for _, fit in history] for history in worlds], dtype=float)
    chance = np.array(list(worlds.values()))
    right = np.einsum("w,wg,wh->gh", chance, fits - truth, fits - truth)
    rules = own([REAL | {"rows": 2}, MADE | {"rows": 1}], [{"take": 1}])
    assert covariance(rules, variance=0.21, curvature=-1, generations=3) == pytest.approx(right, rel=1e-12)
    replaced = own([REAL | {"rows": 2}, MADE | {"rows": 1}], [{"take": 1, "replace": True}])
    assert covariance(replaced, variance=0.21, curvature=-1, generations=3) == pytest.approx(right, rel=1e-12)
