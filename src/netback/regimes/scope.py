"""Whether a row of rules.csv or rule_exceptions.csv speaks of a question, and whether its conditions hold.

A row *speaks of* a question when goods, origin and destination fit, whatever the day. It *holds* when every one of
its conditions does; a condition on something that the question does not tell is open, or taken not to hold where the
row says so (column ``unstated``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from netback.case.table import Record
from netback.case.values import names_in
from netback.regimes.names import covers
from netback.regimes.question import Question
from netback.regimes.register import Register
from netback.regimes.truth import Statement, Truth, all_of

#: Conditions of which a row states one at most; stating one makes the scope smaller.
_LIMITS = ("listed", "circumstance", "signed_before", "loaded_by", "delivered_by")

YES, NO = Statement(Truth.TRUE), Statement(Truth.FALSE)


def is_so(told: bool) -> Statement:
    """A statement that is known."""
    return YES if told else NO


def goods_fit(register: Register, row: Record, question: Question) -> Statement:
    """Whether the goods are of a family of the row; open where the question names a wider family."""
    families = register.goods.stated(row["goods"])
    if not families or any(register.goods.is_kind_of(question.goods, family) for family in families):
        return YES
    narrower = [family for family in families if register.goods.is_kind_of(family, question.goods)]
    if not narrower:
        return NO
    named = ", ".join(narrower)
    return Statement(Truth.OPEN, f"the goods are {named}", f"the goods are not {named}")


def place_fits(register: Register, stated: str | None, place: str, on: date) -> bool:
    """Whether a place is one of those of a cell or a member of one."""
    wholes = names_in(stated)
    return not wholes or any(register.places.is_in(place, whole, on) for whole in wholes)


def speaks_of(register: Register, row: Record, question: Question) -> Statement:
    """Whether goods, origin and destination of a row fit the question."""
    on = question.on
    fits = place_fits(register, row["origin"], question.origin, on) and place_fits(
        register, row["destination"], question.destination, on
    )
    crosses = not _stays_within(register, row, question)
    return all_of([is_so(fits and crosses), goods_fit(register, row, question)])


def _stays_within(register: Register, row: Record, question: Question) -> bool:
    """Whether a rule on what leaves, or on what comes in, meets a trade that does neither; levies fall on both."""
    if row.get("effect") in (None, "levies", "informs"):
        return False
    on = question.on
    if row["origin"] and not row["destination"]:
        return place_fits(register, row["origin"], question.destination, on)
    if row["destination"] and not row["origin"]:
        return place_fits(register, row["destination"], question.origin, on)
    return False


def holds(register: Register, row: Record, question: Question) -> Statement:
    """Whether every condition of a row holds, exceptions aside; unverified rows at most unverified."""
    listed = [speaks_of(register, row, question), is_so(covers(row, question.on))]
    listed += _conditions(register, row, question)
    return all_of(listed)


def reasons_against(register: Register, row: Record, question: Question) -> Statement:
    """The conditions beyond goods, places and day; its ``no`` tells how a trade stays outside of the row."""
    return all_of(_conditions(register, row, question))


def _conditions(register: Register, row: Record, question: Question) -> Iterator[Statement]:
    yield _named(row["transport"], question.transport, "it goes by {}", "it does not go by {}", opens=True)
    yield _named(
        row["seller_kind"], question.seller_kind, "the seller is a {}", "the seller is not a {}", opens=True
    )
    yield _named(row["sellers"], question.seller, "the seller is {}", "the seller is not {}", opens=True)
    yield _served(
        register, row["flag"], question.flag, question.on, "the flag is of {}", "the flag is not of {}"
    )
    yield _served(
        register,
        row["insurer"],
        question.insurer,
        question.on,
        "the insurer is of {}",
        "the insurer is not of {}",
    )
    opens = row["unstated"] == "open"
    yield _named(row["payment"], question.payment, "payment is by {}", "payment is not by {}", opens)
    yield _circumstance(register, row, question, opens)
    yield _by_day(
        row["signed_before"], question.signed_on, "the contract was signed before {}", opens, before=True
    )
    yield _by_day(row["loaded_by"], question.loaded_on, "the cargo was loaded by {}", opens)
    if question.delivered_on is not None or not is_taken_as_delivered(row):
        yield _by_day(row["delivered_by"], question.delivered_on, "the cargo is delivered by {}", opens)
    if row.get("listed"):
        yield is_listed(register, row, question)


def is_taken_as_delivered(row: Record) -> bool:
    """Whether a delivery in time is taken for granted where no day is told: so it is with licences."""
    return row.get("effect") == "permits" and row["delivered_by"] is not None


def _named(cell: str | None, told: str | None, yes: str, no: str, opens: bool) -> Statement:
    names = names_in(cell)
    if not names:
        return YES
    shown = ", ".join(names)
    known = Truth.OPEN if opens else Truth.FALSE
    if told is not None:
        known = Truth.TRUE if told in names else Truth.FALSE
    return Statement(known, yes.format(shown), no.format(shown))


def _served(register: Register, cell: str | None, told: str | None, on: date, yes: str, no: str) -> Statement:
    """Whether flag or insurer are of one of the places of a cell; open where the question does not tell it."""
    wholes = names_in(cell)
    if not wholes:
        return YES
    shown, known = ", ".join(wholes), Truth.OPEN
    if told is not None:
        known = (
            Truth.TRUE if any(register.places.overlap(told, whole, on) for whole in wholes) else Truth.FALSE
        )
    return Statement(known, yes.format(shown), no.format(shown))


def _circumstance(register: Register, row: Record, question: Question, opens: bool) -> Statement:
    name = row["circumstance"]
    if name is None:
        return YES
    record = register.circumstances.get(name)
    yes = record["meaning"] if record is not None else name
    no = (record["negation"] if record is not None else None) or f"not so: {yes}"
    stated = name in question.circumstances
    return Statement(Truth.TRUE if stated else Truth.OPEN if opens else Truth.FALSE, yes, no)


def _by_day(limit: date | None, told: date | None, yes: str, opens: bool, before: bool = False) -> Statement:
    if limit is None:
        return YES
    words = yes.format(limit)
    known = Truth.OPEN if opens else Truth.FALSE
    if told is not None:
        known = Truth.TRUE if (told < limit if before else told <= limit) else Truth.FALSE
    return Statement(known, words, f"not so: {words}")


def is_listed(register: Register, rule: Record, question: Question) -> Statement:
    """Whether seller or ship is on the list of a rule on the day; open where a seller of that origin may be."""
    names = listed_names(register, rule, question.on)
    if rule["listed"] == "vessel":
        return _is_listed_ship(rule, question, names)
    if question.seller is not None:
        found = Truth.TRUE if question.seller in names else Truth.FALSE
        return Statement(found, f"{question.seller} is listed", f"{question.seller} is not listed")
    likely = [name for name in names if _comes_from(register, name, question)]
    if not likely:
        return NO
    shown = ", ".join(likely)
    return Statement(Truth.OPEN, f"the seller is one of {shown}", f"the seller is none of {shown}")


def _is_listed_ship(rule: Record, question: Question, names: tuple[str, ...]) -> Statement:
    """Whether a ship is listed: open where its name is not held, because lists of ships are held in part."""
    if question.vessel is None:
        return NO
    ship = question.vessel
    found = Truth.TRUE if ship in names else Truth.OPEN
    no = f"{ship} is not on the list of {rule['rule']}, of which {len(names)} names are held"
    return Statement(found, f"{ship} is listed", no)


def may_be_listed(register: Register, rule: Record, question: Question) -> bool:
    """Whether the list of a rule can ever matter to a question: the seller, or one of that origin, is on it."""
    if rule["listed"] != "seller":
        return True
    rows = register.listings_of.get(rule["rule"], ())
    return any(
        row["party"] == question.seller or _comes_from(register, row["party"], question) for row in rows
    )


def is_listing_of(register: Register, row: Record, question: Question) -> bool:
    """Whether a row of party_listings.csv is about the seller or ship, or any of that origin where none is told."""
    if row["start"] is None or not covers(row, question.on):
        return False
    named = [party for party in (question.seller, question.vessel) if party is not None]
    return row["party"] in named or (not named and _comes_from(register, row["party"], question))


def _comes_from(register: Register, party: str, question: Question) -> bool:
    record = register.parties.get(party)
    if record is None or record["country"] is None:
        return True
    return register.places.is_in(question.origin, record["country"], question.on)


def listed_names(register: Register, rule: Record, on: date) -> tuple[str, ...]:
    """Names of the parties on the list of a rule on a day."""
    rows = register.listings_of.get(rule["rule"], ())
    return tuple(dict.fromkeys(row["party"] for row in rows if row["start"] is not None and covers(row, on)))


def reaches(register: Register, rule: Record, question: Question) -> bool:
    """Whether a rule on services binds anybody here: not where flag and insurer are both of elsewhere."""
    if rule["reach"] != "services" or question.flag is None or question.insurer is None:
        return True
    authority, on = rule["authority"], question.on
    parties = (question.flag, question.insurer)
    return any(register.places.overlap(party, authority, on) for party in parties)


def is_narrower(register: Register, one: Record, other: Record, on: date) -> bool:
    """Whether the scope of one row lies within that of the other and is smaller in goods, places or seller."""
    parts = _compared(register, one, other, on)
    return None not in parts and any(parts)


def is_equal_scope(register: Register, one: Record, other: Record, on: date) -> bool:
    """Whether two rows speak of the same goods, places, transport and sellers."""
    return all(part is False for part in _compared(register, one, other, on))


def _compared(register: Register, one: Record, other: Record, on: date) -> list[bool | None]:
    """How the parts of two scopes compare: True where smaller, False where equal, None where not within."""
    parts = [_within_goods(register, one, other)]
    placed = ("origin", "destination", "flag", "insurer")
    parts += [_within_places(register, one[name], other[name], on) for name in placed]
    parts += [_within(one[name], other[name]) for name in ("transport", "seller_kind", "sellers", "payment")]
    parts += [_within(one[name] and str(one[name]), other[name] and str(other[name])) for name in _LIMITS]
    return parts


def _within_goods(register: Register, one: Record, other: Record) -> bool | None:
    """True where smaller, False where equal, None where not within."""
    mine, theirs = register.goods.stated(one["goods"]), register.goods.stated(other["goods"])
    if set(mine) == set(theirs):
        return False
    if not theirs:
        return True
    inside = mine and all(any(register.goods.is_kind_of(g, family) for family in theirs) for g in mine)
    return True if inside else None


def _within_places(register: Register, one: str | None, other: str | None, on: date) -> bool | None:
    mine, theirs = names_in(one), names_in(other)
    if set(mine) == set(theirs):
        return False
    if not theirs:
        return True
    inside = mine and all(any(register.places.is_in(p, whole, on) for whole in theirs) for p in mine)
    return True if inside else None


def _within(one: str | None, other: str | None) -> bool | None:
    mine, theirs = set(names_in(one)), set(names_in(other))
    if mine == theirs:
        return False
    if not theirs:
        return True
    return True if mine and mine <= theirs else None
