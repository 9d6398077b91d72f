"""What should one do? Penalties by generation, real weights and rows that theory finds best, beside what they save.

Names load on first use: forecasts and estimators need scikit-learn, and one question does not wait for the others.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genloss.advise.comparison.workflows import Comparison, compare
    from genloss.advise.estimators.combined_classifier import CombinedGenerationsClassifier
    from genloss.advise.estimators.combined_generations import CombinedGenerations
    from genloss.advise.estimators.kernel_ridge import GenerationKernelRidge
    from genloss.advise.estimators.ridge import GenerationRidge, GenerationRidgeCV
    from genloss.advise.forecasts.from_rows import forecast
    from genloss.advise.forecasts.of_share import ShareForecast, forecast_share
    from genloss.advise.forecasts.result import Forecast
    from genloss.advise.penalties.by_generation import Alternative, PenaltySchedule, penalty_schedule
    from genloss.advise.penalties.combining import CombiningFits, combining_fits
    from genloss.advise.penalties.cross_validation import CrossValidationHorizon, cross_validation_horizon
    from genloss.advise.penalties.exchange import ExchangeRate, RealBatch, exchange_rate, worth_of_real_batch
    from genloss.advise.penalties.for_forecast import advised, penalty_to_keep, worth_of_real_row
    from genloss.advise.penalties.from_rows import PenaltyFromRows, penalty_from_rows
    from genloss.advise.penalties.real_weights import RealWeight, optimal_weights
    from genloss.advise.plans.answer import Plan
    from genloss.advise.plans.door import plan
    from genloss.advise.plans.models import plan_models
    from genloss.advise.plans.models_answer import ModelsPlan
    from genloss.advise.sayings.answer import Folklore, folklore
    from genloss.advise.verifiers.answer import VerifierNeeded
    from genloss.advise.verifiers.needed import verifier_needed

_HOMES = {
    "Alternative": "penalties.by_generation",
    "CombinedGenerations": "estimators.combined_generations",
    "CombinedGenerationsClassifier": "estimators.combined_classifier",
    "CombiningFits": "penalties.combining",
    "Comparison": "comparison.workflows",
    "CrossValidationHorizon": "penalties.cross_validation",
    "ExchangeRate": "penalties.exchange",
    "Folklore": "sayings.answer",
    "Forecast": "forecasts.result",
    "GenerationKernelRidge": "estimators.kernel_ridge",
    "GenerationRidge": "estimators.ridge",
    "GenerationRidgeCV": "estimators.ridge",
    "ModelsPlan": "plans.models_answer",
    "PenaltyFromRows": "penalties.from_rows",
    "PenaltySchedule": "penalties.by_generation",
    "Plan": "plans.answer",
    "RealBatch": "penalties.exchange",
    "RealWeight": "penalties.real_weights",
    "ShareForecast": "forecasts.of_share",
    "VerifierNeeded": "verifiers.answer",
    "advised": "penalties.for_forecast",
    "combining_fits": "penalties.combining",
    "compare": "comparison.workflows",
    "cross_validation_horizon": "penalties.cross_validation",
    "exchange_rate": "penalties.exchange",
    "folklore": "sayings.answer",
    "forecast": "forecasts.from_rows",
    "forecast_share": "forecasts.of_share",
    "optimal_weights": "penalties.real_weights",
    "penalty_from_rows": "penalties.from_rows",
    "penalty_schedule": "penalties.by_generation",
    "penalty_to_keep": "penalties.for_forecast",
    "plan": "plans.door",
    "plan_models": "plans.models",
    "verifier_needed": "verifiers.needed",
    "worth_of_real_batch": "penalties.exchange",
    "worth_of_real_row": "penalties.for_forecast",
}

__all__ = [
    "Alternative",
    "CombinedGenerations",
    "CombinedGenerationsClassifier",
    "CombiningFits",
    "Comparison",
    "CrossValidationHorizon",
    "ExchangeRate",
    "Folklore",
    "Forecast",
    "GenerationKernelRidge",
    "GenerationRidge",
    "GenerationRidgeCV",
    "ModelsPlan",
    "PenaltyFromRows",
    "PenaltySchedule",
    "Plan",
    "RealBatch",
    "RealWeight",
    "ShareForecast",
    "VerifierNeeded",
    "advised",
    "combining_fits",
    "compare",
    "cross_validation_horizon",
    "exchange_rate",
    "folklore",
    "forecast",
    "forecast_share",
    "optimal_weights",
    "penalty_from_rows",
    "penalty_schedule",
    "penalty_to_keep",
    "plan",
    "plan_models",
    "verifier_needed",
    "worth_of_real_batch",
    "worth_of_real_row",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"genloss.advise.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'genloss.advise' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
