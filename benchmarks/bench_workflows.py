"""The covariance of all fits of a workflow: equality with plain code first, then the clocks.

    python benchmarks/bench_workflows.py [repeats]

repeats: measurements of our side whose median counts (5); the plain side is timed once after a
warm-up, at 4,000 generations once without. Both sides begin at the same arrays: shares of batches and
of teachers, and the variance of each batch's mean. What reading a compiled workflow costs besides is
printed below the table. Exits 1 where the ratio is below its floor, 2 where the two sides disagree.
Floor and goal: row C of the project's table of performance.
"""

import sys

import numpy as np
import plain_workflows
from clock import Line, machine, once, report, seconds
from threadpoolctl import threadpool_limits

from genloss import workflows
from genloss.theory.workflows import covariance, paths, variances
from genloss.theory.workflows.atoms import read
from genloss.theory.workflows.errors_of_fits import solved
from genloss.theory.workflows.noise_sources import VarianceFunction, noise_variances

CLOSE = 1e-10
FAMILY = VarianceFunction(1.0)


def dense(fits, rng):
    """A workflow without structure: each generation weighs every batch so far as it likes."""
    atoms = read(workflows.forget(1, 0.9).compile(fits - 1))
    weights = np.tril(rng.random((fits, fits)))
    weights /= weights.sum(axis=1, keepdims=True)
    atoms.atom_weights[:] = weights
    atoms.teacher_weights[:, :-1] = weights[:, 1:]
    np.fill_diagonal(atoms.teacher_weights, 0.0)
    return atoms


def kept(fits, _rng):
    """Everything kept, old batches slowly forgotten."""
    return read(workflows.forget(1, 0.999).compile(fits - 1))


def plain(atoms):
    """The plain side, given the variance of each source of noise."""
    return plain_workflows.covariance(
        atoms.atom_weights, atoms.teacher_weights, noise_variances(atoms, atoms.atom_weights, FAMILY, limit=True)
    )


def check(name, atoms):
    """Compare every entry of both sides, relative to the largest."""
    one, other = plain(atoms), solved(atoms, FAMILY, limit=True)
    worst = np.abs(one - other).max() / np.abs(one).max()
    print(f"equal: {name}, {atoms.fits} fits: largest difference {worst:.1e} of the largest entry, of {CLOSE:.0e}")
    return worst <= CLOSE


def check_loops():
    """Compare the plain side with sums over pairs of fits and batches."""
    atoms = kept(12, None)
    right = plain_workflows.all_pairs(
        atoms.atom_weights, atoms.teacher_weights, noise_variances(atoms, atoms.atom_weights, FAMILY, limit=True)
    )
    return np.abs(plain(atoms) - right).max() < 1e-12


def check_paths(count=20_000, z=4.5):
    """Compare the second moments of plain and of our paths with the covariance, in standard errors."""
    schedule = workflows.forget(1, 0.9).compile(9)
    atoms = read(schedule)
    sizes = noise_variances(atoms, atoms.atom_weights, FAMILY, limit=True)
    right = covariance(schedule)
    error = np.sqrt((right**2 + np.outer(np.diag(right), np.diag(right))) / count)
    drawn = plain_workflows.drawn_paths(
        atoms.atom_weights, atoms.teacher_weights, sizes, count, np.random.default_rng(7)
    )
    worst = [np.max(np.abs(x.T @ x / count - right) / error) for x in (drawn, paths(schedule, count, seed=7))]
    print(f"equal: paths of forget, 10 fits: largest |z| of second moments, plain {worst[0]:.2f}, ours {worst[1]:.2f}")
    return max(worst) < z


def bench_paths(repeats, count=10_000, some=20):
    """Paths, against plain code path by path (timed on a few) and all at once."""
    schedule = workflows.forget(10, 0.999).compile(999)
    atoms = read(schedule)
    sizes, rng = noise_variances(atoms, atoms.atom_weights, FAMILY, limit=True), np.random.default_rng(7)
    given = atoms.atom_weights, atoms.teacher_weights, sizes
    one = once(lambda: [plain_workflows.drawn_paths(*given, 1, rng) for _ in range(some)]) * count / some
    together = once(lambda: plain_workflows.drawn_paths(*given, count, rng))
    ours = seconds(lambda: paths(schedule, count, seed=7), repeats)
    yield Line(f"C {count:,} paths of 1000 generations, forget", "all paths", one, ours, 30, 100)
    print(f"  plain code on all paths at once: {1e3 * together:,.0f} ms, {together / ours:.0f} x ours")


def main(repeats=5):
    """Check, time, print."""
    rng = np.random.default_rng(6)
    print(f"machine: {machine()}; one BLAS thread, process time, median of {repeats} after a warm-up; plain side once")
    kinds = {"forget": kept, "no structure": dense}
    if not all([check_loops(), check_paths(), *(check(name, make(1500, rng)) for name, make in kinds.items())]):
        print("the two sides disagree: nothing is timed")
        return 2
    status = report(timed(kinds, rng, repeats))
    print()
    for kind, given in (("replace", {}), ("accumulate", {}), ("accumulate_subsample", {})):
        schedule = workflows.NAMED[kind](10, **given).compile(9999)
        taken = seconds(lambda schedule=schedule: variances(schedule, curvature=-1), repeats)
        print(f"variances of 10,000 generations of {kind}, schedule read: {1e3 * taken:.2f} ms")
    for workflow in (workflows.forget(10, 0.999), workflows.fixed_real(10), workflows.window(10, 5)):
        schedule = workflow.compile(3999)
        taken = once(lambda schedule=schedule: covariance(schedule, curvature=-1))
        print(f"covariance of 4,000 generations of {workflow!r}, schedule read: {taken:.2f} s")
    return status


def timed(kinds, rng, repeats):
    """Time both sides, row by row."""
    for name, fits, floor, goal in (("forget", 1000, 6, 10), ("forget", 4000, 20, 40), ("no structure", 1000, 6, 10)):
        atoms = kinds[name](fits, rng)
        slow = once(lambda atoms=atoms: plain(atoms)) if fits > 1000 else seconds(lambda atoms=atoms: plain(atoms), 1)
        fast = seconds(lambda atoms=atoms: solved(atoms, FAMILY, limit=True), repeats)
        yield Line(f"C covariance, {fits} generations, {name}", "matrix", slow, fast, floor, goal)
    yield from bench_paths(repeats)


if __name__ == "__main__":
    with threadpool_limits(1):
        sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
