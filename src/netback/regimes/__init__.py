"""Law as data: what dated rules say of a trade, authority by authority.

from netback.regimes import answer

found = answer(cargo="gasoline", origin="Russia", destination="Mongolia", seller="reseller", on="2024-12-15")
found.words["Russia"]            # allowed
found.verdict("Russia").steps    # the rules and exceptions that decided, with their citations
"""

from __future__ import annotations

from datetime import date
from typing import Any

from netback.regimes.question import Price, Question, ask
from netback.regimes.register import Register, read_rules
from netback.regimes.verdict import Answer, Verdict, judge, may

__all__ = [
    "Answer",
    "Price",
    "Question",
    "Register",
    "Verdict",
    "answer",
    "ask",
    "judge",
    "may",
    "read_rules",
]


def answer(
    *,
    cargo: str,
    origin: str,
    destination: str,
    on: date | str,
    register: Register | None = None,
    **told: Any,
) -> Answer:
    """Ask the shipped rules, or those of a register, in the words of a user.

    Parameters
    ----------
    cargo, origin, destination, on
        Goods, countries and day of the trade.
    register
        The rules to ask; the shipped ones unless given.
    told
        Whatever else is known, see :func:`netback.regimes.question.ask`.

    Raises
    ------
    DataError
        With every name, date and uom that cannot be understood, and the closest name.
    """
    used = Register.of() if register is None else register
    return may(used, ask(used, cargo=cargo, origin=origin, destination=destination, on=on, **told))
