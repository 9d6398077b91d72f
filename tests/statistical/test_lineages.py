"""Do engines and formulas of several models that read each other meet a loop that is written out for them?"""

import numpy as np
import pytest
from helpers import Z, mean_and_error

import genloss
from genloss import Study
from genloss.streams import stream

ROWS, LAST, RUNS = 12, 6, 4000
READS = {"a": {"a": 0.7, "b": 0.3}, "b": {"b": 0.6, "truth": 0.4}}
SHARES = np.array([0.5, 0.3, 0.2])


def plain_loop(reads):
    """Shares of three categories in every run, (lineages, generations + 1, runs, categories): row by row."""
    rng = stream(7, "plain loop of lineages")
    laws = {name: np.broadcast_to(SHARES, (RUNS, 3)) for name in reads}
    found = {name: [] for name in reads}
    for g in range(LAST + 1):
        new = {}
        for name, sources in reads.items():
            counts = np.zeros((RUNS, 3))
            for _ in range(ROWS):
                who = rng.choice(len(sources), p=list(sources.values()), size=RUNS)
                chosen = np.array([laws[s] if s != "truth" else np.broadcast_to(SHARES, (RUNS, 3)) for s in sources])
                law = chosen[who, np.arange(RUNS)] if g else laws[name]
                kind = (rng.random(RUNS)[:, None] > np.cumsum(law, axis=1)[:, :2]).sum(axis=1)
                counts[np.arange(RUNS), kind] += 1
            new[name] = counts / ROWS
            found[name].append(new[name])
        laws = new
    return np.array([found[name] for name in reads])


def values_of(loop):
    """By what is reported: chance that two rows differ, (generations + 1, runs)."""
    of = {"a": 1 - (loop[0] ** 2).sum(-1), "b": 1 - (loop[1] ** 2).sum(-1)}
    return of | {
        "mean": (of["a"] + of["b"]) / 2,
        "whole": 1 - (loop.mean(0) ** 2).sum(-1),
        "between": 1 - (loop[0] * loop[1]).sum(-1),
    }


def said(method, reads=READS, drawn="by_share"):
    """Rows of the study by what is reported and generation."""
    spec = {
        "question": "Do they meet?",
        "seed": 11,
        "replicates": RUNS,
        "generations": LAST,
        "metrics": ["heterozygosity"],
        "population": {"kind": "categories", "probabilities": SHARES.tolist()},
        "workflow": {"kind": "replace", "rows": ROWS},
        "lineages": {"kind": "exchange", "exchange": reads, "drawn": drawn, "of": [*reads, "mean", "whole", "between"]},
    }
    result = getattr(genloss, method)(Study.from_dict(spec))
    return {(row.axes["lineages.of"], row.generation): row for row in result.rows}


@pytest.fixture(scope="module")
def loop():
    return values_of(plain_loop(READS))


@pytest.mark.parametrize("method", ["predict", "simulate"])
def test_theory_and_engine_meet_the_loop(loop, method):
    # 4,000 runs of 12 rows, fixed beforehand: sees 2 % of variety. Control below: the matrix turned around.
    rows = said(method)
    for of, values in loop.items():
        mean, error = mean_and_error(values)
        for g in range(LAST + 1):
            row = rows[of, g]
            assert abs(row.value - mean[g]) <= Z * np.hypot(error[g], row.standard_error), (of, g)


def test_the_rule_rejects_the_matrix_turned_around(loop):
    turned = said("predict", {"a": {"a": 0.6, "truth": 0.4}, "b": {"b": 0.7, "a": 0.3}})
    mean, error = mean_and_error(loop["a"])
    assert abs(turned["a", LAST].value - mean[LAST]) > Z * error[LAST]


def test_whole_rows_of_each_source_keep_more_than_rows_of_sources_drawn_by_chance():
    by_share, by_rows = said("predict"), said("predict", drawn="by_rows")
    assert by_rows["a", LAST].value > by_share["a", LAST].value


def regression(**lineages):
    """A study of three least squares fits that pool their rows; theory is exact."""
    return Study.from_dict(
        {
            "question": "Do they meet?",
            "seed": 12,
            "replicates": 300,
            "generations": 4,
            "report": [0, 1, 2, 4],
            "metrics": ["excess_risk"],
            "population": {"kind": "linear_gaussian", "dim": 8, "noise": 0.5},
            "workflow": {"kind": "replace", "rows": 40},
            "generator": {"kind": "least_squares"},
            "lineages": {"kind": "pooled", "count": 3, **lineages},
        }
    )


@pytest.mark.parametrize("drawn", ["by_rows", "by_share"])
def test_regressions_of_several_models_meet_theory_and_the_definition(drawn):
    # 300 replicates of three models, fixed beforehand: sees 8 % of the risk. Control: each reads only itself.
    study = regression(drawn=drawn)
    theory = {row.generation: row for row in genloss.predict(study).rows}
    fast = {row.generation: row for row in genloss.simulate(study).rows}
    slow = {row.generation: row for row in genloss.simulate(study, engine="reference").rows}
    for g, row in theory.items():
        assert abs(fast[g].value - row.value) <= Z * fast[g].standard_error
        assert abs(fast[g].value - slow[g].value) <= Z * np.hypot(fast[g].standard_error, slow[g].standard_error)


def test_the_rule_rejects_lineages_that_read_only_themselves():
    fast = {row.generation: row for row in genloss.simulate(regression(drawn="by_rows")).rows}
    alone = {row.generation: row for row in genloss.predict(regression(kind="separate")).rows}
    assert abs(fast[4].value - alone[4].value) > Z * fast[4].standard_error
