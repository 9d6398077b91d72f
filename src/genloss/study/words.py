"""What will a study do, in words?"""

import re
from collections.abc import Mapping
from typing import Any

from genloss.report import short
from genloss.study.data import data_words
from genloss.study.study import Study, axes_of
from genloss.workflows import Workflow

KEY_WORDS = {
    "predictor.rows": "rows T of the predictor",
    "predictor.penalty": "penalty λ of the predictor",
    "predictor.synthetic_share": "share of the predictor's rows that are synthetic",
    "predictor.features": "random features of the predictor",
    "generator.shift": "shift of the generator from the truth",
    "workflow.rows": "rows T0 of a generation",
    "workflow.synthetic_rows": "synthetic rows of a generation",
    "workflow.take": "rows drawn from everything accumulated",
    "workflow.real_weight": "share of the loss on real rows",
    "workflow.keep": "births kept",
    "workflow.decay": "decay per generation",
    "workflow.every": "generations between resets",
    "generator.penalty": "penalty of the generator",
    "generator.noise": "label noise of the generator",
    "predictor.noise": "label noise of the predictor",
    "population.noise": "label noise",
    "population.dim": "features",
    "population.rows": "rows of the pool",
}


SHORT_WORDS = {
    "predictor.rows": "T",
    "predictor.penalty": "λ",
    "predictor.synthetic_share": "synthetic share",
    "predictor.features": "random features",
    "workflow.rows": "T0",
    "generator.penalty": "generator λ",
    "population.dim": "features",
}


def axis_name(key: str) -> str:
    """Name an axis inside a sentence, as briefly as a reader allows."""
    return SHORT_WORDS.get(key, axis_words(key))


def metric_words(metric: str) -> str:
    """Name a metric for a reader."""
    return metric.replace("held_out", "held-out").replace("_", " ")


def plain(text: str, study: Study) -> str:
    """Write the names of metrics in a sentence as words."""
    names = sorted(study.resolved["metrics"], key=len, reverse=True)  # a name may hold a shorter one
    pattern = rf"(?<!\w)({'|'.join(map(re.escape, names))})(?!\w)"
    return re.sub(pattern, lambda match: metric_words(match[1]), text)


def axis_words(key: str) -> str:
    """Name an axis for a reader."""
    return KEY_WORDS.get(key, key)


def describe(study: Study) -> list[str]:
    """Say in sentences what is drawn, trained and measured."""
    spec = study.resolved
    report = ", ".join(str(n) for n in spec["report"])
    lines = [
        f"generations reported: {report} (0 = trained on real labels); {spec['replicates']} replicates, "
        f"seed {spec['seed']}; measured: {', '.join(spec['metrics'])}"
    ]
    for case in study.cases:
        name = f"{case['name']}: " if case["name"] else ""
        alone = [] if case.get("simulate", True) else ["not simulated: theory alone"]
        lines.append(name + "; ".join([_population(case["population"]), _chain(case), _judged(case), *alone]))
        axes = axes_of(case)
        if axes:
            parts = [f"{len(values)} values of {axis_words('.'.join(key))}" for key, values in axes.items()]
            lines.append(f"{name}grid of {' x '.join(parts)}")
    return lines


def _population(population: Mapping[str, Any]) -> str:
    noise = _short(population["noise"])
    if population["kind"] != "linear_gaussian":
        words = {key: _short(value) for key, value in population.items() if value is not None}
        return f"{data_words(words)} + noise of sd {noise}"
    return (
        f"{_short(population['dim'])} Gaussian features, {_spectrum(population['spectrum'])}, "
        f"{_signal(population['signal'])}; label noise of sd {noise}"
    )


def _spectrum(form: Any) -> str:
    if form == "isotropic":
        return "all eigenvalues 1"
    if isinstance(form, dict) and "power_law" in form:
        return f"eigenvalues j^-{form['power_law']:g}"
    return "given eigenvalues" if isinstance(form, list) else "several spectra"


def _signal(form: Mapping[str, Any]) -> str:
    if "norm" in form:
        return f"equal coefficients of norm {form['norm']:g}"
    inner = form.get("coefficients")
    if isinstance(inner, dict) and "power_law" in inner:
        return f"coefficients j^-{inner['power_law']:g}"
    return "given coefficients"


def _chain(case: Mapping[str, Any]) -> str:
    generator = case["generator"]
    if generator["kind"] == "shifted_truth":
        return "what labels each generation is the truth plus a random shift of its coefficients, drawn anew each time"
    inputs = "new inputs" if generator["design"] == "fresh" else "the same inputs"
    return (
        f"each generation fits {_model(generator)} to {_workflow(case['workflow'])}; every batch has {inputs}, "
        f"labels with noise of sd {_short(generator['noise'])}"
    )


def _workflow(workflow: Mapping[str, Any]) -> str:
    """Say what a generation trains on; `genloss explain` says it generation by generation."""
    kind = workflow["kind"]
    if kind == "custom":
        read = Workflow.from_dict(workflow)
        rules, terms = len(read.emit), len(read.train)
        return f"what its own rules select ({rules} emission rules, {terms} terms; see genloss explain)"
    told = {key: _short(value) for key, value in workflow.items() if value is not None}
    told.setdefault("synthetic_rows", told["rows"])
    told.setdefault("take", told["rows"])
    weight = f", real rows with {told['real_weight']} of the loss" if "real_weight" in told else ""
    rest = "the first to real rows"
    return {
        "replace": "{rows} rows labeled by the generation before ({rest})",
        "accumulate": "all {rows} real rows and every batch of {synthetic_rows} synthetic rows so far",
        "accumulate_subsample": "{take} rows drawn anew from all {rows} real rows and all batches of {rows} so far",
        "fixed_real": "the one set of {rows} real rows and {synthetic_rows} rows of the generation before{weight}",
        "fresh_real": "{rows} new real rows and {synthetic_rows} rows of the generation before{weight}",
        "golden": "{rows} new real rows and {synthetic_rows} rows of the generation before, in golden proportion",
        "window": "the batches of {rows} rows of the last {keep} births ({rest})",
        "forget": "all batches of {rows} rows so far, weighted by {decay}^age ({rest})",
        "reset": "{rows} rows labeled by the generation before, and to the real rows again every {every} generations",
        "regenerate": "{rows} rows drawn anew from the truth and every earlier generation alike",
        "synthetic_only": "all batches of {rows} synthetic rows so far ({rest})",
    }[kind].format(**told, rest=rest, weight=weight)


def _judged(case: Mapping[str, Any]) -> str:
    if "predictor" not in case:
        return "each generation's own fit is judged"
    predictor = case["predictor"]
    share, features = predictor["synthetic_share"], predictor.get("features")
    labeled = "labeled by the generation before"
    if share != 1.0:
        labeled = f"of which a share of {_short(share)} is {labeled} and the rest by the truth"
    seen = "" if features is None else f", seen through {_short(features)} random projections"
    return (
        f"judged: {_model(predictor)} on {_short(predictor['rows'])} rows {labeled}, "
        f"plus noise of sd {_short(predictor['noise'])}{seen}"
    )


def _model(settings: Mapping[str, Any]) -> str:
    kind = str(settings["kind"]).replace("_", " ")
    if settings["kind"] == "kernel_ridge":
        gamma = _short(settings["gamma"])
        shape = f"degree {settings['degree']}, " if settings["kernel"] == "polynomial" else ""
        kind = f"{settings['kernel']} kernel ridge ({shape}gamma {gamma})"
    return f"{kind} with penalty {_short(settings['penalty'])}" if "penalty" in settings else kind


def _short(value: Any) -> str:
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
        return " or ".join(_short(item) for item in value["each"])
    if isinstance(value, list):
        return f"{_short(value[0])} to {_short(value[-1])}" if len(value) > 1 else _short(value[0])
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return short(value, 6) if isinstance(value, float) else f"{value}"
