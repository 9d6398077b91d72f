"""From a study file to results: spec, grid, theory, simulation, page."""

from genloss.study.run import predict, run, simulate
from genloss.study.study import Study

__all__ = ["Study", "predict", "run", "simulate"]
