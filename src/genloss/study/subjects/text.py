"""Studies of a real text: language models that count are refitted to texts that earlier ones wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from genloss.blocks import Draws
from genloss.errors import Problem
from genloss.metrics import TextErrors
from genloss.models.ngram import Tokens
from genloss.populations import DATASETS
from genloss.room import refuse_memory
from genloss.simulation.terms import in_replicate
from genloss.simulation.texts.judging import refuse_filters
from genloss.simulation.texts.ngram import TextRun, ngram_run
from genloss.streams import BLOCK
from genloss.study.spec.scope import Scope
from genloss.study.spec.text_data import text_of
from genloss.study.subjects.protocol import Group, Subject, no_formula, one_engine
from genloss.study.subjects.schedules import schedule_for
from genloss.study.subjects.words import value_words, workflow_words


def _simulate(
    scope: Scope, group: Group, engine: str, draws: Draws, report: tuple[int, ...]
) -> Sequence[Sequence[TextErrors]]:
    """Each replicate has its own stream: the real text is the same, what models write is not."""
    del engine
    cell = group[0]
    text, schedule = text_of(cell.settings["population"], scope.places), schedule_for(scope, cell)

    def run(replicate: int) -> TextRun:
        return ngram_run(
            text.real,
            text.held_out,
            schedule,
            vocabulary=text.vocabulary,
            order=cell.settings["generator"]["order"],
            rng=draws.streams("text", replicate),
        )

    runs = [in_replicate(replicate, run) for replicate in range(draws.replicates)]
    return [[_errors(runs, g, text.held_out) for g in report]]


def _errors(runs: Sequence[TextRun], g: int, held_out: Tokens) -> TextErrors:
    return TextErrors(
        held_out_log_prob=np.array([run.held_out_log_prob[g] for run in runs]),
        word_counts=np.array([run.counts[g] for run in runs]),
        first_counts=runs[0].counts[0],
        held_out_words=held_out,
    )


def _words(case: Mapping[str, Any]) -> str:
    population, order = case["population"], case["generator"]["order"]
    known = DATASETS.get(population["kind"])
    what = known.what if known is not None else f"text {population['file']}"
    model = {1: "unigram", 2: "bigram"}.get(order, "unigram or bigram") if isinstance(order, int) else "n-gram"
    return (
        f"real text ({what}), its last {value_words(population['held_out'])} held out for judging; each generation "
        f"fits a {model} model to {workflow_words(case['workflow'], 'written')}"
    )


def _check(scope: Scope, group: Group, workers: int) -> None:
    """Read the text, and refuse one that is too short, or whose runs would not fit into memory."""
    cell = group[0]
    text, schedule = text_of(cell.settings["population"], scope.places), schedule_for(scope, cell)
    refuse_filters(schedule)
    needed = sum(batch.rows for batch in schedule.batches if batch.real)
    if needed > text.real.size:
        found = f"the workflow needs {needed:,} real words, and {text.real.size:,} are not held out"
        raise Problem("workflow.rows", found, "give fewer rows, or hold out less")
    fits, words = len(schedule.train), text.vocabulary
    held = 8.0 * workers * (BLOCK * fits * words + sum(batch.rows for batch in schedule.batches))
    what = f"counts of {words:,} words in {fits:,} fits"
    refuse_memory("study", held, what, "lower generations", workers)


TEXT = Subject(
    name="text",
    engines=lambda: ("ngram",),
    choose=one_engine("ngram", "writes no text"),
    check=_check,
    predict=no_formula("the law of real text is not known"),
    simulate=_simulate,
    words=_words,
)
