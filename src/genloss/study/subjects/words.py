"""How are values and workflows of a case said in words, whatever the study is about?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genloss.report import short
from genloss.workflows import Workflow


def workflow_words(workflow: Mapping[str, Any], made: str = "labeled") -> str:
    """Say what a generation trains on; `genloss explain` says it generation by generation."""
    kind = workflow["kind"]
    if kind == "custom":
        read = Workflow.from_dict(workflow)
        rules, terms = len(read.emit), len(read.train)
        said = f"{rules} rules of drawing, {terms} of choosing what to train on; see genloss explain"
        return f"what its own rules select ({said}){_filter_words(read)}"
    told = {key: _by_generation(key, value) for key, value in workflow.items() if value is not None}
    told.setdefault("synthetic_rows", told["rows"])
    told.setdefault("take", told["rows"])
    weight = f", real rows with {told['real_weight']} of the loss" if "real_weight" in told else ""
    rest = "the first to real rows"
    fading = f", {told['share_decay']} times as many in each generation" if told.get("share_decay", "1") != "1" else ""
    return {
        "replace": "{rows} rows {made} by the generation before ({rest})",
        "accumulate": "all {rows} real rows and every batch of {synthetic_rows} synthetic rows so far",
        "accumulate_subsample": "{take} rows drawn anew from all {rows} real rows and all batches of {rows} so far",
        "fixed_real": "the one set of {rows} real rows and {synthetic_rows} rows of the generation before{weight}",
        "fresh_real": "{rows} new real rows and {synthetic_rows} rows of the generation before{weight}",
        "golden": "{rows} new real rows and {synthetic_rows} rows of the generation before, in golden proportion",
        "window": "the batches of {rows} rows of the last {keep} generations ({rest})",
        "forget": "all batches of {rows} rows so far, weighted by {decay}^age ({rest})",
        "reset": "{rows} rows {made} by the generation before, and to the real rows again every {every} generations",
        "regenerate": "{rows} rows drawn anew from the truth and every earlier generation alike",
        "synthetic_only": "all batches of {rows} synthetic rows so far ({rest})",
        "accumulate_fresh": "all rows so far, to which each generation adds {rows} real ones and {synthetic_rows} "
        "{made} by the one before",
        "edit": "one data set of {rows} rows, a share {share} of which the generation before redraws in place{fading}",
    }[kind].format(**told, rest=rest, weight=weight, made=made, fading=fading)


def _filter_words(workflow: Workflow) -> str:
    """Say which rows filters keep, each once."""
    terms = [*workflow.train, *(term for _, terms in workflow.overrides for term in terms)]
    words = dict.fromkeys(term.filter.words for term in terms if term.filter is not None)
    return "".join(f"; {each}" for each in words)


def _by_generation(key: str, value: Any) -> str:
    """A value of a workflow; a list of rows or shares has one per generation, the last continuing."""
    if key not in ("rows", "synthetic_rows", "share") or not isinstance(value, list) or len(value) < 2:
        return value_words(value)
    listed = [value_words(each) for each in value]
    return ", ".join(listed[:-1] if len(listed) < 5 else [*listed[:2], "..."]) + f", then {listed[-1]}"


def value_words(value: Any) -> str:
    """A value, or an axis by its ends."""
    if isinstance(value, dict) and "rows_power" in value:
        factor = f"{value['factor']:g} " if value.get("factor", 1.0) != 1.0 else ""
        return f"{factor}T^{value['rows_power']:g}"
    if isinstance(value, dict) and "alpha" in value:
        return f"{short(value['alpha'])} / rows"
    if isinstance(value, dict) and "by_generation" in value:
        listed = [short(each) for each in value["by_generation"]]
        return ", ".join(listed if len(listed) < 5 else [*listed[:3], "...", listed[-1]]) + " by generation"
    if isinstance(value, dict) and "ratio" in value:
        return f"{value['start']} x {value['ratio']:g}^g"
    if isinstance(value, dict) and "each" in value:
        return " or ".join(value_words(item) for item in value["each"])
    if isinstance(value, list):
        return f"{value_words(value[0])} to {value_words(value[-1])}" if len(value) > 1 else value_words(value[0])
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return short(value, 6) if isinstance(value, float) else f"{value}"
