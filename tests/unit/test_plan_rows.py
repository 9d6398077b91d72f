"""Are a workflow's rows and its real weight replaced where they stand, and refused where they do not?"""

import pytest

from genloss import Problem, workflows
from genloss.advise.plans.rows import numbers_of, with_real_weight, with_rows
from genloss.workflows import Workflow

MIXED = Workflow.from_dict(
    {
        "emit": [
            {
                "tag": "q",
                "from": "mix",
                "mix": {"model": 0.5, "previous": 0.25, "truth": 0.25},
                "rows": 9,
                "at": "every",
            }
        ],
        "train": [{"select": {"fresh": True}}],
    }
)


@pytest.mark.parametrize("kind", ["replace", "accumulate", "fixed_real", "fresh_real", "synthetic_only"])
def test_only_the_rows_that_are_named_change(kind):
    given = Workflow.from_dict({"kind": kind, "rows": 30})
    for real, synthetic in [(None, 70), (50, None), (50, 70), (None, None)]:
        schedule = with_rows(given, real_rows=real, synthetic_rows=synthetic).compile(3)
        assert {b.rows for b in schedule.batches if b.real} == {real or 30}
        assert {b.rows for b in schedule.batches if not b.real} == {synthetic or 30}
    assert with_rows(given) == given


def test_numbers_by_generation_become_one():
    given = workflows.fresh_real([40, 20], [5, 7])
    assert numbers_of(given)["real_rows"] == [40, 20]
    assert numbers_of(with_rows(given, real_rows=25)) == {
        "real_rows": 25,
        "synthetic_rows": [5, 7],
        "real_weight": None,
    }


@pytest.mark.parametrize("kind", ["fixed_real", "fresh_real"])
def test_the_real_weight_is_the_share_of_the_loss(kind):
    given = with_real_weight(Workflow.from_dict({"kind": kind, "rows": 30}), 0.7)
    schedule = given.compile(2)
    assert sum(s for b, s in schedule.shares(2).items() if schedule.batches[b].real) == pytest.approx(0.7)
    assert numbers_of(given)["real_weight"] == 0.7
    assert with_rows(given, synthetic_rows=9).train == given.train


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda: with_rows(MIXED, real_rows=5), "real and synthetic rows together"),
        (lambda: with_rows(workflows.regenerate(9), synthetic_rows=5), "real and synthetic rows together"),
        (lambda: with_rows(workflows.replace(9), real_rows=0), "whole number from 1"),
        (lambda: with_rows(workflows.replace(9), synthetic_rows=2.5), "whole number from 1"),
        (lambda: with_rows(workflows.replace(9), synthetic_rows=float("nan")), "whole number from 1"),
        (lambda: with_rows(workflows.replace(9), synthetic_rows=float("inf")), "whole number from 1"),
        (lambda: with_rows(workflows.replace(9), synthetic_rows=True), "whole number from 1"),
        (lambda: with_real_weight(workflows.replace(9), 0.5), "fixed_real or fresh_real"),
        (lambda: with_real_weight(workflows.accumulate(9), 0.5), "fixed_real or fresh_real"),
        (lambda: with_real_weight(workflows.fixed_real(9), 1.2), "share of the loss"),
        (lambda: with_real_weight(workflows.fixed_real(9), 0.0), "share of the loss"),
    ],
)
def test_what_cannot_be_changed_is_refused(change, words):
    with pytest.raises(Problem) as refused:
        change()
    assert words in str(refused.value)


def test_a_workflow_without_synthetic_rows_has_none_to_change():
    real = {"tag": "real", "from": "real", "rows": 5, "at": "every"}
    alone = Workflow.from_dict({"emit": [real], "train": [{"select": {"fresh": True}}]})
    assert numbers_of(alone) == {"real_rows": 5}
    with pytest.raises(Problem, match="no synthetic rows"):
        with_rows(alone, synthetic_rows=5)
