"""Positions of the page: an address names one position, a position has one address; nothing else is read."""

import math
import tomllib
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genloss import Problem, Study, predict
from genloss.explore.controls import kinds_of, words_of
from genloss.explore.desk import Desk
from genloss.explore.forms import FORMS
from genloss.explore.position import position_of
from genloss.explore.presets import shipped_shelf
from genloss.explore.ranges import CHOICES, NO_SLIDER, OWN_DATA, RANGES, WORDS
from genloss.explore.service import Explorer
from genloss.explore.state import LONGEST, State, number_of, number_text, read_state
from genloss.study.language.checks import is_whole
from genloss.study.spec.kinds import KINDS, subject_name
from genloss.study.spec.tables import TABLES

SHELF = shipped_shelf()
THEORY = [name for name in SHELF.paths if name not in ("mnist-relabelled", "words-on-real-text")]
THEORY = [name for name in THEORY if SHELF.study(name).cases[0]["population"]["kind"] != "rows"]
QUIET = settings(deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))


def start(name):
    return State(name, SHELF.described(name).cases[0])


def place(control, share):
    """An address's text for a place of a control, share of its way."""
    if control.choices:
        return control.choices[int(share * (len(control.choices) - 1e-9))][0]
    if control.scale == "log":
        value = control.low * (control.high / control.low) ** share
    else:
        value = control.low + share * (control.high - control.low)
    value = min(max(float(f"{value:.4g}"), control.low), control.high)
    return number_text(float(round(value)) if control.kind == "whole" else value)


@QUIET
@given(st.sampled_from(THEORY), st.lists(st.tuples(st.integers(0, 40), st.floats(0, 1)), min_size=1, max_size=4))
def test_a_positions_address_names_the_position(name, moves):
    controls = position_of(SHELF, start(name)).controls
    texts = {controls[i % len(controls)].key: place(controls[i % len(controls)], share) for i, share in moves}
    try:
        position = position_of(SHELF, replace(start(name), moves=tuple(sorted(texts.items()))))
    except Problem:  # two settings that no study has together
        return
    again = position_of(SHELF, read_state(position.query)[0])
    assert again.query == position.query
    assert again.study.id == position.study.id
    assert [each.to_dict() for each in again.controls] == [each.to_dict() for each in position.controls]
    assert position.query == "&".join(sorted(position.query.split("&")))


@pytest.mark.parametrize("name", [name for name in THEORY if name != "gaussian-collapse"])  # 17 s for one formula
def test_a_position_where_nothing_is_moved_has_the_studys_own_numbers(name):
    position = position_of(SHELF, start(name))
    assert not any(control.moved for control in position.controls)
    assert position.query == f"preset={name}"
    own = {(row.case, row.cell, row.metric, row.generation): row.value for row in predict(SHELF.study(name)).rows}
    shown = predict(position.study).rows
    same = [own[row.case, row.cell, row.metric, row.generation] for row in shown if _known(own, row)]
    mine = [row.value for row in shown if _known(own, row)]
    assert mine == pytest.approx(same, rel=1e-12)  # one cell, or many together
    assert mine or not shown


def _known(own, row):
    return (row.case, row.cell, row.metric, row.generation) in own


def test_a_moved_control_moves_the_study_as_its_file_would():
    view = Explorer(Desk(SHELF)).view("preset=doubling&population.noise=1&generator.penalty=0.7&generations=6")
    spec = tomllib.loads(SHELF.paths["doubling"].read_text())
    spec["population"]["noise"], spec["generations"], spec["case"] = 1.0, 6, spec["case"][:1]
    spec["case"][0]["generator"] = {"kind": "ridge", "penalty": 0.7}
    del spec["claim"]
    rows = predict(Study.from_dict(spec)).rows
    assert view["theory"]["curves"][0]["y"] == [row.value for row in rows]
    wrong = predict(Study.from_dict(spec | {"generator": {"kind": "ridge", "noise": 0.5}})).rows  # noise that stays
    assert view["theory"]["curves"][0]["y"] != [row.value for row in wrong]


@pytest.mark.parametrize("table", list(TABLES))
def test_every_key_of_a_study_has_a_control_or_a_reason(table):
    own = KINDS["samples"]
    for kind, keys in TABLES[table].items():
        if kind in own.populations or kind in own.generators:
            continue
        for key, spec in keys.items():
            name = f"{table}.{key}"
            known = {name, f"{table}.{kind}.{key}"} & RANGES.keys() or name in NO_SLIDER or words_of(spec)
            assert known or name in FORMS, (
                f"{table}.{kind}.{key} has neither a range, nor choices, nor a reason in ranges.py"
            )


def test_what_stands_still_has_no_control_and_the_reason_that_is_its_own():
    shelf, fixed = shipped_shelf(), 0
    for name in shelf.paths:
        for case in shelf.described(name).cases:
            position = position_of(shelf, State(name, case))
            labels = {control.key.removesuffix(".form") for control in position.controls}
            generator = next(position.study.cells()).settings["generator"]["kind"]
            for each in position.fixed:
                fixed += 1
                assert each.key not in labels, (name, case, each.key)
                if each.why == OWN_DATA:
                    assert each.key.startswith("generator."), (name, case, each.key)
                    assert generator in KINDS["samples"].generators, (name, case, each.key)
    assert fixed > 20


def test_every_range_stands_for_a_key_that_takes_its_ends():
    for name, ranged in RANGES.items():
        table, *rest = name.split(".")
        if table not in TABLES:
            continue
        own = [kind for kind in TABLES[table] if f"{table}.{kind}.{rest[-1]}" in RANGES]
        others = [kind for kind in TABLES[table] if kind not in own]
        kinds = [rest[0]] if rest[0] in TABLES[table] and len(rest) == 2 else others
        specs = [TABLES[table][kind][rest[-1]] for kind in kinds if rest[-1] in TABLES[table][kind]]
        specs = [spec for spec in specs if spec.check(["words"]) is not None]  # a table's `categories` are columns
        if len(rest) == 1 or rest[0] in TABLES[table]:
            assert specs, f"{name} is no key of a study"
            for spec in specs:
                low, high = ((int(end) if is_whole(spec.check) else end) for end in (ranged.low, ranged.high))
                assert spec.check(low) is None, name
                assert spec.check(high) is None, name
        assert ranged.low < ranged.high
        assert ranged.scale == "linear" or ranged.low > 0


def test_words_of_choices_are_plain():
    for kind in TABLES["workflow"]:
        assert kind in WORDS
    assert all(label and says.endswith(".") for label, says in CHOICES.values())
    assert all(ranged.says.endswith(".") for ranged in RANGES.values())
    assert OWN_DATA.endswith(".")


def test_kinds_come_from_the_tables():
    tables = {"population": {"kind": "zipf"}, "generator": {"kind": "counting"}, "workflow": {"kind": "replace"}}
    assert kinds_of(tables, "generator") == sorted(KINDS[subject_name("zipf")].generators)
    assert set(kinds_of(tables, "workflow")) == set(TABLES["workflow"]) - {"custom"}


HOSTILE = [
    "preset=../../etc/passwd",
    "preset=accumulation.toml",
    "preset=%2e%2e%2fpyproject",
    "preset=doubling%00",
    "preset=doubling&preset=accumulation",
    "preset=doubling&population.file=/etc/passwd",
    "preset=doubling&population.dim.file=x.npy",
    "preset=doubling&population.spectrum.file=x.npy",
    "preset=doubling&population.spectrum=file",
    "preset=doubling&filter=os.system",
    "preset=doubling&workflow.emit=[]",
    "preset=doubling&generator.kind=python",
    "preset=doubling&generator.entry=x.py:f",
    "preset=doubling&workflow.kind=custom",
    "preset=doubling&population.dim=nan",
    "preset=doubling&population.dim=inf",
    "preset=doubling&population.dim=1e400",
    "preset=doubling&population.dim=1e9",
    "preset=doubling&population.dim=1.5",
    "preset=doubling&population.dim=-3",
    "preset=doubling&population.dim=0x10",
    "preset=doubling&population.dim=1_000",
    "preset=doubling&population.dim=٣",
    "preset=doubling&population.dim=",
    "preset=doubling&population.dim=" + "9" * 150,
    "preset=doubling&generations=1e6",
    "preset=doubling&case=nobody",
    "preset=doubling&metric=nothing",
    "preset=doubling&x=generator.kind",
    "preset=doubling&x=__class__",
    "preset=doubling&__class__=1",
    "preset=doubling&replicates=10",
    "preset=doubling&before=preset%3Ddoubling&before=x",
    "preset",
    "=&=",
    "&".join(f"a{i}=1" for i in range(100)),
    "preset=" + "a" * LONGEST,
]


@pytest.mark.parametrize("query", HOSTILE)
def test_what_names_no_position_is_refused_in_two_sentences(query):
    with pytest.raises(Problem) as refused:
        Explorer(Desk(SHELF)).view(query)
    assert len(str(refused.value)) < 1500
    assert refused.value.mend


@QUIET
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_a_position_or_refused(key, value):
    from urllib.parse import urlencode

    with suppress(Problem):
        Explorer(Desk(SHELF)).position(read_state(urlencode({"preset": "closed-loop", key: value}))[0])


@QUIET
@given(st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: abs(x) < 1e100))
def test_a_number_is_written_so_that_it_is_read_again(value):
    assert number_of(number_text(value), "x") == value
    assert math.copysign(1, number_of(number_text(value), "x")) == math.copysign(1, value)


def test_a_move_that_a_position_does_not_have_is_left_out():
    query = "preset=doubling&workflow.kind=window&workflow.keep=6"
    assert Explorer(Desk(SHELF)).view(query)["query"] == "&".join(sorted(query.split("&")))
    assert Explorer(Desk(SHELF)).view("preset=doubling&workflow.keep=6")["query"] == "preset=doubling"
