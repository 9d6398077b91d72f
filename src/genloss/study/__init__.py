"""From a study file to results: spec, grid, theory, simulation, page."""

from genloss.study.run import predict, run, simulate
from genloss.study.study import Study
from genloss.study.verdicts import judge

__all__ = ["Study", "judge", "predict", "run", "simulate"]
