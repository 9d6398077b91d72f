"""WHAT is refitted: models that fit labeled rows and then label new ones."""

from genloss.models.kernel.ridge import KernelFit, KernelRidge
from genloss.models.linear import LeastSquares, LinearFit, Ridge
from genloss.models.protocol import Fitted, Generator, Model, Predictor
from genloss.models.shifted_truth import ShiftedTruth

MODELS: dict[str, type[Model]] = {
    "least_squares": LeastSquares,
    "ridge": Ridge,
    "kernel_ridge": KernelRidge,
    "shifted_truth": ShiftedTruth,
}
"""Every model a study can name; a new one is one file and one entry here."""

__all__ = [
    "MODELS",
    "Fitted",
    "Generator",
    "KernelFit",
    "KernelRidge",
    "LeastSquares",
    "LinearFit",
    "Model",
    "Predictor",
    "Ridge",
    "ShiftedTruth",
]
