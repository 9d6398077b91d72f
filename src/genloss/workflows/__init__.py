"""WHICH data does generation g train on? Workflows as data, compiled to a schedule of batches."""

from genloss.workflows.named import ALIASES, NAMED, long_form
from genloss.workflows.schedule import TRUTH, Batch, Schedule, compile_schedule

__all__ = ["ALIASES", "NAMED", "TRUTH", "Batch", "Schedule", "compile_schedule", "long_form"]
