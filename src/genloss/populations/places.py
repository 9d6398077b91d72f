"""Where may the files of a data set be, in which order are they looked for, and are they the right ones?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from genloss.errors import Problem
from genloss.populations.forms import bytes_hash, joint_hash
from genloss.populations.idx import content_of
from genloss.results.files import write_atomically


@dataclass(frozen=True, slots=True)
class Places:
    """Where to look, in this order: folders the user gives, the cache, system places, the network.

    folders: each may hold a data set's files itself or in a folder named after the data set.
    cache: a folder that genloss writes to, or None. system: the root of the file system, under
    which packages of the system put data. download: whether the network may be asked.
    """

    folders: tuple[Path, ...] = ()
    cache: Path | None = None
    system: Path = Path("/")
    download: bool = False


NO_FOLDER = Places()
"""No folder, no cache, no network: what packages brought, and nothing else."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file as it should be, unpacked: its name, its size in bytes, its SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FileSet:
    """The files of a data set: what they should be, and where else they may come from.

    system: folder where a package of the system puts them, relative to the root, or "".
    fetch: get the contents from the network, in the order of `files`, or None.
    """

    name: str
    files: tuple[FileRecord, ...]
    system: str = ""
    fetch: Callable[[], tuple[bytes, ...]] | None = None

    @property
    def sha256(self) -> str:
        """One hash for all files."""
        return joint_hash(file.sha256 for file in self.files)

    def cached_in(self, cache: Path) -> Path:
        """Folder in the cache, named after the hash: other contents, other folder."""
        return cache / f"{self.name}-{self.sha256[:12]}"


@dataclass(frozen=True, slots=True)
class Found:
    """Verified contents of the files of a set, in order, and where they were."""

    contents: tuple[bytes, ...]
    where: str


def find(wanted: FileSet, places: Places, *, others: frozenset[str] = frozenset()) -> Found | None:
    """Return the verified contents from the first place that has all files, or None.

    A file that is there but differs is a problem, not a reason to look further. Only in a folder
    that may hold several data sets, a file whose hash is among `others` (known files of other
    sets, which share the names) is passed over.
    """
    for how, folder in _candidates(wanted, places):
        paths = [_present(folder / file.name) for file in wanted.files]
        if all(paths):
            contents = tuple(content_of(path) for path in paths if path)
            if how == "given" and any(bytes_hash(content) in others for content in contents):
                continue
            for file, path, content in zip(wanted.files, paths, contents, strict=True):
                check(file, content, where=str(path))
            return Found(contents, f"{how}: {folder}")
    return _fetched(wanted, places) if places.download and wanted.fetch else None


def check(file: FileRecord, content: bytes, *, where: str) -> None:
    """Refuse content that is not what the record says."""
    if len(content) != file.size:
        raise Problem(where, f"{len(content):,} bytes, expected {file.size:,}", "get the file again, or remove it")
    found = bytes_hash(content)
    if found != file.sha256:
        raise Problem(where, f"altered: SHA-256 {found}, expected {file.sha256}", "get the file again, or remove it")


def keep(wanted: FileSet, found: Found, cache: Path) -> Path:
    """Write verified files to the cache; return their folder."""
    folder = wanted.cached_in(cache)
    for file, content in zip(wanted.files, found.contents, strict=True):
        write_atomically(folder / file.name, content)
    return folder


def _candidates(wanted: FileSet, places: Places) -> Iterator[tuple[str, Path]]:
    for folder in places.folders:
        if not folder.is_dir():
            raise Problem(f"data folder {folder}", "no such folder", "give a folder that is there")
        yield "given", folder / wanted.name
        yield "given", folder
    if places.cache:
        yield "cache", wanted.cached_in(places.cache)
    if wanted.system:
        yield "system", places.system / wanted.system


def _present(path: Path) -> Path | None:
    """Return the path of a file, plain or gzip, if it is there."""
    return next((place for place in (path, path.with_name(path.name + ".gz")) if place.is_file()), None)


def _fetched(wanted: FileSet, places: Places) -> Found | None:
    if wanted.fetch is None:
        return None
    try:
        contents = wanted.fetch()
    except OSError as error:
        raise Problem(
            f"data set {wanted.name}", f"the network gave nothing: {error}", "get the files by hand"
        ) from error
    for file, content in zip(wanted.files, contents, strict=True):
        check(file, content, where=f"{file.name} from the network")
    found = Found(contents, "network")
    return Found(contents, f"cache: {keep(wanted, found, places.cache)}") if places.cache else found
