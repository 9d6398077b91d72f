"""What should one do? Penalties by generation, real weights and rows that theory finds best, beside what they save."""

from genloss.advise.choice import CrossValidationHorizon, cross_validation_horizon
from genloss.advise.exchange import ExchangeRate, RealBatch, exchange_rate, worth_of_real_batch
from genloss.advise.schedule import Alternative, PenaltySchedule, penalty_schedule
from genloss.advise.weights import RealWeight, optimal_weights

__all__ = [
    "Alternative",
    "CrossValidationHorizon",
    "ExchangeRate",
    "PenaltySchedule",
    "RealBatch",
    "RealWeight",
    "cross_validation_horizon",
    "exchange_rate",
    "optimal_weights",
    "penalty_schedule",
    "worth_of_real_batch",
]
