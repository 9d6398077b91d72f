"""Do published figures come out again as they are said to, and would a false claim be refused?"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import Z

import genloss
from genloss import Problem
from genloss.cli.main import run_command
from genloss.errors import Damaged
from genloss.reproductions.computed import (
    fresh_weights,
    guided_classes,
    heavy_tails,
    logistic_logs,
    one_design,
    self_training,
    survival,
)
from genloss.reproductions.computed.table import FIGURES
from genloss.reproductions.entries import FULL, QUICK, all_entries, all_uncovered, entries_of
from genloss.reproductions.judged import exit_code_of, public_word_of, reproduced
from genloss.reproductions.listing import listing_text
from genloss.reproductions.of_parts import computed_by_parts, placed
from genloss.reproductions.of_study import computed_by_study, study_of
from genloss.reproductions.published import published_claims
from genloss.streams import stream
from genloss.study.claims.verdicts import NOT, REPRODUCED
from genloss.study.shipped import shipped_names

PAPERS = {
    "2305.17493", "2402.07043", "2402.07712", "2404.01413", "2404.02325", "2407.17493", "2410.04840", "2410.16713",
    "2410.22812", "2412.14689", "2412.17646", "2502.18049", "2506.20623", "2510.03597", "2510.08123",
    "2512.15011", "2602.14029", "2602.16065", "2602.17565", "2606.13796",
}  # fmt: skip
STUDIES = [entry for entry in all_entries() if entry.study]
PARTS = [entry for entry in all_entries() if entry.computed]


def named(entry):
    return entry.name


ONE = (
    {
        "text": "The first error is that of theory.",
        "case": "replace",
        "measure": "value",
        "generation": 0,
        "expect": {"near": 0.11236, "within": 0.05},
        "nearest_wrong": 0.3,
    },
)
"""A claim of regressions on one design, whatever the generations."""


def small(name, replicates, **settings):
    """An entry of that many replicates, with other settings, and where it has any with the claim `ONE` alone."""
    entry = entries_of(name)[0]
    if settings:
        entry = replace(entry, claims=ONE, numbers=())
    return replace(
        entry,
        sizes={size: {"replicates": replicates} for size in (QUICK, FULL)},
        settings={**(entry.settings or {}), **settings} if entry.computed else None,
    )


# the entries


def test_every_paper_is_covered_and_every_name_once():
    names = [entry.name for entry in all_entries()] + [each.name for each in all_uncovered()]
    assert {entry.paper for entry in all_entries()} == PAPERS
    assert len(set(names)) == len(names)
    assert {entry.computed for entry in PARTS} == set(FIGURES)
    assert {entry.study for entry in STUDIES} <= set(shipped_names())
    assert all(bool(entry.study) != bool(entry.computed) for entry in all_entries())


@pytest.mark.parametrize("entry", all_entries(), ids=named)
def test_an_entry_says_what_a_reader_needs(entry):
    for told in (entry.shows, entry.looked, *entry.deviations, *([entry.analogue] if entry.analogue else [])):
        assert told.strip().endswith("."), told
    assert entry.deviations
    assert set(entry.sizes) == {QUICK, FULL}
    assert 0 <= entry.seconds[QUICK] < 60


@pytest.mark.parametrize("size", [QUICK, FULL])
@pytest.mark.parametrize("entry", STUDIES, ids=named)
def test_claims_of_a_study_have_places_and_can_fail(entry, size):
    study, told = study_of(entry, size)
    assert len(study.claims) == len(told) > 0
    for claim, checks in study.claims:
        assert checks
        assert claim.nearest_wrong or len(claim.expect) == 1 or claim.expect.get("near")


@pytest.mark.parametrize("size", [QUICK, FULL])
@pytest.mark.parametrize("entry", [each for each in PARTS if each.computed != "logistic_logs"], ids=named)
def test_claims_of_parts_have_places_and_can_fail(entry, size):
    _, claimed, told = placed(entry, size)
    assert len(claimed.claims) == len(told) > 0
    assert all(checks and claim.nearest_wrong for claim, checks in claimed.claims)


def test_one_number_becomes_one_claim_within_its_errors():
    claims = published_claims(entries_of("2412.17646/bernoulli-and-poisson")[0])
    first = next(each for each in claims if each.published == 0.6428)
    assert first.keys["expect"] == {"near": 0.6428, "within": 4.5 * 0.0068}
    assert first.keys["generation"] == 0
    assert "generation 0" in first.keys["text"]
    assert [each.published for each in claims if each.published is None] == [None, None]


# what is computed, beside its definition


@pytest.mark.parametrize("keep", [True, False])
def test_a_fit_to_mean_labels_is_the_fit_to_all_rows(keep):
    """The slow obvious version: rows are stacked and fitted, generation by generation, from the same draws."""
    x = stream(1, "stacked").standard_normal((3, 20, 4))
    fast = one_design._on_means(x, 0.5, 5, stream(2, "noise"), keep=keep)
    rng, rows, labels, error = stream(2, "noise"), x[:, :0], np.empty((3, 0)), np.zeros((3, 4))
    for g in range(6):
        new = (x @ error[..., None])[..., 0] + 0.5 * rng.standard_normal((3, 20))
        rows = np.concatenate([rows, x], axis=1) if keep else x
        labels = np.concatenate([labels, new], axis=1) if keep else new
        error = np.array([np.linalg.lstsq(rows[r], labels[r], rcond=None)[0] for r in range(3)])
        np.testing.assert_allclose(fast[g], error, rtol=1e-9, atol=1e-12)


def mean_and_error(part, replicates=400, seed=5):
    values = np.concatenate(
        [part.draw(stream(seed, "parts", part.case, str(part.axes), b), 10) for b in range(replicates // 10)], axis=1
    )
    return values.mean(axis=1), values.std(axis=1, ddof=1) / np.sqrt(replicates)


def settings_of(name, **others):
    entry = entries_of(name)[0]
    return {**(entry.settings or {}), **{k: v for k, v in entry.sizes[QUICK].items() if k != "replicates"}, **others}


DRAWN = {
    "one design": one_design.parts(settings_of("2404.01413", generations=[0, 3, 9])),
    "survival": survival.chances(
        {
            "bernoulli": {"probability": 0.01, "rows": 100, "fits": [1, 5]},
            "poisson": {"rate": 1.0, "rows": 10, "fits": [5]},
        }
    ),
    "deviation": survival.typical_deviation({"rows": 30, "fits": [1, 100]}),
    "weights": fresh_weights.parts(settings_of("2502.18049/weights", weights=[0.5], first=20, last=29)),
    "steps": [
        *self_training.extrapolated(settings_of("2510.03597", steps=[[0.3, 0.0], [0.3, 0.8], [0.0625, -1.0]])),
        *self_training.extrapolated(settings_of("2602.17565", steps=[[0.1, -1.5], [2.5, 0.8]])),
    ],
    "rounds": self_training.rounds(settings_of("2602.14029", rounds=3)),
    "tails": heavy_tails.parts(settings_of("2402.07043", rows=[1000, 3000], cuts=[])),
    "classes": guided_classes.parts(settings_of("2407.17493", generations=1, classes=60, count=60, steps=200)),
}  # fmt: skip
"""Parts of every figure that is drawn here and has theory. 400 replicates (classes: 40) see 4.5 standard errors."""


@pytest.mark.parametrize("name", DRAWN)
def test_what_is_drawn_has_the_mean_of_theory(name):
    compared = refused = 0
    for part in DRAWN[name]:
        if part.draw is None or not part.theory:
            continue
        mean, error = mean_and_error(part, 40 if name == "classes" else 400)
        for g, seen, sure in zip(part.generations, mean, error, strict=True):
            told = part.theory[g]
            # fitted classes are off by the noise of a fit, of second order: 1 / (classes x count) of the variance
            allowed = told.allowance + (0.005 if name == "classes" else 0.0)
            assert abs(seen - told.value) <= Z * sure + allowed, (part.case, part.axes, g)
            refused += bool(abs(seen - 1.35 * told.value) > Z * sure + allowed)  # control
            compared += 1
    assert refused >= compared / 2 > 0


def test_regressions_with_weights_are_a_little_worse_than_means():
    """n / (n - p - 1) to first order of the means' exact error; 400 replicates, and 3 % for the second."""
    part = next(each for each in DRAWN["weights"] if each.case == "least squares")
    means = next(each for each in DRAWN["weights"] if each.case == "Gaussian means").theory[29].value
    seen, error = mean_and_error(part)
    assert abs(seen[0] - means * 100 / 97) < Z * error[0] + 0.03 * means


def test_the_published_split_and_solver_give_the_published_digits():
    rows = logistic_logs._split("diabetes")
    solved = logistic_logs._solved(rows.x, rows.y[None], 1)
    assert logistic_logs._losses(rows, solved)[0] == pytest.approx(0.4284598191388307, abs=1e-8)
    exact = logistic_logs._exact(rows.x, rows.y[None], 1)
    assert logistic_logs._losses(rows, exact)[0] == pytest.approx(0.43048, abs=1e-5)


def test_fits_to_shares_are_fits_to_stacked_rows():
    """Rows with labels drawn three times: the largest likelihood of shares, and of rows stacked, by a tight solver."""
    from sklearn.linear_model import LogisticRegression

    rows = logistic_logs._split("diabetes")
    ones = stream(3, "stacked labels").integers(0, 4, len(rows.y)).astype(float)
    exact = logistic_logs._exact(rows.x, ones[None] / 3, 3)[0]
    stacked = np.tile(rows.x[:, 1:], (3, 1))
    labels = (np.repeat(np.arange(3), len(rows.y)) < np.tile(ones, 3)).astype(int)
    tight = LogisticRegression(C=np.inf, tol=1e-10, max_iter=100_000).fit(stacked, labels)
    np.testing.assert_allclose(exact, [tight.intercept_[0], *tight.coef_[0]], rtol=2e-3, atol=2e-3)
    loose = logistic_logs._solved(rows.x, ones[None] / 3, 3)
    np.testing.assert_allclose(logistic_logs._losses(rows, loose), logistic_logs._losses(rows, exact[None]), atol=0.01)


def test_a_run_without_a_fit_is_worse_than_every_loss():
    rows = logistic_logs._split("diabetes")
    parted = (rows.x[:, 1] > 0).astype(float)
    coefficients = logistic_logs._exact(rows.x, np.array([parted, rows.y]), 1)
    losses = logistic_logs._losses(rows, coefficients)
    assert np.isinf(losses[0])
    assert np.isfinite(losses[1])
    assert logistic_logs._below(np.array([9.0]), losses[None]).tolist() == [[0.0, 1.0]]
    assert logistic_logs._without(losses[None]).tolist() == [[1.0, 0.0]]


# verdicts


def test_what_is_published_comes_out_digit_by_digit():
    found = genloss.reproduce("2410.16713/linear-regression-as-published")
    assert found.verdicts == {REPRODUCED: 10}
    assert found.exit_code == 0
    assert all(claim.public_word == "verified" for claim in found.figures[0].claims)


def planted(name, **expect):
    """An entry whose first claim expects something else."""
    entry = entries_of(name)[0]
    first = {key: value for key, value in entry.claims[0].items() if key != "nearest_wrong"}
    return replace(entry, claims=({**first, "expect": expect},), numbers=())


def test_a_planted_claim_is_not_reproduced():
    entry = planted("2412.17646/upper-bound", at_least=1.0)
    judged = reproduced(entry, computed_by_parts(entry, QUICK)).claims[0]
    assert (judged.verdict, judged.public_word) == (NOT, "falsified")
    analogue = reproduced(replace(entry, analogue="it is one."), computed_by_parts(entry, QUICK)).claims[0]
    assert (analogue.verdict, analogue.public_word) == (NOT, "inconclusive")


def test_a_planted_claim_of_a_study_is_not_reproduced():
    entry = replace(small("2404.02325/closed-loop", 5), claims=(
        {"text": "It stays.", "metric": "heterozygosity", "case": "no outside rows", "where": {"temperature": 0.7},
         "measure": "value", "generation": 60, "expect": {"at_least": 0.5}},
    ))  # fmt: skip
    found = reproduced(entry, computed_by_study(entry, QUICK))
    assert [claim.verdict for claim in found.claims] == [NOT]


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        (["reproduced"], 0),
        (["reproduced", "partly reproduced"], 0),
        (["reproduced", "undecided"], 3),
        (["too wide to decide"], 3),
        (["not reproduced", "undecided", "reproduced"], 1),
        ([], 0),
    ],
)
def test_exit_codes(verdicts, code):
    assert exit_code_of(verdicts) == code


def test_public_words_are_four():
    assert public_word_of(REPRODUCED, analogue=False, theory=True) == "toy"
    assert public_word_of(NOT, analogue=False, cause=True) == "inconclusive"
    words = {public_word_of(verdict, analogue=analogue) for verdict in (
        "reproduced", "partly reproduced", "not reproduced", "undecided", "too wide to decide",
    ) for analogue in (True, False)}  # fmt: skip
    assert words == {"verified", "falsified", "toy", "inconclusive"}


def test_a_number_of_one_run_has_the_spread_of_ours_as_its_error():
    entry = replace(
        small("2404.01413", 200, generations=[0, 1]),
        claims=({"text": "As in one run.", "case": "replace", "measure": "value", "generation": 1,
                 "expect": {"near": 0.22, "within": 0.1}, "nearest_wrong": 0.5, "published": 0.22, "runs": 1},),
    )  # fmt: skip
    line = reproduced(entry, computed_by_parts(entry, QUICK)).claims[0].lines[0]
    assert line.published == 0.22
    assert line.published_error == pytest.approx(line.standard_error * np.sqrt(200))
    assert abs(line.difference) < 1


@pytest.mark.parametrize(
    ("name", "printed"), [("2402.07043", 0), ("2305.17493/gaussian", 0), ("2404.01413", 1), ("2412.17646/normal", 4)]
)
def test_a_number_is_published_only_where_an_entry_says_so(name, printed):
    entry = entries_of(name)[0]
    told = published_claims(entry, [{"text": claim["of_study"]} for claim in entry.claims if "of_study" in claim])
    assert sum(each.published is not None for each in told) == printed


NOTHING_HAPPENS = {
    "2412.17646/normal": 0.0,
    "2410.22812/diabetes-as-published": 0.4285,
}
"""Figures whose claims on growth or loss were once wide enough for none of it, and the number that says none."""


@pytest.mark.parametrize("name", NOTHING_HAPPENS)
def test_that_nothing_happens_lies_outside_what_is_expected(name):
    listed = entries_of(name)[0].numbers[-1]
    for published, within, wrong in zip(listed["published"], listed["within"], listed["wrong"], strict=True):
        assert NOTHING_HAPPENS[name] in wrong
        assert abs(published - NOTHING_HAPPENS[name]) > within


def test_one_broken_figure_leaves_the_others(monkeypatch):
    from genloss.reproductions import door

    def broken(entry, *_arguments, **_more):
        if entry.figure == "linear-regression":
            raise ZeroDivisionError("it is broken")
        return computed_by_parts(entry, QUICK)

    monkeypatch.setattr(door, "computed_by_parts", broken)
    found = genloss.reproduce("2410.16713")
    assert [figure.name for figure in found.figures] == ["2410.16713/linear-regression-as-published"]
    assert found.broken == ("2410.16713/linear-regression: ZeroDivisionError: it is broken",)
    assert found.exit_code == 3
    assert "Not computed: 2410.16713/linear-regression" in found.summary()
    with pytest.raises(ZeroDivisionError):
        genloss.reproduce("2410.16713/linear-regression")


def test_a_failure_of_known_cause_falsifies_nothing():
    claims = genloss.reproduce("2410.22812/breast-cancer").figures[0].claims
    assert {claim.verdict for claim in claims} == {NOT}
    assert {claim.public_word for claim in claims} == {"inconclusive"}
    assert all(claim.note.startswith("known cause: ") for claim in claims)


# what is kept


def test_what_is_kept_is_not_computed_again_and_more_is_added(tmp_path, monkeypatch):
    name, settings = "2404.01413", {"generations": [0, 1], "workflows": ["replace", "accumulate"]}
    whole = computed_by_parts(small(name, 60, **settings), QUICK)
    computed_by_parts(small(name, 30, **settings), QUICK, out=tmp_path)
    counted, drawn = [], one_design._drawn

    def watched(*arguments):
        counted.append(1)
        return drawn(*arguments)

    monkeypatch.setattr(one_design, "_drawn", watched)
    again = computed_by_parts(small(name, 60, **settings), QUICK, out=tmp_path)
    assert len(counted) == 2 * 3  # blocks of ten, of two workflows: three were there
    assert again.rows == whole.rows
    computed_by_parts(small(name, 60, **settings), QUICK, out=tmp_path)
    assert len(counted) == 2 * 3


def test_a_damaged_cell_is_computed_again(tmp_path):
    entry = small("2404.01413", 20, generations=[0], workflows=["replace"])
    first = computed_by_parts(entry, QUICK, out=tmp_path)
    (kept,) = tmp_path.rglob("*.json")
    kept.write_text(kept.read_text().replace("1", "2"))
    with pytest.warns(Damaged, match="it is computed again"):
        again = computed_by_parts(entry, QUICK, out=tmp_path)
    assert again.rows == first.rows


def test_another_seed_gives_other_numbers_and_the_same_seed_the_same(tmp_path):
    entry = small("2404.02325/closed-loop", 10)
    one, same, other = (
        computed_by_study(entry, QUICK, seed=seed, out=out, workers=workers).rows
        for seed, out, workers in ((1, None, 1), (1, tmp_path, 2), (2, None, 1))
    )
    drawn = [[row.value for row in rows if row.method == "simulation"] for rows in (one, same, other)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert (tmp_path / "index.html").is_file()
    assert any((tmp_path / "cells").iterdir())


# the command


def test_the_list_has_every_figure_and_why_others_are_not(capsys):
    assert run_command(["reproduce", "--list"]) == 0
    said = capsys.readouterr().out
    assert all(each.name in said for each in (*all_entries(), *all_uncovered()))
    assert "GPU hours" in said
    assert run_command(["reproduce", "--list", "--json", "-"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["covered"]) == len(all_entries())
    assert all(each["reason"] for each in told["uncovered"])


def test_one_is_computed_by_its_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run_command(["reproduce", "2412.17646/upper-bound", "--out", "r", "--json", "a.json"]) == 0
    said = capsys.readouterr()
    assert "expected here  ours ± standard error" in said.out
    assert said.out.splitlines()[-1] == "The one claim is reproduced."
    told = json.loads(Path("a.json").read_text(encoding="utf-8"))
    assert told["figures"][0]["claims"][0]["public_word"] == "toy"  # by theory alone
    assert told["exit_code"] == 0
    assert genloss.reproductions.Reproduction.load("r/answer.json").verdicts == {REPRODUCED: 1}
    assert "<h1>2412.17646/upper-bound" in Path("r/index.html").read_text(encoding="utf-8")


def test_a_claim_that_does_not_hold_ends_with_1(capsys):
    assert run_command(["reproduce", "2410.22812/breast-cancer", "--quiet"]) == 1
    said = capsys.readouterr().out
    assert "2. not reproduced (known cause: " in said
    assert "A first fit of largest likelihood exists." in said


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("2402.07712/figure1", "did you mean 2402.07712/figure-1?"),
        ("2402.7712", "did you mean 2402.07712?"),
        ("2407.17493/images", "covered of this paper: guidance"),
        ("diabetes", "did you mean 2410.22812/diabetes-as-published or 2410.22812/diabetes-exact?"),
        ("zzz", "genloss reproduce --list has all"),
    ],
)
def test_a_bad_name_is_answered_with_the_nearest(name, mend, capsys):
    assert run_command(["reproduce", name]) == 2
    assert mend in capsys.readouterr().err
    with pytest.raises(Problem):
        genloss.reproduce(name)


@pytest.mark.parametrize("name", ["arXiv:2404.01413", "2404.01413v2", "arxiv.org/abs/2404.01413", "ARXIV: 2404.01413"])
def test_a_number_is_understood_as_arxiv_writes_it(name):
    assert entries_of(name) == entries_of("2404.01413")


@pytest.mark.parametrize("width", [60, 100])
def test_the_list_fits_a_terminal(width):
    assert max(map(len, listing_text(width).splitlines())) <= width


def test_an_interrupted_run_says_what_is_kept(tmp_path, monkeypatch, capsys):
    from genloss.reproductions import door

    def interrupted(*_arguments, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr(door, "computed_by_parts", interrupted)
    run_command(["reproduce", "2412.17646/upper-bound", "--out", str(tmp_path / "kept")])
    said = capsys.readouterr().err
    assert "what is finished is kept in" in said
    assert "the same command again" in said


@pytest.mark.parametrize("name", [3, None, ["all"], b"all", "", "x" * 100_000])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(Problem, match="no such published figure"):
        genloss.reproduce(name)


@pytest.mark.parametrize("seed", [-1, 1.5, "7", True, 2**63])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises(Problem, match="seed"):
        genloss.reproduce("2412.17646/upper-bound", seed=seed)
