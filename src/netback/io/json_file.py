"""JSON files, gzipped or not, read with every fault as a finding that names the file and the field."""

from __future__ import annotations

import gzip
import io
import json
import math
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from netback.errors import DataError, Finding, closest

#: A file that unpacks to more than this is refused [bytes].
MOST_BYTES = 1_000_000_000
#: Reading stops after this many findings.
MOST_FINDINGS = 1_000
_GZIP = b"\x1f\x8b"


def read_json(path: Path | str) -> Any:
    """Read one JSON value.

    Raises
    ------
    DataError
        If the file is not there, not gzip although named so, broken, not UTF-8 or not JSON.
    """
    place = Path(path)
    try:
        with open(place, "rb") as file:
            packed = file.read()
        raw = _unpacked(place, packed)
        return json.loads(raw.decode("utf-8-sig"))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise _cannot_read(place, f"cannot be read: {reason}.") from None
    except (EOFError, zlib.error):
        raise _cannot_read(place, "is a broken gzip file: it ends too early or is damaged.") from None
    except UnicodeDecodeError as error:
        raise _cannot_read(place, f"is not UTF-8 text: byte {error.start} fits no letter.") from None
    except json.JSONDecodeError as error:
        what = f"is not JSON: {error.msg.lower()} at line {error.lineno}, column {error.colno}."
        raise _cannot_read(place, what) from None
    except (RecursionError, ValueError):
        raise _cannot_read(
            place, "is not JSON that can be read: nested too deeply or a number too long."
        ) from None


def _unpacked(path: Path, packed: bytes) -> bytes:
    if not packed.startswith(_GZIP):
        if path.suffix == ".gz":
            raise _cannot_read(
                path, "is named .gz but is not a gzip file.", "Rename it, or pack it with gzip."
            )
        return packed
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise _cannot_read(path, f"unpacks to more than {MOST_BYTES:,} bytes.")
    return raw


def _cannot_read(path: Path, what: str, hint: str = "") -> DataError:
    return DataError(Finding(path.name or str(path), what, hint))


#: Formats that a file may state, and which command reads each.
POOLING, PLANNING, PROGRAM = "pooling-json/1", "netback-benchmark/1", "program-json/1"
READERS = {POOLING: "pooling", PLANNING: "planning", PROGRAM: "program"}


class Fields:
    """Takes fields out of parsed JSON and collects what is wrong with them; ``where`` is ``file, inputs[2].cost``."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.findings: list[Finding] = []

    def add(self, place: str, what: str, hint: str = "") -> None:
        """Add a finding about a field."""
        if len(self.findings) == MOST_FINDINGS:
            what = f"has more than {MOST_FINDINGS:,} faults."
            self.findings.append(Finding(self.source, what, "Repair these first."))
        elif len(self.findings) < MOST_FINDINGS:
            where = f"{self.source}, {place}" if place else self.source
            self.findings.append(Finding(where, what, hint))

    def raise_if_any(self, subject: str = "") -> None:
        """Raise :class:`DataError` with all findings, if there are any."""
        if self.findings:
            raise DataError(self.findings, subject)

    def document(self, value: Any, known: Iterable[str], form: str) -> Mapping[str, Any]:
        """The whole file, if it is of the format ``form``; one of another format is told as such, and nothing else.

        Raises
        ------
        DataError
            If it is of another format or none.
        """
        stated = value.get("format") if isinstance(value, dict) else None
        top = self.mapping(value, "", known) if stated in (None, form) else {}
        if stated != form:
            reader = READERS.get(str(stated), "")
            hint = f"Read it with: netback bench {reader}." if reader else ""
            what = (
                f"is not stated; {form!r} is read here."
                if stated is None
                else f"is {stated!r}, not {form!r}."
            )
            self.add("format", what, hint)
            self.raise_if_any()
        return top

    def mapping(self, value: Any, place: str, known: Iterable[str] = ()) -> Mapping[str, Any]:
        """An object; an unknown key that is a known one misspelt is a finding."""
        if not isinstance(value, dict):
            self.add(place, f"is {_kind(value)} where an object is needed.")
            return {}
        missing = [name for name in known if name not in value]
        for key in value:
            if known and key not in known and (hint := closest(key, missing)):
                self.add(f"{place}.{key}" if place else key, "is no field here.", hint)
        return value

    def rows(self, holder: Mapping[str, Any], key: str, place: str = "") -> list[tuple[str, Any]]:
        """Entries of a list with the place of each."""
        place = f"{place}.{key}" if place else key
        value = holder.get(key)
        if not isinstance(value, list):
            self.add(place, "is missing." if value is None else f"is {_kind(value)} where a list is needed.")
            return []
        return [(f"{place}[{n}]", row) for n, row in enumerate(value)]

    def text(self, holder: Mapping[str, Any], key: str, place: str, default: str | None = None) -> str:
        """A text that is not empty; ``default`` where it is missing."""
        value = holder.get(key, default)
        if isinstance(value, str) and value:
            return value
        if value != default or default is None:
            self.add(_at(place, key), "is missing." if value is None else f"is {_kind(value)}, not a name.")
        return default or ""

    def number(
        self,
        holder: Mapping[str, Any],
        key: str,
        place: str,
        default: float | None = None,
        least: float = -math.inf,
    ) -> float:
        """A finite number not below ``least``; ``default`` where it is missing or null, a finding if that is None."""
        value = holder.get(key)
        if value is None:
            if default is None:
                self.add(_at(place, key), "is missing.")
            return math.nan if default is None else default
        return self.as_number(value, _at(place, key), least)

    def as_number(self, value: Any, place: str, least: float = -math.inf) -> float:
        """A value as a finite number not below ``least``; NaN and a finding else."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.add(place, f"is {_kind(value)} where a number is needed.")
            return math.nan
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            self.add(place, f"is {number!r}, not a finite number.", "Leave it out where there is no limit.")
            return math.nan
        if number < least:
            self.add(place, f"is {number!r}, below {least:g}.")
            return math.nan
        return number

    def bounds(
        self, holder: Mapping[str, Any], names: tuple[str, str], place: str, least: float = 0.0
    ) -> tuple[float, float]:
        """Lower and upper bound; missing ones are ``least`` and none; crossed ones a finding."""
        low = self.number(holder, names[0], place, least, least)
        high = self.number(holder, names[1], place, math.inf, least)
        if low > high:
            self.add(
                _at(place, names[0]),
                f"is {low!r}, above {names[1]} {high!r}.",
                "Lower must not exceed upper.",
            )
        return low, high


def _at(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _kind(value: Any) -> str:
    """What a JSON value is, in words."""
    words: list[tuple[Any, str]] = [
        (bool, "true or false"),
        (str, "text"),
        (list, "a list"),
        (dict, "an object"),
    ]
    if value is None:
        return "null"
    if value == "":
        return "empty"
    return next((word for kind, word in words if isinstance(value, kind)), "a number")
