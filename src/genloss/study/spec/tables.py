"""Which keys does a study know, what may stand there, and what is assumed when nothing does?"""

from __future__ import annotations

from genloss.study.language.checks import list_of, number, whole, word
from genloss.study.language.key import Key
from genloss.study.spec import category_keys, count_keys, family_keys, own_keys, smoothing_keys, text_keys
from genloss.study.spec.lineage_keys import LINEAGES
from genloss.study.spec.regression_keys import GENERATOR, POPULATION, PREDICTOR
from genloss.study.spec.workflow_keys import WORKFLOW

MOST_GENERATIONS = 10_000

STUDY = {
    "schema": Key(word("study/1"), 'schema = "study/1"', "study/1"),
    "question": Key(word(), "the question in one sentence", ""),
    "seed": Key(whole(0, 2**63 - 1), "a whole number from 0 on", 0),
    "replicates": Key(whole(2, 1_000_000), "a number of repetitions from 2 on", 100),
    "stop_at_se": Key(number(0.0, 1.0, above=True), "a share of the mean, above 0 and up to 1, e.g. 0.01", None),
    "generations": Key(whole(0, MOST_GENERATIONS), "the last generation, from 0 (real labels only) to 10,000"),
    "report": Key(list_of(whole(0, MOST_GENERATIONS)), "a list of generations, e.g. [0, 1, 5]", None),
    "metrics": Key(list_of(word()), 'a list of metrics, e.g. ["excess_risk"]', None),
}

_OTHERS = (family_keys, category_keys, count_keys, text_keys, smoothing_keys, own_keys)

TABLES: dict[str, dict[str, dict[str, Key]]] = {
    "population": POPULATION | {key: value for each in _OTHERS for key, value in each.POPULATION.items()},
    "workflow": WORKFLOW,
    "lineages": LINEAGES,
    "generator": GENERATOR | {key: value for each in _OTHERS for key, value in each.GENERATOR.items()},
    "predictor": PREDICTOR,
}
"""Every table of a study by kind; a new model, workflow or population is one entry in one of these."""
