"""Same key, same bytes; order and number of workers do not matter; adding changes no other number."""

import json
from hashlib import sha256

import numpy as np
import pytest
from helpers import tiny

import genloss
from genloss import Problem, Result, Study
from genloss.streams import _entropy, stream


def numbers(result):
    return {(r.case, *r.axes.values(), r.metric, r.generation): r.value for r in result.rows}


def test_streams_begin_at_the_whole_number_that_their_key_is_hashed_to():
    digests = [sha256(bytes([i])).digest() for i in range(200)] + [sha256(b"").digest()[:-4] + bytes(4), bytes(32)]
    for digest in digests:
        begun = [np.random.SeedSequence(each) for each in (_entropy(digest), int.from_bytes(digest, "little"))]
        assert begun[0].generate_state(4).tobytes() == begun[1].generate_state(4).tobytes()


def test_streams_follow_their_key():
    assert stream(1, "a", 2).bytes(8) == stream(1, "a", 2).bytes(8)
    keys = [(1, "a", 2), (1, "a", 3), (2, "a", 2), (1, "b", 2), (1, "a", "2"), (1, "a")]
    assert len({stream(*key).bytes(8) for key in keys}) == len(keys)


@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_workers_and_repetition_change_nothing(engine):
    study = Study.from_dict(tiny())
    one = genloss.simulate(study, engine=engine, workers=1)
    assert one.json() == genloss.simulate(study, engine=engine, workers=4).json()
    assert one.json() != genloss.simulate(study.with_seed(4), engine=engine).json()


@pytest.mark.parametrize(
    "more",
    [
        {"predictor": {"penalty": [0.1, 0.5, 1.0]}},
        {"predictor": {"rows": [5, 20, 9]}},
        {"generations": 4},
        {"metrics": ["excess_risk", "parameter_error"]},
    ],
)
def test_adding_to_the_grid_changes_no_other_number(more):
    before = numbers(genloss.simulate(Study.from_dict(tiny())))
    after = numbers(genloss.simulate(Study.from_dict(tiny(**more))))
    assert before.items() <= after.items()
    assert len(after) > len(before)


def test_more_replicates_keep_the_earlier_draws():
    # Means of 10 and of 13 replicates differ by the three new ones only.
    values = []
    for count in (10, 13):
        study = Study.from_dict(tiny(replicates=count))
        values.append([row.value * count for row in genloss.simulate(study).rows])
    assert all(more > less for less, more in zip(*values, strict=True))


def test_rows_carry_their_error_and_status():
    study = Study.from_dict(tiny())
    for row in genloss.predict(study).rows:
        assert (row.method, row.standard_error, row.status) == ("theory", 0.0, "asymptotic")
        assert row.allowance > 0
        assert row.study == study.id
    for row in genloss.simulate(study).rows:
        assert row.standard_error > 0
        assert row.replicates == 12
        assert row.engine == "isotropic"
        assert row.quantiles["0.025"] <= row.quantiles["0.5"] <= row.quantiles["0.975"]


def test_saving_and_loading_keeps_everything(tmp_path):
    result = genloss.predict(Study.from_dict(tiny()))
    again = Result.load(result.save(tmp_path / "rows.json"))
    assert again == result
    assert json.loads(result.json())["schema"] == "result/1"
    assert len((result.save(tmp_path / "rows.csv")).read_text().splitlines()) == len(result.rows) + 1
    assert (result.save(tmp_path / "rows.parquet")).stat().st_size > 0
    with pytest.raises(Problem, match="no such format"):
        result.save(tmp_path / "rows.xls")


def test_unlike_studies_refuse_to_add():
    one, other = (genloss.predict(Study.from_dict(tiny(seed=seed))) for seed in (1, 2))
    with pytest.raises(Problem, match="different studies"):
        one.merged(other)


def test_theory_says_where_it_is_silent():
    study = Study.from_dict(tiny(predictor={"rows": [6, 20], "penalty": [0.0, 0.1]}, metrics=["excess_risk"]))
    result = genloss.predict(study)
    assert any("the expected risk is infinite" in gap for gap in result.gaps)
    assert len(result.rows) == 3 * 3
    other = genloss.predict(Study.from_dict(tiny(metrics=["parameter_error"])))
    assert other.rows == ()
    assert other.gaps == ("no theory for parameter_error, because no formula gives parameter_error",)
