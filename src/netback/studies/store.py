"""The long table of a study on disk: appended case by case, whole or not at all, taken up again after a stop.

The first line names the study by its fingerprint, so that answers of another study are never mixed in. The rows of a
case end with one whose result is ``done``; a case without it was in flight when the run stopped and is solved again.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from netback.errors import DataError, Finding
from netback.io.atomic import write_files
from netback.studies.study import TEXTS, Answer, Row, Study, Sweep, record_of

MARK = "# netback-study/1"
DONE = "done"


class Store:
    """One file of answers; ``known`` are those that it held when it was opened, by the key of their case.

    Raises
    ------
    DataError
        If the file is of another study or no study at all, or cannot be written.
    """

    def __init__(self, path: Path, study: Study) -> None:
        self.path, self._study = path, study
        self.known: dict[str, Answer] = {}
        self._columns = columns_of(study.sweeps)
        if path.exists():
            self._take_up()
        else:
            write_files(path.parent, {path.name: self._heading()})
        self._file: TextIO | None = None

    def _heading(self) -> str:
        return f"{MARK} {self._study.fingerprint}\n{_csv([self._columns])}"

    def _take_up(self) -> None:
        try:
            text = self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            if self.path.is_dir():
                hint = f"Name a file in it: {self.path / 'study.csv'}."
                raise DataError(Finding(str(self.path), "this is a folder.", hint)) from None
            reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
            raise self._fault(f"the file cannot be read: {reason.lower()}.") from None
        first, _, rest = text.partition("\n")
        if not first.startswith(MARK):
            raise self._fault("this is no file of a study.")
        if first != f"{MARK} {self._study.fingerprint}":
            raise self._fault("these are answers of another study: its case or its list of cases differs.")
        heading, _, body = rest.partition("\n")
        # What stands behind the last line end was cut off in the middle of a line.
        rows = list(csv.reader(io.StringIO(body[: body.rfind("\n") + 1])))
        self.known = self._answers(rows)
        kept = [row for row in rows if row and row[0] in self.known]
        content = f"{first}\n{heading}\n{_csv(kept)}"
        if content != text:
            write_files(self.path.parent, {self.path.name: content})

    def _answers(self, rows: Sequence[Sequence[str]]) -> dict[str, Answer]:
        """Answers of the cases that are there whole; one of whose rows any cannot be read is solved again."""
        place = self._columns.index("result")
        told: dict[str, list[Row]] = {}
        done: set[str] = set()
        spoilt: set[str] = set()
        for row in rows:
            if len(row) != len(self._columns):
                spoilt.update(row[:1])
                continue
            result, item, uom, text = row[place:]
            value = text if result in TEXTS else _number(text)
            if result == DONE:
                done.add(row[0])
            elif value is None:
                spoilt.add(row[0])
            else:
                told.setdefault(row[0], []).append((result, item, uom, value))
        whole = done - spoilt
        return {
            item.key: Answer(item, tuple(told[item.key]))
            for item in self._study.items
            if item.key in whole and told.get(item.key, [("",)])[0][0] == "word"
        }

    def _fault(self, what: str) -> DataError:
        return DataError(Finding(str(self.path), what, "Name another file for --store, or remove this one."))

    def add(self, answer: Answer) -> None:
        """Append the rows of one case in one write, down to the disk."""
        rows = [[str(v) for v in record.values()] for record in record_of(answer, self._study.sweeps)]
        end = [*rows[0][: self._columns.index("result")], DONE, "", "", ""]
        if self._file is None:
            self._file = self.path.open("a", encoding="utf-8", newline="")
        self._file.write(_csv([*rows, end]))
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def columns_of(sweeps: Sequence[Sweep]) -> list[str]:
    """Columns of the long table."""
    return ["case", "scenario", *(sweep.name for sweep in sweeps), "result", "item", "uom", "value"]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _csv(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
