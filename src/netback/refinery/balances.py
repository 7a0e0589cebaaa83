"""Balance of every lot: what is made or bought equals what is used, sold and kept.

    sum of inflows - sum of outflows + stock[p-1] - stock[p] = - opening stock (first period only)      [uom of stream]

An equality: nothing disappears unless a stream is declared a loss. A loss has no row, so nothing may take it: what
has no balance could be sold without end. Other blocks add their terms. Reference: material balance rows of any
planning model, e.g. Williams, Model Building in Mathematical Programming, ch. 3.
"""

from __future__ import annotations

from netback.errors import Finding
from netback.refinery.build import Build

#: Where a stream is taken: table, column with the stream, and the number and its sign when it is taken.
_TAKERS: tuple[tuple[str, str, str, float], ...] = (
    ("sales", "stream", "", 0.0),
    ("blends", "component", "", 0.0),
    ("yields", "feed", "", 0.0),
    ("yields", "product", "yield", -1.0),
    ("utilities", "utility", "use", 1.0),
    ("inventories", "stream", "", 0.0),
)


def constraints_stream_balance(build: Build) -> None:
    """Rows ``stream_balance[lot, period]``; opening stocks are added by the inventory block."""
    network = build.network
    kept = [lot.id for lot in network.lots if network.streams[lot.stream].kind != "loss"]
    build.balance_position = {lot: position for position, lot in enumerate(kept)}
    keys = [(network.labels[lot],) for lot in kept]
    build.constraints("stream_balance", ("lot",), keys, 0.0, 0.0)
    _find_used_losses(build)


def _find_used_losses(build: Build) -> None:
    losses = {stream.name for stream in build.network.streams.values() if stream.kind == "loss"}
    for name, column, number, sign in _TAKERS:
        table = build.network.case.table(name)
        for record in table.records:
            if record[column] in losses and (not number or sign * record[number] > 0.0):
                what = f'"{record[column]}" is a loss, so nothing may take it.'
                hint = "Give it another kind in streams.csv, for example intermediate."
                build.findings.append(Finding(table.where(record, column), what, hint))
