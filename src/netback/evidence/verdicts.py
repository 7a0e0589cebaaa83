"""The verdict on a claim: reproduced, challenged, refuted, inferred or cannot tell, by criteria that hold for all.

A claim has readings, each a calculation. ``stated`` readings take the claim by its words and the best facts;
``alternative`` readings need another basis or assumption; a ``ceiling`` (``floor``) is the most (least) that can be.
``C`` is the claimed range, ``R`` what a reading gives over the ranges of its inputs. In this order:

1. No reading can be carried out: **cannot tell**.
2. The uom of the claim measures something else than its quantity or the calculation: **refuted**, the unit.
3. C lies wholly above a ceiling or below a floor: **refuted**, impossible.
4. The claim states no number: **inferred** if the readings give one word, or a range whose ends differ by at most
   a quarter; else **cannot tell**.
5. C meets R of a stated reading: **reproduced**. An R whose ends differ by more than a factor of three, or in
   sign, tells nothing: **cannot tell**.
6. C meets R of an alternative reading: **challenged**; it holds only under that assumption.
7. C misses all of them: **refuted** if the nearest R is off by more than a factor of two or has the other sign,
   or if a word is another; else **challenged**.

A reading that rests on a fact of confidence D of another claim may object, never confirm: it cannot make a claim
reproduced or inferred.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from netback.errors import DataError, Finding
from netback.evidence.intervals import Interval
from netback.evidence.providers import Providers
from netback.evidence.readings import Reading, Reckoner, dimensions_of
from netback.evidence.register import Claim, Register
from netback.evidence.units import differ_by_density, parse_unit, words_of
from netback.evidence.values import Day, Quantity, Value, Word, kind_of, number_text, range_text, text_of

REPRODUCED, CHALLENGED, REFUTED = "reproduced", "challenged", "refuted"
INFERRED, CANNOT_TELL = "inferred", "cannot tell"
#: The order in which the verdicts of parts make one verdict of the claim: the first that occurs.
ORDER = (REFUTED, CHALLENGED, CANNOT_TELL, INFERRED, REPRODUCED)

FAR = 2.0
TOO_WIDE = 3.0
UNIQUE = 1.25


@dataclass(frozen=True)
class Verdict:
    """What came of one part of a claim.

    ``why`` says it in one sentence, ``remark`` in a few words; ``reading`` is the one whose number is told, ``by``
    the one that decided.
    """

    claim: Claim
    word: str
    why: str
    reading: Reading | None
    readings: tuple[Reading, ...] = ()
    agreeing: frozenset[str] = field(default_factory=frozenset)
    remark: str = ""
    by: Reading | None = None

    @property
    def decided_by(self) -> Reading | None:
        """The reading that decided."""
        return self.by or self.reading

    @property
    def uom(self) -> str:
        """Uom in which the numbers are told."""
        own = self.reading.calculation["uom"] if self.reading else None
        return own or self.claim.uom

    @property
    def answer(self) -> str:
        """Our number, of the reading that decided."""
        return self.answer_in(4)

    def answer_in(self, figures: int) -> str:
        """Our number with so many figures."""
        found = self.reading.result if self.reading else None
        return text_of(found, self.uom, figures) if found is not None else ""


def verify(register: Register, name: str, providers: Providers | None = None) -> tuple[Verdict, ...]:
    """Put a claim to its calculations; one verdict for each part that has a calculation.

    Raises
    ------
    DataError
        If there is no such claim, it has no calculation, or a calculation is written wrongly.
    """
    claims = register.parts_of(name)
    listed = register.calculations.get(claims[0].id, ())
    reckoner = Reckoner(register, providers or {})
    found: list[Verdict] = []
    faults: list[Finding] = []
    for claim in claims:
        own = [calculation for calculation in listed if calculation.key == claim.key]
        if own:
            claimed = _claimed(claim)
            number = claimed if isinstance(claimed, Quantity) else None
            found.append(_judged(register, claim, tuple(reckoner.read(one, number) for one in own)))
        faults += _misfits(register, claim, found[-1].readings) if own else []
    if not found:
        hint = "Add a row for it to calculations.csv; see docs/evidence.md."
        raise DataError(Finding("", f"{name} has no calculation, so there is nothing to verify.", hint))
    faults += [fault for verdict in found for fault in _faults(verdict.readings)]
    if faults:
        raise DataError(faults, f"the calculations of {name}")
    return tuple(found)


def overall(verdicts: Sequence[Verdict]) -> str:
    """Return the verdict of a claim from those of its parts."""
    words = {verdict.word for verdict in verdicts}
    return next(word for word in ORDER if word in words)


def _faults(readings: Sequence[Reading]) -> list[Finding]:
    return [
        Finding(reading.calculation.where("expression"), reading.fault.what, reading.fault.hint)
        for reading in readings
        if reading.fault is not None
    ]


def _misfits(register: Register, claim: Claim, readings: Sequence[Reading]) -> list[Finding]:
    """Find calculations that give another kind of thing than the claim states, where the claim is not to blame."""
    if not claim.has_answer:
        return []
    claimed = _claimed(claim)
    wrong = [
        reading
        for reading in readings
        if reading.result is not None and not _same_kind(claimed, reading.result)
    ]
    if not wrong or (_may_refute_unit(register, claim, readings) and len(wrong) == _told(readings)):
        return []
    hint = "Write it so that both are of one kind; mass becomes volume by a number such as 7.3 bbl/t."
    return [
        Finding(reading.calculation.where("expression"), f"{_kinds(claimed, reading.result)}.", hint)
        for reading in wrong
    ]


def _told(readings: Sequence[Reading]) -> int:
    return sum(reading.result is not None for reading in readings)


def _same_kind(claimed: Value | None, result: Value | None) -> bool:
    if isinstance(claimed, Quantity) and isinstance(result, Quantity):
        return claimed.dimensions == result.dimensions
    return type(claimed) is type(result)


def _kinds(claimed: Value | None, result: Value | None) -> str:
    told = [kind_of(value) for value in (result, claimed) if value is not None]
    return f"the calculation gives {told[0]}, the claim states {told[-1]}"


def _may_refute_unit(register: Register, claim: Claim, readings: Sequence[Reading]) -> bool:
    """Whether calculations of another dimension speak against the unit of the claim, not against themselves."""
    if claim["word"] is not None:
        return False
    quantity, own = register.quantities.get(claim["quantity"] or ""), parse_unit(claim.uom).dimensions
    if quantity is not None and quantity["uom"]:
        return parse_unit(quantity["uom"]).dimensions != own
    got = [dimensions_of(reading.result) for reading in readings if reading.result is not None]
    return not any(one is None or differ_by_density(one, own) for one in got)


def _claimed(claim: Claim) -> Value | None:
    if not claim.has_answer:
        return None
    try:
        return claim.value
    except DataError:
        return None


def _judged(register: Register, claim: Claim, readings: tuple[Reading, ...]) -> Verdict:
    told = [reading for reading in readings if reading.result is not None]
    if not told:
        reasons = list(dict.fromkeys(reading.missing for reading in readings))
        return Verdict(claim, CANNOT_TELL, " ".join(reasons), None, readings)
    unit = _unit_refuted(register, claim, told)
    if unit:
        return Verdict(claim, REFUTED, unit, told[0], readings, remark="wrong unit")
    claimed = _claimed(claim)
    for reading in told:
        beyond = _beyond(claimed, reading)
        if beyond:
            shown = next((other for other in told if other.role == "stated"), reading)
            return Verdict(claim, REFUTED, beyond, shown, readings, remark=reading.name, by=reading)
    open_ones = [reading for reading in told if reading.role in ("stated", "alternative")]
    if not open_ones:
        return Verdict(
            claim, CANNOT_TELL, "it is within what can be, and nothing says more.", told[0], readings
        )
    if claimed is None:
        return _inferred(claim, open_ones, readings)
    return _compared(claim, claimed, open_ones, readings)


def _unit_refuted(register: Register, claim: Claim, told: Sequence[Reading]) -> str:
    """Say why the unit of a claim is wrong; empty if it fits."""
    if not claim.has_answer or claim["word"] is not None:
        return ""
    own = parse_unit(claim.uom).dimensions
    quantity = register.quantities.get(claim["quantity"] or "")
    if quantity is not None and quantity["uom"]:
        wanted = parse_unit(quantity["uom"]).dimensions
        if wanted != own:
            name = claim["quantity"].replace("_", " ")
            kind = f"{name} is {words_of(wanted)}, told in {quantity['uom']}"
            return f'{kind}; the claim says "{claim.uom}", which is {words_of(own)}.'
    got = [dimensions_of(reading.result) for reading in told]
    if None not in got and own not in got:
        given = words_of(got[0] or ())
        return f'the calculation gives {given}; the claim says "{claim.uom}", which is {words_of(own)}.'
    return ""


def _beyond(claimed: Value | None, reading: Reading) -> str:
    result = reading.result
    if (
        not isinstance(claimed, Quantity)
        or not isinstance(result, Quantity)
        or reading.role not in ("ceiling", "floor")
    ):
        return ""
    why = reading.calculation["assumption"] or reading.name
    if reading.role == "ceiling" and claimed.range.low > result.range.high:
        return f"impossible: {why}."
    if reading.role == "floor" and claimed.range.high < result.range.low:
        return f"impossible: {why}."
    return ""


def _inferred(claim: Claim, told: Sequence[Reading], readings: tuple[Reading, ...]) -> Verdict:
    sound = [reading for reading in told if not _rests_on_doubt(reading, claim)]
    reading = (sound or told)[0]
    result = reading.result
    unique = isinstance(result, Word) and len(result.words) == 1
    if isinstance(result, Day):
        unique = result.first == result.last
    if isinstance(result, Quantity):
        ends = result.range
        unique = ends.low * ends.high > 0.0 and _factor(ends) <= UNIQUE
    if unique and sound:
        return Verdict(claim, INFERRED, "only this answer fits the facts.", reading, readings)
    return Verdict(claim, CANNOT_TELL, "more than one answer fits the facts.", reading, readings)


def _compared(
    claim: Claim, claimed: Value, told: Sequence[Reading], readings: tuple[Reading, ...]
) -> Verdict:
    agreeing = [reading for reading in told if _agrees(claimed, reading.result)]
    names = frozenset(reading.name for reading in agreeing)
    confirming = [reading for reading in agreeing if not _rests_on_doubt(reading, claim)]
    stated = [reading for reading in confirming if reading.role == "stated"]
    clear = [reading for reading in stated if not _too_wide(reading.result)]
    if clear:
        why = _meeting(claimed, clear[0])
        others = [r.name for r in told if r.role == "stated" and r not in agreeing]
        also = f" Not so by: {', '.join(others)}." if others else ""
        remark = f"not by {', '.join(others)}" if others else ""
        return Verdict(claim, REPRODUCED, why + also, clear[0], readings, names, remark)
    if stated:
        return Verdict(claim, CANNOT_TELL, "the range of our number is too wide.", stated[0], readings, names)
    if confirming:
        needed = confirming[0].calculation["assumption"] or confirming[0].name
        first = next((reading for reading in told if reading.role == "stated"), confirming[0])
        remark = f"only by {confirming[0].name}"
        return Verdict(claim, CHALLENGED, f"it holds only if {needed}.", first, readings, names, remark)
    doubting = [reading for reading in agreeing if reading.role == "stated"]
    if doubting:
        why = f"it rests on {', '.join(doubting[0].doubtful)}, of confidence D."
        return Verdict(claim, CANNOT_TELL, why, doubting[0], readings, names)
    return _missed(claim, claimed, told, readings)


def _missed(claim: Claim, claimed: Value, told: Sequence[Reading], readings: tuple[Reading, ...]) -> Verdict:
    first = next((reading for reading in told if reading.role == "stated"), told[0])
    if not isinstance(claimed, Quantity):
        words = frozenset().union(*(r.result.words for r in told if isinstance(r.result, Word)))
        if isinstance(claimed, Word) and claimed.words <= words:
            return Verdict(claim, CANNOT_TELL, "the facts allow it and another.", first, readings)
        return Verdict(claim, REFUTED, "the facts say otherwise.", first, readings)
    off = min(_distance(claimed, reading.result) for reading in told)
    if off == math.inf:
        return Verdict(claim, REFUTED, "the facts have the other sign.", first, readings)
    if off > FAR:
        factor = f"off by a factor of {number_text(off, 2)}"
        return Verdict(claim, REFUTED, f"{factor}.", first, readings, remark=factor)
    why = f"the ranges do not meet, off by {100.0 * (off - 1.0):.2g} % at their nearest ends."
    return Verdict(claim, CHALLENGED, why, first, readings, remark=f"{100.0 * (off - 1.0):.2g} % apart")


def _rests_on_doubt(reading: Reading, claim: Claim) -> bool:
    return any(name.partition("[")[0] != claim.id for name in reading.doubtful)


def _agrees(claimed: Value, result: Value | None) -> bool:
    if isinstance(claimed, Word) and isinstance(result, Word):
        return claimed.words == result.words
    if isinstance(claimed, Quantity) and isinstance(result, Quantity):
        return claimed.dimensions == result.dimensions and claimed.range.meets(result.range)
    return False


def _meeting(claimed: Value, reading: Reading) -> str:
    result = reading.result
    if not isinstance(claimed, Quantity) or not isinstance(result, Quantity):
        return "the facts give the same word."
    if claimed.range.holds(result.range):
        return "our whole range lies within the claim."
    centre = reading.centre
    inside = isinstance(centre, Quantity) and claimed.range.meets(centre.range)
    return "our central number lies within the claim." if inside else "the ranges meet."


def _too_wide(result: Value | None) -> bool:
    if isinstance(result, Word):
        return len(result.words) > 1
    if not isinstance(result, Quantity) or not result.range.width:
        return False
    ends = result.range
    return math.isinf(ends.width) or ends.low * ends.high <= 0.0 or _factor(ends) > TOO_WIDE


def _factor(ends: Interval) -> float:
    low, high = sorted((abs(ends.low), abs(ends.high)))
    return high / low if low else math.inf


def _distance(claimed: Quantity, result: Value | None) -> float:
    """By what factor the nearest ends of two ranges differ; infinite where the signs do."""
    if not isinstance(result, Quantity):
        return math.inf
    if claimed.range.low > result.range.high:
        near, far = result.range.high, claimed.range.low
    else:
        near, far = claimed.range.high, result.range.low
    if near * far <= 0.0:
        return math.inf
    return max(abs(near), abs(far)) / min(abs(near), abs(far))


def claimed_text(claim: Claim) -> str:
    """Say what a claim states, in its own words and uom."""
    if claim["word"] is not None:
        return str(claim["word"])
    if not claim.has_answer:
        return "asks"
    value, low, high = claim["value"], claim["low"], claim["high"]
    if value is None or (low is not None and high is not None):
        number = range_text(Interval(-math.inf if low is None else low, math.inf if high is None else high))
    else:
        sign = {"about": "about ", "at_least": "at least ", "at_most": "at most "}.get(claim["relation"], "")
        number = f"{sign}{number_text(value)}"
    return f"{number} {claim.uom}".rstrip()
