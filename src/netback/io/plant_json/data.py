"""Sets and parameters of a plant file, checked: every key has the parts its domain names, every part is in its set.

The layout is that of the planning benchmark of Du et al., A production planning benchmark for real-world
refinery-petrochemical complexes (arXiv:2503.22057): ``data.sets.NAME.elements`` and ``data.parameters.NAME.values``,
keys of several indices joined by dots. What is not known here, or known and not read, is listed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from netback.errors import closest
from netback.io.json_file import PLANNING, Fields
from netback.io.remarks import Remarks

Key = tuple[str, ...]
#: Which set an index of a domain runs over.
_RANGES: Final = {"s": "S", "ss": "S", "u": "U", "m": "M", "q": "Q", "c": "C", "t": "T"}
#: Sets that are read, with their domain; those that range over nothing are the index sets themselves.
SETS: Final[Mapping[str, str]] = {
    "S": "", "U": "", "M": "", "Q": "", "C": "", "T": "",
    "S_P": "s", "S_M": "s", "UCDU": "u", "UPF": "u", "UPD": "u", "UMIX": "u", "USPL": "u", "UBLD": "u",
    "IU": "u,s", "OU": "u,s", "IM": "u,m,s", "OM": "u,m,s", "SC": "u,m,s,ss", "SPG": "q", "Qv": "q", "Qw": "q",
    "Qp": "q", "SQ": "s,q", "FIX": "s,q", "QT": "s,ss,q", "VMQ": "u,m,s,q", "DBSQ": "u,m,s,q", "CAPIN": "c",
    "CAPOUT": "c", "CAPS": "c,s", "CDUMQ": "u,m,q", "CRU": "q", "RB": "u",
}  # fmt: skip
PARAMETERS: Final[Mapping[str, str]] = {
    "c_P": "s", "c_M": "s", "FVMin": "s,t", "FVMax": "s,t", "FQ0": "s,q", "FQMin": "s,q", "FQMax": "s,q",
    "FQcut": "m,s,ss,q", "y": "u,m,s,ss", "phi": "u,m,s,ss", "gamma": "u,m,s", "B": "u,m,q", "delta": "u,m,s,q",
    "Del": "u,m,q", "FVCMin": "c,t", "FVCMax": "c,t", "alpha": "s,ss,q", "w": "u,m,s,q", "FQBMin": "u,q",
    "FQBMax": "u,q", "FQVMin": "u,m,q", "FQVMax": "u,m,q", "FQcrd": "m,s,q", "MFQMin": "q", "MFQMax": "q",
    "beta": "s,ss", "ci_P": "s", "ci_M": "s", "LMin": "s,t", "LMax": "s,t", "L0": "s",
}  # fmt: skip
#: What the program of a plant has and no table says; told where a case is made and the file fills it.
NOT_IN_TABLES: Final[Mapping[str, str]] = {
    "ci_P": "prices of inventories are not read; see inventories.csv.",
    "ci_M": "prices of inventories are not read; see inventories.csv.",
    "LMin": "inventories are not read; see inventories.csv.",
    "LMax": "inventories are not read; see inventories.csv.",
    "L0": "opening stocks are not read; see opening_stocks.csv.",
}
_UNITS: Final = re.compile(r"(\S+) per period; ([A-Z]{3})")
_TOP: Final = ("format", "id", "title", "kind", "sense", "units", "data", "model", "expected")


@dataclass(frozen=True)
class PlantData:
    """A plant file: ``sets`` holds elements as tuples of indices, in order, ``numbers`` parameters by such tuples."""

    source: str
    title: str
    amount: str
    currency: str
    sets: Mapping[str, Mapping[Key, None]]
    numbers: Mapping[str, Mapping[Key, float]]

    def names(self, name: str) -> tuple[str, ...]:
        """Elements of a set with one index."""
        return tuple(key[0] for key in self.sets[name])

    def place(self, name: str, key: Key) -> str:
        """Where an element of a set or a value of a parameter stands, in the user's words."""
        part = f"sets.{name}.elements" if name in SETS else f"parameters.{name}.values"
        return f"{self.source}, data.{part}, {'.'.join(key)}"


def is_plant(value: Any) -> bool:
    """Whether parsed JSON looks like a plant file: a benchmark with sets and parameters."""
    data = value.get("data") if isinstance(value, dict) else None
    return isinstance(data, dict) and {"sets", "parameters"} <= data.keys()


def plant_data(value: Any, source: str, remarks: Remarks) -> PlantData:
    """Check parsed JSON.

    Raises
    ------
    DataError
        With every fault of the file; each finding names the file and the field.
    """
    fields = Fields(source)
    top = fields.document(value, _TOP, PLANNING)
    if top.get("sense") != "max":
        fields.add("sense", f'is {top.get("sense")!r}, not "max".', "A plant is planned for its margin.")
    units = _UNITS.fullmatch(str(top.get("units", "")))
    if units is None:
        fields.add("units", f"is {top.get('units')!r}.", 'Write, for example, "kt per period; CNY".')
    data = fields.mapping(top.get("data"), "data")
    sets = _sets(fields.mapping(data.get("sets"), "data.sets"), fields, remarks)
    numbers = _numbers(fields.mapping(data.get("parameters"), "data.parameters"), sets, fields, remarks)
    _check_crossed(numbers, fields)
    fields.raise_if_any()
    assert units is not None
    title = str(top.get("title") or source)
    return PlantData(source, title, units[1], units[2], sets, numbers)


def _sets(holder: Mapping[str, Any], fields: Fields, remarks: Remarks) -> dict[str, dict[Key, None]]:
    found: dict[str, dict[Key, None]] = {}
    for name, domain in SETS.items():
        width = max(1, len(domain.split(",")))
        elements: dict[Key, None] = {}
        if name in holder:
            entry = fields.mapping(holder[name], f"data.sets.{name}")
            for place, element in fields.rows(entry, "elements", f"data.sets.{name}"):
                key = _key(element, width, place, fields)
                if key is not None and _known(key, domain, found, place, fields):
                    elements[key] = None
        elif name in ("S", "U", "T", "IU", "OU"):
            fields.add(f"data.sets.{name}", "is missing.")
        found[name] = elements
    _tell_unread("sets", "elements", holder, SETS, fields, remarks)
    return found


def _numbers(
    holder: Mapping[str, Any], sets: Mapping[str, Mapping[Key, None]], fields: Fields, remarks: Remarks
) -> dict[str, dict[Key, float]]:
    found: dict[str, dict[Key, float]] = {}
    for name, domain in PARAMETERS.items():
        values: dict[Key, float] = {}
        if name in holder:
            place = f"data.parameters.{name}"
            entry = fields.mapping(holder[name], place)
            for text, value in fields.mapping(entry.get("values"), f"{place}.values").items():
                where = f"{place}.values.{text}"
                key = _key(text, len(domain.split(",")), where, fields)
                if key is not None and _known(key, domain, sets, where, fields):
                    values[key] = fields.as_number(value, where)
        found[name] = values
    _tell_unread("parameters", "values", holder, PARAMETERS, fields, remarks)
    return found


def _key(value: Any, width: int, place: str, fields: Fields) -> Key | None:
    if not isinstance(value, str) or not value:
        fields.add(place, f"is {value!r}, not a name.")
        return None
    parts = tuple(value.split("."))
    if len(parts) != width or not all(parts):
        fields.add(place, f'"{value}" is not {width} names joined by dots.')
        return None
    return parts


def _known(key: Key, domain: str, sets: Mapping[str, Mapping[Key, None]], place: str, fields: Fields) -> bool:
    for part, index in zip(key, domain.split(",") if domain else (), strict=False):
        members = sets[_RANGES[index]]
        if (part,) not in members:
            hint = closest(part, [member[0] for member in members])
            fields.add(place, f'"{part}" is not in the set {_RANGES[index]}.', hint)
            return False
    return True


def _tell_unread(
    part: str,
    inside: str,
    holder: Mapping[str, Any],
    read: Mapping[str, str],
    fields: Fields,
    remarks: Remarks,
) -> None:
    for name, entry in holder.items():
        filled = entry.get(inside) if isinstance(entry, dict) else entry
        if name in read or not filled:
            continue
        reason = f"nothing is known of it; it is not read. {closest(name, list(read))}".strip()
        remarks.ignored(f"{fields.source}, data.{part}.{name}", f"{len(filled)} entries: {reason}")


def _check_crossed(numbers: Mapping[str, Mapping[Key, float]], fields: Fields) -> None:
    for low, high in (("FVMin", "FVMax"), ("FQMin", "FQMax"), ("FVCMin", "FVCMax"), ("FQBMin", "FQBMax"),
                      ("FQVMin", "FQVMax"), ("MFQMin", "MFQMax"), ("LMin", "LMax")):  # fmt: skip
        for key, least in numbers[low].items():
            most = numbers[high].get(key)
            if most is not None and least > most:
                what = f"is {least!r}, above {high} {most!r}."
                fields.add(
                    f"data.parameters.{low}.values.{'.'.join(key)}", what, "Lower must not exceed upper."
                )
