"""Does every public function that takes a workflow take it in every form, and answer the same to each?"""

import importlib
import inspect
import re

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.mixture import GaussianMixture

import genloss
from genloss import Problem, Workflow, advise, theory, workflows
from genloss.streams import stream
from genloss.workflows import ALIASES, NAMED, Schedule, schedule_of, workflow_of, workflow_words

DOORS = [
    genloss, advise, workflows,
    *(getattr(theory, name) for name in theory.__all__),
    *(importlib.import_module(f"genloss.{room}") for room in ("models", "results", "populations", "study", "metrics",
                                                              "simulation")),
]  # fmt: skip
ROWS, LAST = 40, 2
X = stream(1, "given").standard_normal((ROWS, 4))
Y = X @ [1.0, 0.5, -0.5, 0.2] + stream(2, "given").standard_normal(ROWS)
MORE = np.concatenate([X, X[:14] + 0.1])  # of which 40 are not held out
TRUTH = {"spectrum": [1.0] * 10, "coefficients": 0.3}
RULES = workflows.accumulate(ROWS)


def until(given):
    """The last generation, where a schedule does not have one of its own."""
    return None if isinstance(given, Schedule) else LAST


def arrays(answer):
    """All numbers of an answer."""
    if isinstance(answer, list | tuple):
        return [array for each in answer for array in arrays(each)]
    if hasattr(answer, "__dataclass_fields__"):
        return arrays([getattr(answer, name) for name in answer.__dataclass_fields__ if name not in ("asked", "basis")])
    return [np.asarray(answer, dtype=float)] if isinstance(answer, np.ndarray | float | int) else []


CASES = {
    # Every public function that takes a workflow, called with one.
    "genloss.forecast": lambda w: genloss.forecast(
        LinearRegression(), X, Y, workflow=w, generations=until(w), replicates=50
    ),
    "genloss.chain": lambda w: [
        row.value
        for row in genloss.chain(GaussianMixture(1), MORE, w, generations=LAST, seeds=2, metrics=["mean_shift"]).rows
    ],
    "genloss.compare": lambda w: genloss.compare([w], generations=LAST, replicates=20),
    "genloss.advise.cross_validation_horizon": lambda w: advise.cross_validation_horizon(
        **TRUTH, workflow=w, noise=0.5, generations=until(w), replicates=3
    ),
    "genloss.advise.exchange_rate": lambda w: advise.exchange_rate(
        **TRUTH, workflow=w, penalty=0.1, noise=0.5, generations=until(w)
    ),
    "genloss.advise.optimal_weights": lambda w: advise.optimal_weights(
        **TRUTH, workflow=w, noise=0.5, generations=until(w), penalty=0.1
    ),
    "genloss.advise.penalty_from_rows": lambda w: advise.penalty_from_rows(X, Y, workflow=w, generations=until(w)),
    "genloss.advise.penalty_schedule": lambda w: advise.penalty_schedule(
        **TRUTH, workflow=w, noise=0.5, generations=until(w)
    ),
    "genloss.advise.worth_of_real_batch": lambda w: advise.worth_of_real_batch(
        **TRUTH, workflow=w, penalty=0.1, rows=10, real_noise=0.5, noise=0.5, generations=until(w)
    ),
    "genloss.theory.reuse.from_workflow": lambda w: theory.reuse.from_workflow(w, noise=0.5, generations=until(w)),
    "genloss.theory.workflows.covariance": lambda w: theory.workflows.covariance(w, generations=until(w)),
    "genloss.theory.workflows.drift": lambda w: theory.workflows.drift(w, generations=until(w)),
    "genloss.theory.workflows.long_run": lambda w: theory.workflows.long_run(w),
    "genloss.theory.workflows.paths": lambda w: theory.workflows.paths(w, 5, seed=1, generations=until(w)),
    "genloss.theory.workflows.unequal_information": lambda w: theory.workflows.unequal_information(
        w, real=(1, 1), synthetic=(1, 2), generations=until(w)
    ),
    "genloss.theory.workflows.variances": lambda w: theory.workflows.variances(w, generations=until(w)),
    "genloss.theory.workflows.relabeled.growth": lambda w: theory.relabeled.growth(w, until(w)),
    "genloss.theory.workflows.priors.prior_errors": lambda w: theory.priors.prior_errors(
        w, prior_rows=5, prior_mean=1.0, generations=until(w)
    ),
    "genloss.theory.workflows.priors.best_prior_rows": lambda w: theory.priors.best_prior_rows(
        w, prior_mean=0.3, generation=LAST
    ),
    "genloss.theory.loops.smoothing.components": lambda w: theory.smoothing.components(
        w, bandwidth=0.5, generation=LAST
    ),
    "genloss.theory.loops.smoothing.covariance_factors": lambda w: theory.smoothing.covariance_factors(
        w, generations=until(w)
    ),
    "genloss.theory.loops.smoothing.expected_moments": lambda w: theory.smoothing.expected_moments(
        w, [1, 0, 1], bandwidth=0.5, generations=until(w)
    ),
    "genloss.theory.loops.smoothing.finite_rows": lambda w: theory.smoothing.finite_rows(
        w, [1, 0, 1, 0, 3], bandwidth=0.5, generations=until(w)
    ),
    "genloss.theory.loops.smoothing.hermite_gain": lambda w: theory.smoothing.hermite_gain(
        w, [2], time=0.1, generations=until(w)
    ),
    "genloss.theory.loops.smoothing.relative_variance": lambda w: theory.smoothing.relative_variance(
        w, 0.3, generations=until(w)
    ),
    "genloss.theory.loops.smoothing.wave_gain": lambda w: theory.smoothing.wave_gain(
        w, [1.0], bandwidth=0.5, generations=until(w)
    ),
    "genloss.theory.loops.smoothing.wave_power": lambda w: theory.smoothing.wave_power(
        w, [1.0], [0.6], bandwidth=0.5, generations=until(w)
    ),
    "genloss.workflows.schedule_of": lambda w: [b.rows for b in schedule_of(w, until(w)).batches],
    "genloss.workflows.workflow_of": lambda w: [rule.to_dict()["rows"] for rule in workflow_of(w).emit],
}
KNOW_ROWS = {"genloss.chain", "genloss.forecast", "genloss.advise.penalty_from_rows"}  # as many as the table has
ANY_ROWS = {"genloss.theory.workflows.relabeled.growth"}  # their number does not matter
SHARES = {
    f"genloss.theory.loops.smoothing.{name}" for name in ("components", "expected_moments", "hermite_gain", "wave_gain")
}
"""Of rows these take their shares alone."""
NEED_RULES = {"genloss.chain", "genloss.compare", "genloss.theory.workflows.long_run", "genloss.workflows.workflow_of"}
ALSO_RULES = {"genloss.workflows.workflow_words"}  # writes what was given, form by form: below

FORMS = {
    "a name with settings": f"accumulate rows={ROWS}",
    "a name of the literature": f"augment rows={ROWS}",
    "a table": {"kind": "accumulate", "rows": ROWS},
    "the long form": RULES.to_dict(),
    "a workflow": RULES,
    "a schedule": RULES.compile(LAST),
}
SLOW = {"genloss.advise.optimal_weights", "genloss.advise.penalty_schedule"}
FAR_APART = {"a name of the literature", "a schedule"}  # forms that slow functions are asked in
NAMES = {"a name": "accumulate", "another name": "augment", "a table without rows": {"kind": "accumulate"}}


def other_rows(name):
    """Another number of rows than `ROWS`; a chain has no more than that to train on."""
    return ROWS - 10 if name == "genloss.chain" else ROWS + 10


def takers():
    """Names of the public functions that take a workflow, by the names and kinds of their arguments."""
    found = set()
    for door in DOORS:
        for name in door.__all__:
            tool = getattr(door, name, None)
            if not inspect.isfunction(tool):
                continue
            for argument in inspect.signature(tool).parameters.values():
                kind = str(argument.annotation)
                if argument.name in ("workflow", "workflows") or re.search(
                    r"WorkflowLike|\bWorkflow\b|WorkflowOrBatches", kind
                ):
                    home = door.__name__ if name not in genloss.__all__ else "genloss"
                    found.add(f"{home}.{name}")
    return found


def test_every_function_that_takes_a_workflow_is_here():
    assert takers() == {*CASES, *ALSO_RULES}


def test_no_function_reads_workflows_its_own_way():
    """An argument called workflow is a WorkflowLike, or one of several of them."""
    for name in CASES:
        module, _, function = name.rpartition(".")
        tool = getattr(importlib.import_module(module), function)
        (kind,) = [
            str(each.annotation)
            for each in inspect.signature(tool).parameters.values()
            if each.name in ("workflow", "workflows", "given")
        ]
        assert "Schedule" in kind or "WorkflowLike" in kind or "WorkflowOrBatches" in kind, name


@pytest.mark.parametrize("name", CASES)
def test_every_form_has_the_same_answer(name):
    ask = CASES[name]
    expected = arrays(ask(RULES))
    assert expected
    forms = FORMS | (NAMES if name in KNOW_ROWS | ANY_ROWS else {})
    for form, given in forms.items():
        if name in SLOW and form not in FAR_APART:
            continue
        if form == "a schedule" and name in NEED_RULES:
            with pytest.raises(Problem, match=f"ends at generation {LAST}"):
                ask(given)
            continue
        for one, other in zip(arrays(ask(given)), expected, strict=True):
            np.testing.assert_array_equal(one, other, err_msg=f"{name}: {form}")
    if not name.endswith(".drift"):  # 0 for all that are honest
        unlike = arrays(
            ask(workflows.replace(ROWS) if name in ANY_ROWS | SHARES else workflows.accumulate(other_rows(name)))
        )
        same = [np.array_equal(one, two, equal_nan=True) for one, two in zip(unlike, expected, strict=True)]
        assert not all(same)  # the numbers do depend on the workflow


@pytest.mark.parametrize("name", sorted({*CASES} - KNOW_ROWS - ANY_ROWS))
@pytest.mark.parametrize("given", NAMES.values(), ids=NAMES)
def test_where_rows_are_not_known_they_are_asked_for(name, given):
    with pytest.raises(Problem, match=r"says no number of rows\n  mend: give .*rows.*200"):
        CASES[name](given)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("acumulate rows=3", "did you mean accumulate"),
        ("window rows=3 keep", "give key=value"),
        ("window rows=3 keep=?", "not a setting"),
        ("window rows=3 rows=4 keep=2", "rows twice"),
        ({"kind": "window", "rows": 3, "keeep": 2}, "keep"),
        (7, "not a workflow"),
    ],
    ids=str,
)
def test_what_is_no_workflow_is_refused_alike(name, given, said):
    with pytest.raises(Problem, match=said):
        CASES[name](given)


def test_comparisons_take_names_where_rows_are_said():
    named = genloss.compare(["replace", "window keep=2", {"kind": "augment"}], rows=30, generations=2, replicates=20)
    assert [each.name for each in named.workflows] == [
        "replace(rows=30)", "window(rows=30, keep=2)", "accumulate(rows=30)",
    ]  # fmt: skip
    mine = genloss.compare({"mine": "replace rows=30", "yours": workflows.window(30, 2)}, generations=2, replicates=20)
    np.testing.assert_array_equal(mine.workflows[1].risk, named.workflows[1].risk)


def test_settings_of_every_kind():
    assert workflow_of("fixed_real rows=[10,20] real_weight=0.3") == workflows.fixed_real([10, 20], real_weight=0.3)
    assert workflow_of("replace rows={start=10,ratio=2.0}") == workflows.replace({"start": 10, "ratio": 2.0})
    kept = workflow_of("accumulate_subsample with_replacement=true take=5", rows=10)
    assert kept == workflows.accumulate_subsample(10, take=5, with_replacement=True)
    long = {"emit": [{"tag": "r", "from": "real", "rows": 9}], "train": [{}]}
    assert workflow_of(long, rows=50) == Workflow.from_dict(long)  # rows of its own


@pytest.mark.parametrize("name", NAMED)
def test_a_workflow_says_what_makes_it(name):
    given = {"keep": 3, "decay": 0.5, "every": 4, "real_weight": 0.25, "synthetic_rows": 7, "take": 6, "share": 0.3}
    known = inspect.signature(NAMED[name]).parameters
    made = [
        NAMED[name](rows=20, **{key: given[key] for key in known if key in given and (key in needed or whole)})
        for whole in (True, False)
        for needed in [[key for key, each in known.items() if each.default is inspect.Parameter.empty]]
    ]
    for workflow in made:
        assert repr(workflow).startswith("genloss.workflows.")
        assert eval(repr(workflow), {"genloss": genloss}) == workflow
    assert repr(workflows.accumulate(200)) == "genloss.workflows.accumulate(rows=200)"


def test_names_of_the_literature_mean_the_same():
    for alias, name in ALIASES.items():
        extra = {"rows": 10}
        assert workflow_of({"kind": alias} | extra) == workflow_of({"kind": name} | extra)


def test_words_of_what_was_given():
    assert workflow_words("window keep=3") == "window keep=3"
    assert workflow_words(RULES) == "genloss.workflows.accumulate(rows=40)"
    assert workflow_words({"kind": "replace"}) == "{'kind': 'replace'}"
    assert workflow_words(RULES.compile(2)) == "<Schedule of 3 generations and 3 batches>"


def test_a_schedule_has_its_own_generations():
    with pytest.raises(Problem, match=f"generations: 5 beside a schedule that ends at generation {LAST}"):
        schedule_of(RULES.compile(LAST), 5)
    with pytest.raises(Problem, match="generations: missing"):
        schedule_of(RULES, None)
    assert len(genloss.forecast(LinearRegression(), X, Y, workflow=RULES.compile(2), replicates=50).risk) == 3
    assert len(advise.penalty_from_rows(X, Y, workflow=RULES.compile(2)).risk) == 3
