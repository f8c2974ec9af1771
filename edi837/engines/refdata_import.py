"""Imports editions of reference tables into their folder, and inspects them there.

The table of an edition is written first and its manifest last, each beside its place, made safe on the disk and
renamed, so that a reader sees an edition whole or not at all, and a kill in between leaves a table that nobody names.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Literal, NamedTuple

import msgspec

from edi837.engines.published_files import open_published
from edi837.engines.refdata import CURE, MANIFEST, RefdataFolder, is_manifest, read_manifest, user_folder
from edi837.errors import SourceError
from edi837.reference.dated import EditionTables
from edi837.reference.editions import Edition, SourceFile
from edi837.reference.imports import Draft, read_edition

_TABLE, _GROWING = ".table", ".tmp"
# What nobody names is left alone for a day: an import may be about to name it, a run about to open it.
_GRACE = 86_400


class Outcome(NamedTuple):
    """What an import did."""

    edition: Edition
    done: Literal["imported", "replaced", "unchanged"]
    notes: tuple[str, ...]


def import_files(
    folder: str | None,
    kind: str,
    paths: Sequence[str],
    today: date,
    *,
    effective: date | None = None,
    replace: bool = False,
) -> Outcome:
    """Imports the files of one edition; SourceError where one cannot be used, and then nothing has changed.

    The same files once more change nothing. Other files for the dates of an edition that is there are refused,
    unless they are to `replace` it.
    """
    place = folder or user_folder()
    files = sorted(map(open_published, paths), key=lambda file: file.name)
    sources = tuple(SourceFile(file.name, file.sha256) for file in files)
    # What is damaged counts as absent, so that the same import mends it.
    known = [look.edition for look in inspect(place, must_exist=False) if look.edition is not None and not look.fault]
    digests = {source.sha256 for source in sources}
    for edition in known:
        same = edition.kind == kind and {source.sha256 for source in edition.sources} == digests
        if same and effective in (None, edition.valid_from):
            return Outcome(edition, "unchanged", ())
    draft = read_edition(kind, files, effective)
    slot = kind, draft.table.payer, draft.valid_from
    old = next((edition for edition in known if (edition.kind, edition.payer, edition.valid_from) == slot), None)
    if old is not None and not replace:
        names = ", ".join(source.file for source in old.sources)
        raise SourceError(
            f"{old.kind} {old.edition} (from {old.valid_from}) is there already, from {names}: "
            "give all files of an edition in one import, and --replace to put them in its place"
        )
    try:
        os.makedirs(place, exist_ok=True)
    except OSError as error:
        raise SourceError(f"{place}: {(error.strerror or 'cannot be made').lower()}") from None
    edition = _store(place, draft, sources, today)
    _clean(place)
    return Outcome(edition, "replaced" if old else "imported", draft.table.notes)


class Inspection(NamedTuple):
    """What a look at every byte of an edition found."""

    manifest: str
    edition: Edition | None
    """None where the manifest cannot be read."""
    fault: str
    """Empty where all is well."""


def inspect(place: str, *, must_exist: bool = True) -> list[Inspection]:
    """Reads every edition of a folder whole: manifests, sizes, checksums, tables."""
    if must_exist and not os.path.isdir(place):
        raise SourceError(f"{place}: no such folder")
    found = []
    for name in _manifests(place):
        edition, fault = None, ""
        try:
            edition = read_manifest(os.path.join(place, name))
            _check_table(RefdataFolder(place, (edition,)), edition)
        except SourceError as error:
            fault = str(error)
        found.append(Inspection(name, edition, fault))
    return found


def _manifests(place: str) -> list[str]:
    return sorted(filter(is_manifest, os.listdir(place))) if os.path.isdir(place) else []


def _check_table(folder: RefdataFolder, edition: Edition) -> None:
    path = os.path.join(folder.path, edition.data)
    with folder.data(edition) as data:
        if hashlib.sha256(data).hexdigest() != edition.sha256:
            raise SourceError(f"{path}: not the bytes that were imported; {CURE}")
    try:
        EditionTables(folder).table(edition)
    except ValueError:
        raise SourceError(f"{path}: not a table of kind {edition.kind}; {CURE}") from None


def _store(place: str, draft: Draft, sources: tuple[SourceFile, ...], today: date) -> Edition:
    stem = "-".join(filter(None, [draft.kind, draft.table.payer, draft.valid_from.isoformat()]))
    digest, size = hashlib.sha256(), 0

    def counted() -> Iterable[bytes]:
        nonlocal size
        for chunk in draft.table.chunks:
            digest.update(chunk)
            size += len(chunk)
            yield chunk

    # The table's name has its checksum, so that the table of a replaced edition stays for whoever reads it.
    table = _write(place, lambda: f"{stem}-{digest.hexdigest()[:12]}{_TABLE}", counted())
    edition = Edition(
        kind=draft.kind,
        edition=draft.edition,
        payer=draft.table.payer,
        valid_from=draft.valid_from,
        valid_to=draft.valid_to,
        rows=draft.table.rows,
        imported_on=today,
        sources=sources,
        data=table,
        size=size,
        sha256=digest.hexdigest(),
    )
    manifest = msgspec.json.format(msgspec.json.encode(edition), indent=2) + b"\n"
    _write(place, lambda: f"{stem}{MANIFEST}", [manifest])
    return edition


def _write(place: str, name: Callable[[], str], chunks: Iterable[bytes]) -> str:
    """Writes a file of the folder whole or not at all, and gives its name, which may depend on what was written."""
    growing = os.path.join(place, f".{os.getpid()}-{os.urandom(4).hex()}{_GROWING}")
    try:
        try:
            with open(growing, "xb") as file:
                file.writelines(chunks)
                file.flush()
                os.fsync(file.fileno())
            os.replace(growing, os.path.join(place, name()))
        except BaseException:
            if os.path.exists(growing):
                os.unlink(growing)
            raise
        _sync(place)
    except OSError as error:
        raise SourceError(f"{place}: cannot be written: {(error.strerror or 'unknown reason').lower()}") from None
    return name()


def _sync(place: str) -> None:
    """Makes the names of the folder safe on the disk, where the platform can."""
    if sys.platform == "win32":
        return
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _clean(place: str) -> None:
    """Removes what killed imports and replaced editions have left, once it is old."""
    try:
        named = {read_manifest(os.path.join(place, name)).data for name in _manifests(place)}
    except SourceError:
        # Made by a later version, perhaps: what that names is not known here.
        return
    for name in os.listdir(place):
        path = os.path.join(place, name)
        if (name.endswith(_TABLE) and name not in named) or name.endswith(_GROWING):
            try:
                if time.time() - os.stat(path).st_mtime > _GRACE:
                    os.unlink(path)
            except OSError:
                # Another import was faster, or the file is somebody else's.
                continue
