"""What can be moved, how far, and what is it called? Two visible tables: of sliders, and of what has none and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

Scale = Literal["linear", "log"]


class Range(NamedTuple):
    """A slider: its name, what it is in a sentence, its ends, and how it runs between them."""

    label: str
    says: str
    low: float
    high: float
    scale: Scale = "linear"
    step: float = 0.0


GROUPS: Mapping[str, str] = {
    "": "How long",
    "population": "The data",
    "generator": "The model that makes the labels or rows",
    "predictor": "The model that is judged",
    "workflow": "Which rows a generation trains on",
    "lineages": "Several models that read each other",
    "model": "The model",
    "plan": "The plan",
    "paths": "How exactly",
}

_PENALTY = "The weight of the squared coefficients beside the mean squared error: larger ones shrink the fit."
_ALPHA = "The penalty times the number of rows stays at this number, as scikit-learn's alpha does."
_POWER = "The penalty is a factor times the number of rows to this power."
_FACTOR = "The factor in front of that power."
_NOISE = "The standard deviation of the noise in the labels that this fit sees."
_DEGREE = "The degree of the polynomial kernel."
_COEF = "The constant in the polynomial kernel."
_GAMMA = "How quickly the kernel forgets with distance: larger ones look at nearer rows only."


def _of_models(table: str) -> dict[str, Range]:
    return {
        f"{table}.penalty": Range("penalty", _PENALTY, 1e-6, 100.0, "log"),
        f"{table}.penalty.alpha": Range("penalty × rows", _ALPHA, 1e-3, 1e5, "log"),
        f"{table}.penalty.rows_power": Range("power of the rows in the penalty", _POWER, -2.0, 0.5, step=0.01),
        f"{table}.penalty.factor": Range("factor of the penalty", _FACTOR, 1e-3, 1e3, "log"),
        f"{table}.noise": Range("noise of its labels", _NOISE, 0.0, 3.0, step=0.01),
        f"{table}.gamma": Range("kernel width (gamma)", _GAMMA, 1e-5, 1.0, "log"),
        f"{table}.degree": Range("kernel degree", _DEGREE, 1, 10, step=1),
        f"{table}.coef0": Range("kernel constant", _COEF, 0.0, 10.0, step=0.1),
    }


def _of_rows(key: str, label: str, says: str) -> dict[str, Range]:
    return {
        f"workflow.{key}": Range(label, says, 10, 100_000, "log"),
        f"workflow.{key}.start": Range(f"{label} at first", f"{says} This is the first one.", 10, 10_000, "log"),
        f"workflow.{key}.ratio": Range(
            "growth of the rows", "Each batch has this many times the rows of the one before.", 0.5, 3.0, step=0.01
        ),
        f"workflow.{key}.rows_power": Range(
            "power of the rows", f"{says} They are a factor times the judged model's rows to this power.", 0.0, 1.5
        ),
        f"workflow.{key}.factor": Range("factor of the rows", _FACTOR, 1e-3, 1e3, "log"),
    }


def _mean(low: float, high: float, scale: Scale = "linear") -> Range:
    return Range("mean", "The mean of the truth.", low, high, scale)


RANGES: Mapping[str, Range] = {
    "generations": Range("generations", "The last generation that is fitted.", 1, 1000, "log", 1),
    "population.dim": Range("features", "How many numbers describe a row.", 1, 1000, "log", 1),
    "population.multivariate_gaussian.dim": Range("coordinates", "How many numbers a row has.", 1, 50, "log", 1),
    "population.dim.rows_power": Range(
        "power of the rows", "Features are a factor times the judged model's rows to this power.", 0.0, 1.2, step=0.01
    ),
    "population.dim.factor": Range("factor of the features", _FACTOR, 1e-3, 1e2, "log"),
    "population.spectrum.power_law": Range(
        "decay of the variances", "The j-th direction of the inputs has variance j to minus this power.", 0.0, 4.0
    ),
    "population.synthetic_spectrum.power_law": Range(
        "decay of the variances of models' inputs",
        "The j-th direction of the inputs that models label has variance j to minus this power.",
        0.0,
        4.0,
    ),
    "population.synthetic_mean.norm": Range(
        "mean of models' inputs", "How far the inputs that models label lie from the real ones.", 0.0, 50.0
    ),
    "population.signal.norm": Range("signal", "The length of the true coefficients.", 0.0, 5.0, step=0.01),
    "population.signal.power_law": Range(
        "decay of the coefficients", "The j-th true coefficient is j to minus this power.", -1.0, 4.0
    ),
    "population.noise": Range(
        "label noise", "The standard deviation of what the inputs do not say of the label.", 0.0, 3.0, step=0.01
    ),
    "population.bernoulli.mean": _mean(0.01, 0.99),
    "population.binomial.mean": _mean(0.05, 100.0, "log"),
    "population.poisson.mean": _mean(0.05, 100.0, "log"),
    "population.geometric.mean": _mean(0.05, 100.0, "log"),
    "population.negative_binomial.mean": _mean(0.05, 100.0, "log"),
    "population.exponential.mean": _mean(0.05, 100.0, "log"),
    "population.gamma.mean": _mean(0.05, 100.0, "log"),
    "population.gamma_shape.mean": _mean(0.05, 100.0, "log"),
    "population.gaussian.mean": _mean(-10.0, 10.0),
    "population.gaussian_mean.mean": _mean(-10.0, 10.0),
    "population.gaussian_variance.mean": Range("variance", "The variance of the truth.", 0.05, 100.0, "log"),
    "population.trials": Range("trials of a row", "How many tries a row counts successes of.", 1, 1000, "log", 1),
    "population.size": Range("size", "The number of successes that end the count.", 0.1, 100.0, "log"),
    "population.shape": Range("shape", "The shape of the gamma law: small ones are skewed.", 0.1, 100.0, "log"),
    "population.deviation": Range("standard deviation", "The known one of the truth.", 0.1, 10.0, "log"),
    "population.variance": Range("variance", "The variance of the truth.", 0.05, 20.0, "log"),
    "population.intercept": Range("intercept", "The intercept of the true regression.", -3.0, 3.0),
    "population.categories": Range("categories", "How many kinds of rows there are.", 2, 5000, "log", 1),
    "population.frequency": Range(
        "frequency", "Of the wave that is looked at: fast ones are fine detail.", 0.1, 20.0, "log"
    ),
    "population.exponent": Range(
        "decay of the categories", "The k-th category has a share in proportion to k to minus this.", 0.0, 4.0
    ),
    "generator.temperature": Range(
        "temperature", "Shares are raised to 1 / temperature before rows are drawn: below 1 sharpens.", 0.1, 10.0, "log"
    ),
    "generator.top_p": Range("mass that is drawn", "Only the likeliest categories of this mass are drawn.", 0.05, 1.0),
    "generator.prior_rows": Range("rows of the prior", "How many rows the prior stands for.", 0.0, 200.0, step=0.5),
    "generator.bandwidth": Range(
        "bandwidth", "The standard deviation of the noise a row is drawn with.", 0.01, 3.0, "log"
    ),
    "generator.time": Range(
        "time of stopping", "Where the reverse process stops; 0 is its end. Larger ones smooth more.", 1e-3, 1.0, "log"
    ),
    "generator.decay": Range(
        "decay of the noise", "What the noise is multiplied by a generation.", 0.1, 1.0, step=0.01
    ),
    "generator.order": Range("words looked at", "1: each word alone; 2: each word after the one before.", 1, 2, step=1),
    "generator.shift.norm": Range("shift", "How far the generator's truth is from the real one.", 0.0, 3.0, step=0.01),
    "generator.shift.power_law": Range(
        "decay of the shift", "The j-th coefficient is off by j to minus this power, typically.", 0.0, 4.0
    ),
    **_of_models("generator"),
    **_of_models("predictor"),
    "predictor.rows": Range("rows of the judged model", "How many rows it is fitted to.", 10, 100_000, "log", 1),
    "predictor.synthetic_share": Range(
        "synthetic share", "The share of its rows whose labels the generator made.", 0.0, 1.0, step=0.01
    ),
    "predictor.features": Range(
        "features it sees", "How many random projections of the inputs it is fitted to.", 1, 5000, "log", 1
    ),
    **_of_rows("rows", "rows of a batch", "How many rows a batch has."),
    **_of_rows("synthetic_rows", "synthetic rows of a batch", "How many rows of a model a batch has."),
    "workflow.take": Range(
        "rows drawn from all", "How many rows a generation draws from everything so far.", 10, 100_000, "log", 1
    ),
    "workflow.keep": Range("batches kept", "How many of the newest batches a generation trains on.", 1, 100, "log", 1),
    "workflow.decay": Range(
        "weight of a batch one generation older", "1: all batches alike; 0.5: half for each generation.", 0.01, 1.0
    ),
    "workflow.share": Range(
        "share that is edited", "The share of the rows that each generation redraws in place.", 0.0, 1.0, step=0.01
    ),
    "workflow.share_decay": Range(
        "factor of that share", "1: the same share in every generation; below 1 the edits die out.", 0.0, 1.0, step=0.01
    ),
    "workflow.every": Range("generations to a reset", "After so many it begins again.", 1, 200, "log", 1),
    "lineages.count": Range("models", "How many models there are, each with rows of its own.", 1, 20, "log", 1),
    "lineages.migration": Range(
        "share read from the others", "The share of a model's rows that the other models made.", 0.0, 1.0, step=0.01
    ),
    "lineages.neighbors": Range("neighbors read", "How many models on either side of a circle are read.", 1, 9, step=1),
    "plan.keep_within": Range(
        "more risk that is allowed",
        "Every generation may lose at most this part more than the first.",
        0.01,
        5.0,
        "log",
    ),
    "workflow.real_weight": Range(
        "weight of the real rows", "The share of the loss that real rows carry, whatever their number.", 0.01, 0.99
    ),
}
"""By table and key, as addresses write them; "table.kind.key" where a kind has a range of its own."""

_ROWS_OF_DATA = "Which rows are used is part of the data: another choice is another data set."
_LIST = "It is a list of numbers: no one slider moves it."
_READING = "It says how a file is read."
NO_SLIDER: Mapping[str, str] = {
    "population.data": "It names the rows that are used: others are another data set.",
    "population.columns": "It names the columns of the data.",
    "population.target": "It names the column that is predicted.",
    "population.held_out": _ROWS_OF_DATA,
    "population.rows": _ROWS_OF_DATA,
    "population.sha256": "It says which bytes the data are.",
    "population.file": "It names a file, and an address of this page never names files.",
    "population.slopes": _LIST,
    "population.concentrations": _LIST,
    "population.probabilities": _LIST,
    "population.shares": _LIST,
    "population.means": _LIST,
    "population.deviations": _LIST,
    "generator.prior": "It is a law of its own: change the study file.",
    "population.exposure": "It names the column of exposures.",
    **{
        f"population.{key}": _READING
        for key in (
            *("missing", "drop", "keep", "categories", "levels", "decimal", "thousands", "strip"),
            *("missing_words", "weights", "id"),
        )
    },
    "lineages.exchange": "It says by name who reads whom: change the study file.",
    "lineages.rows": _LIST,
    "lineages.penalty": _LIST,
    "lineages.workflows": "It holds a workflow for each model: change the study file.",
    "workflow.emit": "A workflow written out in full has no slider: choose a named one.",
    "workflow.train": "A workflow written out in full has no slider: choose a named one.",
    "workflow.reset": "A workflow written out in full has no slider: choose a named one.",
    "workflow.only_through": "A workflow written out in full has no slider: choose a named one.",
}
"""What has no slider, and why, by table and key; a table's `categories` are columns, a Zipf law's are a number."""
OWN_DATA = "It belongs to a model of one's own, or a network: change the study file."

CHOICES: Mapping[str, tuple[str, str]] = {
    "workflow.kind": ("workflow", "Which rows a generation trains on."),
    "generator.kind": ("model", "What is fitted in every generation, and makes the next labels or rows."),
    "predictor.kind": ("model", "What is fitted to the last labels, and judged."),
    "lineages.kind": ("who reads whom", "Whose rows each model trains on."),
    "lineages.of": ("what is shown", "What each model has on average, all together, or two different ones."),
    "lineages.drawn": ("how sources are drawn", "Whether chance decides who made each row, or rows are counted out."),
    "lineages.real": ("real rows of generation 0", "Whether each model has its own, or all have the same."),
    "population.spectrum": ("variances of the inputs", "How the inputs vary in their directions."),
    "population.synthetic_spectrum": (
        "variances of models' inputs",
        "How the inputs that models label vary in their directions.",
    ),
    "population.synthetic_mean": ("mean of models' inputs", "Where the inputs that models label lie."),
    "population.signal": ("true coefficients", "How the true coefficients are spread over the directions."),
    "generator.shift": ("kind of shift", "How the generator's truth differs from the real one."),
    "generator.penalty.form": ("how the penalty is set", "As one number, or following the number of rows."),
    "predictor.penalty.form": ("how the penalty is set", "As one number, or following the number of rows."),
    "population.dim.form": ("how features are set", "As one number, or following the number of rows."),
    "workflow.rows.form": ("how rows are set", "The same for every generation, or growing."),
    "workflow.synthetic_rows.form": ("how synthetic rows are set", "The same for every generation, or growing."),
    "generator.design": ("inputs of its fits", "Whether each fit sees new inputs or the same ones."),
    "generator.kernel": ("kernel", "How like two rows are."),
    "predictor.kernel": ("kernel", "How like two rows are."),
    "generator.rule": ("rule of the bandwidth", "As it is, or following the rows that are fitted."),
    "generator.keep_variance": ("variance kept", "Whether rows are drawn towards the mean to keep the variance."),
    "population.divisor": ("divisor of the variance", "By what the sum of squares is divided."),
    "model.kind": ("model", "What is fitted to the rows, and refitted in every generation."),
    "paths": (
        "simulated runs",
        "Of the forecast and of each value the plan looks at: more are smoother, and slower.",
    ),
    "plan.open": ("what to solve for", "The plan finds this one quantity; all others stay where they are."),
    "workflow.with_replacement": ("drawn with replacement", "Whether one row may be drawn twice."),
}
"""Names and sentences of what is chosen from a list."""

WORDS: Mapping[str, str] = {
    "replace": "only the newest rows",
    "accumulate": "all rows so far",
    "accumulate_subsample": "a sample of all rows so far",
    "fixed_real": "the first real rows and the newest synthetic ones",
    "fresh_real": "new real rows and the newest synthetic ones",
    "golden": "new real rows in their best weight",
    "window": "the newest few batches",
    "forget": "all rows, older ones with less weight",
    "reset": "only the newest rows, beginning again now and then",
    "regenerate": "new rows of every model so far",
    "synthetic_only": "all synthetic rows so far",
    "accumulate_fresh": "all rows so far, new real ones in every generation",
    "edit": "one data set, some rows of it redrawn in place",
    "custom": "rules of the study's own",
    "separate": "each reads only itself",
    "islands": "each reads itself, and a little of all others",
    "pooled": "all read one pool",
    "ring": "each reads itself and its neighbors",
    "exchange": "by a table of shares",
    "mean": "the mean of the models",
    "whole": "all models as one",
    "between": "two different models",
    "by_share": "by chance",
    "by_rows": "counted out",
    "own": "rows of its own for each",
    "shared": "the same rows for all",
    "least_squares": "least squares",
    "ridge": "ridge regression",
    "kernel_ridge": "kernel ridge regression",
    "shifted_truth": "labels of a shifted truth",
    "counting": "counts of the categories",
    "maximum_likelihood": "maximum likelihood",
    "maximum_a_posteriori": "maximum a posteriori, with a prior",
    "kernel_density": "kernel density",
    "early_stopped_diffusion": "diffusion that stops early",
    "fixed": "as it is",
    "silverman": "Silverman's rule",
    "ngram": "counts of words",
    "isotropic": "the same in all directions",
    "power_law": "falling by a power law",
    "norm": "equal in all directions",
    "number": "one number",
    "alpha": "penalty × rows stays the same",
    "rows_power": "a power of the number of rows",
    "growth": "growing by a factor",
    "given": "as the study lists it",
    "fresh": "new inputs every time",
    "same": "the same inputs every time",
    "rbf": "Gaussian (RBF)",
    "polynomial": "polynomial",
    "laplacian": "Laplacian",
    "unbiased": "rows less one (unbiased)",
    "generations": "how many generations",
    "synthetic_rows": "how many synthetic rows",
    "real_rows": "how many real rows",
    "synthetic_share": "which share of synthetic rows",
    "penalty": "which penalty",
    "logistic": "logistic regression",
    "poisson": "Poisson regression",
    "gaussian": "a normal law of all columns",
    "true": "yes",
    "false": "no",
}
"""Plain words for what is chosen; what is not here is shown as the study writes it."""
