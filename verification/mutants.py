"""Which test goes red when a constant of a formula is wrong? Every mutant below must be killed.

Run from the repository: python verification/mutants.py > verification/mutants.txt (a few minutes). Words
restrict it to files whose name holds one: python verification/mutants.py reuse >> verification/mutants.txt.
Each mutant is one textual change to one file of the theory in a copy of the sources; the tests listed
for it run against the copy until the first fails. A mutant that survives is printed as SURVIVED and
the exit code is 1.
"""

import datetime
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
S, U = "tests/statistical/test_theory_", "tests/unit/test_theory_"
RIDGE = [f"{S}replace.py", "tests/statistical/test_theory_meets_simulation.py"]
MIXTURE, STRONG, MIXING = [f"{S}mixture.py"], [f"{S}strong.py"], [f"{S}mixing.py"]
SPECTRA, SCALING, ACCUMULATE = (
    [f"{U}spectra.py", "tests/unit/test_equivalents.py"],
    [f"{U}scaling.py"],
    [f"{S}accumulate.py"],
)
REUSE, REUSE_FLOW = [f"{U}reuse.py"], ["tests/unit/test_reuse_workflow.py"]
REUSED = ["tests/statistical/test_reuse_workflows.py"]

FLOW, FLOW_FORMS = ["tests/brute/test_workflow_covariance.py"], ["tests/unit/test_theory_workflows.py"]
FLOW_END, FLOW_PATHS = ["tests/unit/test_workflow_limits.py"], ["tests/unit/test_workflow_paths.py"]

URN, LENSES = ["tests/brute/test_audit_urn.py"], ["tests/unit/test_audit_lenses.py"]
EFFECTS, HORIZON = ["tests/statistical/test_audit_effects.py"], ["tests/statistical/test_audit_horizon.py"]
AUDIT, PAIRS = ["tests/unit/test_audit.py"], ["tests/unit/test_audit_correlations.py"]
SCORES = ["tests/unit/test_audit_scores.py"]
CHECK, CHECKED = ["tests/unit/test_verifier.py"], ["tests/statistical/test_verifier.py"]

MUTANTS = [
    ("../audit/urn.py", "gammaln(whole + drawn) +", "gammaln(whole + drawn + 1) +", URN),
    ("../audit/urn.py", "gammaln(balls + counts) -", "gammaln(balls + counts + 1) -", URN),
    ("../audit/cells.py", "* (scores.size + 1) / there", "* scores.size / there", URN),
    ("../audit/cells.py", "ranks, [scores.size + 1]", "ranks, [scores.size]", URN),
    ("../audit/cells.py", "order[ranks - 1]", "order[ranks - 2]", URN),
    ("../audit/process.py", "counts[:tau].sum", "counts[: tau + 1].sum", URN),
    ("../audit/process.py", "1 - (begun @ prior)", "1 - 0.5 * (begun @ prior)", URN),
    ("../audit/alternatives.py", "side * theta for side", "-side * theta for side", URN),
    ("../audit/alternatives.py", "whole[..., None] * urns / urns", "1.1 * whole[..., None] * urns / urns", URN),
    ("../audit/effects.py", "_points(beyond + 0.5,", "_points(beyond + 5.0,", EFFECTS),
    ("../audit/effects.py", "0.5 + _LEVEL / 2)) * error", "_LEVEL)) * error", EFFECTS),
    ("../audit/effects.py", "(1 / counts).sum())) * 1.96", "(1 / counts).sum())) * 1.3", EFFECTS),
    ("../audit/horizon.py", "(tau + 1) * (tau + 2))", "(tau + 1) * (tau + 1))", HORIZON),
    ("../audit/horizon.py", "crossed.any(axis=1), 1 / at, 0.0", "crossed.any(axis=1), 0.3 / at, 0.0", HORIZON),
    ("../audit/streams.py", "-np.log1p(-lost)", "-np.log1p(lost)", AUDIT),
    ("../audit/learned.py", "** -1.5 / _SHARES", "** -1.4 / _SHARES", LENSES),
    ("../audit/learned.py", "_signed(vectors[:, order[0]])", "_signed(vectors[:, order[-1]])", LENSES),
    ("../audit/scale.py", "vectors[:, kept] / sizes, sizes", "vectors[:, kept], sizes", SCORES),
    ("../audit/scale.py", "(whole - held) / self.beyond", "whole / self.beyond", LENSES),
    ("../audit/scores.py", "0.5 * np.log(np.maximum", "np.log(np.maximum", SCORES),
    ("../audit/scores.py", "<= radii**2", "<= radii", SCORES),
    ("../audit/figures.py", "return _as_kept(every)", "return every", LENSES),
    ("../audit/lens.py", "max(share - 1.5 * error", "max(share + 1.5 * error", LENSES),
    ("../audit/correlations.py", "1.06 / (real_rows - 3) + 1.06", "0.1", PAIRS),
    ("../audit/verdicts.py", "at = 1 / chance", "at = 1e9 / chance", AUDIT),
    ("../audit/verdicts.py", "word = COLLAPSING if losses", "word = COLLAPSING if alarms", AUDIT),
    # file, old, new, tests
    (
        "reuse/risks.py",
        "inherited = np.maximum(kept, np.abs(",
        "inherited = np.maximum(0 * kept, np.abs(",
        ["tests/statistical/test_allowance.py"],
    ),
    (
        "loops/closed_loop.py",
        "share = 1 - 1 / slope",
        "share = 1 - 1 / slope + 0.01",
        ["tests/unit/test_closed_loop.py"],
    ),
    (
        "loops/closed_loop.py",
        "np.diag(1 / x) * (1 - share) / temperature",
        "np.diag(1 / x) * (1 - share)",
        ["tests/unit/test_closed_loop.py"],
    ),
    (
        "loops/closed_loop.py",
        "np.arange(1, last + 1)) ** 2)",
        "np.arange(0, last)) ** 2)",
        ["tests/unit/test_closed_loop.py"],
    ),
    ("loops/curation.py", "** (many - 1))", "** many)", ["tests/unit/test_curation.py"]),
    (
        "loops/curation.py",
        "narrowed * (center / spread + rise)",
        "narrowed * (center + rise)",
        ["tests/unit/test_curation.py"],
    ),
    ("loops/curation.py", "(1 - 1 / choices)", "(1 - 1 / (choices + 1))", ["tests/unit/test_curation.py"]),
    ("filters/kept.py", "(1 - q) * (mean - boundary) ** 2", "(mean - boundary) ** 2", CHECK),
    ("filters/kept_rows.py", "second / (h + (1 - h) * second)", "second", CHECKED),
    ("filters/kept_rows.py", "(1 - second) * h,", "0 * h,", CHECKED),
    ("filters/positions.py", "2 * drawn.slope * (cov @ seen)[0]", "drawn.slope * (cov @ seen)[0]", CHECK),
    ("filters/regressions.py", "2 * step.along * own", "step.along * own", CHECK),
    ("filters/regressions.py", "turned = c * unlearned", "turned = 0 * c * unlearned", CHECKED),
    ("filters/rule.py", "(share * drawn + 1) / (drawn + 1)", "share", CHECK),
    ("filters/price.py", "(1 - left**2) / (1 - rho**2)", "(1 - left) / (1 - rho)", CHECK),
    ("loops/guidance.py", "ratio ** (-2 * w)", "ratio ** (-w)", ["tests/unit/test_guidance.py"]),
    ("loops/guidance.py", "hyp2f1(-w / 2, 1.0, 1.5", "hyp2f1(-w / 2, 1.0, 1.55", ["tests/unit/test_guidance.py"]),
    (
        "loops/guidance.py",
        "part * (1 - part) * (gain * tau[-1]) ** 2",
        "part * (gain * tau[-1]) ** 2",
        ["tests/statistical/test_closed_loop.py"],
    ),
    ("loops/guidance.py", "cutoff * left)), float", "cutoff)), float", ["tests/unit/test_guidance.py"]),
    ("ridge/equivalents.py", "move = (k * left - lam * t)", "move = (k * left - lam * (t + 0.01))", SPECTRA),
    ("ridge/equivalents.py", "rows - np.where(low < high, nodes.dim - low, high)", "rows - high - 1e-3", SPECTRA),
    ("ridge/equivalents.py", "> 1e-16 * k)", "> 1e-4 * k)", SPECTRA),
    ("ridge/equivalents.py", "left + kappa * spread", "left + 0.9 * kappa * spread", SPECTRA),
    ("ridge/spectra.py", "(4 * n**2 - 1)", "(4 * n**2 - 1.001)", SPECTRA),
    (
        "ridge/spectra.py",
        "middle = (starts[~listed] + ends[~listed] - 1) / 2",
        "middle = (starts[~listed] + ends[~listed]) / 2",
        SPECTRA,
    ),
    (
        "ridge/spectra.py",
        "return middle + half * nodes, total * vectors[0] ** 2",
        "return middle + half * nodes, total * vectors[1] ** 2",
        SPECTRA,
    ),
    (
        "ridge/spectra.py",
        "nodes.multiplicity * nodes.values * truth**2",
        "nodes.multiplicity * nodes.values * truth",
        RIDGE,
    ),
    (
        "ridge/fit.py",
        "slack = np.where(least_squares, rows - dim - 1, slack)",
        "slack = np.where(least_squares, rows - dim, slack)",
        RIDGE,
    ),
    ("ridge/fit.py", "gap / np.where(gap > 1, gap - 1, 1)", "gap / np.where(gap > 1, gap - 0.5, 1)", RIDGE),
    ("ridge/fit.py", "ridge = penalty * rows / np", "ridge = penalty / np", RIDGE),
    ("ridge/fit.py", "noise**2 * self.noise_factor + ", "noise * self.noise_factor + ", RIDGE),
    ("ridge/fit.py", "(self.rest**2 * power)", "(self.rest * power)", RIDGE),
    ("ridge/fit.py", "(share * (left - level / omega)", "(share * (left - 1.001 * level / omega)", MIXTURE),
    ("ridge/fit.py", "relative = 1 / (level / omega + 1 - left)", "relative = omega / (share * omega).sum()", MIXTURE),
    ("ridge/fit.py", "share * relative**2 / slack", "share * relative / slack", MIXTURE),
    ("ridge/fit.py", "penalty * rows.sum() / total", "penalty", MIXTURE),
    (
        "ridge/replace.py",
        "own = rest * (2 * shrink * loss + rest) * signal",
        "own = rest * (shrink * loss + rest) * signal",
        RIDGE,
    ),
    ("ridge/replace.py", "(1 - 2 * loss) * signal", "(1 - loss) * signal", RIDGE),
    ("ridge/replace.py", "rest + shrink * loss\n", "rest + loss\n", RIDGE),
    ("ridge/replace.py", "(noise[: m + 1] ** 2).sum", "(noise[:1] ** 2).sum", RIDGE),
    ("ridge/replace.py", "teacher = 0 if design", "teacher = m if design", RIDGE),
    ("ridge/replace.py", "(1 + fit.df2 / fit.slack)", "(1 + 1 / fit.slack)", RIDGE),
    ("ridge/mixture.py", "2 * with_mean[origins] + mean_power", "with_mean[origins] + mean_power", MIXTURE),
    ("ridge/mixture.py", "2 * (along @ rest)", "(along @ rest)", MIXTURE),
    ("ridge/mixture.py", "fit.lift.sum() * missed", "missed", MIXTURE),
    ("ridge/mixture.py", "shrink * with_mean + rest * losses[: f + 1] * signal", "shrink * with_mean", MIXTURE),
    ("ridge/mixture.py", "(1 - 2 * mean_loss) * signal)", "(1 - mean_loss) * signal)", MIXTURE),
    ("ridge/accumulate.py", "d / (so_far - d - 1)\n    order", "d / (so_far - d)\n    order", ACCUMULATE),
    ("ridge/accumulate.py", "sigma**2 * batch / so_far", "sigma**2 * so_far[0] / so_far", ACCUMULATE),
    ("ridge/strong.py", "share * (1 - share) * moved.sum()", "share * moved.sum()", STRONG),
    ("ridge/strong.py", "share**2 * (fit.followed @ moved)", "share * (fit.followed @ moved)", STRONG),
    ("ridge/strong.py", "shrink * (1 - ratio * rest)", "shrink * (1 - rest)", STRONG),
    ("ridge/strong.py", "rest * (1 - ratio * shrink)", "rest * (1 - shrink)", STRONG),
    ("ridge/strong.py", "freedom = df1 - ratio * both", "freedom = df1 - both", STRONG),
    ("ridge/strong.py", "slack = rows - limited - 1", "slack = rows - limited", STRONG),
    ("ridge/strong.py", "ratio = left / (left + both)", "ratio = left / (left + 2 * both)", STRONG),
    ("ridge/mixing.py", "penalty=lam / (2 - w))[", "penalty=lam / (1 + w))[", MIXING),
    ("ridge/mixing.py", "(w**2 + (1 - w) ** 2) / (w * (2 - w))", "(w**2 + (1 - w) ** 2) / w", MIXING),
    (
        "ridge/mixing.py",
        "slack = np.where(least_squares, t - nodes.dim - 1,",
        "slack = np.where(least_squares, t - nodes.dim,",
        MIXING,
    ),
    ("ridge/mixing.py", "kept = 1 / (1 - old**2 * shrink**2)", "kept = 1 / (1 - old * shrink**2)", MIXING),
    ("ridge/mixing.py", "loss = rest / (1 - old * shrink)", "loss = rest / (1 - old)", MIXING),
    ("ridge/mixing.py", "1 + 4 / k", "1 + 5 / k", MIXING),
    ("ridge/mixing.py", "(2 - k) / (1 + k) + phi**2", "(1 - k) / (1 + k) + phi**2", MIXING),
    ("ridge/mixing.py", "(1 + k - phi) / (1 + k)\n", "(1 + k) / (1 + k)\n", MIXING),
    ("ridge/scaling.py", "CleanScaling(beta / (steep + 1)", "CleanScaling(beta / (steep + 2)", SCALING),
    ("ridge/scaling.py", "return min(b, 1 + aspect_decay)", "return b", SCALING),
    ("ridge/scaling.py", "gamma(2 - 2 * r) * gamma(2 * r)", "gamma(1 - r) * gamma(2 * r)", SCALING),
    ("ridge/scaling.py", "(1 - 1 / beta) * np.pi", "np.pi", SCALING),
    ("ridge/scaling.py", "/ handed - d, 0.0", "/ handed, 0.0", SCALING),
    ("ridge/scaling.py", "zeta(1 + 2 * beta", "zeta(2 + 2 * beta", SCALING),
    ("ridge/scaling.py", "source = (q - 1) / (2 * beta)", "source = q / (2 * beta)", SCALING),
    ("ridge/scaling.py", "(count.size - 2) / (count", "(count.size + 20) / (count", SCALING),
    (
        "reuse/solver.py",
        "row = solve_triangular((np.eye(g) - Q_to_D @ D_to_Q).T",
        "row = solve_triangular((np.eye(g)).T",
        REUSE,
    ),
    ("reuse/solver.py", "np.eye(g) - row.D_to_Q @ row.Q_to_D", "np.eye(g)", REUSE),
    (
        "reuse/solver.py",
        "found.M[g, :g] = first - row @ Q_to_D",
        "found.M[g, :g] = first",
        REUSE,
    ),
    ("reuse/solver.py", "J = J - (row @", "J = J + (row @", REUSE),
    ("reuse/solver.py", "-s_A * (taught @", "s_A * (taught @", REUSE),
    ("reuse/solver.py", "(rho - s * learned) / (rho + s * M_gg)", "rho / (rho + s * M_gg)", REUSE),
    ("reuse/solver.py", "if rho else -learned / M_gg", "if rho else 0 * s", REUSE),
    ("reuse/solver.py", "return 0.0, 1.0, kappa * total", "return 0.0, 1.0, kappa", REUSE),
    ("reuse/solver.py", "omega[0] * (total - nodes.dim)", "omega[0] * (total - nodes.dim - 1)", REUSE),
    ("reuse/solver.py", "return 1.0, 0.0, nodes.dim / level", "return 1.0, 0.0, nodes.dim / total", REUSE),
    ("reuse/solver.py", "2 * Q[g, :g] @ J_T", "Q[g, :g] @ J_T", REUSE),
    ("reuse/solver.py", "found.ell[g] * (1 + found.ell_variance[g])", "found.ell[g]", REUSE),
    ("reuse/solver.py", "on_row = lift[:g] * J", "on_row = 0 * J", REUSE),
    ("reuse/solver.py", "(on_row * J).sum(axis=0)", "0.0", REUSE),
    ("reuse/solver.py", "found.ell_variance[g] * found.left_out_residual[part, g]", "found.ell_variance[g]", REUSE),
    ("reuse/solver.py", "2 * s_A_gg * (D[g, :g]", "s_A_gg * (D[g, :g]", REUSE),
    ("reuse/solver.py", "found.own_power[part, g] = others + ", "found.own_power[part, g] = ", REUSE),
    ("reuse/solver.py", "entries.rows * left**2, size", "entries.rows * left, size", REUSE),
    ("reuse/solver.py", "fixed = forcing.unlearned + ", "fixed = ", REUSE),
    ("reuse/batch.py", "sampled + 12 * np.sqrt(sampled) + 30", "sampled + 1", REUSE),
    ("reuse/batch.py", "weight.append(omega * times)", "weight.append(omega * times**0)", REUSE),
    ("reuse/batch.py", "np.full((fits, fits), noise**2)", "np.full((fits, fits), noise)", REUSE),
    ("reuse/risks.py", "losses**2 * signal + own", "losses * signal + own", REUSE),
    ("reuse/risks.py", "known.sampled * (known.weights > 0)", "(known.weights > 0)", REUSE),
    ("reuse/solver.py", "(forcing.noise_covariance[g, :g] * J).sum(axis=0)", "0.0", REUSE),
    ("reuse/solver.py", "+ forcing.noise_covariance[g, :g]\n", "\n", REUSE),
    ("reuse/solver.py", "(left + each * ignored)", "left", REUSE),
    ("reuse/risks.py", "own**2 * found.slack[g] / found", "own**2 / found", REUSE),
    ("reuse/risks.py", "rest**2 @ power / found.slack", "rest**2 @ power", REUSE),
    ("ridge/fit.py", "dtype=float) - 1, 0.1)", "dtype=float) - 0, 0.1)", ["tests/statistical/test_allowance.py"]),
    ("reuse/risks.py", "+ share @ inherited", "", REUSE),
    (
        "reuse/risks.py",
        "losses[:, kept] = found.A_rho[:, place]",
        "losses[:, kept] = found.A_rho[:, np.sort(place)]",
        REUSE,
    ),
    ("reuse/of_workflow.py", "* count.sum() / count", "* rows[chosen].sum() / count", REUSE_FLOW),
    (
        "reuse/of_workflow.py",
        "float(use.take or 0) / rows[chosen].sum()",
        "float(use.take or 0) / rows.sum()",
        REUSE_FLOW,
    ),
    ("reuse/of_workflow.py", "replace[g, chosen] = use.replace", "replace[g, chosen] = False", REUSE_FLOW),
    (
        "reuse/of_workflow.py",
        "teachers[origin + 1 :, origin] = 1.0",
        "teachers[origin + 1 : origin + 2, origin] = 1.0",
        REUSE_FLOW,
    ),
    ("reuse/of_workflow.py", "batch.rows * probability,", "batch.rows,", REUSE_FLOW),
    ("reuse/of_workflow.py", "origin != TRUTH else {}", "True else {}", REUSE_FLOW),
    ("reuse/of_workflow.py", "(shares * each) @ (shares * each).T", "each**2 * np.eye(fits)", REUSE_FLOW),
    ("reuse/of_workflow.py", "teachers[g, origin] += share", "teachers[g, origin] = share", REUSE_FLOW),
    (
        "reuse/setting.py",
        "errors[order], losses[order], noise)",
        "errors[order - 1], losses[order - 1], noise)",
        REUSE_FLOW,
    ),
    ("reuse/setting.py", "total * (0.005 + drift[order] + ", "total * (0.005 + ", REUSE_FLOW),
    ("ridge/accumulate.py", "SEVERAL_BATCHES, SIZES})", 'SEVERAL_BATCHES, SIZES, "other_origin"})', REUSED),
    ("ridge/accumulate.py", "SEVERAL_BATCHES, SIZES})", 'SEVERAL_BATCHES, SIZES, "uneven"})', REUSED),
    ("ridge/fresh.py", "WHOLE_BATCHES - {REUSE} | {MIXED_LAW}", "WHOLE_BATCHES | {MIXED_LAW}", REUSED),
    ("reuse/of_workflow.py", "COVERED - {SUBSAMPLE, MIXED_LAW, SIZES}", "COVERED - {SUBSAMPLE, MIXED_LAW}", REUSED),
    ("workflows/noise_sources.py", "rows[b] += self._between", "rows[b] += 0 * self._between", FLOW),
    ("workflows/noise_sources.py", "2 * met * part", "met * part", FLOW),
    ("workflows/noise_sources.py", "total / max(total - 1, 1.0)", "1.0", FLOW),
    ("workflows/noise_sources.py", "self.slope * drift", "0 * drift", FLOW),
    (
        "workflows/noise_sources.py",
        "sample.weight**2 * left / sample.take * variance",
        "sample.weight * left / sample.take * variance",
        FLOW,
    ),
    ("workflows/atoms.py", "(chance * (gain - 1))", "(chance * gain)", FLOW),
    ("workflows/atoms.py", "ratio[shared] = value", "ratio[shared] = 0.5 * value", FLOW),
    ("workflows/one_number.py", "squares += share * (before", "squares += share * (0 * before", FLOW),
    ("workflows/one_number.py", "np.append(chain.share[1:], 0.0) * own", "0 * own", FLOW),
    ("workflows/steps.py", "row[h + 1 : g] += d", "row[h + 1 : g] += 0 * d", FLOW),
    ("workflows/steps.py", "if begin < g:", "if begin < g - 1:", FLOW),
    ("workflows/information.py", "(1 - taught[g]) * kinds[0][0]", "kinds[0][0]", FLOW_FORMS),
    ("workflows/information.py", "left / sample.take * part", "1 / sample.take * part", FLOW_FORMS),
    ("workflows/limits.py", "(2 - zeta) / rows", "(1 - zeta) / rows", FLOW_END),
    ("workflows/limits.py", "1 + rows / new)) / new", "rows / new)) / new", FLOW_END),
    ("workflows/limits.py", "2 * share - 2, first", "share - 1, first", FLOW_END),
    ("workflows/limits.py", "lag = (keep + 1) / 2", "lag = keep / 2", FLOW_END),
    ("workflows/gaussian_paths.py", "1.0 - sample.take / rows.sum()", "1.0", FLOW_PATHS),
    (
        "workflows/gaussian_paths.py",
        "atoms.part_of_batch * np.sqrt(variance * scale / atoms.rows)",
        "atoms.part_of_batch * np.sqrt(1.1 * variance * scale / atoms.rows)",
        FLOW_PATHS,
    ),
]


def main(words=()):
    """Try every mutant, or those of files named by a word; return 1 if one survives."""
    mutants = [mutant for mutant in MUTANTS if not words or any(word in mutant[0] for word in words)]
    print(f"{datetime.date.today()}\n\n{'killed by':95} mutant")
    survived = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        for name in ("src", "tests"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        environment = os.environ | {
            "PYTHONPATH": str(copy / "src"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        everything = sorted({test for *_, tests in mutants for test in tests})
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
        run = subprocess.run(
            [*command, *everything], cwd=copy, env=environment, capture_output=True, text=True, check=False
        )
        if run.returncode:
            print(f"the tests fail without a mutant:\n{run.stdout[-2000:]}")
            return 1
        for file, old, new, tests in mutants:
            path = copy / "src/genloss/theory" / file
            text = path.read_text(encoding="utf-8")
            if text.count(old) == 0:
                print(f"not found: {file}: {old!r}")
                survived += 1
                continue
            path.write_text(text.replace(old, new), encoding="utf-8")
            run = subprocess.run(
                [*command, *tests], cwd=copy, env=environment, capture_output=True, text=True, check=False
            )
            path.write_text(text, encoding="utf-8")
            found = re.search(r"^(?:FAILED|ERROR) (\S.*?)(?: - .*)?$", run.stdout, re.MULTILINE)
            killer = found.group(1).removeprefix("tests/") if found else "SURVIVED"
            survived += not found
            print(f"{killer:95} {file}: {' '.join(old.split())}  ->  {' '.join(new.split())}", flush=True)
    print(f"\n{len(mutants)} mutants, {survived} not killed")
    return int(survived > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
