"""Does an audit of texts raise no false alarms, and does it see what language models lose?

Run: .venv/bin/python verification/audit_texts.py > verification/audit_texts.txt (about ten minutes)
Sizes and seeds were fixed before the first look.

Null: generations are disjoint random parts of one set of texts. Rates are conditional on that set.
Power: words are drawn by a model fitted to the help topics of Python; the reference is drawn from generation 0.
"""

import argparse
import datetime
import platform
from collections import Counter
from functools import partial

import numpy as np

from genloss.audit.alternatives import tilted
from genloss.audit.cells import PER_CELL, cells
from genloss.audit.lens import EITHER, HIGHER, LOSS, LOWER
from genloss.audit.process import process
from genloss.audit.wording import WEIGHTS, TextLens
from genloss.populations.places import NO_FOLDER
from genloss.populations.text import find_bible, words
from genloss.streams import stream

SIDES = {LOWER: (-1,), HIGHER: (1,), EITHER: (-1, 1)}
CELLS, MANY_CELLS, MANY = 12, 16, 1000
GENERATIONS, CHAINS, POWER_CHAINS = 12, 100, 8
LENGTH, DOCUMENTS, REFERENCE = 200, 30, 400
ALPHAS = (0.05, 0.2, 0.5)


def audited(real, generations, seed, number=0):
    """Return of each stream: metric and part, meaning, weight, and evidence by generation."""
    mixed = [real[place] for place in stream(seed, "halves", number).permutation(len(real))]
    lens = TextLens.of(mixed[: len(real) // 2], seed)
    known, made = lens.scores(mixed[len(real) // 2 :]), [lens.scores(each) for each in generations]
    found = []
    for part in lens.parts():
        reference, rng = known[part.key], stream(seed, "ties", number, part.metric, part.part)
        if len(reference) < 2 * PER_CELL - 1:
            continue
        cut = cells(reference, rng.random(len(reference)), MANY_CELLS if len(reference) >= MANY else CELLS)
        counts = np.array([cut.counts(each[part.key], rng.random(len(each[part.key]))) for each in made])
        evidence = process(cut.gaps, counts, partial(tilted, sides=SIDES[part.law])).evidence
        found.append((f"{part.metric} {part.part}".strip(), part.meaning, part.share * WEIGHTS[part.metric], evidence))
    return found


def first_alarm(found, alpha, meaning=None):
    """Return the generation of the first alarm and its streams; None where there is none."""
    alarms = {
        name: int(np.argmax(weight * evidence >= 1 / alpha)) + 1
        for name, means, weight, evidence in found
        if (weight * evidence >= 1 / alpha).any() and meaning in (None, means)
    }
    first = min(alarms.values(), default=None)
    return first, [name for name, when in alarms.items() if when == first]


def chapters():
    """Return the chapters of the King James Bible, and its verses."""
    found = find_bible(NO_FOLDER)
    lines = [line.split(" ", 1) for line in found.contents[0].decode("ascii").splitlines()]
    whole = {}
    for where, verse in lines:
        whole.setdefault(where.split(":")[0], []).append(verse)
    return [" ".join(each) for each in whole.values()], [verse for _, verse in lines]


def null(name, texts, reference, rows, chains):
    """Print how often chains of random parts of the texts ever alarm, by any stream or one."""
    ever, by_stream = Counter(), Counter()
    for chain in range(chains):
        order = stream(41, name, chain).permutation(len(texts))
        mixed = [texts[place] for place in order[: reference + GENERATIONS * rows]]
        made = [mixed[reference + t * rows : reference + (t + 1) * rows] for t in range(GENERATIONS)]
        found = audited(mixed[:reference], made, 41, chain)
        for alpha in ALPHAS:
            ever[alpha] += first_alarm(found, alpha)[0] is not None
        by_stream.update(name for name, _, weight, evidence in found if (weight * evidence >= 2).any())
    rates = ", ".join(f"{ever[a] / chains:.3f} at {a:g}" for a in ALPHAS)
    error = 0.05 * 0.95 / chains
    print(f"null {name}: {reference} real, {GENERATIONS} x {rows}; {chains} chains; ever alarmed {rates}", end="")
    print(f" (standard error at .05: {error**0.5:.3f}); at .5 by: {dict(by_stream)}", flush=True)


class Words:
    """A model of words drawn independently, or each after the one before, as counted in a circle."""

    def __init__(self, said, *, pairs, power=1.0, nucleus=1.0):
        self.said, self.pairs = np.asarray(said), pairs
        self.power, self.nucleus = power, nucleus
        if not pairs:
            self.vocabulary, counts = np.unique(self.said, return_counts=True)
            self.shares = self._decoded(counts)
            return
        self.vocabulary, places = np.unique(self.said, return_inverse=True)
        after = {}
        for first, second in zip(places, np.roll(places, -1), strict=True):
            after.setdefault(int(first), Counter())[int(second)] += 1
        self.after = {}
        for first, counted in after.items():
            seconds = np.array(list(counted))
            self.after[first] = seconds, np.cumsum(self._decoded(np.array(list(counted.values()))))
        self.places = places

    def _decoded(self, counts):
        shares = (counts / counts.sum()) ** (1 / self.power)
        shares = shares / shares.sum()
        order = np.argsort(-shares, kind="stable")
        before = np.cumsum(shares[order]) - shares[order]
        kept = np.zeros(len(shares))
        kept[order] = np.where(before < self.nucleus, shares[order], 0.0)
        return kept / kept.sum()

    def draw(self, many, rng):
        """Draw so many words."""
        if not self.pairs:
            return self.vocabulary[rng.choice(len(self.vocabulary), many, p=self.shares)]
        place, found = int(rng.choice(self.places)), []
        for luck in rng.random(many):
            found.append(place)
            seconds, below = self.after[place]
            place = int(seconds[min(np.searchsorted(below, luck, side="right"), len(seconds) - 1)])
        return self.vocabulary[found]


def documents(said):
    """Return drawn words as texts of one length."""
    return [" ".join(said[k : k + LENGTH]) for k in range(0, len(said), LENGTH)]


def power(name, said, *, pairs, replace=False, change=None, **decoding):
    """Print when chains alarm. replace: each generation is fitted to the one before. change: generation of decoding."""
    whens, gains, early, streams, effects = [], 0, 0, Counter(), []
    for chain in range(POWER_CHAINS):
        rng = stream(42, name, chain)
        first = Words(said, pairs=pairs)
        real, made, model = first.draw(REFERENCE * LENGTH, rng), [], first
        for t in range(1, GENERATIONS + 1):
            if change and t == change:
                model = Words(said, pairs=pairs, **decoding)
            made.append(model.draw(DOCUMENTS * LENGTH, rng))
            model = Words(made[-1], pairs=pairs) if replace else model
        found = audited(documents(real), [documents(each) for each in made], 42, chain)
        when, names = first_alarm(found, 0.05, LOSS)
        whens.append(when)
        early += bool(change and when and when < change)
        gain = first_alarm([each for each in found if each[1] != LOSS], 0.05)[0]
        gains += gain is not None
        streams.update(names)
        effects.append(len(set(made[9])) / len(set(made[0])))
    said_effects = f"types at generation 10 beside 1: {np.mean(effects):.2f}"
    print(f"power {name}: loss alarm at {sorted(whens, key=lambda w: w or 99)}; early {early}; ", end="")
    print(f"chains with an alarm of a shift {gains}; {said_effects}; first by {dict(streams)}", flush=True)


def main(chains):
    """Print all tables."""
    print(datetime.date.today(), f" Python {platform.python_version()}, numpy {np.__version__}")
    from pydoc_data.topics import topics

    helps = [topics[name] for name in sorted(topics)]
    said = [word for text in helps for word in words(text)]
    print(f"help topics of Python: {len(helps)} texts, {len(said):,} words, {len(set(said)):,} different", flush=True)
    power("one word replace", said, pairs=False, replace=True)
    power("pairs replace", said, pairs=True, replace=True)
    for pairs in (False, True):
        kind = "pairs" if pairs else "one word"
        power(f"{kind} temperature .8 from 4", said, pairs=pairs, change=4, power=0.8)
        power(f"{kind} top-p .9 from 4", said, pairs=pairs, change=4, nucleus=0.9)
        power(f"{kind} no change", said, pairs=pairs)
    null("help topics", helps, 43, 3, chains)
    whole, verses = chapters()
    null("chapters", whole, 400, 50, chains)
    null("verses", verses, 1600, 400, chains)


if __name__ == "__main__":
    given = argparse.ArgumentParser()
    given.add_argument("--chains", type=int, default=CHAINS)
    main(given.parse_args().chains)
