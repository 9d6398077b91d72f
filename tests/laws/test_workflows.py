"""What every workflow must obey: shares, rows, descent, one identity for all its forms; and no crash on any."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genloss import Problem, Workflow, workflows
from genloss.models import Generator, KernelRidge, LeastSquares, Ridge
from genloss.populations import LinearGaussian
from genloss.simulation import choose
from genloss.simulation.task import Task
from genloss.streams import stream
from genloss.workflows.descent import descent, origin_shares
from genloss.workflows.explain import explain, picture

LAST = 7
FORMS = {
    "replace": {},
    "accumulate": {"synthetic_rows": 7},
    "accumulate_subsample": {"take": 6},
    "fixed_real": {"synthetic_rows": 14, "real_weight": 0.4},
    "fresh_real": {"synthetic_rows": [10, 20, 30]},
    "golden": {"synthetic_rows": 5},
    "window": {"keep": 2},
    "forget": {"decay": 0.5},
    "reset": {"every": 3},
    "regenerate": {},
    "synthetic_only": {},
    "edit": {"share": [0.5, 0.0]},
    "accumulate_fresh": {"synthetic_rows": 5},
}
MODELS = {"least_squares": LeastSquares(), "ridge": Ridge(0.1), "kernel_ridge": KernelRidge(0.1, gamma=0.5)}
ROWS_USED = {  # by hand, 10 real rows, generations 0 to 7
    "replace": [10] * 8,
    "accumulate": [10, 17, 24, 31, 38, 45, 52, 59],
    "accumulate_subsample": [6] * 8,
    "fixed_real": [10] + [24] * 7,
    "fresh_real": [10, 30, 40, 40, 40, 40, 40, 40],
    "golden": [10] + [15] * 7,
    "window": [10] + [20] * 7,
    "forget": [10 * g for g in range(1, 9)],
    "reset": [10] * 8,
    "regenerate": [10] * 8,
    "synthetic_only": [10] + [10 * g for g in range(1, 8)],
    "edit": [10] * 8,
    "accumulate_fresh": [10 + 15 * g for g in range(8)],
}
DIRECT = {  # share drawn from the truth directly, by hand
    "replace": [1] + [0] * 7,
    "accumulate": [10 / rows for rows in ROWS_USED["accumulate"]],
    "accumulate_subsample": [1 / (g + 1) for g in range(8)],
    "fixed_real": [1] + [0.4] * 7,
    "fresh_real": [1, 1 / 3, 1 / 4, 1 / 4, 1 / 4, 1 / 4, 1 / 4, 1 / 4],
    "golden": [1] + [3**0.5 - 1] * 7,  # k = 2: (sqrt(12) - 2) / 2
    "window": [1, 0.5] + [0] * 6,
    "forget": [0.5**g / sum(0.5**j for j in range(g + 1)) for g in range(8)],
    "reset": [float(g % 3 == 0) for g in range(8)],
    "regenerate": [1, 0.5, 0.4, 0.3, 0.2, 0.2, 0.2, 0.2],
    "synthetic_only": [1] + [0] * 7,
    "edit": [1] + [0.5] * 7,
    "accumulate_fresh": [10 * (g + 1) / (10 + 15 * g) for g in range(8)],
}


def named(name):
    return Workflow.from_dict({"kind": name, "rows": 10, **FORMS[name]})


def check_schedule(schedule):
    """What holds for any schedule."""
    shares = origin_shares(schedule)
    depths = descent(schedule)
    for g, uses in enumerate(schedule.train):
        assert sum(schedule.shares(g).values()) == pytest.approx(1.0)
        assert all(schedule.batches[b].birth <= g for use in uses for b in use.batches)
        assert depths[g].sum() == pytest.approx(1.0)
        assert shares[g, g + 1 :].sum() == 0  # no fit is its own teacher
        assert depths[g, 0] == pytest.approx(shares[g, 0])
    for batch in schedule.batches:
        assert batch.rows >= 1
        assert sum(p for _, p in batch.origins) == pytest.approx(1.0)
        assert all(-1 <= origin < batch.birth or origin == -1 for origin, _ in batch.origins)
    assert len({batch.key for batch in schedule.batches}) == len(schedule.batches)


def test_all_named_workflows_are_looked_at():
    assert set(FORMS) == set(ROWS_USED) == set(DIRECT) == set(workflows.NAMED)


@pytest.mark.parametrize("name", FORMS)
def test_rows_shares_and_descent(name):
    schedule = named(name).compile(LAST)
    check_schedule(schedule)
    assert [schedule.rows_used(g).sum() for g in range(LAST + 1)] == ROWS_USED[name]
    np.testing.assert_allclose(descent(schedule)[:, 0], DIRECT[name], atol=1e-12)


@pytest.mark.parametrize("name", FORMS)
def test_all_forms_have_one_identity(name):
    short = named(name)
    long = Workflow.from_dict(json.loads(json.dumps(short.to_dict())))
    again = Workflow.from_dict(short.short())
    assert short == long == again
    assert short.id == long.id == again.id
    assert "kind" in short.short()
    by_function = getattr(workflows, name)(rows=10, **FORMS[name])
    assert by_function.id == short.id
    assert Workflow.from_dict({"kind": name, "rows": 11, **FORMS[name]}).id != short.id


def test_aliases_are_the_same_rule():
    for alias, name in workflows.ALIASES.items():
        assert Workflow.from_dict({"kind": alias, "rows": 4}) == Workflow.from_dict({"kind": name, "rows": 4})
    assert len({named(name).id for name in FORMS}) == len(FORMS)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("model", MODELS)
def test_every_workflow_runs_with_every_model(name, model):
    # The same key gives the same bytes, and the first replicates do not depend on how many are asked for.
    population = LinearGaussian(np.ones(3), np.ones(3), 1.0)
    schedule = named(name).compile(3)
    risks = []
    for count in (4, 2):
        task = Task(population, schedule, Generator(MODELS[model], 1.0), None, (0, 3), count, 4)
        engine = choose(task)
        errors = engine.run(task, lambda *key: stream(5, *key))[0]
        risks.append(
            np.array(
                [
                    np.square(getattr(e, "coefficient_error", getattr(e, "prediction_error", None))).sum(-1)
                    for e in errors
                ]
            )
        )
    assert np.all(risks[0] > 0)
    assert np.all(np.isfinite(risks[0]))
    np.testing.assert_allclose(risks[0][:, :2], risks[1], rtol=1e-9)
    assert (engine.name == "wishart") == (name == "replace" and model != "kernel_ridge")


@pytest.mark.parametrize("name", FORMS)
def test_explanations_say_what_is_trained(name):
    schedule = named(name).compile(LAST)
    for whole in (False, True):
        for told in explain(schedule, whole=whole):
            assert sum(line.share for line in told.lines) == pytest.approx(1.0)
            assert sum(line.rows_used for line in told.lines) == pytest.approx(ROWS_USED[name][told.generation])
            assert all(line.first_seen <= told.generation for line in told.lines)
            assert told.words.startswith(f"generation {told.generation}")
    assert picture(schedule).count("\n") >= 2


def test_an_old_schedule_is_the_beginning_of_a_longer_one():
    for name in FORMS:
        short, long = named(name).compile(3), named(name).compile(LAST)
        assert short.train == long.train[:4]
        assert short.batches == long.batches[: len(short.batches)]


def test_long_histories_stay_small_and_quick():
    schedule = named("accumulate").compile(2000)
    assert all(isinstance(uses[0].batches, range) for uses in schedule.train[10:])
    totals = [schedule.rows_used(g)[0] for g in (0, 1000, 2000)]
    assert totals == [10, 10 + 7 * 1000, 10 + 7 * 2000]
    assert all(after > before for before, after in pairwise(totals))


# Random workflows: most are valid, some are not; none may crash.
small = st.integers(1, 12)
maybe_small = st.one_of(st.none(), small)
share = st.one_of(st.none(), st.floats(0, 1.2, allow_nan=False))
rows = st.one_of(
    small,
    st.lists(small, min_size=1, max_size=3),
    st.fixed_dictionaries({"start": small, "ratio": st.floats(0.3, 2.5)}),
)
at = st.one_of(st.just("start"), st.just("every"), st.lists(st.integers(0, 6), min_size=1, max_size=3))
tag = st.sampled_from(["a", "b", "c"])
emission = st.one_of(
    st.fixed_dictionaries({"tag": tag, "from": st.just("real"), "rows": rows, "at": at}),
    st.fixed_dictionaries({"tag": tag, "from": st.just("model"), "lag": st.integers(1, 3), "rows": rows, "at": at}),
    st.fixed_dictionaries(
        {"tag": tag, "from": st.just("model"), "of": st.just("each"), "include_truth": st.booleans(), "rows": rows}
    ),
    st.fixed_dictionaries(
        {
            "tag": tag,
            "from": st.just("mix"),
            "mix": st.sampled_from(
                [{"model": 1.0}, {"model": 0.5, "previous": 0.25, "truth": 0.25}, {"previous": 1.0}]
            ),
            "rows": rows,
        }
    ),
)
select = st.fixed_dictionaries(
    {
        "tag": st.sampled_from(["*", "*", "*", "a", "b"]),
        "last": maybe_small,
        "fresh": st.booleans(),
        "generations": st.one_of(st.none(), st.just([0, 3]), st.just([2, 2])),
    }
)
term = st.fixed_dictionaries(
    {
        "select": select,
        "take": st.one_of(st.none(), st.none(), small),
        "replace": st.booleans(),
        "short": st.sampled_from([None, "all"]),
        "weight": share,
        "decay": st.one_of(st.none(), st.none(), st.floats(0.01, 1.0)),
    }
)
terms = st.lists(term, min_size=1, max_size=3)
random_workflow = st.fixed_dictionaries(
    {
        "emit": st.lists(emission, min_size=1, max_size=3),
        "train": st.one_of(terms, terms.map(lambda t: {"default": t, "0": [{}]})),
        "reset": st.one_of(st.none(), st.integers(1, 4)),
    }
)


def attempt(make):
    """What is made, or the problem."""
    try:
        return make(), None
    except Problem as problem:
        return None, problem


@settings(max_examples=300, deadline=None)
@given(random_workflow)
def test_random_workflows_compile_or_are_refused_by_place(mapping):
    workflow, refused = attempt(lambda: Workflow.from_dict(mapping))
    if refused is not None:
        assert refused.where.startswith("workflow.")
        return
    assert Workflow.from_dict(json.loads(json.dumps(workflow.to_dict()))) == workflow
    assert Workflow.from_dict(workflow.short()) == workflow
    schedule, refused = attempt(lambda: workflow.compile(6))
    if refused is not None:
        assert refused.where.startswith(("workflow.train", "workflow.emit["))
        assert "at generation" in refused.found
        return
    check_schedule(schedule)
    assert len(explain(schedule)) == 7


@settings(max_examples=40, deadline=None)
@given(random_workflow)
def test_what_compiles_runs(mapping):
    try:
        schedule = Workflow.from_dict(mapping).compile(3)
    except Problem:
        return
    population = LinearGaussian(np.ones(2), np.ones(2), 1.0)
    task = Task(population, schedule, Generator(Ridge(0.5), 1.0), None, (0, 3), 2, 2)
    errors = choose(task, "reference").run(task, lambda *key: stream(5, *key))[0]
    assert all(np.all(np.isfinite(e.coefficient_error)) for e in errors)
