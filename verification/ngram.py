"""What do language models that count lose on a real text, generation by generation? Prints a dated table.

Run: .venv/bin/python verification/ngram.py > verification/ngram.txt (about three minutes). The help topics of
Python's own documentation always; the King James Bible where Debian's bible-kjv and bible-kjv-text are
installed. Each text is cut in two: the first part is real training text, the second is held out. Ten replicates; the
real text is the same in all.
"""

import datetime
import platform
from pathlib import Path

import numpy as np

from genloss.populations.places import Places
from genloss.populations.text import bible_of, find_bible, pydoc_text
from genloss.simulation.texts.ngram import BANDS, ngram_run
from genloss.simulation.texts.unigram import replace_counts
from genloss.streams import stream
from genloss.workflows import accumulate, fixed_real, replace

REPLICATES, LAST = 10, 20


def texts():
    """Name and words of every text at hand."""
    yield "pydoc topics", pydoc_text().data.tokens
    found = find_bible(Places(system=Path("/")))
    if found is not None:
        yield "bible", bible_of(found).data.tokens


def on_text(name, words):
    """Perplexity, distinct tokens, lost mass and what survives by frequency, for three workflows and two orders."""
    _, ids = np.unique(np.array(words), return_inverse=True)
    vocabulary, rows = int(ids.max()) + 1, ids.size * 3 // 4
    real, held = ids[:rows], ids[rows:]
    print(f"\n{name}: {ids.size:,} tokens, {vocabulary:,} of them different; {rows:,} real, {held.size:,} held out")
    header = "order workflow     generation  perplexity (se)   distinct (se)  lost mass of held-out  left by count "
    print(header + " ".join(f"{band}+" for band in BANDS))
    for order in (1, 2):
        for workflow in (replace(rows), accumulate(rows), fixed_real(rows)):
            schedule, kind = workflow.compile(LAST), workflow.short()["kind"]
            runs = [
                ngram_run(real, held, schedule, vocabulary=vocabulary, order=order, rng=stream(9, name, kind, order, r))
                for r in range(REPLICATES)
            ]
            for g in (0, 1, 5, LAST):
                cells = []
                for field in ("perplexity", "distinct", "lost_mass"):
                    seen = np.array([getattr(run, field)[g] for run in runs])
                    cells.append((seen.mean(), seen.std(ddof=1) / np.sqrt(len(runs))))
                kept = np.mean([run.surviving[g] for run in runs], axis=0)
                print(
                    f"{order:>5} {kind:<12} {g:>10}  {cells[0][0]:>9.1f} ({cells[0][1]:.1f})  {cells[1][0]:>8.0f} "
                    f"({cells[1][1]:.0f})  {100 * cells[2][0]:>18.2f} %   {' '.join(f'{k:.2f}' for k in kept)}",
                    flush=True,
                )


def at_scale():
    """Zipf, 50,000 tokens, a million rows, 100 generations of plain replace."""
    law = np.arange(1, 50_001.0) ** -1
    law /= law.sum()
    counts = replace_counts(law, rows=1_000_000, generations=100, rng=stream(9, "zipf"))
    print("\nZipf, vocabulary 50,000, 1,000,000 tokens, replace, one run: generation, tokens left, mass of those lost")
    for g in (0, 1, 2, 5, 10, 20, 50, 100):
        print(f"{g:>4} {int((counts[g] > 0).sum()):>7,} {100 * law[counts[g] == 0].sum():>7.2f} %")


if __name__ == "__main__":
    versions = f"Python {platform.python_version()}, numpy {np.__version__}"
    print(f"{datetime.date.today()}  {versions}; {REPLICATES} replicates")
    for each in texts():
        on_text(*each)
    at_scale()
