"""Does the evidence of texts stay small where nothing changes, and grow where rare words are cut off?

Rule: of 24 chains of 4 unchanged generations fewer than the bound of one half alarm at alpha .5 (in truth about one in
twenty, so that a wrong law is seen long before). A chain whose words are cut to the commoner half of the mass alarms by
a loss when that begins, and not before; one that is not cut, the control, never.
"""

import numpy as np
import pytest

from genloss.audit.lens import LOSS
from genloss.audit.process import process
from genloss.audit.sketch import sketch
from genloss.audit.streams import streams_of
from genloss.audit.wording import WEIGHTS, TextLens
from genloss.streams import stream

SHARES = 1 / np.arange(1, 3001)


def texts(rng, count, words=60, kept=3000):
    said = rng.choice(kept, (count, words), p=SHARES[:kept] / SHARES[:kept].sum())
    return [" ".join(f"w{place}x" for place in row) for row in said]


def alarms(real, generations, alpha, key):
    """Return of each alarm its first generation and meaning."""
    given = sketch([real], key)
    half = len(given.columns) // 2
    lens = TextLens.of(given.columns[:half], key)
    streams = list(streams_of(lens.parts(), WEIGHTS, lens.scores(given.columns[half:]), given.hashes[half:]))
    made = [sketch([each], key + t) for t, each in enumerate(generations, 1)]
    scores = [lens.scores(each.columns) for each in made]
    found = []
    for each in streams:
        counts = np.array([each.scored(own, one.hashes, None).counts for own, one in zip(scores, made, strict=True)])
        beyond = each.weight * process(each.cells.gaps, counts, each.others).evidence >= 1 / alpha
        if beyond.any():
            found.append((int(np.argmax(beyond)) + 1, each.part.meaning))
    return found


def test_texts_that_do_not_change_raise_no_alarm():
    ever = 0
    for chain in range(24):
        rng = stream(95, "null", chain)
        ever += bool(alarms(texts(rng, 160), [texts(rng, 40) for _ in range(4)], 0.5, 1000 * chain))
    assert ever < 12


@pytest.mark.parametrize("kept", [55, 3000])
def test_cut_words_raise_a_loss_when_they_are_cut(kept):
    rng = stream(95, "cut", kept)
    made = [texts(rng, 100), texts(rng, 100), *(texts(rng, 100, kept=kept) for _ in range(2))]
    found = alarms(texts(rng, 400), made, 0.05, 7)
    if kept == 3000:
        assert not found
    else:
        assert min(found) == (3, LOSS)
