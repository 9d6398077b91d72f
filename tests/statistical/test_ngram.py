"""Do models that count draw what they counted, and do tokens get lost as drift says?

Rule: Z standard errors of counts. Controls: shares of another model are refused.
"""

from collections import Counter

import numpy as np
import pytest
from helpers import Z, mean_and_error

from genloss.errors import Problem
from genloss.models.ngram import Bigram, Unigram
from genloss.simulation.texts.ngram import BANDS, frequency_bands, ngram_run
from genloss.simulation.texts.unigram import multinomial, replace_counts
from genloss.streams import stream
from genloss.workflows import accumulate, accumulate_subsample, fixed_real, fresh_real, replace

TEXT = np.array([0, 1, 2, 0, 1, 0, 3, 1, 1, 2, 4, 0, 1, 2, 0, 3, 4, 0, 1, 2])


def test_a_bigram_draws_the_pairs_it_counted():
    fit = Bigram.counted(TEXT, 6)
    drawn = fit.sample(200_000, stream(8, "bigram"))
    pairs = Counter(zip(TEXT.tolist(), np.roll(TEXT, -1).tolist(), strict=True))
    occurrences = Counter(TEXT.tolist())
    seen = Counter(zip(drawn[:-1].tolist(), drawn[1:].tolist(), strict=True))
    starts = Counter(drawn[:-1].tolist())
    assert set(seen) == set(pairs)
    for (before, after), count in pairs.items():
        chance = count / occurrences[before]
        error = np.sqrt(max(chance * (1 - chance), 0.0) / starts[before])
        assert abs(seen[before, after] / starts[before] - chance) <= Z * error + 1e-12
    wrong = 2 / 5  # control: 0 is followed by 1 in 4 of 6, not in 2 of 5
    assert abs(seen[0, 1] / starts[0] - wrong) > 100 * np.sqrt(wrong * (1 - wrong) / starts[0])


def test_probabilities_by_hand():
    fit, unigram = Bigram.counted(TEXT, 6), Unigram.counted(TEXT, 6)
    shares = (np.bincount(TEXT, minlength=6) + 0.5) / (TEXT.size + 3)
    assert np.exp(unigram.log_prob(np.array([0, 5]))) == pytest.approx(shares[[0, 5]])
    held = np.array([0, 1, 5, 2])
    assert np.bincount(TEXT).tolist() == [6, 6, 4, 2, 2]  # 0 is followed by 1 four times, 5 never comes
    expected = [(4 + 5 * shares[1]) / (6 + 5), (0 + 5 * shares[5]) / (6 + 5), (0 + 5 * shares[2]) / (0 + 5)]
    assert np.exp(fit.log_prob(held)) == pytest.approx(expected)
    everything = np.exp(fit.log_prob(np.array([[0, w] for w in range(6)]).ravel()))[::2]
    assert everything.sum() == pytest.approx(1)


def test_counts_are_multinomial():
    weights = np.array([5.0, 1.0, 0.5, 0.01])
    drawn = np.array([multinomial(50, weights, stream(8, "multinomial", r)) for r in range(20_000)])
    assert np.all(drawn.sum(axis=1) == 50)
    p = weights / weights.sum()
    mean, error = mean_and_error(drawn.T)
    assert np.all(np.abs(mean - 50 * p) < Z * error)
    covariance = 50 * (np.diag(p) - np.outer(p, p))
    centered = drawn - 50 * p
    for i, j in ((0, 0), (0, 1), (1, 2), (2, 2)):
        mean, error = mean_and_error(centered[:, i] * centered[:, j])
        assert abs(mean - covariance[i, j]) < Z * error
        assert abs(mean - 50 * p[i] * (i == j)) > Z * error  # control: independent Poisson counts


def test_drift_of_a_unigram():
    """Heterozygosity falls by 1 - 1/N a generation, and lost tokens stay lost."""
    law, rows, last = np.array([0.5, 0.3, 0.15, 0.05]), 40, 12
    runs = np.array([replace_counts(law, rows=rows, generations=last, rng=stream(8, "drift", r)) for r in range(4000)])
    assert np.all(runs.sum(axis=2) == rows)
    kept = runs > 0
    assert np.all(kept[:, :-1] | ~kept[:, 1:])
    mean, error = mean_and_error(1 - ((runs[:, -1] / rows) ** 2).sum(axis=1))
    right = (1 - (law**2).sum()) * (1 - 1 / rows) ** (last + 1)
    assert abs(mean - right) < Z * error
    assert abs(mean - right * (1 - 1 / rows) ** 4) > Z * error  # control: four generations off


def test_workflows_of_text():
    rng = stream(8, "text")
    law = np.arange(1, 301.0) ** -1.1
    real = rng.choice(300, size=12_000, p=law / law.sum())
    text, held = real[:8000], real[8000:]
    runs = {
        workflow.short()["kind"]: ngram_run(text, held, workflow.compile(6), vocabulary=300, order=1, rng=rng)
        for workflow in (replace(1000), accumulate(1000), fixed_real(1000), fresh_real(1000))
    }
    for run in runs.values():
        assert run.perplexity.shape == run.distinct.shape == run.lost_mass.shape == (7,)
        assert run.surviving.shape == (7, len(BANDS))
        assert run.surviving[0] == pytest.approx(np.ones(len(BANDS)))
    replaced = runs["replace"]
    assert np.all(np.diff(replaced.distinct) <= 0)
    assert np.all(np.diff(replaced.lost_mass) >= 0)
    assert replaced.surviving[-1, 0] < replaced.surviving[-1, 3] < 1.01
    assert np.all(runs["accumulate"].distinct == runs["accumulate"].distinct[0])
    assert replaced.perplexity[-1] > runs["accumulate"].perplexity[-1] > runs["fixed_real"].perplexity[-1]
    assert runs["fresh_real"].perplexity[-1] < runs["fixed_real"].perplexity[-1]


def test_bands():
    assert frequency_bands(np.array([0, 1, 2, 3, 4, 7, 8, 33])).tolist() == [-1, 0, 1, 1, 2, 2, 3, 5]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"order": 3}, "unigrams"),
        ({"schedule": accumulate_subsample(10, 10).compile(2)}, "trains on a subsample"),
        ({"schedule": fresh_real(10).compile(3)}, "generation 2 needs 30 real tokens"),
        ({"vocabulary": 3}, "outside a vocabulary of 3"),
        ({"real": np.array([0.5, 1.0])}, "token ids"),
    ],
)
def test_what_is_refused(changes, said):
    asked = {"real": TEXT, "held_out": TEXT, "schedule": replace(10).compile(2), "vocabulary": 6, "order": 1} | changes
    real, held_out, schedule = (asked.pop(key) for key in ("real", "held_out", "schedule"))
    with pytest.raises(Problem, match=said):
        ngram_run(real, held_out, schedule, rng=stream(1, "x"), **asked)
