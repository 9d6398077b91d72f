"""Which record lies in a folder, and what does it say? The one call: genloss.ledger.read(FOLDER)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from genloss.errors import Problem, is_from, shown
from genloss.ledger.answer import Chain, Ledger, Trained
from genloss.ledger.contents import checked_files, twice, unread
from genloss.ledger.descent import by_loss, by_rows, descents
from genloss.ledger.kept import read_seed, seed_folders, with_folder
from genloss.ledger.naming import MOST, Found, mixtures, name_of
from genloss.ledger.own import NAMES, read_own
from genloss.ledger.record import Record

HOW = (
    "a chain keeps its generations with genloss.chain(model, data, out=FOLDER); of a chain of your own say it in "
    "ledger.toml or ledger.csv (genloss ledger --help shows one)"
)


def read(folder: str | Path, *, max_synthetic: float | None = None, files: bool = True) -> Ledger:
    """Read who made the rows that each generation was trained on.

    folder: of a chain (`genloss.chain(..., out=folder)`): the whole run, or one seed; or of your own, with ledger.toml
    or ledger.csv. max_synthetic: a cap, from 0 to 1, on the share of rows of any generation that models made. files:
    whether files are read and compared with what is said of them.

    Returns for each generation the shares of its rows, and of its loss where weights are said, that are real and that
    passed through one model, two, ...; the named workflow, or the nearest and where it departs; files that are not what
    is said of them; rows that stand twice. Status: counted, no estimate.
    Errors: `Problem` for what is no record, damaged, circular, or says less or other than it must.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as place:
    ...     _ = (Path(place) / "ledger.csv").write_text(
    ...         "generation,data,made_by,rows\\nbot-0,tickets,real,100\\n"
    ...         "bot-1,tickets,,\\nbot-1,answers,bot-0,300\\n")
    ...     found = read(place)
    >>> found.chains[0].generations[1].by_rows, found.chains[0].workflow.words
    ((0.25, 0.75), 'accumulate(rows=100, synthetic_rows=300)')
    """
    if max_synthetic is not None and not is_from(max_synthetic, 0, 1):
        raise Problem("max_synthetic", f"{shown(max_synthetic, 40)} is not between 0 and 1", "give a share, e.g. 0.5")
    place = Path(folder)
    records = [checked_files(each) if files else unread(each) for each in _records(place)]
    named: dict[str, Found] = {}
    chains = []
    for record in records:
        key = repr(([generation.name for generation in record.generations], mixtures(record)))
        if key not in named:
            named[key] = name_of(record)
        chains.append(_chain(record, named[key]))
    own = records[0].where.name in NAMES
    name = records[0].name if own else place.resolve().name
    cap = None if max_synthetic is None else float(max_synthetic)
    return Ledger(name, "own" if own else "chain", cap, tuple(chains))


def _records(place: Path) -> Sequence[Record]:
    try:
        is_file, is_folder = place.is_file(), place.is_dir()
    except (OSError, ValueError) as error:
        raise Problem(shown(str(place), 80), f"is not a folder: {error}", "give the folder of a chain") from error
    if is_file or (place.exists() and not is_folder):
        mend = f"give the folder that it lies in: {place.parent}" if is_file else "give the folder of a chain"
        raise Problem(str(place), "is a file, and a ledger is read from a folder", mend)
    if not is_folder:
        raise Problem(str(place), "is not there", f"give the folder of a chain; {HOW}")
    own = [place / name for name in NAMES if (place / name).exists()]
    if len(own) > 1:
        raise Problem(str(place), "holds both ledger.toml and ledger.csv", "keep one of them")
    if own:
        return [read_own(own[0])]
    seeds = seed_folders(place)
    if not seeds:
        raise Problem(str(place), _nothing(place), HOW)
    return [with_folder(read_seed(seed), place) for seed in seeds]


def _nothing(place: Path) -> str:
    if not any(place.iterdir()):
        return "is empty"
    if (place / "study.toml").exists() or (place / "cells").exists():
        return "is the folder of a run that keeps no generations: only models of your own leave theirs"
    return "holds no generations, and no ledger.toml or ledger.csv"


def _chain(record: Record, found: Found) -> Chain:
    rows, loss = descents(record, by_rows), descents(record, by_loss)
    generations = []
    for place, (generation, one, other) in enumerate(zip(record.generations, rows, loss, strict=True)):
        if one is None:  # shares of rows are always known
            continue
        generations.append(
            Trained(
                name=generation.name,
                place=place,
                rows=sum(part.rows for part in generation.parts),
                synthetic=max(0.0, 1 - one.real),
                by_rows=one.shares,
                unknown=one.unknown,
                mean_models=one.mean,
                by_loss=None if other is None else other.shares,
                mean_models_loss=None if other is None else other.mean,
                parts=generation.parts,
            )
        )
    notes = list(record.notes)
    if len(record.generations) > MOST:
        notes.append(f"the workflow is named from the first {MOST} generations")
    if any(each.by_loss is None for each in generations):
        notes.append(
            "weights are not said of all rows, so shares of the loss are not known, nor is a weighted workflow"
        )
    if any(each.unknown for each in generations):
        notes.append("rows of models from outside count as passed through one model, the least it can be")
    return Chain(
        name=record.name,
        seed=record.seed,
        model=record.model,
        said=record.workflow,
        workflow=replace(found),
        generations=tuple(generations),
        data=tuple(record.data.values()),
        duplicates=tuple(twice(record)),
        notes=tuple(notes),
    )
