"""Are plans from a table right where the answer is known, and does their chance hold in runs of their own?"""

import numpy as np
import pytest

import genloss
from genloss.advise.plans.of_table import planned_table
from genloss.advise.plans.question import checked_for, question
from genloss.advise.plans.solve import solved
from genloss.streams import stream

Z, ROWS, COLUMNS, LAST = 4.5, 300, 3, 6
FIRST_ORDER = 2 * COLUMNS / ROWS  # what formulas of first order may leave out


def table(rows=ROWS, columns=COLUMNS):
    draw = stream(0, "test plan of table")
    x = draw.normal(size=(rows, columns))
    return x, x @ np.ones(columns) + draw.normal(size=rows)


def planned(workflow, **more):
    given = {"generations": LAST, "begin": "new_rows", "replicates": 640} | more
    return planned_table("least_squares", *table(), workflow=workflow, **given)


def replaced(g, synthetic):
    return 1 + g * ROWS / synthetic


def accumulated(g, synthetic):
    if synthetic != ROWS:
        total = ROWS + synthetic * np.arange(1, g + 1)
        return 1 + (ROWS * synthetic / total**2).sum()
    return (1 / np.arange(1, g + 2) ** 2).sum()


def with_fixed_rows(g, synthetic):
    kept = synthetic / (ROWS + synthetic)
    return 1 + ROWS / synthetic * (kept ** (2 * np.arange(1, g + 1))).sum()


def ratio_and_error(runs, g):
    """Mean of generation g over that of generation 0; the error of a truth's linear part, over truths."""
    by_truth = runs.mean(axis=1)
    mean = by_truth.mean(axis=0)
    ratio = mean[g] / mean[0]
    return ratio, (by_truth[:, g] - ratio * by_truth[:, 0]).std(ddof=1) / mean[0] / np.sqrt(len(runs))


@pytest.mark.parametrize(
    ("workflow", "formula", "other"),
    [
        ("replace", replaced, accumulated),
        ("accumulate", accumulated, replaced),
        ("fixed_real", with_fixed_rows, replaced),
    ],
)
def test_ratios_are_those_of_theory(workflow, formula, other):
    values = [150.0, 300.0, 600.0]
    for value, judged in zip(
        values, planned(workflow).judge([{"synthetic_rows": value} for value in values]), strict=True
    ):
        for g in (2, LAST):
            seen, error = ratio_and_error(judged.runs, g)
            assert abs(seen - formula(g, value)) < Z * error + FIRST_ORDER * formula(g, value)
            assert judged.ratio_low[g] < formula(g, value) < judged.ratio_high[g]
        assert abs(seen - other(LAST, value)) > 2 * (Z * error + FIRST_ORDER * other(LAST, value))  # negative control


def test_the_judged_mean_is_that_of_a_forecast():
    x, y = table()
    for begin in ("own_rows", "new_rows"):
        told = genloss.forecast("least_squares", x, y, workflow="accumulate", generations=LAST, begin=begin, seed=3)
        [judged] = planned("accumulate", begin=begin).judge([{}])
        error = np.hypot(told.standard_error, judged.runs.mean(axis=1).std(axis=0, ddof=1) / np.sqrt(len(judged.runs)))
        assert (np.abs(judged.runs.mean(axis=(0, 1)) - told.risk) < Z * error).all()
        widths = np.log(judged.high / judged.low) / np.log(told.truth_high / told.truth_low)
        assert (np.abs(np.log(widths)) < 0.5).all()


def test_planned_real_rows_are_those_of_theory():
    x, y = table()
    design = np.column_stack([np.ones(ROWS), x])
    left = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    variance = left @ left / (ROWS - COLUMNS - 1)
    subject = planned("accumulate rows=100 synthetic_rows=100", begin=None)
    limit = 0.1
    found = solved(question("real_rows", at_most=limit), question("real_rows", at_most=limit).target, subject)
    rows = np.arange(COLUMNS + 3, 2000)
    total = rows[:, None] + 100 * np.arange(1, LAST + 1)
    risk = variance * (COLUMNS + 1) * (1 / (rows - COLUMNS - 2) + (100 / total**2).sum(axis=1))
    right = rows[np.flatnonzero(risk <= limit)[0]]
    plain = variance * (COLUMNS + 1) / limit  # as if synthetic rows cost nothing
    away = np.log(found.high / found.low) / 2  # 1.96 standard errors of what is not known of this table, and more
    assert abs(np.log(found.value / right)) < away
    assert found.low <= right <= found.high
    assert plain < found.low  # negative control


def test_a_chance_holds_in_runs_of_its_own():
    subject = planned("fixed_real", begin=None)
    asked = question("synthetic_rows", keep_within=1.0, chance=0.8)
    target = checked_for(asked, subject)
    found = solved(asked, target, subject)
    assert 1 < found.value < subject.domain("synthetic_rows")[1]

    def share(value):
        return (target.missed(subject.check({"synthetic_rows": value}, 1000)) <= 0).mean()

    of_search = 0.8 * 0.2 / 80  # 80 truths of the search, whose runs are alike
    error = np.sqrt(0.8 * 0.2 / 1000 + of_search)
    assert abs(share(found.value) - 0.8) < Z * error
    assert share(8 * found.value) < share(found.value) - 0.1  # negative control
