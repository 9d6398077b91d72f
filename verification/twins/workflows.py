"""The errors of all fits of a workflow, and fits that train on rows again."""

from typing import Any

import mpmath as mp
import numpy as np

from genloss.theory import priors, relabeled, reuse, workflows
from genloss.workflows import accumulate, fixed_real, fresh_real, replace
from twins.case import Case, count, near
from twins.ridge import replaced

m = mp.mpf
KINDS = ("replace", "accumulate", "fixed_real")


def variances(kind: str, rows: int, weight: float, variance: float, curvature: float, generations: int) -> list[Any]:
    """Variance of the last fit by (1) and (3) of docs/theory/workflows.md; the pool's mean and its new batch alone."""
    v, c, w = m(variance), m(curvature), m(weight)
    first = v / rows
    found = first
    for g in range(1, generations + 1):
        noise = (v + c * found) / rows
        if kind == "replace":
            found = found + noise
        elif kind == "accumulate":
            found = found + noise / (g + 1) ** 2
        else:  # delta_g = w e_0 + (1 - w)(delta_{g-1} + e_g), Cov(e_0, delta_{g-1}) = Var e_0
            found = w**2 * first + (1 - w) ** 2 * (found + noise) + 2 * w * (1 - w) * first
    return [found]


def _workflow(kind: str, rows: int, weight: float) -> Any:
    if kind == "fixed_real":
        return fixed_real(rows=rows, synthetic_rows=rows, real_weight=weight)
    return (replace if kind == "replace" else accumulate)(rows)


def _asked(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "kind": KINDS[rng.integers(3)],
        "rows": count(rng, 1, 1e9),
        "weight": float(rng.uniform(0.01, 0.99)),
        "variance": near(rng, 1e-100, 1e100),
        "curvature": float(rng.choice([0.0, -1.0, near(rng, 1e-12, 1e3)])),
        "generations": count(rng, 0, 40),
    }


def matrix(x: list[list[float]]) -> Any:
    """Rows with a 1 before them."""
    return mp.matrix([[m(1), *map(m, row)] for row in x])


def parts(kind: str, eta: Any) -> tuple[Any, Any, Any]:
    """A', A'' and A''' of the likelihood."""
    if kind == "poisson":
        e = mp.exp(eta)
        return e, e, e
    p = 1 / (1 + mp.exp(-eta))
    return p, p * (1 - p), p * (1 - p) * (1 - 2 * p)


def bias(coefficients: list[float], inputs: list[list[float]], kind: str) -> tuple[Any, Any]:
    """-(1/2) J^-1 sum A''' h x, and J^-1."""
    x, b = matrix(inputs), mp.matrix([m(c) for c in coefficients])
    eta = x * b
    information = mp.zeros(x.cols)
    for i in range(x.rows):
        information += parts(kind, eta[i])[1] * x[i, :].T * x[i, :]
    inverse = information**-1
    pull = mp.zeros(x.cols, 1)
    for i in range(x.rows):
        pull += parts(kind, eta[i])[2] * (x[i, :] * inverse * x[i, :].T)[0] * x[i, :].T
    return -inverse * pull / 2, inverse


def loss_growth(coefficients: Any, inputs: Any, held: Any, labels: list[float], kind: str) -> list[Any]:
    """s' bias + tr(H J^-1)/2."""
    moved, inverse = bias(coefficients, inputs, kind)
    z, b = matrix(held), mp.matrix([m(c) for c in coefficients])
    eta = z * b
    slope, bend = mp.zeros(z.cols, 1), mp.zeros(z.cols)
    for i in range(z.rows):
        mean, weight, _ = parts(kind, eta[i])
        slope += (mean - m(labels[i])) * z[i, :].T / z.rows
        bend += weight * z[i, :].T * z[i, :] / z.rows
    trace = mp.fsum((inverse * bend)[i, i] for i in range(z.cols))
    return [(slope.T * moved)[0] + trace / 2]


def _rows(rng: np.random.Generator) -> dict[str, Any]:
    kind = ("logistic", "poisson")[rng.integers(2)]
    scale = near(rng, 1e-3, 1)
    return {
        "coefficients": (rng.standard_normal(3) * near(rng, 1e-3, 2)).tolist(),
        "inputs": (rng.standard_normal((12, 2)) * scale).tolist(),
        "kind": kind,
    }


def _held(rng: np.random.Generator) -> dict[str, Any]:
    drawn = _rows(rng)
    return drawn | {"held": rng.standard_normal((5, 2)).tolist(), "labels": rng.integers(0, 2, 5).tolist()}


def _reused(rng: np.random.Generator) -> dict[str, Any]:
    dim = 4
    one = {"rows": float(count(rng, 8, 1e9)), "penalty": near(rng, 1e-10, 1e10), "noise": near(rng, 1e-6, 1e6)}
    return {
        "spectrum": [near(rng, 1e-10, 1e10) for _ in range(dim)],
        "coefficients": [near(rng, 1e-6, 1e6) for _ in range(dim)],
        "generation": count(rng, 0, 5),
        "fit": one,
        "last": one,
    }


def _chain(spectrum: Any, coefficients: Any, generation: int, fit: dict[str, float], **_: Any) -> list[float]:
    batches = reuse.from_workflow(replace(int(fit["rows"])), noise=fit["noise"], generations=generation)
    return [reuse.risk(spectrum, coefficients, batches, penalty=fit["penalty"]).total[-1]]


def edited(shares: list[float], rows: int, dim: int) -> list[Any]:
    """Fits where whole rows at random are edited, by the mean square of the residuals."""
    found, residual, h = [m(1)], m(1), m(dim) / rows
    for share in shares:
        p = m(round(share * rows)) / rows
        pairs = p * (1 - p) * rows / (m(rows) - 1)
        found.append(found[-1] + p + pairs * (1 - h) * residual)
        residual = residual * (1 - p - pairs * h) + p
    return found


CASES = {
    "workflows.variances": Case(
        "replace, accumulate, fixed_real; rows 1..1e9, variance 1e-100..1e100, curvature 0, -1, 1e-12..1e3, 0..40",
        _asked,
        lambda kind, rows, weight, generations, **a: [
            workflows.variances(_workflow(kind, rows, weight), generations=generations, **a)[-1]
        ],
        variances,
    ),
    "workflows.covariance": Case(
        "as variances",
        _asked,
        lambda kind, rows, weight, generations, **a: [
            workflows.covariance(_workflow(kind, rows, weight), generations=generations, **a)[-1, -1]
        ],
        variances,
    ),
    "relabeled.growth": Case(
        "0..1000 generations of accumulate",
        lambda rng: {"generations": count(rng, 0, 1000)},
        lambda generations: [relabeled.growth("accumulate", generations)[-1]],
        lambda generations: [mp.fsum(1 / m(j) ** 2 for j in range(2, generations + 2))],
    ),
    "relabeled.bias": Case(
        "12 rows, two inputs of size .001..1, coefficients of size .001..2; of the largest entry",
        _rows,
        lambda coefficients, inputs, kind: (lambda b: b / np.abs(b).max())(relabeled.bias(coefficients, inputs, kind)),
        lambda coefficients, inputs, kind: (lambda b: [x / max(abs(y) for y in b) for x in b])(
            list(bias(coefficients, inputs, kind)[0])
        ),
        absolute=1.0,
    ),
    "relabeled.expected_loss_growth": Case(
        "as bias, 5 held-out rows",
        _held,
        lambda coefficients, inputs, held, labels, kind: [
            relabeled.expected_loss_growth(coefficients, inputs, held, labels, kind)
        ],
        lambda coefficients, inputs, held, labels, kind: loss_growth(coefficients, inputs, held, labels, kind),
    ),
    "reuse.risk (rows used once)": Case(
        "4 eigenvalues 1e-10..1e10, penalty 1e-10..1e10, rows 8..1e9, n 0..5: the recursion of replace_risk",
        _reused,
        _chain,
        lambda **a: replaced(**a)[:1],
        wide=True,
        slow=2,
    ),
    "reuse.risk (all rows so far, least squares)": Case(
        "dim 4, rows 6..1e9, noise 1e-6..1e6, n 0..20: the published sum for the proportional regime, T - dim",
        lambda rng: {"rows": count(rng, 6, 1e9), "noise": near(rng, 1e-6, 1e6), "generation": count(rng, 0, 20)},
        lambda rows, noise, generation: [
            reuse.risk(
                [1.0] * 4,
                1.0,
                reuse.from_workflow(accumulate(rows), noise=noise, generations=generation),
                penalty=0.0,
            ).total[-1]
        ],
        lambda rows, noise, generation: [
            mp.fsum(m(noise) ** 2 / (j) * m(4) / (j * m(rows) - 4) for j in range(1, generation + 2))
        ],
    ),
    "workflows.edited_variances": Case(
        "12 shares 1e-6..1",
        lambda rng: {"shares": [near(rng, 1e-6, 1) for _ in range(12)]},
        lambda shares: workflows.edited_variances(shares),
        lambda shares: [1 + mp.fsum(m(p) * (2 - m(p)) for p in shares[:g]) for g in range(len(shares) + 1)],
    ),
    "workflows.edited_limit": Case(
        "share 1e-6..1, decay 0 and 1e-6..1",
        lambda rng: {"share": near(rng, 1e-6, 1), "decay": float(rng.choice([0.0, near(rng, 1e-6, 1)]))},
        lambda share, decay: [workflows.edited_limit(share, decay)],
        lambda share, decay: [
            1 + 2 * m(share) / (1 - m(decay)) - m(share) ** 2 / (1 - m(decay) ** 2) if decay < 1 else mp.inf
        ],
    ),
    "workflows.edited_at_random": Case(
        "8 shares 1e-6..1, rows 30..1e9, dim 1..20",
        lambda rng: {
            "shares": [near(rng, 1e-6, 1) for _ in range(8)],
            "rows": count(rng, 30, 1e9),
            "dim": count(rng, 1, 20),
        },
        lambda shares, rows, dim: workflows.edited_at_random(shares, rows=rows, dim=dim),
        lambda shares, rows, dim: edited(shares, rows, dim),
    ),
}


def with_prior(kind: str, rows: int, prior_rows: float, last: int, away: float, slope: float, bend: float) -> list[Any]:
    """Bias and variance of the last fit of chains of constant rows, V = 1 + slope d + bend (d^2 + Var)."""
    n, k, move = m(rows), m(prior_rows), m(away)
    bias, spread = k * move / (n + k), n / (n + k) ** 2
    for g in range(1, last + 1):
        row = 1 + m(slope) * bias + m(bend) * (bias**2 + spread)
        if kind == "replace":
            kept = n / (n + k)
            bias, spread = kept * bias + (1 - kept) * move, kept**2 * (spread + row / n)
        elif kind == "accumulate":
            spread = spread + n * row / (k + n * (g + 1)) ** 2
        else:
            whole = k + 2 * n
            bias, spread = (n * bias + k * move) / whole, (n / whole) ** 2 * spread + (n * row + n) / whole**2
    return [bias, spread]


def _priors(kind: str, rows: int) -> Any:
    return (
        {"replace": replace, "accumulate": accumulate}[kind](rows) if kind != "fresh_real" else fresh_real(rows, rows)
    )


PRIORS = {
    "priors.prior_errors": Case(
        "replace, accumulate and fresh_real, 1..1e9 rows, 1e-12..1e12 prior rows, 0..40 generations, distance 1e-6...1",
        lambda rng: {
            "kind": ("replace", "accumulate", "fresh_real")[rng.integers(3)],
            "rows": count(rng, 1, 1e9),
            "prior_rows": near(rng, 1e-12, 1e12),
            "last": count(rng, 0, 40),
            "away": near(rng, 1e-6, 0.1),
            "slope": near(rng, 1e-6, 1),
            "bend": float(rng.choice([0.0, -1.0, 1.0])),
        },
        lambda kind, rows, prior_rows, last, away, slope, bend: (lambda e: [e.bias[-1], e.variance[-1]])(
            priors.prior_errors(
                _priors(kind, rows),
                prior_rows=prior_rows,
                prior_mean=away,
                slope=slope,
                curvature=bend,
                generations=last,
            )
        ),
        with_prior,
        slow=2,
    ),
    "priors.prior_limit": Case(
        "replace, accumulate and fresh_real, rows 1..1e12, prior rows 1e-12..1e12, synthetic rows 0..1e12",
        lambda rng: {
            "kind": ("replace", "accumulate", "fresh_real")[rng.integers(3)],
            "rows": near(rng, 1, 1e12),
            "prior_rows": near(rng, 1e-12, 1e12),
            "synthetic_rows": near(rng, 1e-6, 1e12),
        },
        lambda kind, **a: (lambda x: [x.bias, x.variance])(priors.prior_limit(kind, **a)),
        lambda kind, rows, prior_rows, synthetic_rows: (
            lambda n, k, s: {
                "replace": [m(1), 1 / (k / n * (2 + k / n))],
                "accumulate": [k / (k + n), mp.psi(1, 1 + k / n)],
                "fresh_real": [k / (k + n), n * (n + s) / ((k + n + s) ** 2 - s**2)],
            }[kind]
        )(m(rows), m(prior_rows), m(synthetic_rows)),
        wide=True,
    ),
    "priors.least_prior_rows": Case(
        "rows 1..1e100, curvature 1e-100..1e100",
        lambda rng: {"rows": near(rng, 1, 1e100), "curvature": near(rng, 1e-100, 1e100)},
        lambda rows, curvature: [priors.least_prior_rows(rows, curvature=curvature)],
        lambda rows, curvature: [m(rows) * (mp.sqrt(1 + m(curvature) / m(rows)) - 1)],
        wide=True,
    ),
    "priors.pseudo_rows (mean)": Case(
        "beta and gamma parameters 1e-50..1e50, the posterior's mean",
        lambda rng: {
            "prior": ("beta", "gamma")[rng.integers(2)],
            "a": near(rng, 1e-50, 1e50),
            "b": near(rng, 1e-50, 1e50),
        },
        lambda prior, a, b: (lambda x: [x.rows, x.mean])(priors.pseudo_rows(prior, [a, b], estimate="mean")),
        lambda prior, a, b: [m(a) + m(b), m(a) / (m(a) + m(b))] if prior == "beta" else [m(b), m(a) / m(b)],
    ),
}
CASES |= PRIORS
