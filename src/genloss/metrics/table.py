"""Which quantities can be measured? One visible table, with meaning, unit, range and what each needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from math import inf

from genloss.errors import Problem
from genloss.metrics import bands, categories, judged, kinds, laws, risk, samples, smoothed, texts, wording
from genloss.metrics.evidence import EVIDENCE, AnyErrors, Array, LinearErrors, Measured, PoolErrors, known, names_of

Way = Callable[..., Array]
"""A pure function; what it needs to know are the names of its arguments, fields of the classes in evidence.py."""


@dataclass(frozen=True)
class Metric:
    """A named quantity: what it means, its unit, its smallest value, and the ways in which it is computed.

    ways: the first one of which everything is known serves. more_is_better: whether a fit that lost nothing has the
    largest value. indicator: whether a chain has 0 or 1, so that the mean is a share of chains.
    """

    name: str
    meaning: str
    unit: str
    lowest: float
    ways: tuple[Way, ...]
    more_is_better: bool = False
    indicator: bool = False

    @cached_property
    def needs(self) -> tuple[frozenset[str], ...]:
        """What each way needs to know, by name."""
        return tuple(frozenset(signature(way).parameters) for way in self.ways)

    def need_of(self, kind: type) -> frozenset[str]:
        """What it needs to know where evidence of this kind is given; of other kinds, what its last way needs."""
        return next((need for need in self.needs if need <= names_of(kind)), self.needs[-1])

    @cached_property
    def evidence(self) -> tuple[type, ...]:
        """The kinds of evidence that are enough."""
        kinds = [kind for each in EVIDENCE.values() for kind in each]
        return tuple(kind for kind in kinds if any(need <= names_of(kind) for need in self.needs))

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """The subjects of studies that have it."""
        return tuple(name for name, kinds in EVIDENCE.items() if set(kinds) & set(self.evidence))

    @cached_property
    def population(self) -> str:
        """Which populations of regressions have it: "real" or "linear" ones alone, or "any"."""
        enough = [kind for kind in EVIDENCE["regression"] if kind in self.evidence]
        return "real" if enough == [PoolErrors] else "linear" if enough == [LinearErrors] else "any"

    def compute(self, errors: AnyErrors) -> Array:
        """Compute it from what is known of a fit, by the first way that needs no more; (...) the leading axes."""
        found = known(errors)
        for way, need in zip(self.ways, self.needs, strict=True):
            if need <= found.keys():
                return way(**{name: found[name] for name in need})
        wanted = "; or ".join(", ".join(sorted(need)) for need in self.needs)
        raise Problem(
            f"metrics: {self.name}",
            f"it needs {wanted}, and of these fits only {', '.join(sorted(found))} are known",
            "ask for another metric",
        )


def _metric(
    name: str, meaning: str, unit: str, lowest: float, ways: Sequence[Way], *, more: bool = False, share: bool = False
) -> Metric:
    return Metric(name, meaning, unit, lowest, tuple(ways), more_is_better=more, indicator=share)


METRICS = {
    metric.name: metric
    for metric in (
        _metric(
            "excess_risk",
            "error above the noise floor",
            "label^2",
            0.0,
            [risk.excess_risk_of_coefficients, risk.excess_risk_of_predictions, risk.expected_excess_risk],
        ),
        _metric(
            "held_out_excess_risk",
            "excess risk on held-out real rows",
            "label^2",
            0.0,
            [risk.held_out_excess_risk],
        ),
        _metric(
            "test_error",
            "error on new noisy labels",
            "label^2",
            0.0,
            [risk.test_error_of_coefficients, risk.test_error_of_predictions, risk.expected_test_error],
        ),
        _metric("parameter_error", "squared error of the coefficients", "coefficient^2", 0.0, [risk.parameter_error]),
        _metric(
            "standardized_error",
            "squared error of the parameters over that of a first fit to many rows",
            "first fit's",
            0.0,
            [laws.standardized_error],
        ),
        _metric(
            "variance_left",
            "variance of a row of the fit over the truth's",
            "truth's",
            0.0,
            [laws.variance_left, samples.variance_left, smoothed.variance_left],
            more=True,
        ),
        _metric("kurtosis", "kurtosis of a row of the fit, 3 for a normal law", "1", 1.0, [smoothed.kurtosis]),
        _metric(
            "wave_left",
            "share of the truth's wave of the chosen frequency that the fit has",
            "truth's wave",
            -inf,
            [smoothed.wave_left],
            more=True,
        ),
        _metric(
            "transport_distance",
            "Wasserstein-1 distance of the fit from the truth",
            "true standard deviations",
            0.0,
            [smoothed.transport_distance],
        ),
        _metric("log_variance", "logarithm of the variance left", "nats", -inf, [laws.log_variance], more=True),
        _metric(
            "below_one_percent",
            "share of chains with less than 1 % of the variance left",
            "share",
            0.0,
            [laws.below_one_percent],
            share=True,
        ),
        _metric(
            "excess_log_loss",
            "log loss of labels above that of the true law",
            "nats a row",
            0.0,
            [laws.excess_log_loss],
        ),
        _metric(
            "ended",
            "share of chains that have left the interior of the family",
            "share",
            0.0,
            [laws.ended],
            share=True,
        ),
        _metric(
            "squared_distance",
            "squared Wasserstein distance over the truth's variance",
            "truth's variance",
            0.0,
            [laws.squared_distance],
        ),
        _metric("perplexity", "perplexity of held-out real text", "words", 1.0, [texts.perplexity]),
        _metric(
            "heterozygosity",
            "probability that two rows of the fit differ",
            "probability",
            0.0,
            [categories.heterozygosity],
            more=True,
        ),
        _metric("entropy", "entropy of the fit", "nats", 0.0, [categories.entropy], more=True),
        _metric(
            "distinct",
            "categories or words that the fit still has",
            "count",
            0.0,
            [categories.distinct, texts.distinct],
            more=True,
        ),
        _metric(
            "lost_mass",
            "probability that a real row is one the fit has lost",
            "probability",
            0.0,
            [categories.lost_mass, texts.lost_mass],
        ),
        _metric(
            "total_variation",
            "total variation distance from the truth",
            "probability",
            0.0,
            [categories.total_variation],
        ),
        _metric(
            "lost_once",
            "share of the words seen once in real text that the fit has lost",
            "share",
            0.0,
            [texts.lost_once],
        ),
        _metric(
            "energy_distance",
            "energy distance of generated rows from held-out real rows; unbiased, so that an estimate may lie below 0, "
            "where 0 is no difference",
            "real standard deviations",
            -inf,
            [samples.energy_distance],
        ),
        _metric(
            "mean_shift",
            "shift of the columns' means from those of held-out real rows",
            "real standard deviations",
            0.0,
            [samples.mean_shift],
        ),
        _metric(
            "tail_left",
            "share of values in the outer 5 % of held-out real rows, over 5 %",
            "real share",
            0.0,
            [samples.tail_left],
            more=True,
        ),
        _metric(
            "wasserstein_distance",
            "Wasserstein-1 distance of the columns from held-out real rows, or of ordered categories from the truth",
            "real standard deviations",
            0.0,
            [samples.wasserstein_distance, categories.wasserstein_distance],
        ),
        _metric(
            "correlation_distance",
            "root mean square difference of correlations from those of held-out real rows",
            "correlation",
            0.0,
            [samples.correlation_distance],
        ),
        _metric(
            "least_direction_left",
            "variance left in the direction that lost most",
            "real variance",
            0.0,
            [samples.least_direction_left],
            more=True,
        ),
        _metric(
            "kinds_left",
            "share of the kinds of held-out real rows that made rows have",
            "real kinds",
            0.0,
            [kinds.kinds_left],
            more=True,
        ),
        _metric(
            "rare_kinds_left",
            "share of rows of kinds that are rare among held-out real rows, over theirs",
            "real share",
            0.0,
            [kinds.rare_kinds_left],
            more=True,
        ),
        _metric(
            "kind_distance",
            "total variation distance of shares of kinds from held-out real rows",
            "probability",
            0.0,
            [kinds.kind_distance],
        ),
        _metric(
            "words_left",
            "different words over those of as many words of held-out real texts",
            "real words",
            0.0,
            [wording.words_left],
            more=True,
        ),
        _metric(
            "pairs_left",
            "different pairs of words over those of as many pairs of held-out real texts",
            "real pairs",
            0.0,
            [wording.pairs_left],
            more=True,
        ),
        _metric(
            "text_length",
            "mean number of words of a text over that of held-out real texts",
            "real length",
            0.0,
            [wording.text_length],
            more=True,
        ),
        _metric(
            "unseen_mass",
            "share of the words of held-out real texts that no made text has",
            "share of words",
            0.0,
            [wording.unseen_mass],
        ),
        _metric(
            "rare_words_left",
            "share of words that are of the rarest of held-out real texts, over theirs",
            "real share",
            0.0,
            [bands.rare_words_left],
            more=True,
        ),
        _metric(
            "repeated_texts",
            "share of made texts that repeat another word for word",
            "share of texts",
            0.0,
            [wording.repeated_texts],
        ),
        _metric(
            "held_out_loss",
            "mean of -log p of held-out real rows under the fit",
            "nats",
            -inf,
            [samples.held_out_loss],
        ),
        _metric(
            "word_loss",
            "mean of -log p of a word of held-out real texts under the fit",
            "nats",
            0.0,
            [bands.word_loss],
        ),
        _metric(
            "head_loss",
            "mean of -log p of the commonest words of held-out real texts under the fit",
            "nats",
            0.0,
            [bands.head_loss],
        ),
        _metric(
            "middle_loss",
            "mean of -log p of held-out words that are neither common nor rare under the fit",
            "nats",
            0.0,
            [bands.middle_loss],
        ),
        _metric(
            "tail_loss",
            "mean of -log p of the rarest words of held-out real texts under the fit",
            "nats",
            0.0,
            [bands.tail_loss],
        ),
        _metric(
            "made_loss",
            "mean of -log p of a word of made texts under the fit of generation 0: up if noisier, down if narrower",
            "nats",
            0.0,
            [bands.made_loss],
        ),
        _metric(
            "held_out_error",
            "error of predictions of held-out real rows: share of wrong kinds, or mean squared distance",
            "label",
            0.0,
            [samples.held_out_error],
        ),
        _metric(
            "frechet_distance",
            "squared Frechet distance of labeled rows from held-out real rows in a judge's features",
            "feature^2",
            0.0,
            [judged.frechet_distance],
        ),
        _metric(
            "precision",
            "share of made rows within reach of held-out real rows in a judge's features",
            "share",
            0.0,
            [judged.precision],
            more=True,
        ),
        _metric(
            "recall",
            "share of held-out real rows within reach of made rows in a judge's features",
            "share",
            0.0,
            [judged.recall],
            more=True,
        ),
        _metric(
            "within_class_variance",
            "variance of made rows of one label over that of held-out real rows of it",
            "real variance",
            0.0,
            [judged.within_class_variance],
            more=True,
        ),
        _metric(
            "judge_agreement",
            "share of made rows with the label that a judge, fitted to held-out real rows, gives them",
            "share",
            0.0,
            [judged.judge_agreement],
            more=True,
        ),
    )
}
"""A new metric is a pure function and one entry here."""


def named(metrics: str | Sequence[str]) -> list[str]:
    """Return the names of metrics; of a single one its name alone may be given.

    >>> named("variance_left"), named(("entropy", "distinct"))
    (['variance_left'], ['entropy', 'distinct'])
    """
    return [metrics] if isinstance(metrics, str) else list(metrics)


def measure(name: str, errors: AnyErrors) -> Array:
    """Compute the metric called `name`."""
    return errors.values[name] if isinstance(errors, Measured) else METRICS[name].compute(errors)
