"""Small settings that theory is asked about, drawn at random, and what it says of each alone."""

import numpy as np
from hypothesis import strategies as st

from genloss.errors import Problem
from genloss.models import Generator, LeastSquares, Predictor, Ridge
from genloss.populations import LinearGaussian
from genloss.theory.coverage import Setting, find, predict
from genloss.workflows import Workflow

RELATIVE = 1e-11

FORMS = [
    {"kind": "replace"},
    {"kind": "accumulate"},
    {"kind": "accumulate_subsample"},
    {"kind": "fixed_real"},
    {"kind": "fixed_real", "real_weight": 0.3},
    {"kind": "fresh_real"},
    {"kind": "golden"},
    {"kind": "window", "keep": 2},
    {"kind": "forget", "decay": 0.7},
    {"kind": "reset", "every": 2},
    {"kind": "regenerate"},
    {"kind": "synthetic_only"},
]
MIX = {
    "emit": [{"tag": "rows", "from": "mix", "mix": {"model": 0.5, "previous": 0.3, "truth": 0.2}, "rows": 12}],
    "train": [{"select": {"tag": "*", "last": 2}}],
}
SCALED = {
    "emit": [
        {"tag": "real", "from": "real", "rows": 11, "at": "start"},
        {"tag": "made", "from": "model", "rows": 11, "lag": 2, "sampler": {"variance_scale": 0.5}},
    ],
    "train": [{"select": {"tag": "*"}}],
}
rows_of_batches = st.one_of(st.integers(3, 30), st.just([14, 20, 9]), st.just({"start": 12, "ratio": 1.3}))


@st.composite
def workflows(draw):
    form = draw(st.sampled_from(FORMS))
    rows = draw(st.integers(3, 30) if form["kind"] in ("golden", "accumulate_subsample") else rows_of_batches)
    if draw(st.integers(0, 7)) == 0:
        return Workflow.from_dict(draw(st.sampled_from([MIX, SCALED])))
    return Workflow.from_dict({**form, "rows": rows})


def schedule(workflow, last):
    """The schedule, or the shortest where it cannot be compiled."""
    try:
        return workflow.compile(last)
    except Problem:
        return workflow.compile(0)


penalties = st.sampled_from([0.0, 1e-3, 0.05, 0.4, 3.0])
noises = st.sampled_from([0.0, 0.2, 1.0])


@st.composite
def asked_settings(draw):
    """A few settings of one truth, as cells of a study are."""
    spectrum = draw(st.sampled_from([np.ones(7), np.arange(1, 10.0) ** -1.2, np.array([2.0, 0.5, 2.0, 0.1])]))
    truth = draw(st.sampled_from([np.ones(spectrum.size), np.zeros(spectrum.size), spectrum]))
    found = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from([LeastSquares(), *map(Ridge, (0.02, 0.5)), "by generation"]))
        generator = Generator(kind, draw(noises), draw(st.sampled_from(["fresh", "fresh", "same"])))
        if kind == "by generation":
            generator = Generator(Ridge(0.1), generator.noise, "fresh", (0.1, 0.0, 0.7))
        models = draw(st.lists(penalties.map(Ridge), min_size=0, max_size=3))
        judged = (
            Predictor(
                tuple(models), draw(st.integers(2, 25)), draw(noises), draw(st.sampled_from([1.0, 1.0, 0.0, 0.4]))
            )
            if models
            else None
        )
        population = LinearGaussian(spectrum, truth, draw(noises))
        found.append(Setting(population, schedule(draw(workflows()), 3), generator, judged))
    return found


def same_values(one, other):
    """Whether two answers hold the same words, and numbers as near as they ought to be."""
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    (mine, reasons), (theirs, others) = one, other
    if reasons != others or [list(values) for values in mine] != [list(values) for values in theirs]:
        return False
    pairs = [
        (a, b)
        for some, more in zip(mine, theirs, strict=True)
        for a, b in zip(some.values(), more.values(), strict=True)
    ]
    return all(
        (a.status, a.formula) == (b.status, b.formula)
        and np.allclose([a.value, a.allowance], [b.value, b.allowance], rtol=RELATIVE, atol=0)
        for a, b in pairs
    )


def alone(setting, metric, report):
    formula = find(setting, metric)
    return formula if isinstance(formula, str) else predict(setting, formula, metric, report)
