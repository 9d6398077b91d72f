"""What will a study do, in words?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from genloss.results.row import metric_words, with_words
from genloss.study.page.code import code_words
from genloss.study.spec.grid import axes_of
from genloss.study.study import Study
from genloss.study.subjects.table import subject_of_case

KEY_WORDS = {
    "predictor.rows": "rows T of the predictor",
    "predictor.penalty": "penalty λ of the predictor",
    "predictor.synthetic_share": "share of the predictor's rows that are synthetic",
    "predictor.features": "random features of the predictor",
    "generator.shift": "shift of the generator from the truth",
    "workflow.rows": "rows T0 of a generation",
    "workflow.synthetic_rows": "synthetic rows of a generation",
    "workflow.take": "rows drawn from all rows so far",
    "workflow.real_weight": "share of the loss on real rows",
    "workflow.keep": "generations of rows kept",
    "workflow.decay": "decay per generation",
    "workflow.every": "generations between resets",
    "generator.penalty": "penalty of the generator",
    "generator.temperature": "sampling temperature",
    "generator.top_p": "top-p of the sampling",
    "generator.noise": "label noise of the generator",
    "predictor.noise": "label noise of the predictor",
    "population.noise": "label noise",
    "population.dim": "features",
    "population.rows": "rows of the pool",
    "lineages.of": "models",
    "lineages.count": "number of models",
    "lineages.migration": "share of rows read from other models",
    "lineages.neighbors": "neighbors read on either side",
}


VALUE_WORDS = {
    ("lineages.of", "mean"): "each model by itself, on average",
    ("lineages.of", "whole"): "all models as one",
    ("lineages.of", "between"): "two different models",
}


SHORT_WORDS = {
    "predictor.rows": "T",
    "predictor.penalty": "λ",
    "predictor.synthetic_share": "synthetic share",
    "predictor.features": "random features",
    "workflow.rows": "T0",
    "generator.penalty": "generator λ",
    "population.dim": "features",
    "lineages.of": "models",
    "lineages.count": "models",
    "lineages.migration": "share read",
}


_MOST_LISTED = 60  # generations that are listed one by one

UNNAMED = "study"
"""The name of a study that was made from a mapping and has no file."""


def title(study: Study) -> str:
    """Return the study's question; without one its file's name; of a mapping, what it asks in our words."""
    question = str(study.resolved["question"])
    if question or study.name != UNNAMED:
        return question or study.name
    kinds = {str(case["workflow"].get("kind", "")).replace("_", " ") for case in study.cases}
    under = f" under {kinds.pop()}" if len(kinds) == 1 and all(kinds) else ""
    last = max(study.resolved["report"])
    return f"What becomes of the {metric_words(study.resolved['metrics'][0])} by generation {last}{under}?"


def value_name(key: str, value: str) -> str:
    """Name a word on an axis for a reader."""
    return VALUE_WORDS.get((key, value), f"{axis_name(key)}: {value}")


def axis_name(key: str) -> str:
    """Name an axis inside a sentence, as briefly as a reader allows."""
    return SHORT_WORDS.get(key, axis_words(key))


def plain(text: str, study: Study) -> str:
    """Write the names of metrics in a sentence as words."""
    return with_words(text, study.resolved["metrics"])


def axis_words(key: str) -> str:
    """Name an axis for a reader."""
    return KEY_WORDS.get(key, key)


def in_words(study: Study, most: int = 20) -> list[str]:
    """Say what the study does, and then what was done to a user's table; `most` notes of that at the most."""
    notes = data_notes(study)
    more = f"... and {len(notes) - most} more of the notes on the table; the page of genloss run has all of them"
    return [*describe(study), *notes[:most], *([more] if len(notes) > most else [])]


def data_notes(study: Study) -> list[str]:
    """Say what was done to a user's table, each thing once: column left out, gaps filled, words encoded, ..."""
    noted = {
        f"table {case['population']['file']}: {note}": None
        for case in study.cases
        for note in study.data_notes.get(case["name"], ())
    }
    return list(noted)


def _few(generations: Sequence[int]) -> str:
    """List generations, the first ones and the last where they are many.

    >>> _few([0, 1, 5]), _few(range(10_001))
    ('0, 1, 5', '0, 1, 2, 3, 4, 5, ..., 10000 (10,001 of them)')
    """
    if len(generations) <= _MOST_LISTED:
        return ", ".join(str(n) for n in generations)
    return f"{', '.join(str(n) for n in generations[:6])}, ..., {generations[-1]} ({len(generations):,} of them)"


def _replicates(spec: Mapping[str, Any]) -> str:
    """Say how many replicates there are, or how many at most and when a cell has enough."""
    if "stop_at_se" not in spec:
        return f"{spec['replicates']} replicates"
    share = f"{100 * spec['stop_at_se']:.3g} %"
    return f"at most {spec['replicates']} replicates, fewer where each standard error is at most {share} of its mean"


def describe(study: Study) -> list[str]:
    """Say in sentences what is drawn, trained and measured."""
    spec = study.resolved
    report = _few(spec["report"])
    lines = [
        f"generations reported: {report} (0 = trained on real rows); {_replicates(spec)}, "
        f"seed {spec['seed']}; measured: {', '.join(spec['metrics'])}"
    ]
    for case in study.cases:
        name = f"{case['name']}: " if case["name"] else ""
        alone = [] if case.get("simulate", True) else ["not simulated: theory alone"]
        subject = subject_of_case(case)
        lines.append(name + "; ".join([subject.words(case), *alone]))
        axes = axes_of(case)
        if axes:
            parts = [f"{len(values)} values of {axis_words('.'.join(key))}" for key, values in axes.items()]
            lines.append(f"{name}grid of {' x '.join(parts)}")
    return [*lines, *code_words(study)]
