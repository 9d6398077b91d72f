"""Which published figures are computed here that are no study? One visible table."""

from __future__ import annotations

from collections.abc import Mapping

from genloss.reproductions.computed import (
    fresh_weights,
    guided_classes,
    heavy_tails,
    islands,
    logistic_logs,
    one_design,
    published_seeds,
    self_training,
    survival,
)
from genloss.reproductions.computed.part import Figure

FIGURES: Mapping[str, Figure] = {
    "fresh_weights": Figure("parameter_error", "parameter^2", fresh_weights.parts),
    "guided_classes": Figure("within_class_deviation", "first deviation", guided_classes.parts),
    "heavy_tails": Figure("error", "probability", heavy_tails.parts),
    "kept_by_each": Figure("variety_kept", "part of the truth's", islands.kept_by_each),
    "logistic_logs": Figure("test_loss", "nats", logistic_logs.parts),
    "negative_extrapolation": Figure("excess_risk", "label^2", self_training.extrapolated),
    "one_design": Figure("excess_risk", "label^2", one_design.parts),
    "published_seeds": Figure("test_error", "label^2", published_seeds.parts),
    "self_training_rounds": Figure("excess_risk", "label^2", self_training.rounds),
    "survival": Figure("chance", "probability", survival.chances),
    "typical_deviation": Figure("log_deviation", "nats", survival.typical_deviation),
}
"""Each by its name: what is measured, in which unit, and its parts; a new one is a function and a line here."""
