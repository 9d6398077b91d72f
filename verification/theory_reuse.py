"""Does the recursion for rows that are trained on again meet drawn rows, under every named workflow?

Run from the repository: python verification/theory_reuse.py > verification/theory_reuse.txt
(about eight minutes on one processor; give words to run only the settings whose name holds one).

300 directions and eleven generations unless the setting says otherwise. Batches that fits use whole are
drawn as sufficient statistics: X'X is B B' with B from Bartlett's triangle, X'e is B z, and (B', z) is a
rotation of (X, e) that no fit can tell from it; subsamples and inputs that are not Gaussian are drawn row
by row. Every design carries COLUMNS draws of all noises, each with its own signs of the truth's coordinates
(inputs are symmetric, so the law stays), whose mean is one replicate; 200 replicates, 400 where rows are
drawn. Rule: |simulation - theory| <= 4.5 standard errors + the allowance the formula states. Generations
of one setting share their draws, so their z go together. worst, its z and its allowance are of the
generation that is off most; "apart" is how far the theory would be off if every fit had rows of its own.
"""

import dataclasses
import datetime
import sys
import time

import numpy as np

from genloss import Workflow
from genloss.streams import stream
from genloss.theory.reuse import from_workflow, risk
from genloss.workflows import TRUTH

Z, SEED, COLUMNS = 4.5, 20261125, 24
MIX = {"tag": "m", "from": "model", "mix": {"model": 0.6, "previous": 0.2, "truth": 0.2}, "rows": 500}
LOUD = {"tag": "s", "from": "model", "rows": 400, "sampler": {"variance_scale": 4.0}}
REAL = {"tag": "r", "from": "real", "rows": 500, "at": "start"}
OFTEN = REAL | {"rows": 150, "at": "every"}
LATE = {"tag": "s", "from": "model", "rows": 300, "lag": 2}


def kind(name, **more):
    """Short form of a workflow."""
    return {"kind": name} | more


SETTINGS = {  # workflow, spectrum, penalty, and what is not as usual
    "accumulate, ridge": (kind("accumulate", rows=450), "flat", 0.1, {}),
    "accumulate, least squares": (kind("accumulate", rows=450), "j^-1", 0.0, {}),
    "accumulate, few rows, ridge": (kind("accumulate", rows=100), "j^-1", 0.01, {}),
    "accumulate, minimum norm to least squares": (kind("accumulate", rows=70), "flat", 0.0, {"last": 8, "skip": (3,)}),
    "accumulate, near rows = dim, small penalty": (kind("accumulate", rows=330), "flat", 1e-3, {}),
    "accumulate, unequal rows": (kind("accumulate", rows=[500, 100, 800, 200, 50]), "two levels", 0.05, {}),
    "accumulate, no noise": (kind("accumulate", rows=400), "j^-1", 0.1, {"noise": 0.0}),
    "accumulate, coins as inputs": (kind("accumulate", rows=350), "flat", 0.1, {"inputs": "coins", "last": 6}),
    "accumulate, 61 fits, dim 100": (kind("accumulate", rows=150), "j^-1", 0.1, {"last": 60, "dim": 100}),
    "accumulate and new real rows": ({"emit": [OFTEN, LATE], "train": [{}]}, "j^-1", 0.05, {}),
    "accumulate a mixed law": ({"emit": [MIX], "train": [{}]}, "flat", 0.1, {}),
    "noisier labels": ({"emit": [REAL, LOUD], "train": [{}]}, "j^-1", 0.05, {}),
    "window of 3": (kind("window", rows=300, keep=3), "j^-1", 0.05, {}),
    "window of 3, least squares": (kind("window", rows=400, keep=3), "flat", 0.0, {}),
    "fixed real": (kind("fixed_real", rows=300, synthetic_rows=400), "flat", 0.1, {}),
    "fixed real, weighted": (
        kind("fixed_real", rows=400, synthetic_rows=300, real_weight=0.8),
        "two levels",
        0.02,
        {},
    ),
    "forget": (kind("forget", rows=400, decay=0.6), "j^-1", 0.05, {}),
    "forget, least squares": (kind("forget", rows=500, decay=0.6), "flat", 0.0, {}),
    "synthetic only": (kind("synthetic_only", rows=450), "flat", 0.1, {}),
    "reset": (kind("reset", rows=450, every=4), "j^-1", 0.05, {}),
    "replace": (kind("replace", rows=450), "j^-1", 0.1, {}),
    "fresh real": (kind("fresh_real", rows=200, synthetic_rows=300, real_weight=0.5), "j^-1", 0.05, {}),
    "golden": (kind("golden", rows=300), "flat", 0.02, {}),
    "regenerate": (kind("regenerate", rows=600), "flat", 0.1, {}),
    "accumulate a subsample": (kind("accumulate_subsample", rows=450), "j^-1", 0.05, {"inputs": "rows"}),
    "accumulate a subsample, with replacement": (
        kind("accumulate_subsample", rows=450, with_replacement=True),
        "flat",
        0.1,
        {"inputs": "rows"},
    ),
    "accumulate a subsample, minimum norm": (
        kind("accumulate_subsample", rows=450, take=100),
        "j^-1",
        0.0,
        {"inputs": "rows"},
    ),
    "replace on the same inputs": (kind("replace", rows=450), "j^-1", 0.05, {"design": "same"}),
    "accumulate on the same inputs": (kind("accumulate", rows=200), "flat", 0.1, {"design": "same"}),
    "forget on the same inputs, minimum norm": (
        kind("forget", rows=150, decay=0.5),
        "j^-1",
        0.0,
        {"design": "same"},
    ),
}


def spectrum_of(name, dim):
    """The spectra by name."""
    j = np.arange(1, dim + 1.0)
    return {"flat": np.ones(dim), "j^-1": j**-1.0, "two levels": np.where(j <= dim / 5, 3.0, 0.3)}[name]


def factor(rows, spectrum, rng, inputs):
    """Rows drawn, or a triangle that stands for them: (rows or fewer, dim)."""
    if inputs == "coins":
        return rng.choice([-1.0, 1.0], (rows, spectrum.size)) * np.sqrt(spectrum)
    if inputs == "rows":
        return rng.standard_normal((rows, spectrum.size)) * np.sqrt(spectrum)
    few = min(rows, spectrum.size)
    triangle = np.tril(rng.standard_normal((spectrum.size, few)))
    triangle[range(few), range(few)] = np.sqrt(rng.chisquare(rows - np.arange(few)))
    return (triangle * np.sqrt(spectrum)[:, None]).T


def labeled(batch, data, fits, truth, noise, rng):
    """Labels (rows, COLUMNS) of rows by one origin."""
    origin = batch.origins[0][0]
    given = batch.sampler.given() if batch.sampler is not None and origin != TRUTH else {}
    loud = noise * np.sqrt(given.get("variance_scale", 1.0))
    teacher = truth if origin == TRUTH else fits[origin]
    return data @ teacher + loud * rng.standard_normal((len(data), COLUMNS))


def solve(parts, ridge, dim):
    """Minimize sum omega |data w - labels|^2 + ridge |w|^2; parts: (omega, data, labels, gram, moment), used once."""
    rows = sum(len(data) for _, data, *_ in parts)
    if ridge == 0 and rows < dim:
        data = np.vstack([np.sqrt(omega) * data for omega, data, *_ in parts])
        labels = np.vstack([np.sqrt(omega) * labels for omega, _, labels, *_ in parts])
        return data.T @ np.linalg.solve(data @ data.T, labels)
    gram = sum(omega * part for omega, _, _, part, _ in parts) + ridge * np.eye(dim)
    return np.linalg.solve(gram, sum(omega * part for omega, *_, part in parts))


def simulate(schedule, spectrum, truth, noise, penalty, rng, *, design, inputs):
    """Excess risks (fits,) of one design and mean fits (fits, dim), over COLUMNS draws of noise and signs."""
    stored, fits, risks = {}, [], []
    first = None
    signs = rng.choice([-1.0, 1.0], (spectrum.size, COLUMNS))
    truth = truth[:, None] * signs
    for g in range(len(schedule.train)):
        for b in schedule.born[g]:
            batch, pieces = schedule.batches[b], []
            chances = np.array([chance for _, chance in batch.origins])
            counts = rng.multinomial(batch.rows, chances / chances.sum())
            for (origin, _), count in zip(batch.origins, counts, strict=True):
                if count:
                    data = first if first is not None and design == "same" else factor(count, spectrum, rng, inputs)
                    first = data if first is None else first
                    piece = type(batch)(batch.birth, batch.tag, ((origin, 1.0),), int(count), 0, batch.sampler)
                    pieces.append((data, labeled(piece, data, fits, truth, noise, rng)))
            whole = inputs != "rows"
            stored[b] = [(x, y, x.T @ x if whole else None, x.T @ y if whole else None) for x, y in pieces]
        total = sum(schedule.rows_used(g))
        parts = []
        (use, *more) = schedule.train[g]
        pool = sum(schedule.batches[b].rows for b in use.batches)
        if use.take is not None and (use.replace or use.take < pool):
            assert not more
            data, labels = (np.vstack([piece[i] for b in use.batches for piece in stored[b]]) for i in (0, 1))
            index = rng.choice(pool, use.take, replace=use.replace)
            x, y = data[index], labels[index]
            parts = [(1.0, x, y, x.T @ x, x.T @ y)]
        elif inputs == "rows":
            parts = [(1.0, x, y, x.T @ x, x.T @ y) for b in use.batches for x, y, *_ in stored[b]]
        elif design == "same":
            mean = sum(share * stored[b][0][1] for b, share in schedule.shares(g).items())
            parts = [(total / schedule.batches[0].rows, first, mean, first.T @ first, first.T @ mean)]
        else:
            for b, share in schedule.shares(g).items():
                parts.extend((share * total / schedule.batches[b].rows, *piece) for piece in stored[b])
        fits.append(solve(parts, penalty * total, spectrum.size))
        risks.append(float(((fits[-1] - truth) ** 2 * spectrum[:, None]).sum() / COLUMNS))
    return np.array(risks), np.array([(fit * signs).mean(axis=1) for fit in fits])


def apart(batches):
    """The same batches, as if every fit drew rows of its own."""
    own = []
    for batch in batches:
        fits = np.size(batch.weights)
        share = np.ones(fits) if batch.sampled is None else np.broadcast_to(batch.sampled, fits)
        own += [
            dataclasses.replace(
                batch,
                rows=batch.rows * share[g],
                weights=np.eye(fits)[g] * batch.weights[g],
                sampled=None,
                replace=False,
            )
            for g in np.flatnonzero(batch.weights)
        ]
    return own


def compare(name, table):
    """Simulate one setting, print its line, and keep its relative errors."""
    form, kind_of, penalty, more = SETTINGS[name]
    dim, last, noise = more.get("dim", 300), more.get("last", 10), more.get("noise", 0.6)
    design, inputs = more.get("design", "fresh"), more.get("inputs", "gauss")
    replicates = 400 if inputs == "rows" else 200
    spectrum, truth = spectrum_of(kind_of, dim), np.arange(1, dim + 1.0) ** -0.3
    schedule = Workflow.from_dict(form).compile(last)
    rng = stream(SEED, name)
    start = time.process_time()
    risks = np.stack(
        [
            simulate(schedule, spectrum, truth, noise, penalty, rng, design=design, inputs=inputs)[0]
            for _ in range(replicates)
        ],
        axis=-1,
    )
    batches = from_workflow(schedule, noise=noise, design=design)
    found = risk(spectrum, truth, batches, penalty=penalty)
    wrong = risk(spectrum, truth, apart(batches), penalty=penalty).total
    mean, error = risks.mean(axis=1), risks.std(axis=1, ddof=1) / np.sqrt(replicates)
    kept = np.setdiff1d(np.arange(last + 1), more.get("skip", ()))
    off = (mean / found.total - 1)[kept]
    z = ((mean - found.total) / error)[kept]
    inside = (np.abs(mean - found.total) <= Z * error + found.allowance)[kept]
    worst = int(np.argmax(np.abs(off)))
    table.append((off, z, inside, np.abs(off) > 2 * np.abs(off / z) + 0.01))
    print(
        f"{name:44} {kind_of:10} {penalty:7g} {last:4d} {found.total[-1]:10.5f} {mean[-1]:10.5f} "
        f"{100 * error[kept].max() / mean[kept][error[kept].argmax()]:6.2f} {100 * np.median(np.abs(off)):8.2f} "
        f"{100 * off[worst]:8.2f} {z[worst]:6.1f} {100 * found.allowance[kept][worst] / found.total[kept][worst]:8.2f} "
        f"{100 * (wrong[-1] / found.total[-1] - 1):9.1f} {inside.sum():4d}/{inside.size} "
        f"{time.process_time() - start:6.0f}",
        flush=True,
    )


def slopes():
    """Accumulation under a fixed penalty, 61 fits: the mean fit fades as a power law of the generation."""
    print(
        "\nUnder a fixed penalty E w_G falls like G^-(penalty / (s + penalty)): slope from 45 to 60, dim 50, rows 5000"
    )
    print(f"{'penalty':>8} {'limit':>9} {'theory':>9} {'simulation':>11} {'SE':>8}")
    for penalty in (0.5, 0.1):
        schedule = Workflow.from_dict(kind("accumulate", rows=5000)).compile(60)
        spectrum, truth = np.ones(50), np.ones(50)
        found = risk(spectrum, truth, from_workflow(schedule, noise=0.3), penalty=penalty)
        step = np.log(61 / 46)
        rng = stream(SEED, "slopes", penalty)
        means = np.stack(
            [
                simulate(schedule, spectrum, truth, 0.3, penalty, rng, design="fresh", inputs="gauss")[1].mean(axis=1)
                for _ in range(40)
            ]
        )
        each = np.log(means[:, 60] / means[:, 45]) / step
        gain = 1 - found.losses[:, 0]
        print(
            f"{penalty:8g} {-penalty / (1 + penalty):9.5f} {np.log(gain[60] / gain[45]) / step:9.5f} "
            f"{each.mean():11.5f} {each.std(ddof=1) / np.sqrt(each.size):8.5f}",
            flush=True,
        )


def main(words):
    """Print the table and its summary; return 1 if a setting lies outside its tolerance."""
    start = time.process_time()
    print(
        f"{datetime.date.today()}  numpy {np.__version__}  seed {SEED}  Z {Z}  {COLUMNS} noises and signs per design\n"
    )
    print(
        f"{'setting':44} {'spectrum':10} {'penalty':>7} {'last':>4} {'theory':>10} {'simulation':>10} {'SE %':>6} "
        f"{'median %':>8} {'worst %':>8} {'z':>6} {'allow %':>8} {'apart %':>9} {'within':>7} {'s':>6}"
    )
    table = []
    chosen = [name for name in SETTINGS if not words or any(word in name for word in words)]
    for name in chosen:
        compare(name, table)
    if not words or "slopes" in words:
        slopes()
    if table:
        off, z, inside, beyond = (np.concatenate(column) for column in zip(*table, strict=True))
        size = np.abs(off)
        print(
            f"\n{len(table)} settings, {off.size} values: |off| median {100 * np.median(size):.2f} %, 95 % quantile "
            f"{100 * np.quantile(size, 0.95):.2f} %, largest {100 * size.max():.2f} %; "
            f"rms z {np.sqrt(np.mean(z**2)):.2f}; {np.count_nonzero(~inside)} outside"
        )
        names = [name for name, row in zip(chosen, table, strict=True) if row[3].any()]
        print(f"{np.count_nonzero(beyond)} beyond 2 standard errors + 1 %: {', '.join(names) or 'none'}")
        print(f"{time.process_time() - start:.0f} s of processor time")
        return int(not inside.all())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
