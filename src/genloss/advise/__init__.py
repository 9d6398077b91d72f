"""What should one do? Penalties by generation, real weights and rows that theory finds best, beside what they save."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from genloss.advise.penalties.by_generation import Alternative, PenaltySchedule, penalty_schedule
from genloss.advise.penalties.cross_validation import CrossValidationHorizon, cross_validation_horizon
from genloss.advise.penalties.exchange import ExchangeRate, RealBatch, exchange_rate, worth_of_real_batch
from genloss.advise.penalties.from_rows import PenaltyFromRows, penalty_from_rows
from genloss.advise.penalties.real_weights import RealWeight, optimal_weights

if TYPE_CHECKING:
    from genloss.advise.estimators.kernel_ridge import GenerationKernelRidge
    from genloss.advise.estimators.ridge import GenerationRidge, GenerationRidgeCV

__all__ = [
    "Alternative",
    "CrossValidationHorizon",
    "ExchangeRate",
    "GenerationKernelRidge",
    "GenerationRidge",
    "GenerationRidgeCV",
    "PenaltyFromRows",
    "PenaltySchedule",
    "RealBatch",
    "RealWeight",
    "cross_validation_horizon",
    "exchange_rate",
    "optimal_weights",
    "penalty_from_rows",
    "penalty_schedule",
    "worth_of_real_batch",
]

_ESTIMATORS = {
    "GenerationKernelRidge": "genloss.advise.estimators.kernel_ridge",
    "GenerationRidge": "genloss.advise.estimators.ridge",
    "GenerationRidgeCV": "genloss.advise.estimators.ridge",
}


def __getattr__(name: str) -> Any:
    """Load the estimators on first use: they need scikit-learn."""
    if name in _ESTIMATORS:
        return getattr(import_module(_ESTIMATORS[name]), name)
    raise AttributeError(f"module 'genloss.advise' has no attribute {name!r}")
