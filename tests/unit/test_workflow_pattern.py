"""Is a schedule that was made from a pattern the one that is compiled from the rules?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genloss.errors import Problem
from genloss.workflows import Workflow
from genloss.workflows import pattern as patterns
from genloss.workflows.compiler import compile_rules

FORMS = [
    {"kind": "replace"},
    {"kind": "accumulate"},
    {"kind": "accumulate_subsample", "take": 9},
    {"kind": "fixed_real", "real_weight": 0.3},
    {"kind": "fresh_real"},
    {"kind": "window", "keep": 2},
    {"kind": "forget", "decay": 0.7},
    {"kind": "forget", "decay": 1e-200},
    {"kind": "reset", "every": 2},
    {"kind": "regenerate"},
    {"kind": "synthetic_only"},
    {
        "emit": [
            {"tag": "real", "from": "real", "rows": 7, "at": [0, 2]},
            {"tag": "made", "from": "model", "rows": 5, "lag": 2},
            {"tag": "mixed", "from": "mix", "mix": {"model": 0.5, "previous": 0.5}, "rows": 3},
        ],
        "train": {"default": [{"select": {"tag": "*", "last": 3}}], "2": [{"select": {"tag": "real"}}]},
    },
]
rows_of_batches = st.one_of(
    st.integers(1, 40), st.just([14, 20, 9]), st.just({"start": 12, "ratio": 1.3}), st.just({"start": 3, "ratio": 0.4})
)


def answer(make):
    """What is made, or what is said against it."""
    try:
        return make()
    except Problem as problem:
        return str(problem)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FORMS), rows_of_batches, st.integers(0, 6))
def test_a_schedule_of_a_pattern_is_the_compiled_one(form, rows, last):
    workflow = Workflow.from_dict(form if "emit" in form else {**form, "rows": rows})
    rules = workflow.emit, workflow.train, dict(workflow.overrides), workflow.reset, last
    found, expected = answer(lambda: workflow.compile(last)), answer(lambda: compile_rules(*rules))
    assert found == expected
    if not isinstance(found, str):
        assert found.traits == expected.traits
        assert [found.shares(g) for g in range(last + 1)] == [expected.shares(g) for g in range(last + 1)]
        np.testing.assert_array_equal(found.rows_used(last), expected.rows_used(last))


def test_rows_alone_ask_for_no_new_pattern():
    patterns._pattern.cache_clear()
    made = [Workflow.from_dict({"kind": "window", "keep": 2, "rows": rows}).compile(4) for rows in range(5, 25)]
    assert patterns._pattern.cache_info().misses == 1
    assert len({id(schedule.pattern) for schedule in made}) == 1
    assert {schedule.batches[0].rows for schedule in made} == set(range(5, 25))


@pytest.mark.parametrize("form", [{"kind": "regenerate", "rows": 9}, {"kind": "accumulate_subsample", "rows": 9}])
def test_where_rows_decide_what_is_drawn_there_is_no_pattern(form):
    assert Workflow.from_dict(form).compile(3).pattern is None
