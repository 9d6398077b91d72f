"""Rows F and F' of the table of performance: unigrams and bigrams refitted to their own text. Equality first.

    python benchmarks/bench_ngram.py [repeats]

Exits 1 where a ratio is below its floor, 2 where the two sides disagree.
"""

import random
import sys
from collections import Counter, defaultdict

import numpy as np
from clock import Line, machine, report, seconds
from threadpoolctl import threadpool_limits

from genloss.models.ngram import Bigram, Unigram
from genloss.simulation.texts.unigram import multinomial, replace_counts

VOCABULARY, ROWS, LAST = 50_000, 1_000_000, 100
SHORT = 20_000  # tokens that the plain bigram draws; scaled up


def zipf(size):
    """Shares that fall as 1 / rank."""
    law = np.arange(1, size + 1.0) ** -1
    return law / law.sum()


def by_choice(law, rows, last, rng):
    """Draw every token and count."""
    for _ in range(last + 1):
        law = np.bincount(rng.choice(law.size, size=rows, p=law), minlength=law.size) / rows
    return law


def by_multinomial(law, rows, last, rng):
    """Draw counts of the whole vocabulary."""
    for _ in range(last + 1):
        law = rng.multinomial(rows, law) / rows
    return law


def by_counter(tokens, count, rng):
    """Draw a bigram text with Counter and random.choices."""
    following = defaultdict(Counter)
    for before, after in zip(tokens, [*tokens[1:], tokens[0]], strict=True):
        following[before][after] += 1
    text = [rng.choice(tokens)]
    for _ in range(count - 1):
        known = following[text[-1]]
        text.append(rng.choices(list(known), weights=list(known.values()))[0])
    return text


def unigrams_agree(rng):
    """Surviving tokens and heterozygosity after 20 generations, 300 runs each side; and the counts of one draw."""
    law, runs = zipf(200), 300

    def summary(shares):
        return (shares > 0).sum(), 1 - (shares**2).sum()

    one = np.array([summary(replace_counts(law, rows=1000, generations=20, rng=rng)[-1] / 1000) for _ in range(runs)])
    other = np.array([summary(by_choice(law, 1000, 20, rng)) for _ in range(runs)])
    error = np.sqrt((one.var(axis=0) + other.var(axis=0)) / runs)
    z = np.abs(one.mean(axis=0) - other.mean(axis=0)) / error
    single = np.array([multinomial(1000, law, rng)[:3] for _ in range(2000)])
    spread = np.sqrt(1000 * law[:3] * (1 - law[:3]) / 2000)
    z = np.append(z, np.abs(single.mean(axis=0) - 1000 * law[:3]) / spread)
    print(f"equal: unigrams, z of surviving tokens, heterozygosity, three counts: {z.round(1).tolist()}, of 4.5")
    return z.max() < 4.5


def bigrams_agree(rng):
    """Shares of the commonest pairs."""
    tokens = Unigram(zipf(30) * 1e6).sample(3000, rng)
    ours = Bigram.counted(tokens, 30).sample(300_000, rng)
    plain = np.array(by_counter(tokens.tolist(), 300_000, random.Random(5)))
    worst = 0.0
    for pair in ((0, 0), (0, 1), (1, 0), (2, 5)):
        seen = [np.mean((text[:-1] == pair[0]) & (text[1:] == pair[1])) for text in (ours, plain)]
        error = np.sqrt(2 * max(seen) / 300_000)
        worst = max(worst, abs(seen[0] - seen[1]) / error)
    print(f"equal: bigrams, largest z of four pairs' shares: {worst:.1f}, of 4.5")
    return worst < 4.5


def main(repeats=5):
    """Check, time, print."""
    rng = np.random.default_rng(6)
    print(f"machine: {machine()}; one thread, median of {repeats} after a warm-up")
    if not (unigrams_agree(rng) and bigrams_agree(rng)):
        print("the two sides disagree: nothing is timed")
        return 2
    law = zipf(VOCABULARY)
    ours = seconds(lambda: replace_counts(law, rows=ROWS, generations=LAST, rng=rng), repeats)
    full = seconds(lambda: by_multinomial(law, ROWS, LAST, rng), repeats)
    few = 2
    choice = seconds(lambda: by_choice(law, ROWS, few - 1, rng), 1) * (LAST + 1) / few
    tokens = Unigram(law * ROWS).sample(ROWS, rng)
    bigram = seconds(lambda: Bigram.counted(tokens, VOCABULARY).sample(ROWS, rng), repeats)
    listed = tokens.tolist()
    build = seconds(lambda: by_counter(listed, 1, random.Random(1)), 1)
    counter = build + (seconds(lambda: by_counter(listed, SHORT, random.Random(1)), 1) - build) * ROWS / SHORT
    lines = [
        Line("F  V=50,000, 10^6 tokens, choice + bincount", "chain", choice, ours, 50, 170),
        Line("F  the same, multinomial of all tokens", "chain", full, ours, 2, 4),
        Line("F' bigram, 10^6 tokens, Counter + choices", "text", counter, bigram, 400, 1500),
    ]
    print(f"choice is timed for {few} generations, Counter for {SHORT:,} tokens, and scaled up")
    return report(lines)


if __name__ == "__main__":
    with threadpool_limits(limits=1):
        sys.exit(main(*map(int, sys.argv[1:2])))
