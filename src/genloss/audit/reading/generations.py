"""Which generations are named on a command line? Files, folders of them, a chain, a ledger, or entries of a column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from genloss.audit.reading.coded import Coder
from genloss.audit.reading.opening import files_in, is_saved, raw_of
from genloss.audit.reading.order import in_order, real_among
from genloss.audit.reading.raw import Raw, joined
from genloss.audit.reading.source import Source, opened, opened_raw
from genloss.doors import Advice, Setting
from genloss.errors import Problem, nearest
from genloss.ledger.contents import checked_files
from genloss.ledger.kept import read_seed, seed_folders
from genloss.ledger.own import NAMES, files_by_maker
from genloss.ledger.record import DIFFER, REAL
from genloss.populations.own_rows.columns import NO_ENTRY
from genloss.populations.tables.generations import generation_in
from genloss.populations.tables.notes import Note, listed

_MOST = 1000


@dataclass(frozen=True, slots=True)
class Named:
    """One generation. name: as files, folders or entries have it."""

    name: str
    source: Source


@dataclass(frozen=True, slots=True)
class Sources:
    """Real rows, and generations in their order. id, slices, loss: columns with a role, "" for none."""

    real: Source
    generations: tuple[Named, ...]
    id: str = ""
    slices: str = ""
    loss: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class _Given:
    """What one argument stands for, or a part of it. paths: files that are one body of rows. real: whether they are the
    real rows that lie in a folder of generations."""

    name: str
    paths: tuple[Path, ...]
    real: bool = False


def sources(
    real: str | Path | None,
    generations: Sequence[str | Path] = (),
    *,
    by: str | None = None,
    ignore: Sequence[str] = (),
    id: str | None = None,  # noqa: A002
    slices: str | None = None,
    loss: str | None = None,
    text: str | None = None,
) -> Sources:
    """Return what is to be compared: real rows, and generations in the order in which they were made.

    real: the path of rows that no generation was trained on; None: among the generations, what is called real or 0.
    generations: paths, each of one generation or of several: a folder of files or folders that are numbered as
    generations, of one seed of a chain, or with a ledger. by: the column whose entries are the generations of one
    table. ignore: columns to leave out. id, slices, loss: columns with a role, which must be there. text: the column
    of documents. Files are opened and not read yet. Errors: `Problem` for what is not there, given twice, or unlike.
    """
    given = [each for path in generations for each in _given(Path(path))]
    notes: list[Note] = []
    roles = {"id": id or "", "slices": slices or "", "loss": loss or ""}
    if by is not None:
        return _with_roles(_by(real, given, by, ignore, text), roles)
    if real is None:
        found = real_among(each.name for each in given)
        if found is None:
            mend = "give the real rows, too, or name their file real, e.g. real.csv"
            raise Problem("real", f"not among {listed([each.name for each in given])}" if given else "no rows", mend)
        place = next(number for number, each in enumerate(given) if each.name == found)
        reference = given.pop(place)
    else:
        reference = _one(Path(real))
        notes = [Note("", f"{each.paths[0]} is left out: the real rows are given") for each in given if each.real]
        given = [each for each in given if not each.real]
    if not given:
        raise Problem(
            "generations", "none is given", "give the rows of each generation, in the order in which they were made"
        )
    _refuse_twice(reference, given)
    first = _open(reference, None, text, ignore)
    made = tuple(Named(each.name, _open(each, first, text, ignore)) for each in given)
    return _with_roles(Sources(first, made, notes=tuple(notes)), roles)


def opened_like(like: Source, generations: Sequence[str | Path]) -> tuple[Named, ...]:
    """Return generations with the columns of rows that were read before. Errors: `Problem` for none, and for unlike."""
    given = [each for path in generations for each in _given(Path(path))]
    if not given:
        raise Problem("generations", "none is given", "give the rows of each new generation")
    return tuple(Named(each.name, _open(each, like, like.text or None, ())) for each in given)


def _with_roles(found: Sources, roles: dict[str, str]) -> Sources:
    for setting, name in roles.items():
        if name and name not in found.real.columns:
            where = Advice(f"{found.real.where}: ", Setting(setting))
            told = "documents have no columns" if found.real.text else nearest(name, list(found.real.columns))
            raise Problem(where, f"there is no column {name!r}", told)
    return replace(found, id=roles["id"], slices=roles["slices"], loss=roles["loss"])


def _open(given: _Given, like: Source | None, text: str | None, ignore: Sequence[str]) -> Source:
    if len(given.paths) == 1:
        return opened(given.paths[0], like=like, text=text, ignore=ignore)
    raw = joined([raw_of(path) for path in given.paths], str(given.paths[0].parent))
    return opened_raw(raw, like=like, text=text, ignore=ignore)


def _one(path: Path) -> _Given:
    """Return the real rows: what is one body of rows."""
    found = [_Given(path.name, (path,))] if path.is_dir() and is_saved(path) else _given(path)
    if len(found) > 1:
        by_name = [each for each in found if each.real]
        if by_name:
            return by_name[0]
        named = listed([each.name for each in found])
        raise Problem(
            str(path),
            f"it holds several generations ({named}), and the real rows are needed here",
            "give the file of real rows",
        )
    return found[0]


def _given(path: Path) -> list[_Given]:
    """Return the generations that are at a path, in order."""
    if path.name in NAMES and path.is_file():
        return _of_ledger(path)
    if not path.is_dir():
        return _of_pattern(path) if "*" in path.name else [_Given(_stem(path), (path,))]
    own = [path / name for name in NAMES if (path / name).is_file()]
    if own:
        return _of_ledger(own[0])
    if is_saved(path):
        return [_Given(path.name, (path,))]
    seeds = seed_folders(path)
    if seeds:
        return _of_chain(path, seeds)
    files = files_in(path)
    numbers = {each: generation_in(each.relative_to(path)) for each in files}
    if len({number for number in numbers.values() if number}) > 1:
        return list(_numbered(path, numbers))
    return [_Given(path.name, (path,))]


def _of_pattern(path: Path) -> list[_Given]:
    paths = sorted(path.parent.glob(path.name))
    if not paths:
        raise Problem(
            str(path), "there is no file of this name", "give a file, a folder, or a name with * that fits some files"
        )
    numbers = {each: generation_in(Path(each.name)) for each in paths}
    if len({number for number in numbers.values() if number}) > 1:
        return list(_numbered(path.parent, numbers))
    return [_Given(path.name, tuple(paths))]


def _numbered(folder: Path, numbers: dict[Path, str]) -> Iterator[_Given]:
    """Group files by the number of their generation; a file called real is one of them, others are refused."""
    other = [each for each, number in numbers.items() if not number and _stem(each).lower() != REAL]
    if other:
        shown = listed([each.relative_to(folder).as_posix() for each in other])
        found = f"files of generations, and others that are of none: {shown}"
        raise Problem(str(folder), found, "keep generations in a folder of their own, or give their files one by one")
    yield from (_Given(REAL, (each,), real=True) for each, number in numbers.items() if not number)
    for number in sorted({int(number) for number in numbers.values() if number}):
        paths = tuple(each for each, of in numbers.items() if of and int(of) == number)
        yield _Given(_stem(paths[0]) if len(paths) == 1 else f"generation {number}", paths)


def _of_ledger(path: Path) -> list[_Given]:
    made: dict[str, list[Path]] = {}
    for maker, file in files_by_maker(path):
        made.setdefault(maker, []).append(file)
    if not made:
        raise Problem(
            str(path), "its ledger names no file of rows that a generation made", 'say it: file = "answers.jsonl"'
        )
    return [_Given(name, tuple(files)) for name, files in made.items()]


def _of_chain(path: Path, seeds: Sequence[Path]) -> list[_Given]:
    if len(seeds) > 1:
        shown = listed([each.relative_to(path).as_posix() for each in seeds])
        raise Problem(str(path), f"{len(seeds)} chains: {shown}", f"give the folder of one, e.g. {seeds[0]}")
    record = checked_files(read_seed(seeds[0]))
    made: dict[int, list[Path]] = {}
    for data in record.data.values():
        if data.file and all(maker.who != REAL for maker in data.made_by):
            if data.state in DIFFER:
                raise Problem(str(seeds[0] / data.file), "was damaged or edited", "run the chain again with its out=")
            made.setdefault(data.born, []).append(seeds[0] / data.file)
    if not made:
        raise Problem(str(path), "holds no rows that a generation made", "run the chain again with more generations")
    return [_Given(f"generation {born}", tuple(files)) for born, files in sorted(made.items())]


def _refuse_twice(real: _Given, given: Sequence[_Given]) -> None:
    met = {path.resolve(): "the real rows" for path in real.paths}
    for number, each in enumerate(given, 1):
        for path in each.paths:
            earlier = met.setdefault(path.resolve(), f"generation {number}")
            if earlier != f"generation {number}":
                mend = "give each file once: a file beside itself shows no change"
                raise Problem(str(path), f"given as generation {number} and as {earlier}", mend)


def _by(real: str | Path | None, given: list[_Given], by: str, ignore: Sequence[str], text: str | None) -> Sources:
    """Return generations that are entries of a column of one table."""
    if not given and real is not None:
        given, real = [_one(Path(real))], None
    if len(given) != 1:
        told = f"{len(given)} tables"
        raise Problem(Advice(Setting("by")), told, "give the one table whose column says the generation of each row")
    whole = _open(given[0], None, None, ()).raw
    if by not in whole.names:
        where = Advice(f"{whole.where}: ", Setting("by"))
        raise Problem(where, f"there is no column {by!r}", nearest(by, list(whole.names)))
    names = _entries(whole, by)
    reference = real_among(names) if real is None else None
    if real is None and reference is None:
        mend = "write real or 0 in this column for the real rows, or name the column that does"
        raise Problem(f"{whole.where}: {by}", f"no entry is real or 0, for the real rows: {listed(names)}", mend)
    left = [*ignore, by]
    if real is None:
        first = replace(opened_raw(whole, text=text, ignore=left), only=(by, str(reference)), rows=None)
    else:
        first = _open(_one(Path(real)), None, text, ignore)
        first = replace(first, columns={name: kind for name, kind in first.columns.items() if name != by})
    made = tuple(
        Named(name, replace(opened_raw(whole, like=first, text=text, ignore=left), only=(by, name), rows=None))
        for name in names
        if name != reference
    )
    if not made:
        raise Problem(f"{whole.where}: {by}", f"all rows are of {names[0]!r}", "give rows of generations, too")
    return Sources(first, made)


def _entries(whole: Raw, by: str) -> list[str]:
    """Return the different entries of a column, in order."""
    where = whole.where
    coder, found = Coder(whole, {}, firm=False), set[str]()
    for batch in whole.batches((by,)):
        found |= set(np.unique(coder.words(by, batch.columns[0]).astype(str)).tolist())
        if len(found) > _MOST:
            mend = "name the column that says the generation of each row"
            raise Problem(f"{where}: {by}", f"more than {_MOST:,} different entries", mend)
    if NO_ENTRY in found:
        raise Problem(f"{where}: {by}", "some rows have no entry", "write for every row to which generation it belongs")
    return in_order(found)


def _stem(path: Path) -> str:
    return path.name.partition(".")[0] or path.name
