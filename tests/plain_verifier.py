"""What does a loop do whose rows a verifier keeps or drops? Slow and obvious: rows are drawn, judged and fitted."""

import numpy as np


def stays(rng, far, *, within=None, share=None, keep_good=1.0, keep_bad=0.0, rows=None):
    """Which rows stay, (replicates, drawn); far: |label - guess| in standard deviations. rows: stop at so many."""
    if share is not None:
        count = round(share * far.shape[1]) if rows is None else rows
        kept = np.zeros(far.shape, bool)
        np.put_along_axis(kept, np.argsort(far, axis=1)[:, :count], True, axis=1)
        return kept
    kept = rng.random(far.shape) < np.where(far <= within, keep_good, keep_bad)
    if rows is not None:
        kept &= np.cumsum(kept, axis=1) <= rows
        assert np.all(kept.sum(axis=1) == rows), "too few rows were drawn"
    return kept


def drawn_of(rows, counted, share):
    """How many rows to draw so that enough stay."""
    if counted == "drawn":
        return rows
    return round(rows / share) if share is not None else 4 * rows + 160


def verifying(fits, by):
    """The fit that judges the rows of the next generation; None: no fit does."""
    if by == "outside":
        return None
    return fits[0] if by == "first" else fits[max(len(fits) - by, 0)]


def locations(rng, rows, error, generations, replicates, *, sd=1.0, by="outside", counted="drawn", **rule):
    """Return fits of a mean whose truth is 0, (generations + 1, replicates)."""
    fits = [rng.normal(0, sd / np.sqrt(rows), replicates)]
    drawn = drawn_of(rows, counted, rule.get("share"))
    for _ in range(generations):
        judge = verifying(fits, by)
        guess = error + (np.zeros(replicates) if judge is None else judge)
        y = fits[-1][:, None] + sd * rng.standard_normal((replicates, drawn))
        kept = stays(rng, np.abs(y - guess[:, None]) / sd, rows=rows if counted == "kept" else None, **rule)
        fits.append((y * kept).sum(axis=1) / kept.sum(axis=1))
    return np.array(fits)


def regressions(
    rng, spectrum, truth, rows, noise, penalty, errors, generations, *, by="outside", counted="drawn", **rule
):
    """Return excess risks, (generations + 1, replicates). errors: of the guess, (replicates, dim)."""
    return np.array([
        _one(rng, spectrum, truth, rows, noise, penalty, v, generations, by, counted, rule) for v in errors
    ]).T  # fmt: skip


def _one(rng, spectrum, truth, rows, noise, penalty, v, generations, by, counted, rule):
    fits, risks = [], []
    for g in range(generations + 1):
        drawn = drawn_of(rows, counted, rule.get("share")) if g else rows
        x = rng.standard_normal((drawn, spectrum.size)) * np.sqrt(spectrum)
        y = x @ (fits[-1] if g else truth) + noise * rng.standard_normal(drawn)
        if g:
            judge = verifying(fits, by)
            far = np.abs(y - x @ (v + (truth if judge is None else judge))) / noise
            kept = stays(rng, far[None], rows=rows if counted == "kept" else None, **rule)[0]
            x, y = x[kept], y[kept]
        fits.append(np.linalg.solve(x.T @ x + penalty * len(y) * np.eye(spectrum.size), x.T @ y))
        risks.append(spectrum @ (fits[-1] - truth) ** 2)
    return risks
