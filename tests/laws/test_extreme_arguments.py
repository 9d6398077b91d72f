"""Whatever numbers a formula of theory is given: a finite answer in its range, or a `Problem`, and no warning."""

import inspect
import math
from dataclasses import fields, is_dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import genloss.theory
from genloss.errors import Problem
from genloss.theory.reuse import SharedRows
from genloss.theory.ridge import Block
from genloss.theory.ridge.sources import Source
from genloss.theory.ridge.spectra import nodes_of
from genloss.workflows import TRUTH, islands, pooled, separate

HUGE = 10**400
NUMBERS = st.sampled_from(
    [
        *(0, 1, 2, 5, 0.5, 0.9, 1.5, 30, 1000.0, 1e-12, 1e-100, 1e100, 1 - 1e-12, 1 + 1e-12),
        *(-1, -1e-300, 5e-324, 1e-300, 1e300, 1.7e308, math.nan, math.inf, -math.inf, 2**63, 2**64, HUGE, True, None),
    ]
)
LEGAL = st.sampled_from([0, 1, 2, 5, 0.5, 0.9, 1.5, 30, 1000.0, 1e-12, 1e-100, 1e100])
GENERATIONS = st.sampled_from([0, 1, 3, 12, 10**12, 2**70, HUGE, -1, 0.5, math.nan, math.inf, None])
ROWS = st.sampled_from([1, 2, 3, 9, 40, 1000, 1e12, 1e100, 0, 0.5, -1, 1e300, math.nan, math.inf, 2**64, HUGE, None])
LAWS = st.sampled_from(
    [[0.5, 0.5], [0.2, 0.3, 0.5], [1.0, 0.0], [1e-100, 1.0], [1e-300, 1.0], [1.0], [math.nan, 1.0], [2.0, -1.0], []]
)
SPECTRA = st.sampled_from(
    [[1.0] * 4, [1e-100, 1.0, 1e100], [1e-300, 1.0], [1e300], [0.0, 1.0], [0.0], [math.nan], [math.inf], [-1.0], []]
)
ROOMY = st.sampled_from(
    [
        [Block(9, TRUTH, 0.5)],
        [Block(9, TRUTH, 1e-100), Block(1e12, TRUTH, 1e100, 1e-50)],
        [Block(math.nan, TRUTH, 1)],
        [Block(9, TRUTH, math.inf)],
        [Block(2**64, TRUTH, HUGE)],
        [],
    ]
)
WORKFLOWS = st.sampled_from(["replace rows=9", "accumulate rows=9", "fixed_real rows=9 real_weight=1e-100", "x", None])
BATCHES = st.sampled_from(
    [
        [SharedRows(9, [1.0], [[0.0]], 0.5)],
        [SharedRows(1e12, [1.0, 1e-9], [[0.0, 0.0], [1.0, 0.0]], 1e-100)],
        [SharedRows(math.nan, [1.0], [[0.0]], 0.5)],
        [SharedRows(9, [HUGE], [[0.0]], math.inf)],
        [],
    ]
)
CANDIDATES = st.sampled_from(
    [
        [Source(9, TRUTH, 0.5, [1.0, 1.0])],
        [Source(9, TRUTH, 0.5, [1.0, 1e-100]), Source(9, TRUTH, 1e100, [1e100, 1.0])],
        [Source(math.nan, TRUTH, 0.5, [1.0])],
        [],
    ]
)
INPUTS = st.just([[0.1], [1.0], [-1.0], [2.0], [0.3]])
MOMENTS = st.sampled_from(
    [
        *([[1.0]], [[1.0, 0.5], [0.5, 1.0]], [[1.0, 1.0], [1.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]),
        *([[1e-100, 0.0], [0.0, 1e100]], [[1e-300, 0.0], [0.0, 1e-300]], [[1e300, 0.0], [0.0, 1.0]]),
        *([[1.0, 2.0], [2.0, 1.0]], [[math.nan]], [[math.inf]], [[1.0, 2.0]], [], None),
    ]
)
BY_NAME = {
    **dict.fromkeys(("generation", "generations"), GENERATIONS),
    **dict.fromkeys(
        ("rows", "first_rows", "generator_rows", "synthetic_rows", "features", "dim", "first", "last"), ROWS
    ),
    **dict.fromkeys(("probabilities", "law", "outside", "real", "truth", "training"), LAWS),
    **dict.fromkeys(("spectrum",), SPECTRA),
    "nodes": st.just(nodes_of([1.0, 1e-100, 1e100])),
    "fits": st.lists(ROOMY, max_size=2),
    "kept": st.just([]),
    "before": st.just([]),
    "candidates": CANDIDATES,
    "lineages": st.sampled_from([islands(2, 0.1), pooled(3), separate(1), 3, None]),
    "workflow": WORKFLOWS,
    "batches": BATCHES,
    "divisor": st.sampled_from(["unbiased", "maximum_likelihood", "x"]),
    "sampler": st.sampled_from(["ode", "sde", "tilt", "x"]),
    "design": st.sampled_from(["fresh", "same", "x"]),
    "kind": st.sampled_from(["logistic", "poisson"]),
    "reward": st.sampled_from([[0.0, 1.0], [0.0, 500.0], [0.0, 1e300], [math.nan, 0.0], [1e-300, 0.0, 1.0]]),
    "variance_share": st.sampled_from([[0.1, 0.2], [0.0, 1.0], [1e-300, 0.5], [math.nan], [0.5, 0.2], [1.0, 1.0]]),
    "inputs": INPUTS,
    "cross": MOMENTS,
    "order": st.sampled_from([1, 2]),
}
LONG = {"paths", "pool_spectrum", "from_workflow", "bias", "expected_loss_growth", "compress"}
"""Not numbers in, numbers out: random paths, data, matrices that a fit has checked."""
FEW = {
    "mixing.optimal_penalty": 4,
    "mixing.optimal_real_weight": 8,
    "closed_loop.uniqueness_threshold": 20,
    "closed_loop.equilibria": 15,
    "priors.best_prior_rows": 8,
    "chosen_rows.best_rows": 4,
}
"""How many examples of what minimizes or bisects."""
FLAGS = ("limit", "noisy", "finite_size")
FUNCTIONS = {
    f"{module}.{name}": getattr(getattr(genloss.theory, module), name)
    for module in genloss.theory.__all__
    if module != "coverage"
    for name in getattr(genloss.theory, module).__all__
    if inspect.isfunction(getattr(getattr(genloss.theory, module), name)) and name not in LONG
}
INFINITE = {
    "drift.effective_size",
    "tails.mixed_plateau",
    "mixing.optimal_penalty",
    "scaling.term_exponents",
    "scaling.crossovers",
    "workflows.long_run",
    "priors.best_prior_rows",
    "priors.prior_limit",
    "contaminated.rows_lost",
    "drift.real_rows_limit",
}
"""What may be infinite, as the docstring says."""
SIGNED = (
    {"gaussian.log_variance", "gaussian.log_determinant", "workflows.covariance", "workflows.drift"}
    | {"curation.curated_gaussian", "curation.first_order_shift", "reuse.risk", "reuse.risk_of_power"}
    | {"scaling.term_exponents", "scaling.synthetic_scaling", "scaling.fit_power_law", "gaussian.chain_moments"}
    | {"equivalents.rows_left", "gaussian.expected_collapse", "workflows.unequal_information", "mixing.optimal_penalty"}
    | {"ridge.replace_risk", "ridge.replace_risk_of_power", "ridge.mixture_risk", "ridge.mixture_risk_of_power"}
    | {"ridge.accumulate_risk", "gaussian.row_moments", "priors.prior_errors", "priors.pseudo_rows"}
    | {"smoothing.cumulants", "smoothing.expected_moments", "combine.extrapolation", "combine.penalty_slope"}
    | {"combine.best_combination", "combine.combinations_by_generation", "contaminated.contaminated_exponent"}
    | {"lineages.crowd", "sources.sources_risk", "reuse.unlike_risk"}
)
"""Whose answers have parts that may be negative: logarithms, differences, what is inherited."""
PROBABILITIES = {
    "drift.survival_of_category",
    "drift.survival_of_seen",
    "drift.branching_loss",
    "drift.branching_survival",
    "drift.diffusion_survival",
    "drift.suresh_bound",
    "drift.expected_heterozygosity",
    "drift.heterozygosity_limit",
    "gaussian.variance_below",
    "tails.tail_mass",
    "tails.support_bound",
    "tails.support_error",
    "tails.empirical_error",
    "closed_loop.sharpened",
    "curation.curated",
}


QUIET = settings(deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))


def numbers(found):
    """Every number in an answer."""
    if isinstance(found, float | int | np.floating) and not isinstance(found, bool):
        yield float(found)
    elif isinstance(found, np.ndarray) and found.dtype.kind == "f":
        yield from found.ravel().tolist()
    elif isinstance(found, tuple | list):
        for each in found:
            yield from numbers(each)
    elif is_dataclass(found):
        for field in fields(found):
            if field.name not in UNDEFINED:
                yield from numbers(getattr(found, field.name))


UNDEFINED = {"bias_meets_noise", "limit", "power", "index", "training_residual", "left_out_residual"}


def arguments(function, legal):
    drawn = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name in FLAGS or (parameter.default is not inspect.Parameter.empty and name in ("truth", "run", "level")):
            continue
        ours = BY_NAME.get(name, LEGAL if legal else NUMBERS)
        if name == "last" or name == "first":
            ours = st.none() if parameter.default is None else ours
        drawn[name] = ours
    return st.fixed_dictionaries(drawn)


def called(function, given_):
    named, places = dict(given_), []
    for name, parameter in inspect.signature(function).parameters.items():
        if name in named and parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
            places.append(named.pop(name))
        elif parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
            break
    return function(*places, **named)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_answer_is_finite_and_in_its_range_or_there_is_a_problem(name):
    function = FUNCTIONS[name]

    @settings(QUIET, max_examples=FEW.get(name, 60))
    @given(st.one_of(arguments(function, legal=True), arguments(function, legal=False)))
    def walk(drawn):
        try:
            found = called(function, drawn)
        except Problem as problem:
            said = str(problem)
            assert len(said) < 1500
            return
        for number in numbers(found):
            assert not math.isnan(number)
            assert name in INFINITE or math.isfinite(number)
            assert name in SIGNED or number >= 0
            assert name not in PROBABILITIES or number <= 1

    walk()
