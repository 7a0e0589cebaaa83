"""Writing files whole or not at all: to a temporary file beside the target, which then replaces it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from netback.errors import DataError, Finding


def write_files(folder: Path, contents: Mapping[str, str | bytes]) -> None:
    """Write several files into a folder, which is made if need be.

    All temporary files are complete on the disk before the first one replaces its target, so that a run that is
    killed leaves every file either as it was or as it should be.

    Raises
    ------
    DataError
        If the folder cannot be made or a file cannot be written; nothing is left behind.
    """
    written: dict[Path, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            written[folder / name] = _temporary(folder, name, content)
        for target, temporary in written.items():
            os.replace(temporary, target)
    except (OSError, UnicodeEncodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        what = f"the files cannot be written: {str(reason).lower()}."
        raise DataError(
            Finding(str(folder), what, "Check the folder, its permissions and the free space.")
        ) from None
    finally:
        for temporary in written.values():
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def write_tree(folder: Path, contents: Mapping[str, str | bytes]) -> None:
    """Write files that may lie in folders within a folder, named with ``/``; each folder as :func:`write_files` does.

    Raises
    ------
    DataError
        If a folder cannot be made or a file cannot be written.
    """
    for parent in sorted({Path(file).parent for file in contents}):
        inside = {Path(file).name: text for file, text in contents.items() if Path(file).parent == parent}
        write_files(folder / parent, inside)


def unwritable(path: Path) -> Finding | None:
    """What keeps a file or folder from being written, tried with a nameless file in the nearest folder there is."""
    folder = path.absolute().parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        what = f"cannot be written: {folder}: {(error.strerror or 'no file can be made there').lower()}."
        return Finding(str(path), what, "Name another place.")


def _temporary(folder: Path, name: str, content: str | bytes) -> Path:
    """Write a temporary file that ends on the disk, and return it."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    handle, temporary = tempfile.mkstemp(prefix=f".{name}.", suffix=".part", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp gives the file to its owner alone; a case is to be readable like any other file.
        os.chmod(temporary, 0o666 & ~_umask())
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    return Path(temporary)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
