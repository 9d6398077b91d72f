"""How do the errors of one run move from generation to generation? Gaussian paths, paired between workflows."""

from __future__ import annotations

import numpy as np

from genloss.errors import Problem
from genloss.streams import stream
from genloss.theory.arguments import Array, checked_one, guarded
from genloss.theory.workflows.atoms import Atoms, read
from genloss.theory.workflows.noise_loadings import loadings
from genloss.theory.workflows.noise_sources import drifts
from genloss.theory.workflows.steps import as_steps, step_paths
from genloss.workflows import Schedule, WorkflowLike, schedule_of

__all__ = ["paths"]

_LARGEST = 500_000_000
_REAL, _MADE = "path of real rows", "path"


@guarded
def paths(
    workflow: WorkflowLike,
    replicates: int,
    *,
    seed: int,
    variance: float = 1.0,
    truth: float = 0.0,
    generations: int | None = None,
    run: int | None = None,
) -> Array:
    """Return simulated errors of the fits, (replicates, fits), generation 0 first, in the limit of many rows.

    Row i is one run: Gaussian, with mean `drift` and the covariance of `covariance(..., limit=True)`. The
    noise of real rows comes from a stream named by their birth, rows and number, whatever their tag; that of
    any other batch from one named by birth, tag, rows and number, that of a sub-sample from one named by
    generation and term. So two workflows with one seed see the same luck where they draw the same batch, and
    their paths may be compared run by run. Batches of unlike sizes are independent: no draw of 50 rows is
    one of 100.

    variance: of one row at the truth. truth: the parameter, which matters only where samplers have a gain.
    run: a number of its own for each of several separate runs: with one seed they share the real rows alone,
    and what models draw and which sub-samples are taken is independent. None: the luck that all share.

    Errors: `Problem` as `covariance`. Status: asymptotic. Source: docs/theory/workflows.md section 5.
    Checked by tests/unit/test_workflow_paths.py.

    >>> from genloss.workflows import accumulate, replace
    >>> one = paths(replace(10), 3, seed=1, generations=2)
    >>> other = paths(accumulate(10), 3, seed=1, generations=2)
    >>> one.shape, bool((one[:, 0] == other[:, 0]).all())
    ((3, 3), True)
    >>> first, second = (paths(replace(10), 3, seed=1, generations=2, run=run) for run in (0, 1))
    >>> (first == second).all(axis=0).tolist()
    [True, False, False]
    """
    spread = checked_one("variance", variance, lowest=0, meaning="the variance of one row, >= 0")
    if not isinstance(replicates, int) or isinstance(replicates, bool) or replicates < 1:
        raise Problem("replicates", f"{replicates!r} is not a number of paths", "give a whole number from 1 on")
    schedule = schedule_of(workflow, generations)
    atoms = read(schedule)
    if replicates * (atoms.fits + atoms.first_fit_of_atom.size) > _LARGEST:
        raise Problem("replicates", f"{replicates} paths of {atoms.fits} fits take more than 4 GB", "use fewer paths")
    noise, steps = _noise(atoms, schedule, replicates, seed, spread, run), as_steps(atoms)
    errors = loadings(atoms) @ noise if steps is None else step_paths(steps, noise)
    errors += drifts(atoms, truth)[:, None]
    return np.asarray(errors.T)


def _noise(atoms: Atoms, schedule: Schedule, count: int, seed: int, variance: float, run: int | None) -> Array:
    """The noise of each atom in each run, (J, count)."""
    scale = np.bincount(atoms.batch_of_pair, atoms.chance_of_pair * atoms.scale_of_pair, atoms.rows.size)
    sizes = atoms.part_of_batch * np.sqrt(variance * scale / atoms.rows)
    result = np.zeros((atoms.first_fit_of_atom.size, count))
    own = () if run is None else ("run", run)
    for name, positions in _by_name(atoms, schedule).items():
        rng, done = stream(seed, *name, *(own if name[0] == _MADE else ())), 0
        for number, b in positions:
            while done <= number:
                draw = rng.standard_normal(count)
                done += 1
            draw *= sizes[b]
            result[atoms.atom_of_batch[b]] += draw
    seen: dict[int, int] = {}
    for sample in atoms.subsamples:
        term = seen.get(sample.generation, 0)
        seen[sample.generation] = term + 1
        rows = atoms.rows[sample.batches]
        left = 1.0 if sample.replace else 1.0 - sample.take / rows.sum()
        size = sample.weight**2 * left / sample.take * variance * (rows @ scale[sample.batches]) / rows.sum()
        rng = stream(seed, "path of a sub-sample", sample.generation, term, *own)
        result[atoms.own_atom_of_fit[sample.generation]] += np.sqrt(size) * rng.standard_normal(count)
    return result


def _by_name(atoms: Atoms, schedule: Schedule) -> dict[tuple[str | int, ...], list[tuple[int, int]]]:
    """(number, position) of the used batches, by the name of their stream and in the order of their numbers."""
    result: dict[tuple[str | int, ...], list[tuple[int, int]]] = {}
    for b in np.flatnonzero(atoms.atom_of_batch >= 0).tolist():
        batch = schedule.batches[b]
        name: tuple[str | int, ...] = (_MADE, batch.birth, batch.tag, batch.rows)
        number = batch.number
        if b in schedule.real_names:
            birth, rows, number = schedule.real_names[b]
            name = (_REAL, birth, rows)
        result.setdefault(name, []).append((number, b))
    return result
