"""Edits in place: which rows go, which parts the batches are split into, and where each row stands."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genloss import Problem, Workflow, workflows
from genloss.theory.workflows import edited_at_random, edited_limit, edited_variances, long_run, variances
from genloss.workflows.edits import lost_rows, places_in_data_set
from genloss.workflows.explain import explain, picture


@given(
    rows=st.lists(st.integers(0, 40), min_size=1, max_size=9).filter(sum),
    part=st.floats(0, 1),
    generation=st.integers(1, 500),
)
def test_each_batch_loses_its_share_up_to_less_than_a_row(rows, part, generation):
    rows = np.array(rows)
    count = round(part * rows.sum())
    lost = lost_rows(rows, count, generation)
    assert lost.sum() == count
    assert np.all((lost >= 0) & (lost <= rows))
    assert np.all(np.abs(lost - count * rows / rows.sum()) < 1 + 1e-9)


@given(rows=st.integers(1, 60), share=st.floats(0, 1), decay=st.floats(0, 1), last=st.integers(0, 12))
def test_a_data_set_keeps_its_size_and_every_row_one_place(rows, share, decay, last):
    schedule = workflows.edit(rows, share, decay).compile(last)
    places = places_in_data_set(schedule.batches)
    for g, uses in enumerate(schedule.train):
        here = np.concatenate([places[b] for use in uses for b in use.batches])
        assert sorted(here.tolist()) == list(range(rows))
        expected = sum(share * decay ** (j - 1) * rows for j in range(1, g + 1))
        drawn = sum(batch.rows for batch in schedule.batches if 1 <= batch.birth <= g)
        assert abs(drawn - expected) <= 0.5 + 1e-6  # parts of rows are carried on
    assert all(batch.until is None or batch.until > batch.birth for batch in schedule.batches)
    assert len({batch.key for batch in schedule.batches}) == len(schedule.batches)


def test_shares_of_a_tenth_of_a_row_add_up():
    schedule = workflows.edit(100, 0.001).compile(60)
    assert [b.birth for b in schedule.batches if b.birth] == [5, 15, 25, 35, 45, 55]


def test_all_rows_are_the_replace_workflow():
    found, right = (variances(w, variance=2.0, generations=9) for w in (workflows.edit(7, 1.0), workflows.replace(7)))
    assert found == pytest.approx(right, rel=1e-12)


@pytest.mark.parametrize("share", [0.05, 0.1, 0.5])
def test_the_schedule_meets_the_formula_up_to_one_over_rows(share):
    right = edited_variances([share] * 50)
    off = [np.abs(n * variances(workflows.edit(n, share), generations=50) - right).max() for n in (40, 4000)]
    assert off[0] < 0.04 * right[-1]
    assert off[1] < 0.0005 * right[-1]
    oldest_first = 1 + 50 * share  # control: half of what p (2 - p) says, for few rows
    assert abs(oldest_first - right[-1]) > 10 * off[1]


def test_formulas_agree_with_each_other():
    assert edited_variances(0.9 * 0.8 ** np.arange(400))[-1] == pytest.approx(edited_limit(0.9, 0.8), rel=1e-12)
    assert edited_at_random([0.1] * 30, rows=10**7) == pytest.approx(edited_variances([0.1] * 30), rel=1e-5)
    assert edited_at_random([1.0] * 5, rows=10).tolist() == [1, 2, 3, 4, 5, 6]
    assert long_run(workflows.edit(10, 0.1)).coefficient == pytest.approx(0.19 / 10)
    assert long_run(workflows.edit(10, [0.5, 0.1], 1.0)).rate == "linear"
    assert long_run(workflows.edit(10, [0.5, 0.0])).relative == pytest.approx(1.75)


def test_words_and_pictures():
    schedule = workflows.edit(100, 0.1).compile(2)
    assert "trains on 90 real rows drawn at generation 0" in explain(schedule)[1].words
    lines = picture(schedule).splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == ["real@0", "edited@1", "edited@2"]


def test_names_and_forms():
    given_ = workflows.edit(10, [0.5, 0.1], 0.9)
    assert Workflow.from_dict(given_.to_dict()) == given_
    assert given_.short() == {"kind": "edit", "rows": 10, "share": [0.5, 0.1], "share_decay": 0.9}
    assert Workflow.from_dict({"kind": "edit", "rows": 10, "share": 0.5}).id == workflows.edit(10, 0.5).id


WRONG = {
    "share of more than all": ({"kind": "edit", "rows": 10, "share": 1.5}, "workflow.share: 1.5"),
    "factor above 1": ({"kind": "edit", "rows": 10, "share": 0.5, "share_decay": 2}, "workflow.share_decay"),
    "no share": ({"kind": "edit", "rows": 10}, "share"),
    "reset": (workflows.edit(10, 0.5).to_dict() | {"reset": 3}, "do not come back"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_edit_is_refused(name):
    table, words = WRONG[name]
    with pytest.raises(Problem, match=words):
        Workflow.from_dict(table)


def test_formulas_refuse_what_is_no_share():
    with pytest.raises(Problem, match="shares"):
        edited_variances([0.5, 1.5])
    with pytest.raises(Problem, match="coefficients"):
        edited_at_random([0.5], rows=3, dim=3)


def test_what_is_listed_is_counted_before():
    schedule = workflows.edit(500, 0.2).compile(30)
    listed = sum(len(use.batches) for uses in schedule.train for use in uses)
    whole = [sum((b.until or 31) - b.birth for b in schedule.batches)]
    assert whole == [listed]
    with pytest.raises(Problem, match="too many generations"):
        workflows.edit(10**8, 0.001).compile(1500)
