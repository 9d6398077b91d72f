"""Is advice written in the words of the door it leaves by, and is all of a table's trouble told at once?"""

import json
import pickle
import re
import shlex

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

import genloss
from genloss import Problem
from genloss.cli.main import run_command
from genloss.doors import COMMAND, STUDY, Advice, Setting
from genloss.populations.table_file import read_table
from genloss.populations.tables import Reading, read_rows

SMALL = ["--generations", "1", "--replicates", "50"]
FEW = {"generations": 1, "replicates": 50}
ROWS = 60
RNG = np.random.default_rng(8)
PLAIN = pd.DataFrame({"x": RNG.normal(size=ROWS), "z": RNG.normal(size=ROWS)})
YES = np.arange(ROWS) % 3 == 0
MANY = PLAIN.assign(
    celsius=np.round(RNG.normal(15, 8, ROWS), 1),
    day=[f"2020-01-{i % 28 + 1:02d}" for i in range(ROWS)],
    who=[f"user {i}" for i in range(ROWS)],
    gap=np.where(np.arange(ROWS) == 4, np.nan, RNG.normal(size=ROWS)),
).assign(y=lambda frame: np.round(32 + 1.8 * frame.celsius, 1))

PYTHON_WORDS = re.compile(
    r"(?<![-\w])(drop|keep|missing|levels|categories|held_out|above|penalty|X|y)( ?= ?[\[\"\d]|\.drop)|C=|held_out"
    r"|LinearRegression|MeanPenalty|KernelRidge|Regressor|LogisticRegression|EmpiricalCovariance|estimator"
)
COMMAND_WORDS = re.compile(r"(?<!\w)--[a-z]")
MESSAGES = {
    "many things": (MANY, [], {}),
    "gaps": (MANY[["x", "gap", "y"]], [], {}),
    "an answer": (PLAIN.assign(gone=YES * 2.0, y=YES * 1), [], {}),
    "a sum": (PLAIN.assign(y=PLAIN.x + PLAIN.z, w=RNG.normal(size=ROWS)), [], {}),
    "an order": (PLAIN.assign(y=np.arctan(PLAIN.x)), [], {}),
    "separable": (PLAIN.assign(y=(PLAIN.x > 0) * 1), ["--model", "logistic"], {"estimator": "logistic"}),
    "no classes": (PLAIN.assign(y=RNG.normal(size=ROWS)), ["--model", "logistic"], {"estimator": "logistic"}),
    "held out": (PLAIN.assign(y=RNG.normal(size=ROWS)), ["--held-out", "0.2"], {"held_out": 0.2}),
    "no counts": (PLAIN.assign(y=RNG.normal(size=ROWS)), ["--model", "poisson"], {"estimator": "poisson"}),
    "a workflow": (PLAIN.assign(y=RNG.normal(size=ROWS)), ["--workflow", "replac"], {"workflow": "replac"}),
    "an exposure": (PLAIN.assign(e=1.0 + YES, y=RNG.poisson(3.0, ROWS)), ["--exposure", "e"], {"exposure": "e"}),
    "a penalty": (
        PLAIN.assign(y=RNG.normal(size=ROWS)),
        ["--model", "least_squares", "--penalty", "1"],
        {"estimator": "least_squares penalty=1"},
    ),
    "no penalty": (
        PLAIN.assign(y=RNG.normal(size=ROWS)),
        ["--model", "kernel_ridge", "--penalty", "0"],
        {"estimator": "kernel_ridge penalty=0"},
    ),
    "ridge held out": (
        PLAIN.assign(y=RNG.normal(size=ROWS)),
        ["--model", "ridge", "--held-out", "0.2"],
        {"estimator": "ridge", "held_out": 0.2},
    ),
    "a penalty held out": (
        PLAIN.assign(y=YES * 1),
        ["--model", "logistic", "--penalty", "1", "--held-out", "0.2"],
        {"estimator": "logistic penalty=1", "held_out": 0.2},
    ),
    "a law held out": (
        PLAIN.assign(y=RNG.normal(size=ROWS)),
        ["--model", "gaussian", "--held-out", "0.2"],
        {"estimator": "gaussian", "held_out": 0.2},
    ),
    "a cut": (
        PLAIN.assign(y=RNG.normal(size=ROWS)),
        ["--model", "ridge", "--above", "0"],
        {"estimator": "ridge", "above": 0.0},
    ),
    "a workflow held out": (
        PLAIN.assign(y=YES * 1),
        ["--model", "logistic", "--held-out", "0.2", "--workflow", "fixed_real"],
        {"estimator": "logistic", "held_out": 0.2, "workflow": "fixed_real"},
    ),
    "a far label": (PLAIN.assign(y=np.r_[1e80, RNG.normal(size=ROWS - 1)]), [], {}),
}


def refused(tmp_path, frame, *words, target="y", name="data.csv"):
    frame.to_csv(tmp_path / name, index=False)
    return ["forecast", str(tmp_path / name), "--target", target, *SMALL, *words]


@pytest.mark.parametrize("name", MESSAGES)
def test_no_door_speaks_as_another(name, tmp_path, capsys):
    frame, words, given = MESSAGES[name]
    assert run_command(refused(tmp_path, frame, *words)) == 2
    said = capsys.readouterr().err
    assert "error: " in said
    assert not PYTHON_WORDS.search(said), said
    asked = {"estimator": "least_squares"} | given
    with pytest.raises(Problem) as caught:
        genloss.forecast(asked.pop("estimator"), frame.drop(columns="y"), frame.y, **FEW, **asked)
    assert not COMMAND_WORDS.search(str(caught.value)), caught.value


@pytest.mark.parametrize("answer", [YES * 1, np.where(YES, "yes", "no")], ids=["numbers", "words"])
def test_a_column_of_words_that_parts_labels_is_left_out_whole(answer, tmp_path, capsys):
    region = np.where(YES & (np.arange(ROWS) % 2 == 0), "S", np.where(np.arange(ROWS) % 5 == 0, "N", "W"))
    frame = PLAIN.assign(region=region, bought=answer)
    command = refused(tmp_path, frame, "--model", "logistic", target="bought")
    assert run_command(command) == 2
    said = capsys.readouterr().err
    one = "yes" if answer.dtype.kind == "U" else "1"
    assert f"column 'region' alone: bought is {one} wherever region=S is 1" in said
    assert "leave out column 'region' (--drop region) if the label is made of it" in said
    paste = shlex.split(said.splitlines()[-1])
    assert paste == ["genloss", *command, "--drop", "region"]
    assert run_command(paste[1:]) == 0
    with pytest.raises(Problem) as caught:
        genloss.forecast("logistic", frame.drop(columns="bought"), frame.bought, **FEW)
    assert "leave out column 'region' if the label is made of it" in caught.value.mend
    assert f"column 'region' alone: bought is {one} wherever region=S is 1" in caught.value.found


def test_a_paste_line_works_where_nothing_else_is_left(tmp_path, capsys):
    assert run_command(refused(tmp_path, PLAIN[["x"]].assign(y=(PLAIN.x > 0) * 1), "--model", "logistic")) == 2
    paste = shlex.split(capsys.readouterr().err.splitlines()[-1])
    assert paste[-2:] == ["--penalty", "0.01"]
    assert run_command(paste[1:]) == 0


def test_the_look_at_words_sees_both():
    assert all(PYTHON_WORDS.search(text) for text in ('drop=["a"]', 'drop = ["a"]', "levels=200", "X.drop(columns=1)"))
    assert COMMAND_WORDS.search("(--drop a)")


def test_all_columns_are_told_in_one_error_and_its_command_can_be_pasted(tmp_path, capsys):
    assert run_command(refused(tmp_path, MANY, name="my data.csv")) == 2
    said = capsys.readouterr().err
    assert "4 things need a choice" in said.splitlines()[0] or "5 things need a choice" in said.splitlines()[0]
    for told in ("'day' holds dates", "'who' holds more than 50", "'celsius' is the target in other", "'gap' (1)"):
        assert told in said
    paste = shlex.split(said.split("for all of them: ")[1])
    assert paste[:2] == ["genloss", "forecast"]
    assert run_command(paste[1:]) == 0
    with pytest.raises(Problem) as caught:
        read_rows(tmp_path / "my data.csv", Reading("y"))
    assert 'drop=["day", "who", "celsius"], missing="drop"' in caught.value.mend
    with pytest.raises(Problem) as caught:
        read_table(tmp_path / "my data.csv", target="y")
    assert '[population] drop = ["day", "who"], missing = "drop"' in caught.value.mend


def test_advice_travels():
    advice = Advice("leave it out (", Setting("drop", ("a b",)), ")")
    again = pickle.loads(pickle.dumps(Problem("here", "found", advice)))
    assert [again.at(door).mend for door in (COMMAND, STUDY)] == [
        "leave it out (--drop 'a b')",
        'leave it out (drop = ["a b"])',
    ]
    assert Advice("or ", advice).at(COMMAND) == "or leave it out (--drop 'a b')"


def test_a_function_names_columns_as_python_has_them():
    y = 3 - 2 * PLAIN.x
    with pytest.raises(Problem, match=re.escape('X.drop(columns=["x"])')):
        genloss.forecast(LinearRegression(), PLAIN, y, **FEW)
    with pytest.raises(Problem, match=re.escape("column X[:, 0] is the target")) as caught:
        genloss.forecast("ridge", PLAIN.to_numpy(), y, **FEW)
    assert "numpy.delete(X, [0], axis=1)" in caught.value.mend
    words = PLAIN.assign(gone=np.where(YES, "bought", "not"))
    with pytest.raises(Problem, match=re.escape('X.drop(columns=["gone"])')):
        genloss.forecast("logistic", words, YES, **FEW)
    order = np.arctan(PLAIN.x)
    with pytest.raises(Problem, match=re.escape('keep=["x"]')):
        genloss.forecast("ridge", PLAIN, order, **FEW)
    assert genloss.forecast("ridge", PLAIN, order, keep="x", **FEW).risk[0] > 1e-6
    assert genloss.forecast("ridge", PLAIN.to_numpy(), order, keep=[0], **FEW).risk[0] > 1e-6
    with pytest.raises(Problem, match="no column 'w'"):
        genloss.forecast("ridge", PLAIN, order, keep="w", **FEW)


def test_a_threshold_is_said_beside_the_forecast():
    told = genloss.forecast("least_squares", PLAIN, (PLAIN.x > 0) * 1.0, **FEW).assumptions
    assert any("column 'x' alone parts the target" in each.found and each.state == "failed" for each in told)
    noisy = genloss.forecast("least_squares", PLAIN, YES * 1.0, **FEW).assumptions
    assert not any("parts the target" in each.found for each in noisy)


@pytest.mark.parametrize("pair", [("No", "Yes"), ("false", "true"), ("alive", "dead")])
def test_a_target_of_two_words_is_as_in_scikit_learn(pair, tmp_path, capsys):
    labels = np.where(YES, pair[1], pair[0])
    command = refused(tmp_path, PLAIN.assign(bought=labels), "--json", "-", target="bought")
    assert run_command([*command, "--model", "logistic"]) == 0
    told = capsys.readouterr()
    risk = np.array(pd.Series(json.loads(told.out)["risk"]), float)
    right = genloss.forecast(LogisticRegression(C=np.inf), PLAIN, labels, **FEW).risk
    np.testing.assert_allclose(risk, right, rtol=1e-6)
    assert run_command([*command[:-2], "--model", "logistic"]) == 0
    assert f"note: column 'bought': {pair[0]} is 0, {pair[1]} is 1" in capsys.readouterr().err
    assert run_command(command) == 0  # the model follows from the words
    assert capsys.readouterr().out == told.out


def test_other_targets_of_words_are_refused(tmp_path, capsys):
    three = PLAIN.assign(y=np.array(["u", "v", "w"])[np.arange(ROWS) % 3])
    assert run_command(refused(tmp_path, three)) == 2
    assert "holds 3 words: u, v, w" in capsys.readouterr().err
    assert run_command(refused(tmp_path, PLAIN.assign(y=np.where(YES, "b", "a")), "--above", "3")) == 2
    assert "--above" in capsys.readouterr().err


def test_held_out_rows_of_one_kind_judge():
    x, labels = PLAIN.to_numpy(), YES
    judge = x[~YES][:5], labels[~YES][:5]
    told = genloss.forecast("logistic", x, labels, held_out=judge, **FEW)
    assert np.isfinite(told.risk).all()
    both = genloss.forecast("logistic", x, labels, held_out=(x[:9], labels[:9]), **FEW)
    assert told.risk[0] != both.risk[0]
    with pytest.raises(Problem, match="every row"):
        genloss.forecast("logistic", x, np.zeros(ROWS), held_out=judge, **FEW)


def test_an_id_is_left_out_with_a_note(tmp_path, capsys):
    rng = np.random.default_rng(8)
    frame = PLAIN.assign(id=rng.permutation(9000)[:ROWS], y=rng.normal(size=ROWS))
    assert run_command(refused(tmp_path, frame)) == 0
    assert "column 'id': left out: it names the rows" in capsys.readouterr().err
    assert run_command(refused(tmp_path, frame, "--keep", "id")) == 0
    assert "left out" not in capsys.readouterr().err
    assert (
        "'id': left out: it names the rows" in genloss.forecast("ridge", frame[["id", "x"]], frame.y, **FEW).summary()
    )
    for estimator, keep in (("ridge", "id"), (LinearRegression(), ())):  # an object sees what it is given
        kept = genloss.forecast(estimator, frame[["id", "x"]], frame.y, keep=keep, **FEW)
        assert "left out" not in kept.summary()
        assert "seems to name" in str(kept.assumptions) or keep
