"""Does a forecast cover chains of the law it believes in, and say what it cannot?

Rule: coverage of 120 fresh chains by the 95 % of 200 paths lies within 86 and 99 % (three binomial standard errors
and the quantiles' own), on Gaussian rows. Control: half the noise is covered far less.
"""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.linear_model import Lasso, LinearRegression, Ridge

import genloss
from genloss.advise.forecasts.worlds.linear import populations, see
from genloss.cli.main import commands
from genloss.doors import COMMAND, Advice
from genloss.errors import Problem
from genloss.streams import stream

ROWS, DIM, LAST = 80, 6, 3
TRUTH = np.array([1.0, -1.0, 0.5, 0.0, 0.0, 0.2])


def rows_of(rng, noise=1.0):
    x = rng.standard_normal((ROWS, DIM))
    return x, x @ TRUTH + noise * rng.standard_normal(ROWS)


def chain(model, rng, workflow, noise=1.0):
    shown, kept, risks = TRUTH, [], []
    for _ in range(LAST + 1):
        x = rng.standard_normal((ROWS, DIM))
        y = x @ shown + noise * rng.standard_normal(ROWS)
        kept = [*kept, (x, y)] if workflow == "accumulate" else [(x, y)]
        fit = model.fit(np.concatenate([a for a, _ in kept]), np.concatenate([b for _, b in kept]))
        shown = fit.coef_
        risks.append(((shown - TRUTH) ** 2).sum() + fit.intercept_**2)
    return risks


@pytest.mark.parametrize("workflow", ["replace", "accumulate"])
@pytest.mark.parametrize("model", [LinearRegression(), Ridge(alpha=4.0)], ids=["least squares", "ridge"])
def test_coverage_on_rows_of_the_believed_kind(model, workflow):
    covered, missed = [], []
    for split in range(2):
        rng = stream(101, "forecast", workflow, type(model).__name__, split)
        told = genloss.forecast(
            model, *rows_of(rng), workflow=workflow, generations=LAST, replicates=200, begin="new_rows"
        )
        for noise, kept in ((1.0, covered), (0.5, missed)):
            seen = np.array([chain(model, rng, workflow, noise) for _ in range(60)])
            kept.append(((told.low <= seen) & (seen <= told.high)).mean())
    assert 0.86 < np.mean(covered) < 0.99
    assert np.mean(missed) < 0.75


def test_believed_truths_lie_where_least_squares_does():
    """Means of 4,000, and deviations: those of least squares; noise and inputs vary as the rows' own means do."""
    x, y = rows_of(stream(102, "truths"))
    seen = see(x, y)
    drawn = populations(seen, 4000, stream(103, "truths"))
    root = np.sqrt(seen.eigenvalues)
    slopes = np.array([truth.clean for truth in drawn]) @ seen.turned / ROWS / root
    assert np.abs(slopes.mean(axis=0) - seen.coefficients * root).max() < 0.15
    assert np.abs(slopes.std(axis=0) - np.sqrt(seen.noise_variance / ROWS)).max() < 0.05
    noise = np.array([truth.noise**2 for truth in drawn[::2]])  # the others have what tails may hold
    assert np.mean(noise) == pytest.approx(seen.noise_variance, rel=0.1)
    assert np.std(noise) == pytest.approx(np.std(seen.residuals**2) / np.sqrt(ROWS), rel=0.3)
    assert max(abs(truth.weights.sum() - 1) for truth in drawn[:50]) < 1e-12
    # noise is orthogonal to what a linear fit can be, in the population: there the truth is the best linear fit
    truth = drawn[7]
    assert np.abs((truth.weights * truth.residuals) @ np.column_stack([np.ones(ROWS), x])).max() < 1e-9


def test_what_it_says():
    x, y = rows_of(stream(104, "words"))
    told = genloss.forecast(LinearRegression(), x, y, generations=2, replicates=100)
    assert told.horizon is None
    assert json.loads(json.dumps(told.to_dict()))["schema"] == "forecast/4"
    assert (told.low <= told.risk).all()
    assert (told.risk <= told.high).all()
    assert told.risk[2] > told.risk[0]
    again = genloss.forecast(LinearRegression(), x, y, generations=2, replicates=100)
    assert np.array_equal(told.risk, again.risk)
    poor = genloss.forecast(LinearRegression(), x, y - x @ TRUTH, generations=6, replicates=100)
    assert poor.horizon is not None
    assert "Safe in no generation under replace: already in generation 0" in poor.summary()
    one = x.copy()
    one[0] = 100
    said = genloss.forecast(Ridge(), one, y, replicates=50).summary()
    assert "does not hold: no row decides alone (" in said


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda x, y: genloss.forecast(Lasso(), x, y), "Lasso is not one"),
        (lambda x, y: genloss.forecast(Ridge(), x[:8], y[:8]), "8 rows for"),
        (lambda x, y: genloss.forecast(Ridge(), np.where(x > 2, np.nan, x), y), "missing entries in 9 of 80 rows"),
        (lambda x, y: genloss.forecast(Ridge(), x, y, workflow="accumulate_subsample"), "trains on a subsample"),
        (lambda x, y: genloss.forecast(Ridge(), x, y, workflow="replacee"), "replace"),
        (lambda x, y: genloss.forecast(Ridge(), x, y, replicates=7), "multiple of 10"),
    ],
)
def test_mistakes(ask, said):
    x, y = rows_of(stream(105, "mistakes"))
    with pytest.raises(Problem, match=said):
        ask(x, y)


def test_from_the_command_line(tmp_path):
    x, y = rows_of(stream(106, "file"))
    path = tmp_path / "my.csv"
    np.savetxt(path, np.column_stack([x, y]), delimiter=",", header="a,b,c,d,e,f,y", comments="")
    done = CliRunner().invoke(
        commands, ["forecast", str(path), "--target", "y", "--generations", "2", "--replicates", "50", "--json", "-"]
    )
    assert done.exit_code == 0, done.output
    assert len(json.loads(done.stdout)["risk"]) == 3
    wrong = CliRunner().invoke(commands, ["forecast", str(path), "--target", "z"])
    assert wrong.exit_code != 0


def asked(tmp_path, *words):
    x, y = rows_of(stream(107, "models"), noise=3.0)
    path = tmp_path / "my.csv"
    counts = np.round(np.exp(np.clip(y / 3, None, 3)))
    left = "y" if "count" in words else "count"
    np.savetxt(path, np.column_stack([x, y, counts]), delimiter=",", header="a,b,c,d,e,f,y,count", comments="")
    return CliRunner().invoke(
        commands, ["forecast", str(path), "--generations", "2", "--replicates", "50", "--drop", left, *words]
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--target", "y", "--above", "0", "--model", "logistic"], "excess log loss"),
        (["--target", "y", "--above", "0", "--model", "logistic", "--held-out", "0.3"], "first order"),
        (["--target", "count", "--model", "poisson", "--penalty", "0.01"], "excess log loss"),
        (["--target", "y", "--model", "kernel_ridge", "--gamma", "0.1"], "in squared units of y"),
        (["--target", "y", "--model", "gaussian"], "divergence"),
        (["--target", "y", "--model", "ridge", "--workflow", "window keep=2"], "in squared units of y"),
    ],
    ids=lambda words: words[-1] if isinstance(words, list) else None,
)
def test_models_from_the_command_line(tmp_path, words, said):
    done = asked(tmp_path, *words)
    assert done.exit_code == 0, done.output
    assert said in done.stdout
    assert done.stdout.strip().splitlines()[-1].split()[0] == "2"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--target", "y", "--model", "logistic"], "above a number makes them"),
        (["--target", "y", "--workflow", "window keep"], "key=value"),
        (["--target", "y", "--workflow", "window keep=?"], "not a setting"),
        (["--target", "y", "--gamma", "1"], "take --model kernel_ridge"),
        (["--target", "y", "--penalty", "1"], "take --model ridge"),
        (["--target", "y", "--held-out", "0.2"], "with --held-out"),
    ],
    ids=lambda words: " ".join(words[2:]) if isinstance(words, list) else None,
)
def test_mistakes_on_the_command_line(tmp_path, words, said):
    done = asked(tmp_path, *words)
    assert done.exit_code != 0
    assert isinstance(done.exception, Problem)
    told = [
        text.at(COMMAND) if isinstance(text, Advice) else text for text in (done.exception.found, done.exception.mend)
    ]
    assert said in " ".join(told)


def test_a_forecast_is_saved_as_page_table_picture_and_data(tmp_path):
    x, y = rows_of(stream(108, "page"))
    told = genloss.forecast(LinearRegression(), x, y, generations=2, replicates=50)
    page = told.save(tmp_path / "a.html").read_text()
    assert "95 % of paths" in page
    assert "What this rests on" in page
    assert "LinearRegression()" in page
    assert len(told.save(tmp_path / "a.csv").read_text().splitlines()) == 4
    assert json.loads(told.save(tmp_path / "a.json").read_text())["asked"][0] == ["estimator", "LinearRegression()"]
    assert told.save(tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert "<table" in told._repr_html_()
    with pytest.raises(Problem, match=r"in \.json, \.csv"):
        told.save(tmp_path / "a.pdf")
    done = asked(tmp_path, "--target", "y", "--page", str(tmp_path / "b.html"), "--picture", str(tmp_path / "b.svg"))
    assert done.exit_code == 0, done.output
    assert (tmp_path / "b.html").exists()
    assert (tmp_path / "b.svg").exists()
