"""``netback compare --why``: the difference of two margins, allotted to the inputs that caused it."""

from __future__ import annotations

from collections.abc import Sequence

from netback.case.case import Case
from netback.cli.show import figure, say, show_table
from netback.cli.value import watch
from netback.errors import DataError, Finding
from netback.studies.attribute import Attribution, attribute


def show_why(cases: Sequence[Case]) -> None:
    """Print, for every case after the first, what made its margin differ from that of the first.

    Raises
    ------
    DataError
        If two cases are not scenarios of the same tables, or nothing differs.
    """
    base = cases[0]
    for other in cases[1:]:
        if base.name != other.name:
            hint = "Compare scenarios of one case: CASE:ONE CASE:OTHER --why."
            raise DataError(Finding("--why", f"{base.name} and {other.name} are different cases.", hint))
        _show(base, other, attribute(base, other, watch=watch("plans")))


def _show(base: Case, other: Case, found: Attribution) -> None:
    money = base.currency
    first, second = base.scenario or "the case itself", other.scenario or "the case itself"
    rows = [
        (share.group.name, figure(share.amount), f"{figure(share.error)}" if share.error else "")
        for share in found.shares
    ]
    rows.append(("sum: margin of the second less that of the first", figure(found.after - found.before), ""))
    heads = ("what differs", f"{money}>", "standard error>")
    show_table(
        f"Why {second} earns {figure(found.after)} and {first} {figure(found.before)} {money}",
        heads if any(share.error for share in found.shares) else heads[:2],
        rows if any(share.error for share in found.shares) else [row[:2] for row in rows],
    )
    say(f"{found.method}.")
    print()
