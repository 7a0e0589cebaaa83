"""Balance of every lot: what is made or bought equals what is used, sold and kept.

    sum of inflows - sum of outflows + stock[p-1] - stock[p] = - opening stock (first period only)      [uom of stream]

An equality: nothing disappears unless a stream is declared a loss. Other blocks add their terms. Reference: material
balance rows of any planning model, e.g. Williams, Model Building in Mathematical Programming, ch. 3.
"""

from __future__ import annotations

from netback.refinery.build import Build


def constraints_stream_balance(build: Build) -> None:
    """Rows ``stream_balance[lot, period]``; opening stocks are added by the inventory block."""
    network = build.network
    kept = [lot.id for lot in network.lots if network.streams[lot.stream].kind != "loss"]
    build.balance_position = {lot: position for position, lot in enumerate(kept)}
    keys = [(network.labels[lot],) for lot in kept]
    build.constraints("stream_balance", ("lot",), keys, 0.0, 0.0)
