"""Names as people write them: synonyms, codes of the Harmonized System, families of goods, members of blocs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from netback.case.table import Record
from netback.case.values import names_in
from netback.errors import closest

_SIGNS = re.compile(r"[\s_\-./]+")
_HS = re.compile(r"(?:hs|cn|htsus?)?\s*(\d[\d. ]*)", re.IGNORECASE)
_COUNTRY_WORDS = re.compile(r"^(?:the|republic of) ")


def folded(text: str) -> str:
    """Return a name without what people write differently: capitals, signs, an article."""
    return _COUNTRY_WORDS.sub("", _SIGNS.sub(" ", text.casefold()).strip())


@dataclass(frozen=True)
class Names:
    """Names of one kind with their synonyms: ``known`` maps the folded spelling to the name."""

    known: Mapping[str, str]

    @classmethod
    def of(cls, records: Iterable[Record], key: str, more: Iterable[str] = ()) -> Names:
        """Read names and synonyms of records; a name wins over a synonym of another row."""
        listed = list(records)
        known: dict[str, str] = {}
        for record in listed:
            for spelling in (*names_in(record["synonyms"]), *(record[column] or "" for column in more)):
                if spelling:
                    known.setdefault(folded(spelling), record[key])
        known.update({folded(record[key]): record[key] for record in listed})
        return cls(known)

    def find(self, text: str) -> str | None:
        """Return the name that a spelling stands for; None if there is none."""
        return self.known.get(folded(text))

    def hint(self, text: str) -> str:
        """Return ``Closest name: ...`` for a misspelt name, told as the name itself."""
        near = closest(folded(text), self.known)
        match = re.search(r'"(.*)"', near)
        return f'Closest name: "{self.known[match.group(1)]}".' if match else ""


@dataclass(frozen=True)
class Goods:
    """Families of goods as a tree, in the order of goods.csv."""

    records: tuple[Record, ...]

    @cached_property
    def names(self) -> Names:
        """Names with synonyms."""
        return Names.of(self.records, "good")

    @cached_property
    def _parents(self) -> dict[str, str | None]:
        return {record["good"]: record["parent"] for record in self.records}

    def families(self, good: str) -> tuple[str, ...]:
        """Return the good and every family that it belongs to, the widest last."""
        found = [good]
        while (parent := self._parents.get(found[-1])) is not None and parent not in found:
            found.append(parent)
        return tuple(found)

    def is_kind_of(self, good: str, family: str) -> bool:
        """Whether a good is the family itself or one of its kinds."""
        return family in self.families(good)

    def depth(self, good: str) -> int:
        """How many families are above a good."""
        return len(self.families(good)) - 1

    @cached_property
    def _stated(self) -> dict[str, tuple[str, ...]]:
        return {}

    def stated(self, cell: str | None) -> tuple[str, ...]:
        """Return the goods of a cell of a rule, which may hold synonyms and codes; unknown ones as they are."""
        text = cell or ""
        if text not in self._stated:
            names = names_in(text)
            self._stated[text] = tuple(n if n in self._parents else self.find(n) or n for n in names)
        return self._stated[text]

    def find(self, text: str) -> str | None:
        """Return the good of a name, a synonym or a code of the Harmonized System."""
        code = _HS.fullmatch(text.strip())
        return self._by_code(re.sub(r"\D", "", code.group(1))) if code else self.names.find(text)

    def _by_code(self, code: str) -> str | None:
        """Return what all goods with the longest fitting code have in common."""
        lengths: dict[int, list[str]] = {}
        for record in self.records:
            stated = [re.sub(r"\D", "", one) for one in names_in(record["hs"])]
            # A family over several headings is not what one heading means.
            if len({one[:4] for one in stated}) == 1:
                for digits in stated:
                    if code.startswith(digits):
                        lengths.setdefault(len(digits), []).append(record["good"])
        if not lengths or len(code) < 4:
            return None
        goods = lengths[max(lengths)]
        shared = [
            family for family in self.families(goods[0]) if all(self.is_kind_of(g, family) for g in goods)
        ]
        return shared[0] if shared else None


@dataclass(frozen=True)
class Places:
    """Countries, territories and blocs, with who is a member of what on which day."""

    records: tuple[Record, ...]
    memberships: tuple[Record, ...]

    @cached_property
    def names(self) -> Names:
        """Names with synonyms and ISO codes."""
        return Names.of(self.records, "place", ("iso",))

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Kind of each place: country, territory or bloc."""
        return {record["place"]: record["kind"] for record in self.records}

    def find(self, text: str) -> str | None:
        """Return the place of a name, a synonym or an ISO code."""
        return self.names.find(text)

    def is_in(self, place: str, whole: str, on: date) -> bool:
        """Whether a place is the whole itself or a member of it on a day."""
        return place == whole or any(covers(record, on) for record in self._between.get((place, whole), ()))

    @cached_property
    def _between(self) -> dict[tuple[str, str], list[Record]]:
        """Memberships by country and bloc."""
        found: dict[tuple[str, str], list[Record]] = {}
        for record in self.memberships:
            found.setdefault((record["country"], record["bloc"]), []).append(record)
        return found

    def overlap(self, one: str, other: str, on: date) -> bool:
        """Whether two places have anything in common on a day: blocs share members."""
        if self.is_in(one, other, on) or self.is_in(other, one, on):
            return True
        return bool(self.members(one, on) & self.members(other, on))

    def members(self, whole: str, on: date) -> frozenset[str]:
        """Return the members of a bloc on a day; a country has itself alone."""
        found = {r["country"] for r in self.memberships if r["bloc"] == whole and covers(r, on)}
        return frozenset(found or {whole})


def covers(record: Record, on: date) -> bool:
    """Whether a day lies in the window of a row; first and last day belong to it, blank is open."""
    start, end = record["start"], record["end"]
    return (start is None or start <= on) and (end is None or on <= end)
