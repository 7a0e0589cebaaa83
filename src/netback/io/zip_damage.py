"""What reading a damaged zip raises, be it an archive of ours or a workbook."""

from __future__ import annotations

import zipfile
import zlib

#: ``RuntimeError`` is an encrypted entry or, as ``NotImplementedError`` under it, a compression that is not known.
ZIP_DAMAGE: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    OverflowError,
    RuntimeError,
)
