"""What does a case of a regression study draw, train and measure, in words?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genloss.models.kernel.kernels import PARAMETERS
from genloss.study.spec.data import data_words
from genloss.study.subjects.words import value_words, workflow_words


def words(case: Mapping[str, Any]) -> str:
    """Say where rows come from, what each generation fits, and who is judged."""
    return "; ".join([_population(case["population"]), _chain(case), _judged(case)])


def _population(population: Mapping[str, Any]) -> str:
    noise = value_words(population["noise"])
    if population["kind"] != "linear_gaussian":
        words = {key: value_words(value) for key, value in population.items() if value is not None}
        return f"{data_words(words)} + noise of standard deviation {noise}"
    return (
        f"{value_words(population['dim'])} Gaussian features, {_spectrum(population['spectrum'])}, "
        f"{_signal(population['signal'])}; label noise of standard deviation {noise}{_own_inputs(population)}"
    )


def _own_inputs(population: Mapping[str, Any]) -> str:
    """Say what is particular about the inputs of rows that models label, if anything."""
    spectrum, mean = population.get("synthetic_spectrum"), population.get("synthetic_mean")
    said = [] if spectrum is None else [_spectrum(spectrum)]
    if mean is not None:
        norm = mean.get("norm") if isinstance(mean, dict) else None
        said.append("a given mean" if norm is None else f"a mean of norm {norm:g}")
    return f"; inputs of rows that models label have {' and '.join(said)}" if said else ""


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
        f"each generation fits {_model(generator)} to {workflow_words(case['workflow'])}; every batch has {inputs}, "
        f"labels with noise of standard deviation {_noise(generator, case)}"
    )


def _judged(case: Mapping[str, Any]) -> str:
    if "predictor" not in case:
        return "each generation's own fit is judged"
    predictor = case["predictor"]
    share, features = predictor["synthetic_share"], predictor.get("features")
    labeled = "labeled by the generation before"
    if share != 1.0:
        labeled = f"of which a share of {value_words(share)} is {labeled} and the rest by the truth"
    seen = "" if features is None else f", seen through {value_words(features)} random projections"
    return (
        f"judged: {_model(predictor)} on {value_words(predictor['rows'])} rows {labeled}, "
        f"plus noise of standard deviation {_noise(predictor, case)}{seen}"
    )


def _noise(model: Mapping[str, Any], case: Mapping[str, Any]) -> str:
    """Say the noise in the labels that a model is fitted to: the population's where it has none of its own."""
    own = model["noise"]
    return value_words(case["population"]["noise"] if own is None else own)


def _model(settings: Mapping[str, Any]) -> str:
    kind = str(settings["kind"]).replace("_", " ")
    if settings["kind"] == "kernel_ridge":
        kernels = settings["kernel"] if isinstance(settings["kernel"], list) else [settings["kernel"]]
        own = {key for kernel in kernels for key in PARAMETERS[str(kernel)]}
        shape = [f"{key} {value_words(settings[key])}" for key in ("degree", "gamma") if key in own]
        named = " or ".join(map(str, kernels)).replace("_", " ")
        kind = f"{named} kernel ridge" + (f" ({', '.join(shape)})" if shape else "")
    return f"{kind} with penalty {value_words(settings['penalty'])}" if "penalty" in settings else kind
