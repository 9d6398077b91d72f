"""How many models keep variety? Against the numbers one by one, and what is asked wrongly."""

import json

import numpy as np
import pytest

import genloss
from genloss.advise import plan_models
from genloss.cli.main import run_command
from genloss.errors import Problem
from genloss.theory.lineages import crowd, heterozygosity_of_islands
from genloss.workflows import islands, pooled, separate


def lineages(count, exchange):
    return pooled(count) if exchange is None else islands(count, exchange) if count > 1 else separate(1)


def kept(count, exchange, rows, generations):
    """What all and what each keep, from the covariance of a crowd."""
    found = crowd(lineages(count, exchange), rows=rows, generations=generations, curvature=-1.0)
    return 1 - found.whole[-1], 1 - found.mean[-1]


@pytest.mark.parametrize("exchange", [0.0, 0.02, 0.4, "pool"])
def test_the_number_is_the_smallest_that_keeps_enough(exchange):
    share = None if exchange == "pool" else exchange
    (found,) = plan_models(at_least=0.7, generations=30, rows=20, exchange=exchange).answers
    assert found.models > 1
    whole, each = kept(found.models, share, 20, 30)
    assert (found.whole, found.each) == (pytest.approx(whole, rel=1e-12), pytest.approx(each, rel=1e-12))
    assert found.whole >= 0.7
    assert found.by_generation[-1] == pytest.approx(found.whole, rel=1e-12)
    assert all(kept(count, share, 20, 30)[0] < 0.7 for count in range(1, found.models))
    assert found.one_model == pytest.approx((1 - 1 / (20 * found.models)) ** 31, rel=1e-12)


@pytest.mark.parametrize("exchange", [0.0, 0.03, "pool"])
def test_models_that_divide_rows(exchange):
    share = None if exchange == "pool" else exchange
    (found,) = plan_models(at_least=0.45, generations=80, rows_in_all=60, exchange=exchange).answers
    every = np.array([kept(count, share, 60 // count, 80) for count in range(1, 61)])
    met = np.flatnonzero(every[:, 0] >= 0.45)
    assert found.models == (met[0] + 1 if met.size else None)
    assert found.best_each == 1 + np.argmax(every[:, 1] >= every[:, 1].max() * (1 - 1e-12))
    if exchange == "pool":  # as one model of all rows
        assert (found.models, found.looked_at, found.best_each) == (None, 1, 1)
        assert found.whole == pytest.approx((1 - 1 / 60) ** 81, rel=1e-12)


def test_separate_models_are_many_when_each_has_lost_everything():
    """Each has one category left, so K of them keep 1 - 1/K."""
    (found,) = plan_models(at_least=0.9, generations=2000, rows=5, exchange=0).answers
    assert (found.models, found.rows) == (10, 5)
    assert found.each < 1e-90
    curve = heterozygosity_of_islands(1.0, count=10, migration=0.0, rows=5, generations=2000)
    assert found.whole == pytest.approx(curve.whole[-1], rel=1e-12)


def test_too_few_rows_are_said():
    found = plan_models(at_least="90%", generations=5, rows_in_all=9)
    assert not found.holds
    assert "9 real rows hold only 88.8 % of the truth's variety from the start" in found.summary()
    alone = plan_models(at_least=0.3, generations=1, rows=100)
    assert "One model alone, of 100 rows" in alone.summary()
    many = plan_models(at_least=0.9999, generations=500, rows=1, exchange="pool")
    assert "no number of models up to 10,000" in many.summary()


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({}, "rows"),
        ({"rows": 3, "rows_in_all": 9}, "rows"),
        ({"rows": 0}, "rows"),
        ({"rows": 2.5}, "rows"),
        ({"rows_in_all": True}, "rows_in_all"),
        ({"rows": 3, "exchange": []}, "exchange"),
        ({"rows": 3, "exchange": "islands"}, "exchange"),
        ({"rows": 3, "exchange": [0.1, -0.1]}, "exchange"),
        ({"rows": 3, "exchange": float("nan")}, "exchange"),
        ({"rows": 3, "at_least": 1}, "at_least"),
        ({"rows": 3, "at_least": "much"}, "at_least"),
        ({"rows": 3, "at_least": float("nan")}, "at_least"),
        ({"rows": 3, "generations": -1}, "generations"),
        ({"rows": 3, "generations": 2001}, "generations"),
    ],
)
def test_what_cannot_be_asked_is_refused(given, where):
    with pytest.raises(Problem) as refused:
        plan_models(**({"at_least": 0.9, "generations": 4} | given))
    assert refused.value.where == where


def test_a_plan_of_data_says_who_answers():
    with pytest.raises(Problem, match="plan_models"):
        genloss.plan({}, open="models", at_least=0.9)


ASKED = ["plan", "--open", "models", "--rows", "20", "--generations", "30", "--at-least", "70%"]


def command(arguments, capsys):
    return run_command(arguments), capsys.readouterr()


def test_the_command_answers(capsys, tmp_path):
    picture, page = tmp_path / "a.svg", tmp_path / "a.html"
    code, said = command([*ASKED, "--exchange", "0.02", "--picture", str(picture), "--out", str(page)], capsys)
    found = plan_models(at_least=0.7, generations=30, rows=20, exchange=0.02)
    assert (code, said.out) == (0, f"{found.summary()}\n")
    assert "<svg" in picture.read_text(encoding="utf-8")
    assert "How many models?" in page.read_text(encoding="utf-8")
    code, said = command([*ASKED, "--json", "-"], capsys)
    assert (
        json.loads(said.out)["answers"][0]["models"]
        == plan_models(at_least=0.7, generations=30, rows=20).answers[0].models
    )
    code, said = command(["plan", "--open", "models", "--rows-in-all", "9", *ASKED[5:]], capsys)
    assert code == 0
    code, said = command(["plan", "--open", "models", "--rows-in-all", "2", *ASKED[5:]], capsys)
    assert code == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["plan"], "SUBJECT: missing"),
        (["plan", "study.toml", "--open", "real_rows", "--rows", "3"], "--rows: is for a number of models"),
        ([*ASKED, "study.toml"], "without data"),
        ([*ASKED, "--when", "last"], "--when: says nothing about a number of models"),
        ([*ASKED, "--target", "y"], "--target: says nothing about a number of models"),
        (ASKED[:7], "--at-least: nothing says"),
        ([*ASKED[:5], *ASKED[7:]], "--generations: missing"),
        ([*ASKED[:3], *ASKED[5:]], "--rows: no number of rows is given"),
        ([*ASKED, "--exchange", "much"], "--exchange: 'much' is no share"),
        ([*ASKED[:-1], "2"], "--at-least: '2' is no part to keep"),
    ],
)
def test_the_command_says_what_is_wrong(arguments, says, capsys):
    code, said = command(arguments, capsys)
    assert code == 2
    assert says in said.err
