"""What stands where a study gives nothing, for keys whose value then follows from the rest of the study?"""

from __future__ import annotations

from genloss.metrics import METRICS
from genloss.study.spec.kinds import KINDS

STUDY = "study"
CLAIM = "claim"


def _first_metrics() -> str:
    """The metric that is taken, subject by subject."""
    firsts = {subject: next(n for n, each in METRICS.items() if subject in each.subjects) for subject in KINDS}
    named: dict[str, list[str]] = {}
    for subject, metric in firsts.items():
        named.setdefault(metric, []).append(subject)
    return "; ".join(f"{metric} ({', '.join(subjects)})" for metric, subjects in named.items())


_NOISE = "the noise of the population"
_FILLED = "it is filled in when the study is read"
FOLLOWS: dict[tuple[str, str], str] = {
    (STUDY, "metrics"): f"one metric, by subject: {_first_metrics()}",
    (STUDY, "report"): "all generations, from 0 to the last",
    (STUDY, "stop_at_se"): "no cell stops early",
    (CLAIM, "metric"): "the first metric of the study",
    (CLAIM, "from"): "where the axis begins",
    (CLAIM, "to"): "where the axis ends",
    (CLAIM, "case"): "every case",
    (CLAIM, "generation"): "every reported generation",
    (CLAIM, "where"): "every place of the grid",
    (CLAIM, "versus"): "the number stands by itself, divided by nothing",
    (CLAIM, "nearest_wrong"): "10 % above and below what is claimed, if the claim names a number or a range",
    ("population", "rows"): "all that are not held out",
    ("population", "held_out"): "a quarter of the rows",
    ("population", "columns"): "all",
    ("population", "sha256"): _FILLED,
    ("population", "missing"): "refuse: a file with missing entries is not taken",
    ("population", "levels"): "50",
    ("generator", "noise"): _NOISE,
    ("generator", "sha256"): _FILLED,
    ("predictor", "noise"): _NOISE,
    ("predictor", "features"): "it sees the inputs themselves",
    ("workflow", "synthetic_rows"): "the same as rows",
    ("workflow", "real_weight"): "the share of real rows among all that are trained on",
    ("workflow", "take"): "the same as rows",
    ("lineages", "rows"): "those of the workflow, the same for all",
    ("lineages", "penalty"): "that of the generator, the same for all",
    ("lineages", "workflows"): "that of the study, the same for all",
    ("workflow", "reset"): "it never begins again",
    ("workflow", "only_through"): "they hold for all generations",
}
"""By table and key. Where a key is not here, nothing is used in its place."""
