"""genloss run, predict, simulate: what comes of a study?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from genloss.cli.completion import dataset_names, engine_names
from genloss.cli.force import check_files, force_option, forced
from genloss.cli.json_output import json_option, put_json
from genloss.cli.out import check_out, out_option, put_out, refused_as_current, writers_of
from genloss.cli.progress import progress_bar, progress_talk
from genloss.cli.refusals import options_for_arguments
from genloss.cli.say import echo
from genloss.cli.trust import trust_option, trusted
from genloss.cli.watching import Watched, resumable
from genloss.errors import Problem


def _checked_out(_context: click.Context, _parameter: click.Parameter, value: Path | None) -> Path | None:
    """Refuse a folder where a run's files cannot stand, before any work."""
    if value is None:
        return value
    refused_as_current(value)
    from genloss.results.answer import FORMATS
    from genloss.results.files import checked_file, checked_folder

    if value.suffix in FORMATS and not value.is_dir():
        mend = f"give a folder, e.g. --out {value.with_suffix('')}; the page in it is index.html"
        raise Problem(f"--out {value}", "is the name of a file, and a run writes a folder", mend)
    checked_folder(value)
    for name in ("index.html", "rows.csv", "rows.json", "study.toml"):
        checked_file(value / name)
    for name in ("figures", "cells"):
        if (value / name).is_file():
            raise Problem(str(value / name), "is a file where a folder must stand", "move it, or choose another --out")
    return value


def _shared(command: Callable[..., None]) -> Callable[..., None]:
    """Options that every command has."""
    options: list[Callable[[Any], Any]] = [
        click.argument("study", type=click.Path(path_type=Path)),
        click.option(
            "--seed",
            type=click.IntRange(0, 2**63 - 1),
            help="Use this seed of the random numbers instead of the study's.",
        ),
        click.option(
            "--population",
            metavar="NAME",
            shell_complete=dataset_names,
            help="Use this data set (see genloss datasets) instead of the study's. It gives as many rows as the study "
            "asks for, or all it has if these are fewer.",
        ),
        json_option(),
        force_option(),
        click.option("--quiet", is_flag=True, help="Print the answer only: not what the study does, no progress."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


_engine = click.option(
    "--engine",
    shell_complete=engine_names,
    default="auto",
    show_default=True,
    help="How to simulate. auto takes the fastest way that is right for the study; the others are for checking it, "
    "reference being the slow definition. Ridge regression: isotropic, cholesky, tridiagonal, wishart, nested, "
    "subsampled, verified, pool_kernel, reference, or integrated, which averages over label noise exactly (smaller "
    "standard errors, no quantiles). Families of distributions: sums, picks, rows. Categories: counts. Texts: ngram.",
)
_workers = click.option(
    "--workers", type=click.IntRange(1, 256), help="How many threads compute. Default: one per processor."
)
_processes = click.option(
    "--processes", is_flag=True, help="Use processes instead of threads. The numbers are the same."
)
_scheduler = click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="The address of a running dask cluster whose workers compute, e.g. tcp://10.0.0.1:8786. Needs "
    "genloss[cluster].",
)


_stop = click.option(
    "--stop-at-se",
    type=click.FloatRange(0, 1, min_open=True),
    help="Stop a cell once each of its standard errors is at most this share of its mean, e.g. 0.01. That is looked at "
    "after 40, 80, 160, ... replicates; there are never more than the study asks for.",
)


@click.command(epilog="Example: genloss run studies/digits-relabelled.toml --out results/digits")
@_shared
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    callback=_checked_out,
    help="The folder for the page, its figures and the numbers. Default: results/NAME, by the name of the study.",
)
@click.option(
    "--part",
    metavar="K/N",
    help="Simulate only the K-th of N parts of the study, e.g. 3/200, so that N machines can share it. genloss merge "
    "puts their folders together.",
)
@_stop
@_engine
@_workers
@_processes
@_scheduler
@trust_option
def run(
    study: Path,
    seed: int | None,
    population: str | None,
    json_to: str | None,
    quiet: bool,
    out: Path | None,
    part: str | None,
    stop_at_se: float | None,
    engine: str,
    workers: int | None,
    processes: bool,
    scheduler: str | None,
    trust: bool,
) -> None:
    """Predict and simulate STUDY, compare the two, and leave a page with the numbers.

    The folder gets a page (index.html), its figures, and all numbers as rows.csv and rows.json. It also keeps every
    finished cell, that is, one setting of the study with all its replicates. So a run that was stopped goes on where it
    was, and a study that has grown computes only what is new.

    A study may hold claims, e.g. sentences of a paper, and each gets a verdict: reproduced, partly reproduced, not
    reproduced, undecided, or too wide to decide. The last one means that the error bars are too wide: they would not
    rule out the nearest wrong answer that the claim names, or, if it names none, a number 10 % off.

    The exit code does not depend on the verdicts; --json has them. It is 1 if a model of yours failed in some seeds,
    which are then left out and named, or if a cell could not be computed. Such a cell is named with the reason, the
    others are computed, and the next run tries it again.
    """
    from genloss.study import run as run_study
    from genloss.study.runner.folder import earlier_form, mark_of_run
    from genloss.study.runner.trust import changed_code

    loaded = _load(study, seed, population, stop_at_se, quiet=quiet)
    trust = trusted(loaded, trust=trust)
    folder = out or Path("results") / loaded.name
    check_files(_mark(loaded), json_to)
    changed = earlier_form(folder, loaded)
    if changed:
        mark_of_run(folder, loaded, force=forced())  # a folder that is refused is left as it is
        echo(f"the last run in {folder} was of another form of this study ({changed})", err=True)
        echo("  what both need is kept; page, rows and study.toml are replaced", err=True)
    if part is not None:
        kind: dict[str, Any] = {"workers": workers, "processes": processes, "scheduler": scheduler}
        _run_part(loaded, part, folder, engine, kind, json_to, trust=trust, quiet=quiet)
        return
    for name in changed_code(loaded, folder):
        echo(f"{name} is other code than in the last run here: its cells are computed again", err=True)
    with options_for_arguments({}, typed=True), progress_talk(quiet=quiet) as talk:
        watched = _watched(loaded)
        predicting, progress = (
            (None, None)
            if talk is None
            else (
                talk.part("predicting", "cells"),
                talk.part(_simulating(loaded, workers, scheduler), "pieces of work", beside=watched),
            )
        )
        with resumable(watched, folder):
            result = run_study(
                loaded, out=folder, engine=engine, workers=workers, processes=processes, scheduler=scheduler,
                progress=progress, predicting=predicting, watch=watched.see, force=forced(), trust=trust,
            )  # fmt: skip
    if not quiet:
        from genloss.results.agreement import compare
        from genloss.results.meetings import agreement
        from genloss.study.page.answers import place

        for line in agreement(compare(result.rows), place) or ["Nothing to compare: no theory here."]:
            echo(line, err=True)
    _tell_gaps(result.gaps, quiet=quiet)
    _put_result(loaded, result, json_to)
    if json_to != "-":
        _print_claims(loaded, result)
        echo(str(folder / "index.html"))
    _end(result)


def _run_part(
    study: Any,
    part: str,
    folder: Path,
    engine: str,
    kind: dict[str, Any],
    json_to: str | None,
    *,
    trust: bool,
    quiet: bool,
) -> None:
    """Simulate a part by workers of some kind, and say how many cells there are in the folder."""
    from genloss.results.store import json_text
    from genloss.study import Finished, run_part

    with options_for_arguments({}, typed=True), progress_talk(quiet=quiet) as talk:
        watched = _watched(study, part)
        doing = _simulating(study, kind["workers"], kind["scheduler"])
        progress = None if talk is None else talk.part(doing, "pieces of work", beside=watched)
        with resumable(watched, folder):
            found = run_part(
                study, part, out=folder, engine=engine, progress=progress, watch=watched.see, force=forced(),
                trust=trust, **kind,
            )  # fmt: skip
    if isinstance(found, Finished):
        _tell_gaps(found.failures, quiet=quiet)
        put_json(lambda: json_text(found.to_dict()), json_to, _mark(study))
        if json_to != "-":
            empty = "" if watched.cells else f"part {part} has no cells: there are fewer groups; "
            echo(f"{empty}{found.finished:,} of {found.cells:,} cells are in {folder}; the page is made when all are")
        if found.failures:
            click.get_current_context().exit(1)
    else:
        _tell_gaps(found.gaps, quiet=quiet)
        _put_result(study, found, json_to)
        if json_to != "-":
            echo(str(folder / "index.html"))
        _end(found)


@click.command(epilog="Example: genloss predict studies/ridge-on-synthetic-labels.toml --out prediction.html")
@_shared
@out_option()
def predict(
    study: Path, seed: int | None, population: str | None, json_to: str | None, quiet: bool, out: Path | None
) -> None:
    """Predict the results of STUDY by theory alone, and print them as a table.

    The table has a column for each generation. Where no formula applies, the answer says so and why.
    """
    from genloss.study import predict as predict_study

    loaded = _load(study, seed, population, quiet=quiet)
    check_out(_mark(loaded), out, json_to)
    with progress_bar("predicting", quiet=quiet, unit="cells") as progress:
        result = predict_study(loaded, progress=progress)
    _print_result(loaded, result, json_to, out, quiet=quiet)
    _end(result)


@click.command(epilog="Example: genloss simulate study.toml --engine reference --json rows.json")
@_shared
@out_option()
@_stop
@_engine
@_workers
@_processes
@_scheduler
@trust_option
def simulate(
    study: Path,
    seed: int | None,
    population: str | None,
    json_to: str | None,
    quiet: bool,
    out: Path | None,
    stop_at_se: float | None,
    engine: str,
    workers: int | None,
    processes: bool,
    scheduler: str | None,
    trust: bool,
) -> None:
    """Simulate STUDY without theory, and print means with standard errors.

    The table has a column for each generation. Unlike genloss run, it keeps nothing unless --out or --json is given.
    """
    from genloss.study import simulate as simulate_study

    loaded = _load(study, seed, population, stop_at_se, quiet=quiet)
    trust = trusted(loaded, trust=trust)
    check_out(_mark(loaded), out, json_to)
    watched, doing = _watched(loaded), _simulating(loaded, workers, scheduler)
    with options_for_arguments({}, typed=True), progress_talk(quiet=quiet) as talk:
        progress = None if talk is None else talk.part(doing, "pieces of work", beside=watched)
        result = simulate_study(
            loaded, engine=engine, workers=workers, processes=processes, scheduler=scheduler, progress=progress,
            watch=watched.see, trust=trust,
        )  # fmt: skip
    _print_result(loaded, result, json_to, out, quiet=quiet)
    _end(result)


def _tell_gaps(gaps: Sequence[str], *, quiet: bool) -> None:
    """Say on stderr what a run has not; when quiet, only which cells failed."""
    from genloss.results.summary import FAILED

    for gap in gaps:
        if not quiet or gap.startswith(FAILED):
            echo(gap, err=True)


def _end(result: Any) -> None:
    """End with 1 where replicates are left out, or cells failed."""
    from genloss.results.summary import FAILED
    from genloss.study.runner.finished import LEFT_OUT

    if any(gap.startswith((LEFT_OUT, FAILED)) for gap in result.gaps):
        click.get_current_context().exit(1)


def _load(path: Path, seed: int | None, population: str | None, stop_at_se: float | None = None, *, quiet: bool) -> Any:
    """Read a study and say in words what it will do."""
    from genloss.cli.places import places
    from genloss.study import Study
    from genloss.study.page.words import in_words

    with options_for_arguments({}, typed=True):
        study = Study.load(path, places=places(), population=population)
        study = study.with_stop(stop_at_se)
    if seed is not None:
        study = study.with_seed(seed)
    if not quiet:
        echo(f"{study.resolved['question'] or study.name} [{study.id}]", err=True)
        for line in in_words(study):
            echo(f"  {line}", err=True)
    return study


def _simulating(study: Any, workers: int | None, scheduler: str | None = None) -> str:
    """Say on how many workers a study is simulated."""
    if scheduler is not None:
        return f"simulating by {scheduler}"
    from genloss.study.runner.results import worker_count

    count = worker_count(study, workers)
    return f"simulating on {count} {'worker' if count == 1 else 'workers'}"


def _watched(study: Any, part: str | None = None) -> Watched:
    """Return who counts the cells of a study that are simulated, or of a part of it."""
    if part is None:  # groups need not be made to count all
        return Watched(sum(cell.simulated for cell in study.cells()))
    from genloss.study.runner.portions import checked_part, groups_of

    return Watched(sum(map(len, groups_of(study, checked_part(part)))))


def _put_result(study: Any, result: Any, json_to: str | None) -> None:
    from genloss.study.page.claims import result_json

    put_json(lambda: result_json(study, result), json_to, _mark(study))


def _mark(study: Any) -> str:
    from genloss.results.marks import studies_mark

    return studies_mark([study.id])


def _print_claims(study: Any, result: Any) -> None:
    """Say the verdict on every claim."""
    from genloss.study.claims.verdicts import judge
    from genloss.study.page.claims import said

    for line in said(judge(study, result.rows)):
        echo(line)


def _print_result(study: Any, result: Any, json_to: str | None, out: Path | None, *, quiet: bool) -> None:
    from genloss.study.page.claims import result_json

    put_out(lambda: {**writers_of(result), ".json": lambda: result_json(study, result)}, out, _mark(study), quiet=quiet)
    _put_result(study, result, json_to)
    if json_to != "-":
        if result.rows:
            from genloss.report import as_text
            from genloss.results.page import ALLOWANCE, values_table

            shown = values_table(result.rows)
            echo(as_text(shown))
            if "allowance" in shown.columns:
                echo(ALLOWANCE)
        for gap in result.gaps:
            echo(gap)
        _print_claims(study, result)
