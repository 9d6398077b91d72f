"""From a study file to results: spec, grid, theory, simulation, page."""

from genloss.study.claims.verdicts import judge
from genloss.study.runner.results import predict, run, simulate
from genloss.study.study import Study

__all__ = ["Study", "judge", "predict", "run", "simulate"]
