"""The folder of imported reference tables: where it is, what it holds, its tables as memory maps.

An edition is two files: a table, and a manifest that names the table with its size and checksum. Neither is ever
changed once it has its name (`edi837.engines.refdata_import` writes them), so a run that has read the manifests goes
on with what it has found, whatever is imported meanwhile.
"""

from __future__ import annotations

import mmap
import os
import sys
from typing import NamedTuple

import msgspec

from edi837.errors import SourceError
from edi837.reference import Reference
from edi837.reference.editions import KINDS, SCHEMA_VERSION, Edition

MANIFEST = ".json"
_KINDS = tuple(f"{kind}-" for kind in KINDS)
CURE = "import the edition again, or delete its manifest"


class RefdataFolder(NamedTuple):
    """The editions that a folder held when it was read. It holds nothing open, so it travels to worker processes."""

    path: str
    editions: tuple[Edition, ...]

    def data(self, edition: Edition) -> mmap.mmap:
        """The table of an edition, mapped into memory; SourceError where it is missing or not of the size it had."""
        path = os.path.join(self.path, edition.data)
        try:
            with open(path, "rb") as file:
                _check_size(path, os.fstat(file.fileno()).st_size, edition)
                return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise _unreadable(path, error, CURE) from None

    def check(self, edition: Edition) -> None:
        """SourceError where the table of an edition is missing or not of the size it had."""
        path = os.path.join(self.path, edition.data)
        try:
            _check_size(path, os.stat(path).st_size, edition)
        except OSError as error:
            raise _unreadable(path, error, CURE) from None


def _check_size(path: str, found: int, edition: Edition) -> None:
    if found != edition.size or not found:
        raise SourceError(f"{path}: {found:,} bytes, but it was imported with {edition.size:,}; {CURE}")


def _unreadable(path: str, error: OSError, cure: str = "") -> SourceError:
    return SourceError("; ".join(filter(None, [f"{path}: {(error.strerror or 'cannot be read').lower()}", cure])))


def user_folder() -> str:
    """The folder that is read and written without a word from the user: in the platform's place for data."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.expanduser(r"~\AppData\Local")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Application Support")
    else:
        base = os.environ.get("XDG_DATA_HOME", "")
        # The specification has relative paths ignored.
        base = base if os.path.isabs(base) else os.path.expanduser("~/.local/share")
    return os.path.join(base, "edi837", "refdata")


def read_folder(path: str | None) -> RefdataFolder:
    """The editions in a folder, or in the user's for None, which need not exist.

    SourceError for a folder that does not exist, for a manifest that cannot be used, and for a table that is missing.
    """
    place = path or user_folder()
    try:
        names = sorted(name for name in os.listdir(place) if is_manifest(name))
    except FileNotFoundError:
        if path:
            raise SourceError(f"{path}: no such folder") from None
        return RefdataFolder(place, ())
    except OSError as error:
        raise _unreadable(place, error) from None
    folder = RefdataFolder(place, tuple(read_manifest(os.path.join(place, name)) for name in names))
    for edition in folder.editions:
        folder.check(edition)
    return folder


def open_reference(folder: RefdataFolder | None) -> Reference:
    """The reference tables with the editions of a folder; the built-in ones alone for None."""
    return Reference.of(folder) if folder else Reference.builtin()


def is_manifest(name: str) -> bool:
    """Whether a file of a folder is the manifest of an edition."""
    return name.endswith(MANIFEST) and name.startswith(_KINDS)


def read_manifest(path: str) -> Edition:
    """The edition that a manifest describes; SourceError where it cannot be used."""
    try:
        with open(path, "rb") as file:
            edition = msgspec.json.decode(file.read(), type=Edition)
    except OSError as error:
        raise _unreadable(path, error) from None
    except (msgspec.DecodeError, ValueError):
        raise SourceError(f"{path}: not the manifest of an edition; {CURE}") from None
    if edition.schema_version != SCHEMA_VERSION or edition.kind not in KINDS:
        raise SourceError(f"{path}: made by another version of edi837; {CURE}")
    if os.path.basename(edition.data) != edition.data:
        raise SourceError(f"{path}: the table lies outside the folder; {CURE}")
    return edition
