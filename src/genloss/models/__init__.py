"""WHAT is refitted: models that fit data and make new data, and the contract that they keep."""

from __future__ import annotations

from genloss.models.checking import check
from genloss.models.codec import Codec
from genloss.models.command import Command
from genloss.models.kernel.ridge import KernelFit, KernelRidge
from genloss.models.linear import LeastSquares, LinearFit, Ridge
from genloss.models.protocol import Fitted, Model, Note, Predicts
from genloss.models.roles import Generator, Labeled, Predictor, Regression
from genloss.models.shifted_truth import ShiftedTruth
from genloss.models.word_chain import WordChain

MODELS: dict[str, type[Regression]] = {
    "least_squares": LeastSquares,
    "ridge": Ridge,
    "kernel_ridge": KernelRidge,
    "shifted_truth": ShiftedTruth,
}
"""Every regression that a study can name; a new one is one file and one entry here."""

__all__ = [
    "MODELS",
    "Codec",
    "Command",
    "Fitted",
    "Generator",
    "KernelFit",
    "KernelRidge",
    "Labeled",
    "LeastSquares",
    "LinearFit",
    "Model",
    "Note",
    "Predictor",
    "Predicts",
    "Regression",
    "Ridge",
    "ShiftedTruth",
    "WordChain",
    "check",
]


def __dir__() -> list[str]:
    return sorted(__all__)
