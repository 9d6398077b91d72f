"""How is a study run in parts, and how are the folders of parts put together? The page comes with the last one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from genloss.errors import Problem, refuse_uncalled
from genloss.populations.places import NO_FOLDER, Places
from genloss.results.differences import differences
from genloss.results.files import checked_folder, named_folder
from genloss.results.result import Result
from genloss.study.runner.everywhere import place_on, study_on
from genloss.study.runner.finished import StudyLike, finished_cells
from genloss.study.runner.folder import CELLS, GENERATIONS, leave_study, mark_of_run
from genloss.study.runner.needs import refuse_full_disk, refuse_values
from genloss.study.runner.portions import (
    Finished,
    Part,
    checked_part,
    engine_named,
    finished_in,
    groups_of,
    merge_cells,
    study_of,
)
from genloss.study.runner.results import Watch, raise_if_all, run, watched, workers_for
from genloss.study.runner.simulated import Progress, Simulation
from genloss.study.runner.trust import trusting
from genloss.study.study import Study, as_study


def run_part(
    study: StudyLike,
    part: Part | str,
    *,
    out: str | Path,
    engine: str = "auto",
    workers: int | None = None,
    processes: bool = False,
    scheduler: str | None = None,
    progress: Progress | None = None,
    watch: Watch | None = None,
    force: bool = False,
    stop_at_se: float | None = None,
    trust: bool = False,
) -> Result | Finished:
    """Simulate one part of a study's cells, for a batch system that runs many; `merge` puts their folders together.

    part: (3, 200) or "3/200", the third of 200: every 200th group of cells that read the same draws. Where a study has
    fewer groups than parts, the last parts have nothing to do. Parts may share a folder or have one each. Once all
    cells are in the folder, or could not be computed, this is `run`, which tries those again and makes the page; before
    that it returns how many are. Other arguments as in `run`. The numbers are those of one run of the whole.
    """
    refuse_uncalled("progress", progress)
    mine = checked_part(part)
    folder = checked_folder(named_folder("out", out))
    asked = trusting(as_study(study).with_stop(stop_at_se), trust=trust)
    mark = mark_of_run(folder, asked, force=force)
    groups = groups_of(asked, mine)
    refuse_values(asked.scope, groups)
    refuse_full_disk(asked.scope, groups, folder / CELLS)
    leave_study(folder, asked, mark)
    kept = place_on(scheduler, folder / CELLS)
    how = Simulation(engine, workers_for(asked, workers, processes, scheduler), kept, progress)
    keeping = study_on(scheduler, asked.keeping(kept.with_name(GENERATIONS)))
    failures, errors = dict[str, None](), list[Exception | None]()
    for finished in watched(finished_cells(keeping, groups, theory=False, simulation=how), watch):
        failures |= dict.fromkeys(finished.failures)  # values are written by the worker that ends a cell
        errors.append(finished.failed)
    if not any(isinstance(error, Problem) for error in errors):  # a bug of ours is no answer
        raise_if_all(errors)
    there = finished_in(asked, folder, engine)
    if not there.whole:
        return replace(there, failures=tuple(failures))  # of this part; what others left is told by them
    return run(asked, out=folder, engine=engine, force=force, trust=trust)


def merge(
    folders: Sequence[str | Path],
    *,
    out: str | Path,
    places: Places = NO_FOLDER,
    progress: Progress | None = None,
    predicting: Progress | None = None,
    force: bool = False,
) -> Result | Finished:
    """Put the folders of runs of one study together, from other machines or of `run_part`, and leave its page.

    Returns the result if all cells are there, else how many are (`Finished`): then what there is lies in `out`, and
    more folders can be merged into it. Cells must be equal where several folders have them; the longer one is kept.
    progress, predicting: called with (files of cells read, all), and for the page with (cells predicted, cells).
    Errors: `Problem` for folders of several studies, cells with unlike values, and files that are damaged.
    """
    for name, told in (("progress", progress), ("predicting", predicting)):
        refuse_uncalled(name, told)
    named = [Path(folder) for folder in folders]
    if not named:
        raise Problem("folders", "none is given", "give the folders of genloss run --out")
    studies = [study_of(folder, places) for folder in named]
    for folder, study in zip(named, studies, strict=True):
        if study.id != studies[0].id:
            raise Problem(
                str(folder), _unlike(study, studies[0], named[0]), "merge folders of one study, and of one seed"
            )
    target = checked_folder(named_folder("out", out))
    for folder in named:
        if (folder / GENERATIONS).is_dir() and folder.resolve() != target.resolve():
            found = "keeps the rows that a model of the user's own made, which are not brought together"
            raise Problem(str(folder), found, "let the parts share one folder: genloss run STUDY --part K/N --out DIR")
    mark = mark_of_run(target, studies[0], force=force)
    others = [folder for folder in named if folder.resolve() != target.resolve()]
    engine = engine_named([*others, target])
    brought = merge_cells(others, target, studies[0].scope, progress)
    leave_study(target, studies[0], mark)
    if brought.damaged:
        mend = "copy the file again, or run the part that it is of again; the others are merged"
        raise Problem(str(brought.damaged[0].path), brought.damaged[0].found, mend)
    there = finished_in(studies[0], target, engine, brought.whole)
    if not there.whole:
        return there
    return run(studies[0], out=target, engine=engine, predicting=predicting, force=force)


_SAID = 3  # keys of two studies that differ


def _unlike(study: Study, first: Study, place: Path) -> str:
    """Say in which keys a folder's study differs from that of the first folder."""
    ours, theirs = ({**each.resolved, "question": "", "claim": []} for each in (study, first))
    found = list(differences(ours, theirs))
    more = f"; {len(found) - _SAID:,} more" if len(found) > _SAID else ""
    said = f" ({'; '.join(found[:_SAID])}{more})" if found else f" ({study.id} beside {first.id})"
    return f"is of another study than {place}{said}"
