"""Whatever a model is given: a fit whose predictions or rows are finite and in their range, or a `Problem`."""

import math

import numpy as np
import pytest
from helpers_faults import answered, not_finite
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline

import genloss
from genloss.models import MODELS, Codec, Command, LeastSquares, ShiftedTruth, WordChain, check
from genloss.models.families import FAMILIES, quadratic
from genloss.models.laws import LawModel
from genloss.models.ngram import NGram
from genloss.streams import stream

QUIET = settings(deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
HUGE = 10**400
ODD = (-1, -1e-300, 5e-324, 1e300, 1.7e308, math.nan, math.inf, -math.inf, 2**64, HUGE, True, None, "1", [1.0], 0.5)
LEGAL = (0, 1, 2, 5, 1e-100, 1e-12, 1e-3, 0.5, 1.5, 1000.0, 1e12, 1e100)
SETTING = st.sampled_from((*LEGAL, *LEGAL, *ODD))
WHOLE = st.sampled_from((1, 2, 3, 5, 9, 64, 100, 1000, 0, *ODD))
SCALES = st.sampled_from((1.0, 1.0, 1e-100, 1e100, 1e-300, 1e300, 0.0, 1e-12, 1e12, math.nan, math.inf))
WEIGHTS = st.sampled_from(("none", "ones", "unequal", "one counts", "no row counts", "negative", "no number"))
KERNELS = st.sampled_from(("rbf", "polynomial", "laplacian", "arc_cosine", "arc_cosine_steps", "x", None, ["rbf"]))


def weights_of(name, rows):
    """Weights of a kind."""
    return {
        "none": None,
        "ones": np.ones(rows),
        "unequal": np.linspace(1e-9, 2.0, rows),
        "one counts": np.eye(rows)[0] * rows,
        "no row counts": np.zeros(rows),
        "negative": -np.ones(rows),
        "no number": np.full(rows, math.nan),
    }[name]


def labeled(rows, dim, inputs, targets, same):
    """Labeled rows of some scale; same: every row is the first one."""
    rng = stream(1, "rows")
    x = rng.standard_normal((rows, dim))
    x = np.broadcast_to(x[:1], x.shape) if same else x
    return inputs * x, targets * (x[:, 0] + 0.1 * rng.standard_normal(rows))


def finite(found):
    """Return nothing where every number is finite, else a finding."""
    held = np.asarray(found, dtype=float)
    return None if np.isfinite(held).all() else f"silent: {held[~np.isfinite(held)][:3]}"


def walked(examples, work, **drawn):
    """Ask again and again; everything must come to an answer or to a `Problem`."""
    seen = set()

    @settings(QUIET, max_examples=examples)
    @given(st.fixed_dictionaries(drawn))
    def walk(asked):
        said = answered(lambda: work(**asked))
        assert said in ("answered", "Problem"), (said, asked)
        seen.add(said)

    walk()
    assert seen == {"answered", "Problem"}  # else the walk asks for nothing


SCALED = {
    "rows": st.sampled_from((1, 2, 5, 20)),
    "dim": st.sampled_from((1, 3, 9)),
    "scales": st.tuples(SCALES, SCALES, SCALES),
    "weights": WEIGHTS,
    "same": st.booleans(),
}
REGRESSIONS = {
    "least_squares": {},
    "ridge": {"penalty": SETTING},
    "kernel_ridge": {"penalty": SETTING, "kernel": KERNELS, "gamma": SETTING, "degree": WHOLE, "coef0": SETTING},
}


@pytest.mark.parametrize("name", REGRESSIONS)
def test_a_regression_predicts_numbers_or_there_is_a_problem(name):
    def work(*, rows, dim, scales, weights, same, **made):
        with np.errstate(all="ignore"):
            data = labeled(rows, dim, scales[0], scales[1], same)
            asked = scales[2] * stream(2, "asked").standard_normal((4, dim))
        fit = MODELS[name](**made).fit(data, weights_of(weights, rows), stream(1, "fit"))
        return finite(fit.predict(asked))

    walked(150, work, **SCALED, **REGRESSIONS[name])


def test_a_shifted_truth_is_a_number_or_there_is_a_problem():
    def work(shift, truth, normal):
        return finite(ShiftedTruth(shift).around(np.full(3, truth), np.full(3, normal)).coefficients)

    walked(60, work, shift=SETTING, truth=SCALES, normal=SCALES)


GRAY = np.random.default_rng(0).integers(0, 256, size=(3, 9, 7)).astype(float)
IMAGES = {
    "gray": GRAY,
    "colors": np.stack([GRAY] * 3, axis=-1).astype(np.uint8),
    "flat": GRAY.reshape(3, -1),
    "none": GRAY[:0],
    "one pixel": GRAY[:, :1, :1],
    "no number": np.full_like(GRAY, math.nan),
    "huge": GRAY * 1e300,
    "negative": -GRAY,
    "texts": ["a", "b"],
}


def test_a_codec_copies_within_its_range_or_there_is_a_problem():
    def work(images, count, highest, **made):
        held = IMAGES[images]
        found = Codec(highest=highest, **made).fit(held, None, stream(1, "fit")).sample(count, stream(2, "sample"))
        assert found.shape == (count, *held.shape[1:])
        assert found.size == 0 or (found.min() >= 0 and found.max() <= highest * (1 + 1e-9))
        return finite(found)

    made = {"format": st.sampled_from(("JPEG", "WebP", "PNG", None, ["JPEG"])), "shift": WHOLE}
    quality = st.one_of(WHOLE, st.sampled_from((1, 50, 100)), st.tuples(WHOLE, WHOLE), st.tuples(WHOLE))
    highest = st.one_of(SETTING, st.sampled_from((255.0, 1e100)))
    walked(
        250, work, images=st.sampled_from(list(IMAGES)), count=st.sampled_from((0, 1, 5)), highest=highest,
        quality=quality, **made,
    )  # fmt: skip


TEXTS = (["the sun sets", "the rain"], [""], ["", "..."], [], ["a"] * 3, ["\0", "\ud800"], [None], [1.0], "abc", GRAY)


def test_a_chain_of_words_writes_texts_or_there_is_a_problem():
    def work(order, texts, weights, count):
        fit = WordChain(order).fit(texts, weights_of(weights, max(1, len(texts))), stream(1, "fit"))
        assert len(fit.sample(count, stream(2, "sample"))) == count
        return finite(fit.log_prob(["the sun", "", "zzz"]))

    walked(
        150, work, order=WHOLE, texts=st.sampled_from(TEXTS), weights=WEIGHTS, count=st.sampled_from((0, 1, 5))
    )  # fmt: skip


TOKENS = ([0, 1, 2, 1], [0], [], [3], [-1], [0.5], [HUGE], [[0, 0]], "ab", None)


def test_an_n_gram_writes_tokens_or_there_is_a_problem():
    def work(order, vocabulary, tokens, weights, count):
        fit = NGram(order, vocabulary).fit(np.asarray(tokens), weights_of(weights, 4), stream(1, "fit"))
        found = fit.sample(count, stream(2, "sample"))
        assert len(found) == count
        assert set(found.tolist()) <= set(range(vocabulary))
        return finite(fit.log_prob(np.asarray(tokens)))

    order = st.one_of(st.sampled_from((1, 2)), WHOLE)
    walked(
        200, work, order=order, vocabulary=WHOLE, tokens=st.sampled_from(TOKENS), weights=WEIGHTS,
        count=st.sampled_from((0, 1, 5)),
    )  # fmt: skip


FILES = "{train} {out} {rows}"
COMMANDS = (
    *(f"{{python}} -c pass {FILES}", f"false {FILES}", f"\0 {FILES}", f"/ {FILES}", f"{'a' * 9000} {FILES}", FILES),
    *(f"../x {FILES}", f"{{python}}\0 {FILES}", f"{FILES}{{start}}", "", "'", "{x}", None, 1, ["a"]),
)


def test_a_command_is_one_or_there_is_a_problem():
    def work(timeout, weights, **made):
        fit = Command(timeout=timeout, **made).fit(np.ones((3, 2)), weights_of(weights, 3), stream(1, "fit"))
        return finite(fit.sample(0, stream(1, "sample")))

    walked(
        200, work, command=st.sampled_from(COMMANDS), format=st.sampled_from(("csv", "npz", "x", None, ["csv"])),
        timeout=st.one_of(st.just(9.0), SETTING), shell=st.booleans(), weights=WEIGHTS,
        folder=st.sampled_from((None, ".", "/nowhere", "\0", 3, "")),
    )  # fmt: skip


PARAMETERS = st.lists(
    st.sampled_from((0.5, 1.0, 2.0, 0.2, 1e-12, 1e12, 1e-100, 1e100, 1e-300, 1e300, -1.0, 0.0, math.nan)), max_size=6
)
KNOWN = ("gamma_shape", "beta", "gaussian")
RIGHT = {"multivariate_gaussian": [0.5, 0.0, 1e12, 0.0, 0.0, 1.0], "multinomial": [0.5, 0.5]}
RIGHT |= {
    "dirichlet": [1e-3, 1e3],
    "logistic_regression": [0.5, 2.0, 1e-100],
    "poisson_regression": [-30.0, 0.5, 1.0],
}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_law_is_fitted_with_numbers_or_there_is_a_problem(name):
    def work(right, size, truth, rows, unequal):
        size, truth = (2, RIGHT.get(name, [0.5, 2.0])) if right else (size, truth)
        made = FAMILIES[name]() if name in KNOWN else FAMILIES[name](size)
        parameters, rng = made.checked(truth), stream(1, "rows")
        at = np.broadcast_to(parameters, (3, len(parameters)))
        drawn = made.draw(at, rows, rng)
        weights = np.broadcast_to(weights_of("unequal", rows) * rows / rows, (3, rows)) if unequal else None
        fit = LawModel(made).fit(drawn, weights, rng)
        wrong = finite(drawn) or finite(made.row_variance(at)) or finite(made.whitened(at, parameters))
        return wrong or finite(fit.parameters[~fit.ended])

    rows, size = st.sampled_from((1, 2, 3, 9, 50)), st.sampled_from((1, 2, 3, 0, -1, 10**6, None, 0.5, True))
    walked(100, work, right=st.booleans(), size=size, truth=PARAMETERS, rows=rows, unequal=st.booleans())


@pytest.mark.parametrize("name", [name for name in quadratic.__all__ if name != "Quadratic"])
def test_a_mean_is_drawn_within_its_ends_or_there_is_a_problem(name):
    sized = name in ("binomial", "negative_binomial", "gamma", "gaussian_mean")

    def work(size, mean, rows):
        made = getattr(quadratic, name)(*[size] * sized)
        inside = made.checked(mean)
        drawn = made.means(np.full(5, inside), rows, stream(1, "rows"))
        assert ((drawn >= made.lowest) & (drawn <= made.highest)).all()
        each = made.draw(np.full((3, 1), inside), 9, stream(2, "rows"))
        return finite(drawn) or finite(made.variance(inside)) or finite(each)

    walked(60, work, size=SETTING, mean=SETTING, rows=st.sampled_from((1, 9, 1e6, 1e9)))


def test_every_public_model_is_walked():
    walked_here = {"LeastSquares", "Ridge", "KernelRidge", "ShiftedTruth", "Codec", "WordChain", "Command", "check"}
    contracts = {"Fitted", "Generator", "Labeled", "Model", "Note", "Predictor", "Predicts", "Regression"}
    assert set(genloss.models.__all__) == walked_here | contracts | {"KernelFit", "LinearFit", "MODELS"}


NORMAL = np.random.default_rng(1).standard_normal((40, 2))
ROWS = (
    *(NORMAL * scale for scale in (1, 1e300, 1e-300, 1e100, 0)),
    *(NORMAL[:1], NORMAL[:0], NORMAL[:, :0], NORMAL.astype(object), NORMAL.astype(complex), NORMAL.tolist()),
    *(np.where(NORMAL > 2, math.nan, NORMAL), np.where(NORMAL > 2, math.inf, NORMAL), (NORMAL, NORMAL[:, 0])),
    *(["the sun sets", "the rain falls"] * 10, [""] * 20, [None] * 20, [], None, 3, "rows", {"a": [1]}),
)
OWN = (
    *(LeastSquares, LeastSquares(), None, "x", 3, WordChain(2), Codec(), GaussianMixture(2), GaussianMixture(-1)),
    *(KernelDensity(bandwidth=1e300), KernelDensity(bandwidth="scott"), make_pipeline(PCA(5), GaussianMixture())),
    *(LinearRegression(), LogisticRegression(C=-1)),
)


def test_a_check_of_a_model_says_what_is_wrong_or_there_is_a_problem():
    def work(model, rows):
        said = str(check(model, rows))
        return None if len(said) < 9000 else "a long answer"

    walked(60, work, model=st.sampled_from(OWN), rows=st.sampled_from(ROWS))


def test_a_chain_of_hostile_rows_and_options_answers_or_there_is_a_problem():
    def work(model, given_, **asked):
        return not_finite(genloss.chain(model, given_, **asked))

    usual = {"workflow": "replace", "generations": 1, "seeds": 2, "held_out": 0.25, "rows": None, "start": "scratch"}
    odd = {
        "workflow": ("accumulate", "window rows=9 keep=2", "", None, 3, [], ["replace"] * 2, {"real_weight": math.nan}),
        "generations": (10**6, *ODD),
        "seeds": (1, *ODD),
        "held_out": (0, 0.9, *ODD),
        "rows": (3, 10**9, *ODD),
        "start": ("previous", "x", None),
        "seed": ODD,
        "metrics": (["energy_distance"], ["x"], "x", [], 3),
        "workers": ODD,
    }
    change = st.sampled_from([(name, value) for name, values in odd.items() for value in values])
    asked = st.lists(change, max_size=2).map(lambda changes: usual | dict(changes))
    models = st.sampled_from([*OWN[:9], *[GaussianMixture(1)] * 9])
    rows = st.one_of(st.just(NORMAL), st.sampled_from(ROWS))
    walked(60, lambda asked, **more: work(**more, **asked), asked=asked, model=models, given_=rows)
