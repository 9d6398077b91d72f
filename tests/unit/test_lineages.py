"""Several models that read each other: their schedule, what a study reports of them, how mistakes are answered."""

import numpy as np
import pytest
from helpers import tiny

import genloss
from genloss import Problem, Study, Workflow
from genloss.simulation.families.runs import ended_so_far
from genloss.workflows import Lineages, accumulate, fresh_real, islands, lineages_of, pooled, replace, ring, separate

COINS = {"kind": "bernoulli", "mean": 0.3}
COUNTED = {"kind": "zipf", "categories": 6, "exponent": 1.0}


def study(**changes):
    """A small study of lineages of a family."""
    rest = {"generator": None, "predictor": None, "metrics": ["standardized_error"]}
    lineages = {"kind": "islands", "count": 2, "migration": 0.1}
    given = tiny(**rest, population=None, workflow={"kind": "replace", "rows": 12})
    return {**given, "population": COINS, "lineages": lineages} | changes


def origins(schedule):
    """By fit, whom its batches come from with which share of its rows."""
    found = []
    for g in range(len(schedule.train)):
        shares: dict[int, float] = {}
        for b, share in schedule.shares(g).items():
            for origin, chance in schedule.batches[b].origins:
                shares[origin] = round(shares.get(origin, 0.0) + share * chance, 12)
        found.append(dict(sorted(shares.items())))
    return found


def test_fits_stand_generation_by_generation_and_read_the_generation_before():
    schedule = lineages_of({"a": {"a": 0.75, "b": 0.25}, "b": {"b": 0.5, "truth": 0.5}}).compile(replace(8), 2)
    assert origins(schedule) == [
        {-1: 1.0},
        {-1: 1.0},
        {0: 0.75, 1: 0.25},
        {-1: 0.5, 1: 0.5},
        {2: 0.75, 3: 0.25},
        {-1: 0.5, 3: 0.5},
    ]
    assert [schedule.before(fit) for fit in range(6)] == [None, None, 0, 1, 2, 3]
    assert schedule.fit_words(5) == "generation 2 of lineage b"


@pytest.mark.parametrize(
    "workflow",
    [replace(7), accumulate(7), fresh_real(3, 9), Workflow.from_dict({"kind": "window", "rows": 7, "keep": 2})],
)
def test_one_lineage_is_the_workflow_itself(workflow):
    one, alone = separate(1).compile(workflow, 3), workflow.compile(3)
    assert (one.batches, one.restarts) == (alone.batches, alone.restarts)
    assert [[list(use.batches) for use in uses] for uses in one.train] == [
        [list(use.batches) for use in uses] for uses in alone.train
    ]


def test_whole_rows_are_divided_and_none_is_lost():
    by_rows = Lineages(("1", "2", "3"), pooled(3).exchange, by_rows=True)
    schedule = by_rows.compile(replace(10), 1)
    assert [(b.rows, b.origin, b.number) for b in schedule.batches if b.birth == 3] == [(4, 0, 0), (3, 1, 1), (3, 2, 2)]
    assert len({batch.key for batch in schedule.batches}) == len(schedule.batches)


def test_decay_divides_a_batch_of_several_sources_by_rows():
    by_rows = Lineages(("1", "2"), islands(2, 0.25).exchange, by_rows=True)
    forget = Workflow.from_dict({"kind": "forget", "rows": 8, "decay": 0.5})
    shares = by_rows.compile(forget, 1).shares(2)
    assert np.allclose(list(shares.values()), [1 / 3, 2 / 3 * 0.75, 2 / 3 * 0.25])


def test_shared_real_rows_are_one_batch():
    shared = Lineages(("1", "2"), islands(2, 0.0).exchange, shared_real=True)
    assert [batch.real for batch in shared.compile(replace(5), 1).batches] == [True, False, False]
    assert [batch.real for batch in islands(2, 0.0).compile(replace(5), 1).batches] == [True, True, False, False]


@pytest.mark.parametrize(
    ("made", "first"),
    [
        (ring(5, 1, 0.2), {0: 0.8, 1: 0.1, 4: 0.1}),
        (ring(2, 1, 0.2), {0: 0.8, 1: 0.2}),
        (pooled(2), {0: 0.5, 1: 0.5}),
        (islands(3, 0.5), {0: 0.5, 1: 0.25, 2: 0.25}),
        (separate(3), {0: 1.0}),
    ],
)
def test_the_forms_of_exchange(made, first):
    assert dict(made.exchange[0]) == pytest.approx(first)
    assert all(sum(share for _, share in each) == pytest.approx(1) for each in made.exchange)


def test_a_replicate_that_ended_ends_its_own_lineage_alone():
    ended = np.array([[True, False], [False, False], [False, False], [False, True]])
    assert ended_so_far(ended, 2).tolist() == [[True, False], [False, False], [True, False], [False, True]]
    assert ended_so_far(ended, 1).tolist()[1] == [True, False]


class Steps:
    """A model whose fit remembers the fit it began from."""

    def fit(self, data, weights=None, rng=None, *, start=None):
        del weights, rng
        return Step([*([] if start is None else start.path), float(np.mean(data))])


class Step:
    """A fit that draws the mean of what it was fitted to."""

    def __init__(self, path):
        self.path = path

    def sample(self, count, rng):
        return np.full((count, 1), self.path[-1]) + 0 * rng.random((count, 1))


@pytest.mark.parametrize(("start", "lengths"), [("previous", [1, 1, 2, 2, 3, 3]), ("base", [1, 1, 2, 2, 2, 2])])
def test_a_fit_begins_from_a_fit_of_its_own_lineage(start, lengths):
    from genloss.simulation.chain import chain
    from genloss.simulation.layouts import Single

    schedule = separate(2).compile(replace(4), 2)
    begun = chain(
        Steps(),
        lambda batch: np.full((batch.rows, 1), float(batch.birth)),
        schedule,
        layout=Single(),
        random=lambda *_: np.random.default_rng(0),
        start=start,
    )
    paths = [fit.path for fit in begun]
    assert [len(path) for path in paths] == lengths
    assert all(set(path) == {float(fit % 2)} for fit, path in enumerate(paths))


def test_what_is_reported_of_the_lineages_changes_no_draw():
    found = genloss.simulate(
        Study.from_dict(
            study(
                lineages={"kind": "islands", "count": 2, "migration": 0.1, "of": ["mean", "whole", "between", "1", "2"]}
            )
        )
    )
    value = {(row.axes["lineages.of"], row.generation): row.value for row in found.rows}
    for g in range(3):
        assert value["mean", g] == pytest.approx((value["1", g] + value["2", g]) / 2)
        assert value["between", g] == pytest.approx(2 * value["whole", g] - value["mean", g])


def test_lineages_with_rows_and_penalties_of_their_own():
    table = {"kind": "separate", "count": 2, "rows": [12, 40], "penalty": [0.0, 5.0], "of": ["1", "2"]}
    given = tiny(predictor=None, generator={"kind": "ridge", "penalty": 1.0}) | {"lineages": table}
    theory = {(r.axes["lineages.of"], r.generation): r.value for r in genloss.predict(Study.from_dict(given)).rows}
    for name, rows, penalty in (("1", 12, 0.0), ("2", 40, 5.0)):
        alone = tiny(predictor=None, generator={"kind": "ridge", "penalty": penalty}, workflow={"rows": rows})
        for row in genloss.predict(Study.from_dict(alone)).rows:
            assert theory[name, row.generation] == pytest.approx(row.value)


MISTAKES = {
    "a row of the matrix that does not sum to one": (
        {"kind": "exchange", "exchange": {"a": {"a": 0.9}, "b": {"b": 1.0}}},
        "lineages.exchange.a: the shares sum to 0.9",
    ),
    "a source that is no lineage": (
        {"kind": "exchange", "exchange": {"a": {"c": 1.0}, "b": {"b": 1.0}}},
        "'c' is no lineage",
    ),
    "a lineage called truth": ({"kind": "exchange", "exchange": {"truth": {"truth": 1.0}}}, "can be called 'truth'"),
    "a lineage called as what is reported": (
        {"kind": "exchange", "exchange": {"whole": {"whole": 1.0}, "b": {"b": 1.0}}},
        "can be called 'whole'",
    ),
    "a lineage without a name": ({"kind": "exchange", "exchange": {"": {"": 1.0}}}, "needs a name"),
    "rows beside workflows": (
        {"kind": "separate", "count": 1, "rows": [5], "workflows": [{"kind": "replace", "rows": 5}]},
        "stands beside workflows",
    ),
    "a share above one": ({"kind": "islands", "count": 2, "migration": 1.5}, "lineages.migration"),
    "what is not reported": ({"kind": "islands", "count": 2, "migration": 0.1, "of": "hole"}, "'hole' is no lineage"),
    "between one lineage": ({"kind": "separate", "count": 1, "of": "between"}, "compares two lineages"),
    "rows for another number of lineages": ({"kind": "separate", "count": 2, "rows": [9]}, "1 value for 2 lineages"),
    "a penalty of a model without": ({"kind": "separate", "count": 2, "penalty": [1, 2]}, "has no penalty"),
    "more neighbors than there are": (
        {"kind": "ring", "count": 4, "neighbors": 2, "migration": 0.1},
        "2 neighbors on either side in a circle of 4",
    ),
    "a lineage without real rows": (
        {
            "kind": "separate",
            "count": 2,
            "workflows": [
                {"kind": "replace", "rows": 5},
                {"emit": [{"tag": "s", "from": "model", "rows": 5, "at": "every"}], "train": [{}]},
            ],
        },
        "lineage 2: no term of train selects any rows at generation 0",
    ),
    "no table": (3, "is not a table"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_answered(name):
    table, said = MISTAKES[name]
    with pytest.raises(Problem) as caught:
        Study.from_dict(study(lineages=table))
    assert said in str(caught.value)
    assert caught.value.mend


def test_more_fits_than_a_schedule_holds_are_refused_at_once():
    with pytest.raises(Problem, match="1,001,000 fits"):
        ring(1000, 5, 0.1).compile(replace(5), 1000)


def test_pairs_are_asked_of_metrics_that_are_made_of_pairs():
    table = {"kind": "islands", "count": 2, "migration": 0.1, "of": "between"}
    with pytest.raises(Problem, match='variance_left has no "between"'):
        Study.from_dict(study(metrics=["variance_left"], lineages=table))


def test_a_share_that_is_no_whole_row_is_refused():
    table = {"kind": "islands", "count": 2, "migration": 0.04, "drawn": "by_rows"}
    with pytest.raises(Problem, match=r"a share of 0\.04 of 12 rows is 0\.48 rows"):
        genloss.predict(Study.from_dict(study(lineages=table)))


def test_a_predictor_beside_lineages_is_refused():
    with pytest.raises(Problem, match="stands beside"):
        Study.from_dict(tiny() | {"lineages": {"kind": "separate", "count": 2}})


def test_a_trait_names_the_lineage():
    schedule = lineages_of({"a": {"a": 1.0}, "b": {"a": 0.5, "b": 0.5}}).compile(replace(8), 1)
    assert schedule.traits["mixed_law"] == "the rows 'synth' of generation 1 of lineage b have mixed origins"


def test_a_page_says_of_which_value_of_an_axis_of_words_it_speaks():
    from genloss.study.page.answers import answers
    from genloss.study.page.panels import figure_panels

    table = {"kind": "islands", "count": 2, "migration": 0.1, "of": ["between", "mean"]}
    made = Study.from_dict(study(lineages=table))
    result = genloss.predict(made)
    assert answers(made, result, [])[0].startswith("two different models: the standardized error is 0 in generation 0")
    ((_, _, _, (panel,)),) = figure_panels(made, result)
    assert [curve.label for curve in panel.curves] == ["two different models", "each model by itself, on average"]


CHECKED = Workflow.from_dict(
    {
        "emit": [
            {"tag": "real", "from": "real", "rows": 8, "at": "start"},
            {"tag": "synth", "from": "model", "rows": 8},
        ],
        "train": [
            {"select": {"last": 1}, "filter": {"kind": "distance", "within": 1.0, "verifier": "previous", "lag": 2}}
        ],
    }
)


def test_a_lineage_is_verified_by_a_fit_of_its_own():
    alone, two = CHECKED.compile(3), islands(2, 0.5).compile(CHECKED, 3)
    for fit, uses in enumerate(two.train):
        verifier = alone.train[fit // 2][0].verifier
        assert uses[0].verifier == (None if verifier is None else 2 * verifier + fit % 2)
    assert two.train[7][0].verifier is not None


def test_rows_that_are_edited_leave_a_lineage_in_its_own_generation():
    edited = Workflow.from_dict({"kind": "edit", "rows": 8, "share": 0.25})
    alone, two = edited.compile(3), separate(2).compile(edited, 3)
    second = [batch for batch in two.batches if batch.birth % 2]
    assert [(b.birth // 2, b.rows, b.until and b.until // 2) for b in second] == [
        (b.birth, b.rows, b.until) for b in alone.batches
    ]
    assert {b.until % 2 for b in second if b.until is not None} == {1}


def test_a_filter_that_keeps_nothing_names_lineage_and_generation():
    strict = {"kind": "distance", "within": 1e-9}
    table = {**CHECKED.to_dict(), "kind": "custom", "train": [{"select": {"last": 1}, "filter": strict}]}
    normal = {"population": {"kind": "gaussian_mean"}, "workflow": table}
    with pytest.raises(Problem, match=r"at generation 1 of lineage 1: .* in replicate 0 of the study"):
        genloss.simulate(Study.from_dict(study(**normal)))


class Same:
    """A model of the user's own: it draws what it was fitted to."""

    def __init__(self, rows=None):
        self.rows = rows

    def fit(self, data, weights=None, rng=None, *, start=None):
        del weights, rng, start
        return Same(np.asarray(data))

    def sample(self, count, rng):
        return self.rows[rng.integers(len(self.rows), size=count)]


def test_files_of_a_model_of_ones_own_name_lineage_and_generation(tmp_path):
    import json

    rows = np.random.default_rng(0).normal(size=(60, 2))
    given = study(population=rows, generator=Same(), metrics=["variance_left"], replicates=2, generations=1)
    found = genloss.run(Study.from_dict(given), out=tmp_path / "run")
    assert {row.generation for row in found.rows} == {0, 1}
    told = json.loads(next((tmp_path / "run").rglob("seed-000/generation-0003.json")).read_text(encoding="utf-8"))
    assert (told["lineage"], told["generation_of_lineage"]) == ("2", 1)
