"""Zips whose entries cannot be read, as archives and as workbooks: refused with the reason, never a traceback."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netback.errors import DataError
from netback.io.archive import read_archive
from netback.io.xlsx_scan import scan_workbook
from netback.io.zip_damage import ZIP_DAMAGE

#: Where the header of an entry, before the data and in the directory, holds its flags and its compression.
FLAGS, COMPRESSION = {b"PK\x03\x04": 6, b"PK\x01\x02": 8}, {b"PK\x03\x04": 8, b"PK\x01\x02": 10}


def zipped(path: Path, places: dict[bytes, int], value: int) -> Path:
    """A zip of the first part that both readers open, with two bytes of its headers changed."""
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("manifest.json", "{}")
        packed.writestr("xl/workbook.xml", "<workbook/>")
    content = bytearray(path.read_bytes())
    for mark, offset in places.items():
        at = content.find(mark)
        while at >= 0:
            content[at + offset : at + offset + 2] = value.to_bytes(2, "little")
            at = content.find(mark, at + 4)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("read", [read_archive, scan_workbook])
@pytest.mark.parametrize(
    ("places", "value", "raised", "told"),
    [(FLAGS, 1, RuntimeError, "password"), (COMPRESSION, 99, NotImplementedError, "compression")],
)
def test_an_entry_that_cannot_be_unpacked_is_refused(
    tmp_path: Path,
    read: Callable[[Path], Any],
    places: dict[bytes, int],
    value: int,
    raised: type[Exception],
    told: str,
) -> None:
    path = zipped(tmp_path / "file.zip", places, value)
    with pytest.raises(raised) as plain, zipfile.ZipFile(path) as packed:
        packed.read("manifest.json")
    assert isinstance(plain.value, ZIP_DAMAGE)
    with pytest.raises(DataError) as refused:
        read(path)
    (finding,) = refused.value.findings
    assert told in finding.what
    assert finding.hint
