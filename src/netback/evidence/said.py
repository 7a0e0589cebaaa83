"""What was said at the time about a crude: claims of the register on its price, discount, worth and savings.

A claim counts when what it measures is money on a crude or on what is made of it (:data:`WORTH`), when its statement or
subject names the crude or the country that it comes from, or another such claim does that has the same subject (of
"June 2023 cargo" one claim says that it was Russian), and when the days that it speaks of, or the day on which it was
published, lie in the time that is asked about. Of claims that say the same by the same person one is kept, that with a
calculation of its own if there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from netback.evidence.register import Claim, Register

#: Quantities of the register that say what a crude costs, is worth or saves.
WORTH = frozenset(
    {
        "cargo_price", "differential", "discount", "discount_asked", "gain_per_litre", "price", "price_gap",
        "price_cap", "saving",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Said:
    """One claim: its name, when and by whom, what and how much, and whether a calculation tests it."""

    claim: str
    when: date
    said_by: str
    statement: str
    number: str
    is_tested: bool
    source: str


def said_of(register: Register, words: Iterable[str], first: date, last: date) -> tuple[Said, ...]:
    """Claims on the worth of a crude between two days, in order of time.

    ``words`` name the crude: its name, its country of origin; a claim has to hold one of them, or a form of it
    (Russia, Russian).
    """
    named = re.compile("|".join(rf"\b{re.escape(word)}\w*" for word in words), re.IGNORECASE)
    kept: dict[tuple[object, ...], Said] = {}
    on_worth = [claim for claim in register.claims.values() if claim["quantity"] in WORTH]
    direct = {claim.key for claim in on_worth if named.search(f"{claim['statement']} {claim['subject']}")}
    subjects = {claim["subject"] for claim in on_worth if claim.key in direct and claim["subject"]}
    for claim in on_worth:
        if claim.key not in direct and claim["subject"] not in subjects:
            continue
        when = _when(claim, first, last)
        if when is None:
            continue
        same = (claim["quantity"], *(claim[name] for name in ("value", "low", "high")), _speaker(claim))
        tested = claim.id in register.calculations
        if same not in kept or (tested and not kept[same].is_tested):
            told = (claim["said_by"] or "", claim["statement"], _number(claim))
            kept[same] = Said(claim.name, when, *told, tested, claim["source"] or "")
    # Parts of one statement are told once, with all their numbers.
    once: dict[tuple[str, str], Said] = {}
    for one in kept.values():
        key = (one.claim.partition("[")[0], one.statement)
        before = once.get(key)
        once[key] = one if before is None else replace(before, number=f"{before.number}; {one.number}")
    return tuple(sorted(once.values(), key=lambda one: (one.when, one.claim)))


def _number(claim: Claim) -> str:
    """The number as stated, with its uom."""
    value, low, high = (claim[name] for name in ("value", "low", "high"))
    ends = [f"{end:,.6g}" for end in ((low, high) if value is None else (value,)) if end is not None]
    return f"{' to '.join(ends)} {claim.uom}".strip().replace("-", "\N{MINUS SIGN}")


def _speaker(claim: Claim) -> str:
    return (claim["said_by"] or "").partition("(")[0].strip()


def _when(claim: Claim, first: date, last: date) -> date | None:
    """The day that places a claim in time: its first day within the time asked, else that of its publication."""
    begin, end = claim["period_from"], claim["period_to"] or claim["period_from"]
    published = str(claim["published"] or "")
    day = date.fromisoformat(published) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", published) else None
    if begin is not None and end is not None and first <= begin and end <= last:
        return day if day is not None and first <= day <= last else begin
    return day if day is not None and first <= day <= last else None
