"""The archive of a plan: one ``.netback`` file with all inputs, settings, versions and results.

It is a zip of ``manifest.json`` (what was asked, with which versions), ``case/`` (every file of the case as it was
read) and ``results/`` (every table in full digits), so that somebody else can solve it again and compare to the digit.
Entries carry no time of day: the same plan gives the same bytes.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from netback.case.case import Case
from netback.errors import DataError, Finding
from netback.io.atomic import write_files, write_tree
from netback.io.case_file import CASE_FILE, keys_of, keys_text
from netback.io.folder_writer import table_text
from netback.io.zip_damage import ZIP_DAMAGE

FORMAT = "netback-archive/1"
SUFFIX = ".netback"
#: Largest size of all files together when unpacked [bytes].
MAX_ALL = 512_000_000
_MANIFEST, _CASE, _RESULTS = "manifest.json", "case/", "results/"
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Archive:
    """What an archive holds: the manifest, and files of the case and of the results by their name."""

    manifest: Mapping[str, Any]
    case_files: Mapping[str, bytes]
    results: Mapping[str, str]


def case_files(case: Case) -> dict[str, bytes]:
    """Every file of a case: those of its folder as they are, or its tables as text where it has none."""
    if case.folder is not None:
        return {
            path.relative_to(case.folder).as_posix(): path.read_bytes()
            for path in sorted(case.folder.rglob("*"))
            if path.is_file()
            and not any(part.startswith(".") for part in path.relative_to(case.folder).parts)
        }
    if case.scenario is not None:
        what = f'scenario "{case.scenario}" is applied, and its overrides would be applied twice.'
        raise DataError(Finding("", what, "Archive the case itself and name the scenario."), case.subject)
    tables = {f"{name}.csv": table_text(table).encode() for name, table in case.tables.items() if len(table)}
    return {CASE_FILE: keys_text(keys_of(case)).encode(), **tables}


def archive_bytes(archive: Archive) -> bytes:
    """The archive as bytes; the same archive gives the same bytes."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as packed:

        def put(name: str, data: bytes) -> None:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, data)

        manifest = {"format": FORMAT, **archive.manifest}
        put(_MANIFEST, (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode())
        for name, data in archive.case_files.items():
            put(_CASE + name, data)
        for name, text in archive.results.items():
            put(_RESULTS + name, text.encode())
    return memory.getvalue()


def write_archive(archive: Archive, path: str | Path, force: bool = False) -> Path:
    """Write an archive; an existing file stays unless ``force``.

    Raises
    ------
    DataError
        If the name has another ending, the file exists, or cannot be written.
    """
    target = Path(path)
    check_target(target, force)
    write_files(target.parent, {target.name: archive_bytes(archive)})
    return target


def check_target(target: Path, force: bool) -> None:
    """Refuse a name with another ending or a file that exists.

    Raises
    ------
    DataError
        With both findings together.
    """
    findings = []
    if target.suffix != SUFFIX:
        findings.append(Finding(str(target), f"the name does not end in {SUFFIX}.", f"Write NAME{SUFFIX}."))
    if target.exists() and not force:
        findings.append(Finding(str(target), "exists already.", "Name a new file, or add --force."))
    if findings:
        raise DataError(findings)


def read_archive(path: str | Path) -> Archive:
    """Read an archive without unpacking it to the disk.

    Raises
    ------
    DataError
        If it is no archive, is damaged, too large when unpacked, or names a place outside itself.
    """
    file = Path(path)
    contents = _unpacked(file)
    if _MANIFEST not in contents:
        raise _refused(file, f"it is no archive of Netback: {_MANIFEST} is missing.")
    try:
        manifest = json.loads(contents[_MANIFEST].decode("utf-8"))
        results = {
            name.removeprefix(_RESULTS): data.decode("utf-8")
            for name, data in contents.items()
            if name.startswith(_RESULTS)
        }
    except ValueError as error:
        raise _refused(file, f"it is no archive of Netback, or damaged ({error}).") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise _refused(file, f"its manifest does not say {FORMAT}.")
    files = {n.removeprefix(_CASE): data for n, data in contents.items() if n.startswith(_CASE)}
    return Archive(manifest, files, results)


def _unpacked(file: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(file) as packed:
            entries = [entry for entry in packed.infolist() if not entry.is_dir()]
            _check(file, entries)
            return {entry.filename: packed.read(entry) for entry in entries}
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DataError(
            Finding(str(file), f"the file cannot be read: {reason}.", "Check its name.")
        ) from None
    except ZIP_DAMAGE as error:
        raise _refused(file, f"it is no archive of Netback, or damaged ({error}).") from None


def _refused(file: Path, what: str) -> DataError:
    return DataError(Finding(file.name, what, "Make one with: netback archive CASE FILE.netback."))


def _check(file: Path, entries: list[zipfile.ZipInfo]) -> None:
    total = sum(entry.file_size for entry in entries)
    if total > MAX_ALL:
        raise _refused(file, f"it unpacks to {total / 1e6:,.0f} MB, more than is read.")
    for entry in entries:
        parts = PurePosixPath(entry.filename).parts
        if ".." in parts or entry.filename.startswith("/") or "\\" in entry.filename or ":" in entry.filename:
            raise _refused(file, f'it names a place outside itself, "{entry.filename}".')


def unpack_case(archive: Archive, folder: Path) -> Path:
    """Write the files of the case into a new folder.

    Raises
    ------
    DataError
        If the folder holds files, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(Finding(str(folder), "exists and is not empty.", "Name a new folder."))
    write_tree(folder, archive.case_files)
    return folder
