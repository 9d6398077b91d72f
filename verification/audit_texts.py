"""Does an audit of texts raise no false alarms, and does it see what language models lose?

Run: .venv/bin/python verification/audit_texts.py > verification/audit_texts.txt (about ten minutes)
Sizes and seeds were fixed before the first look.

Null: generations are disjoint random parts of one set of texts. Rates are conditional on that set.
Power: words are drawn by a model fitted to the help topics of Python; the reference is drawn from generation 0.
"""

import argparse
import datetime
import platform
import re
from collections import Counter

import numpy as np

from genloss.audit.lens import LOSS
from genloss.audit.process import process
from genloss.audit.sketch import sketch
from genloss.audit.state import key_of
from genloss.audit.streams import streams_of
from genloss.audit.wording import WEIGHTS, TextLens
from genloss.populations.places import NO_FOLDER
from genloss.populations.text import find_bible, words
from genloss.streams import stream

GENERATIONS, CHAINS, POWER_CHAINS = 12, 100, 8
LENGTH, DOCUMENTS, REFERENCE = 200, 30, 400
ALPHAS = (0.05, 0.2, 0.5)


def audited(real, generations, seed):
    """Return of each stream: metric and part, meaning, weight, and evidence by generation."""
    given = sketch([real], key_of(seed, "real"))
    half = len(given.columns) // 2
    lens = TextLens.of(given.columns[:half], seed)
    scores = lens.scores(given.columns[half:])
    streams = list(streams_of(list(lens.parts()), WEIGHTS, scores, given.hashes[half:]))
    seen = []
    for t, generation in enumerate(generations):
        made = sketch([generation], key_of(seed, "generation", t))
        own = lens.scores(made.columns)
        seen.append([each.scored(own, made.hashes, None).counts for each in streams])
    found = []
    for each, counts in zip(streams, zip(*seen, strict=True), strict=True):
        evidence = process(each.cells.gaps, np.array(counts), each.others).evidence
        found.append((f"{each.part.metric} {each.part.part}".strip(), each.part.meaning, each.weight, evidence))
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
        found = audited(mixed[:reference], made, 4100 + chain)
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

    def draw(self, texts, rng):
        """Draw so many texts, each on its own, as words (texts, LENGTH)."""
        if not self.pairs:
            return self.vocabulary[rng.choice(len(self.vocabulary), (texts, LENGTH), p=self.shares)]
        found = []
        for lucks in rng.random((texts, LENGTH)):
            place = int(rng.choice(self.places))
            for luck in lucks:
                found.append(place)
                seconds, below = self.after[place]
                place = int(seconds[min(np.searchsorted(below, luck, side="right"), len(seconds) - 1)])
        return self.vocabulary[found].reshape(texts, LENGTH)


def documents(said):
    """Return drawn words as texts."""
    return [" ".join(each) for each in said]


def power(name, said, *, pairs, replace=False, change=None, **decoding):
    """Print when chains alarm. replace: each generation is fitted to the one before. change: generation of decoding."""
    whens, gains, early, streams, effects = [], 0, 0, Counter(), []
    for chain in range(POWER_CHAINS):
        rng = stream(42, name, chain)
        first = Words(said, pairs=pairs)
        real, made, model = first.draw(REFERENCE, rng), [], first
        for t in range(1, GENERATIONS + 1):
            if change and t == change:
                model = Words(said, pairs=pairs, **decoding)
            made.append(model.draw(DOCUMENTS, rng))
            model = Words(made[-1].ravel(), pairs=pairs) if replace else model
        found = audited(documents(real), [documents(each) for each in made], 4200 + chain)
        when, names = first_alarm(found, 0.05, LOSS)
        whens.append(when)
        early += bool(change and when and when < change)
        gain = first_alarm([each for each in found if each[1] != LOSS], 0.05)[0]
        gains += gain is not None
        streams.update(names)
        effects.append(len(np.unique(made[9])) / len(np.unique(made[0])))
    said_effects = f"types at generation 10 beside 1: {np.mean(effects):.2f}"
    print(f"power {name}: loss alarm at {sorted(whens, key=lambda w: w or 99)}; early {early}; ", end="")
    print(f"chains with an alarm of a shift {gains}; {said_effects}; first by {dict(streams)}", flush=True)


def joined(text):
    """Return a text with half as many sentences."""
    return re.sub(r"[.?!] (\w)", lambda found: f", {found[1].lower()}", text, count=text.count(". ") // 2)


def halved(text):
    """Return the first half of a text."""
    said = text.split(" ")
    return " ".join(said[: len(said) // 2])


def with_typos(text, rng):
    """Return a text of which one word in twenty has two letters exchanged for others."""
    said = text.split(" ")
    for place in np.flatnonzero(rng.random(len(said)) < 0.05):
        said[place] = said[place][:1] + "".join(rng.choice(list("bcdfgklmnprstvwz"), 2)) + said[place][3:]
    return " ".join(said)


def without_rare(text, common, rng):
    """Return a text in which words outside the commonest are exchanged for common ones."""
    return " ".join(word if word in common else str(rng.choice(list(common)[:100])) for word in words(text))


def told_again(texts, rng):
    """Return texts of which a third are copies of the others."""
    return [texts[place] for place in rng.integers(0, 2 * len(texts) // 3, len(texts))]


def changed(name, texts, change):
    """Print which alarms chains raise whose generations are changed from 4 on."""
    losses, shifts, early, told = [], [], 0, Counter()
    for chain in range(POWER_CHAINS):
        rng = stream(43, name, chain)
        mixed = [texts[place] for place in rng.permutation(len(texts))[: 400 + 8 * 50]]
        made = [mixed[400 + t * 50 : 450 + t * 50] for t in range(8)]
        found = audited(mixed[:400], made[:3] + [change(each, rng) for each in made[3:]], 4300 + chain)
        losses.append(first_alarm(found, 0.05, LOSS)[0])
        shift, _ = first_alarm([each for each in found if each[1] != LOSS], 0.05)
        shifts.append(shift)
        when, first = first_alarm(found, 0.05)
        early += bool(when and when < 4)
        told.update(first)
    both = [sorted(each, key=lambda w: w or 99) for each in (losses, shifts)]
    print(f"chapters, {name} from 4: loss alarm at {both[0]}; shift alarm at {both[1]}; early {early}; ", end="")
    print(f"first by {dict(told)}", flush=True)


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
    counted = Counter(word for text in whole for word in words(text))
    common = {word for word, _ in counted.most_common(2000)}
    changed("sentences joined", whole, lambda texts, _: [joined(each) for each in texts])
    changed("texts halved", whole, lambda texts, _: [halved(each) for each in texts])
    changed("one word in twenty misspelled", whole, lambda texts, rng: [with_typos(each, rng) for each in texts])
    changed(
        "only the 2,000 commonest words", whole, lambda texts, rng: [without_rare(each, common, rng) for each in texts]
    )
    changed("a third of the texts copied", whole, told_again)
    null("chapters", whole, 400, 50, chains)
    null("verses", verses, 1600, 400, chains)


if __name__ == "__main__":
    given = argparse.ArgumentParser()
    given.add_argument("--chains", type=int, default=CHAINS)
    main(given.parse_args().chains)
