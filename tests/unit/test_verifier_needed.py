"""Does `genloss verifier` answer from a table in plain words, and does its number hold in a simulated loop?"""

import numpy as np
import pytest
from helpers import Z, excess_risks, mean_and_error
from sklearn.datasets import load_diabetes

from genloss import Problem
from genloss.advise import verifier_needed
from genloss.cli.main import run_command
from genloss.models import Generator, LeastSquares
from genloss.populations import LinearGaussian, Pool
from genloss.simulation import choose, reference
from genloss.simulation.task import Task
from genloss.streams import stream
from genloss.workflows import Workflow

RNG = stream(5, "verifier needed")
X = RNG.normal(size=(120, 5))
Y = X.sum(axis=1) + RNG.normal(0, 2.0, 120)


def loop(error, last):
    """Risks of a loop on 120 rows of 6 coefficients, checked by a verifier with this error, at its last generation."""
    real = {"tag": "real", "from": "real", "rows": 120, "at": "start"}
    rule = {"kind": "distance", "within": 1.0, "verifier_error": error}
    train = [{"select": {"last": 1}, "filter": rule}]
    workflow = Workflow.from_dict({"emit": [real, {"tag": "made", "from": "model", "rows": 120}], "train": train})
    population = LinearGaussian(np.ones(6), np.ones(6), 1.0)
    task = Task(population, workflow.compile(last), Generator(LeastSquares(), 1.0), None, (last,), 100, 100)
    return excess_risks(choose(task), task, blocks=40, seed=6)[0, 0]


def test_the_errors_are_where_risks_cross():
    found = verifier_needed(X, Y, generations=4)
    assert (found.rows, found.coefficients) == (120, 6)
    assert found.noise == pytest.approx(2.0, rel=0.3)
    first = 6 / (120 - 6 - 1)
    for compared, wanted in ((found.unchecked, 5 * first), (found.real, first)):
        risk, error = mean_and_error(loop(compared.value, 4))
        assert abs(risk - wanted) <= Z * error + 0.02 * wanted
        assert compared.against == pytest.approx(wanted)
        worse, error = mean_and_error(loop(1.3 * compared.value, 4))
        assert worse > wanted + Z * error  # control
    assert found.first_fit == pytest.approx(np.sqrt(first))


def test_a_table_whose_inputs_are_not_gaussian():
    """Blind spot: 5 % and the simulation's error; control: no check."""
    inputs, labels = load_diabetes(return_X_y=True)
    found = verifier_needed(inputs, labels, generations=3)
    design = np.column_stack([np.ones(len(inputs)), inputs])
    clean = design @ np.linalg.lstsq(design, labels, rcond=None)[0]
    pool = Pool("diabetes", design, clean, design[:5], clean[:5], found.noise)
    real = {"tag": "real", "from": "real", "rows": len(inputs), "at": "start"}

    def risks(rule):
        workflow = {"emit": [real, {"tag": "made", "from": "model", "rows": len(inputs)}]}
        schedule = Workflow.from_dict({**workflow, "train": [{"select": {"last": 1}, **rule}]}).compile(3)
        task = Task(pool, schedule, Generator(LeastSquares(), found.noise), None, (0, 3), 20, 20)
        return excess_risks(reference, task, blocks=5, seed=8)[0] / found.noise**2

    for compared in (found.unchecked, found.real):
        rule = {"filter": {"kind": "distance", "within": 1.0, "verifier_error": compared.value}}
        risk, error = mean_and_error(risks(rule)[1])
        assert abs(risk - compared.against) <= Z * error + 0.05 * compared.against
    unchecked, error = mean_and_error(risks({})[1])
    assert unchecked > found.real.against + Z * error


def test_weak_checks_never_pay_back_and_say_so():
    found = verifier_needed(X, Y, within=3.0)
    assert found.real.value == 0
    assert "No checker brings the loss down" in found.summary()
    assert verifier_needed(X, Y, share=0.5).kept.startswith("the 50 %")


def test_a_share_is_also_read_as_percent():
    assert verifier_needed(X, Y, share="50%").to_dict() == verifier_needed(X, Y, share=0.5).to_dict()


def test_missing_labels_may_be_left_out():
    gaps = np.where(np.arange(120) == 3, np.nan, Y)
    assert verifier_needed(X, gaps, missing="drop").rows == 119


def test_labels_of_two_values_are_answered_with_a_caution(tmp_path, capsys):
    words = np.where(Y > 0, "yes", "no")
    found, numbers = verifier_needed(X, words), verifier_needed(X, (Y > 0).astype(int))
    assert found.two_labels == ("no", "yes")
    assert (
        "Beware: every value of the label is no or yes, and labels of two values have no noise of this kind"
        in found.summary()
    )
    assert numbers.two_labels == ("0", "1")
    assert numbers.unchecked == found.unchecked
    assert verifier_needed(X, np.where(Y > 0, 5, 3)).two_labels == ("3", "5")
    assert verifier_needed(X, Y).two_labels == ()
    assert "Beware" not in verifier_needed(X, Y).summary()  # control
    table = "a,b,sold\n" + "\n".join(f"{a:.4f},{b:.4f},{y}" for (a, b), y in zip(X[:, :2], words, strict=True))
    (tmp_path / "d.csv").write_text(table + "\n", encoding="utf-8")
    assert run_command(["verifier", str(tmp_path / "d.csv"), "--target", "sold", "--share", "50%"]) == 0
    assert "Beware: every value of sold is no or yes" in capsys.readouterr().out


def test_it_answers_from_a_file(tmp_path, capsys):
    table = "a,b,price\n" + "\n".join(f"{a:.4f},{b:.4f},{y:.4f}" for (a, b), y in zip(X[:, :2], Y, strict=True))
    (tmp_path / "d.csv").write_text(table + "\n", encoding="utf-8")
    assert run_command(["verifier", str(tmp_path / "d.csv"), "--target", "price", "--quiet"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("After 10 generations checking pays if the checker is off by at most ")
    assert "of price)." in said
    assert said.count("\n") == 1
    assert (
        run_command(["verifier", str(tmp_path / "d.csv"), "--target", "price", "--within", "1", "--share", "0.5"]) == 2
    )
    assert "give one of the two" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"X": X[:6], "y": Y[:6]}, "give at least 8 rows"),
        ({"y": X.sum(axis=1)}, "make up the target in every row"),
        ({"generations": 0}, "from 1 to 500"),
        ({"within": 1.0, "share": 0.5}, "one of the two"),
        ({"within": 0.01}, r"about 0.957 of 120 rows would stay for 5 inputs and the constant(.|\n)*larger number"),
        ({"within": 8}, "^within: of 120 rows nearly every one stays, so that it is no check(.|\n)*smaller number"),
        ({"within": 1e9}, "nearly every one stays"),
        ({"within": np.inf}, "^within: every row stays, so that it is no check(.|\n)*smaller number"),
        ({"share": 1}, "^share: every row stays"),
        ({"share": 0.999}, "^share: of 120 rows nearly every one stays"),
        ({"share": "120%"}, "share: '120%' is no such share(.|\n)*0.5 or 50%"),
        ({"share": True}, "share: True"),
        ({"generations": 500}, "^generations: 500: (.|\n)*give fewer generations"),
        ({"y": np.where(np.arange(120) == 3, np.inf, Y)}, "^y: inf in row 3 is not finite"),
        ({"y": np.where(np.arange(120) == 3, np.nan, Y)}, "missing entries in 1 of 120 rows"),
        ({"y": np.ones(120)}, "^y: 1 in every row(.|\n)*labels that vary"),
        ({"y": Y[:10]}, r"^y: shape \(10,\) for 120 rows"),
        ({"X": np.where(np.arange(120)[:, None] == 3, np.inf, X)}, "^X: inf in row 3 of column 0 is not finite"),
    ],
    ids=[
        "few rows", "no noise", "generations", "both", "a narrow check", "a weak check", "a weaker one", "none",
        "all rows", "all but a part of one", "over all", "no number", "too many generations", "infinite label",
        "no label", "one label", "short labels", "infinite input",
    ],
)  # fmt: skip
def test_what_cannot_be_answered_says_why(given, said):
    with pytest.raises(Problem, match=said):
        verifier_needed(**({"X": X, "y": Y} | given))
