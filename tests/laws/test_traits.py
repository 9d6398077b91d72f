"""What a schedule asks for, told by its traits, against plain counting on random small workflows."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genloss import Problem, Workflow, workflows
from genloss.workflows import TRUTH, traits

NAMES = {
    "replace": ({"rows": 4}, {"left_out"}),
    "accumulate": ({"rows": 4}, {"reuse", "earlier_rows", "several_batches"}),
    "fixed_real": ({"rows": 4}, {"reuse", "earlier_rows", "several_batches", "left_out"}),
    "fresh_real": ({"rows": 4}, {"several_batches", "several_born", "other_origin", "left_out"}),
    "synthetic_only": ({"rows": 4}, {"reuse", "earlier_rows", "several_batches", "left_out"}),
    "reset": ({"rows": 4, "every": 2}, {"reuse", "earlier_rows", "left_out", "several_born"}),
    "forget": ({"rows": 4, "decay": 0.5}, {"reuse", "earlier_rows", "several_batches", "uneven"}),
    "accumulate_fresh": ({"rows": 4}, {"reuse", "earlier_rows", "several_batches", "several_born", "other_origin"}),
    "edit": (
        {"rows": 4, "share": 0.5},
        {"reuse", "earlier_rows", "several_batches", "several_born", "left_out", "sizes"},
    ),
    "accumulate_subsample": ({"rows": 4}, {"reuse", "earlier_rows", "several_batches", "subsample"}),
}


@pytest.mark.parametrize("name", NAMES)
def test_named_workflows_have_these_traits_and_no_others(name):
    given_, expected = NAMES[name]
    assert set(getattr(workflows, name)(**given_).compile(4).traits) == expected


def by_counting(schedule):
    """Every trait by its definition, one batch and one term at a time; filters and samplers are not drawn here."""
    found, seen = set(), set()
    for batch in schedule.batches:
        found |= {"mixed_law"} if len(batch.origins) > 1 else set()
        if len(batch.origins) == 1 and batch.origins[0][0] != (batch.birth - 1 if batch.birth else TRUTH):
            found.add("other_origin")
    found |= {"sizes"} if len({batch.rows for batch in schedule.batches}) > 1 else set()
    for g, uses in enumerate(schedule.train):
        born = [b for b, batch in enumerate(schedule.batches) if batch.birth == g]
        found |= {"several_born"} if len(born) != 1 else set()
        used = list(itertools.chain.from_iterable(use.batches for use in uses))
        found |= {"several_batches"} if len(used) > 1 else set()
        found |= {"reuse"} if seen & set(used) or len(set(used)) < len(used) else set()
        found |= {"earlier_rows"} if any(schedule.batches[b].birth < g for b in used) else set()
        cut = [schedule.is_subsample(use) for use in uses]
        found |= {"subsample"} if any(cut) else set()
        for (one, one_cut), (other, other_cut) in itertools.combinations(zip(uses, cut, strict=True), 2):
            if (one_cut or other_cut) and set(one.batches) & set(other.batches):
                found.add("overlap")
        drawn = {b for b, batch in enumerate(schedule.batches) if batch.birth <= g}
        found |= {"left_out"} if drawn - set(used) else set()
        rows = sum(schedule.batches[b].rows for b in used)
        for b, share in schedule.shares(g).items():
            if abs(share - schedule.batches[b].rows / rows) > 1e-9 * share and (len(uses) > 1 or uses[0].factors):
                found.add("uneven")
        seen |= set(used)
    return found


TERMS = st.fixed_dictionaries(
    {"select": st.sampled_from([{}, {"last": 1}, {"last": 2}, {"tag": "real"}, {"fresh": True}])},
    optional={
        "take": st.integers(1, 6),
        "weight": st.sampled_from([0.25, 0.5]),
        "decay": st.sampled_from([0.5, 1.0]),
    },
)


@settings(max_examples=150, deadline=None)
@given(st.lists(TERMS, min_size=1, max_size=3), st.sampled_from([4, [4, 4, 6]]), st.sampled_from(["start", "every"]))
def test_traits_are_what_counting_finds(terms, rows, at):
    emit = [
        {"tag": "real", "from": "real", "rows": 4, "at": at},
        {"tag": "synth", "from": "model", "rows": rows, "at": "every"},
    ]
    terms = [{**term, "short": "all"} if "take" in term else term for term in terms]
    try:
        schedule = Workflow.from_dict({"emit": emit, "train": terms}).compile(3)
    except Problem:
        return
    assert set(schedule.traits) == by_counting(schedule)


def test_what_is_not_covered_is_said_in_one_sentence_and_refused():
    schedule = workflows.accumulate_subsample(10, take=5).compile(2)
    assert schedule.uncovered(traits.WHOLE_BATCHES) == "term 0 of generation 0 trains on a subsample"
    assert schedule.uncovered(traits.WHOLE_BATCHES | {traits.SUBSAMPLE}) is None
    with pytest.raises(Problem, match="trains on a subsample"):
        schedule.refuse_uncovered(traits.WHOLE_BATCHES, "give whole batches")


def test_filters_and_samplers_are_traits_too():
    emit = [
        {"tag": "real", "from": "real", "rows": 4, "at": "start"},
        {"tag": "synth", "from": "model", "rows": 4, "at": "every", "sampler": {"temperature": 0.5}},
    ]
    workflow = Workflow.from_dict(
        {"emit": emit, "train": [{"select": {"last": 1}, "filter": {"keep_good": 1.0, "keep_bad": 0.5}}]}
    )
    assert {"filter", "sampler temperature"} <= set(workflow.compile(2).traits)
    assert traits.sampler("temperature") == {"sampler temperature"}
